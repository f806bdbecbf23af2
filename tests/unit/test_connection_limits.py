"""Who may connect and ask over HTTP: by address, and as long as the node has room."""

import ipaddress

import attrs
import pytest

from components.contract.errors import ErrorCode
from router.addresses import AddressList, ListedNetwork, parse_address
from router.admission import SOCKETS_PER_CONNECTION, SPARE_CONNECTIONS, Admission
from router.entry import Entry
from router.gate import RESERVED_FILES, Gate
from router.limit_settings import LimitSettings
from router.limits import Limits, points_rate
from router.places import Place
from router.rate_limits import Excess
from router.refusal import TurnedAway

A, B = parse_address("203.0.113.7"), parse_address("198.51.100.1")
S = 1_000_000_000
UNIX_OFFSET_NS = 1_000 * S
LIMITS = Limits(
    connections_per_address=2,
    http_minute_points=points_rate(2, 60, 0),
    http_hour_points=points_rate(3, 3600, 0),
    ending_points=points_rate(1, 600, 60),
)


NOTHING_SAID = Entry()


def make_gate(limits: Limits = LIMITS, *, max_open_files: int = 1024, **lists: AddressList) -> tuple[Gate, list[str]]:
    """A gate, and the names that it counts."""
    refusals: list[str] = []
    settings = LimitSettings(limits=limits, **lists)
    gate = Gate(settings, NOTHING_SAID, max_open_files=max_open_files, unix_offset_ns=0, count_refusal=refusals.append)
    return gate, refusals


def listed(network: str, *, expires_at_ns: int | None = None) -> AddressList:
    return AddressList([ListedNetwork(network=ipaddress.ip_network(network), expires_at_ns=expires_at_ns)])


def admission(
    limits: Limits = LIMITS, *, entry: Entry = NOTHING_SAID, max_connections: int = 1000, **lists: AddressList
) -> Admission:
    settings = LimitSettings(limits=limits, **lists)
    return Admission(settings, entry, max_connections=max_connections, unix_offset_ns=UNIX_OFFSET_NS)


def turned_away(enter: Admission, **options: int) -> TurnedAway:
    with pytest.raises(TurnedAway) as raised:
        enter.enter(A, **{"now_ns": 0, **options})
    return raised.value


def refusal_of_request(enter: Admission, *, now_ns: int = 0) -> TurnedAway | None:
    try:
        enter.check_request(A, is_counted=True, now_ns=now_ns)
    except TurnedAway as refused:
        return refused
    return None


def fill(enter: Admission, count: int) -> list[Place]:
    return [enter.enter(A, now_ns=0) for _ in range(count)]


def test_an_address_has_so_many_connections() -> None:
    """The next one is refused with the number, another address is not."""
    enter = admission()
    fill(enter, 2)

    refused = turned_away(enter)

    assert (refused.limit, refused.code) == ("connections_per_address", ErrorCode.RATE_LIMITED)
    assert refused.excess is not None
    assert (refused.excess.limit, refused.excess.retry_after_ms) == (2, None)
    assert enter.enter(B, now_ns=0).address == "198.51.100.1"


def test_who_leaves_makes_room_once() -> None:
    """However often a connection says that it is gone."""
    enter = admission()
    places = fill(enter, 2)

    places[0].leave()
    places[0].leave()

    fill(enter, 1)
    turned_away(enter)


@pytest.mark.parametrize("address", [None, A], ids=["none", "allowed"])
def test_an_exempt_address_is_not_counted(address: ipaddress.IPv4Address | None) -> None:
    """Sockets without one, and those that the operator allows."""
    enter = admission(allowed_addresses=listed("203.0.113.0/24"))

    places = [enter.enter(address, now_ns=0) for _ in range(20)]

    assert {place.address for place in places} == {None}
    for _ in range(20):
        enter.check_request(address, is_counted=True, now_ns=0)


def test_the_limit_by_address_can_be_off() -> None:
    """Then only the node's own room counts."""
    fill(admission(attrs.evolve(LIMITS, connections_per_address=None)), 20)


def test_above_the_nodes_room_some_are_told_that_it_is_full() -> None:
    """Where who leaves makes room again."""
    enter = admission(attrs.evolve(LIMITS, connections_per_address=None), max_connections=3)

    places = fill(enter, 4)

    assert [place.is_surplus for place in places] == [False, False, False, True]
    for place in places[:2]:
        place.leave()
    assert not fill(enter, 1)[0].is_surplus


def test_far_above_the_nodes_room_nobody_connects() -> None:
    """Not even to be told so: the spare open files are for others."""
    enter = admission(attrs.evolve(LIMITS, connections_per_address=None), max_connections=3)
    places = fill(enter, 3 + SPARE_CONNECTIONS)

    refused = turned_away(enter)

    assert (refused.limit, refused.code, refused.excess) == ("connections", ErrorCode.UNAVAILABLE, None)
    places[0].leave()
    assert fill(enter, 1)[0].is_surplus


def test_an_address_has_so_many_sockets_that_say_nothing() -> None:
    """More than it has connections, but not without end; who leaves makes room, and a proxy has as many as it needs."""
    enter = admission(trusted_proxies=listed("198.51.100.1/32"))
    places = [enter.open_socket(A, now_ns=0) for _ in range(2 * SOCKETS_PER_CONNECTION)]

    with pytest.raises(TurnedAway) as raised:
        enter.open_socket(A, now_ns=0)

    assert raised.value.limit == "sockets_per_address"
    places[0].leave()
    enter.open_socket(A, now_ns=0)
    for _ in range(5 * SOCKETS_PER_CONNECTION):
        enter.open_socket(B, now_ns=0)
        enter.open_socket(None, now_ns=0)
    fill(enter, 2)


def test_sockets_take_no_open_files_that_others_need() -> None:
    """Together with the connections they stay below the node's room and what is spare."""
    enter = admission(attrs.evolve(LIMITS, connections_per_address=None), max_connections=2)
    fill(enter, 2)
    places = [enter.open_socket(A, now_ns=0) for _ in range(SPARE_CONNECTIONS)]

    with pytest.raises(TurnedAway) as raised:
        enter.open_socket(A, now_ns=0)

    assert raised.value.code is ErrorCode.UNAVAILABLE
    turned_away(enter)
    places[0].leave()
    assert fill(enter, 1)[0].is_surplus


def test_a_blocked_address_is_refused_until_its_time() -> None:
    """Connections and requests alike; the list's times are those of the calendar."""
    enter = admission(blocked_addresses=listed("203.0.113.0/24", expires_at_ns=UNIX_OFFSET_NS + S))

    refused = turned_away(enter)
    with pytest.raises(TurnedAway):
        enter.check_request(A, is_counted=False, now_ns=S - 1)

    assert (refused.limit, refused.code) == ("blocked_addresses", ErrorCode.NOT_AUTHORIZED)
    enter.check_request(A, is_counted=False, now_ns=S)
    fill(admission(), 1)


def test_an_allowed_address_is_never_blocked() -> None:
    """An operator can block a network and allow one of its addresses."""
    enter = admission(blocked_addresses=listed("203.0.113.0/24"), allowed_addresses=listed("203.0.113.7/32"))

    fill(enter, 1)


def test_requests_are_counted_by_the_minute_and_by_the_hour() -> None:
    """Whichever is used up first refuses, and says when to come again."""
    enter = admission()

    asked = [refusal_of_request(enter, now_ns=now_ns) for now_ns in (0, 0, 0, 60 * S, 60 * S)]

    assert [refused and refused.excess for refused in asked] == [
        None,
        None,
        Excess(name="http_minute_points", limit=2, retry_after_ms=60_000),
        None,
        Excess(name="http_hour_points", limit=3, retry_after_ms=3_540_000),
    ]
    enter.check_request(A, is_counted=False, now_ns=60 * S)
    enter.check_request(B, is_counted=True, now_ns=60 * S)


@pytest.mark.parametrize("limit", ["http_minute_points", "http_hour_points"])
def test_each_rate_of_requests_can_be_off(limit: str) -> None:
    """The other still holds."""
    enter = admission(attrs.evolve(LIMITS, **{limit: None}))

    refused = [refusal_of_request(enter) for _ in range(4)][3]

    assert refused is not None
    assert refused.limit != limit


def test_sessions_that_are_ended_again_and_again_shut_their_address_out() -> None:
    """For a while, also for HTTP, and nobody else."""
    enter = admission()
    enter.note_ending("203.0.113.7", now_ns=0)
    fill(enter, 1)
    enter.note_ending("203.0.113.7", now_ns=0)

    refused = turned_away(enter, now_ns=S)

    assert (refused.limit, refused.code) == ("ending_points", ErrorCode.RATE_LIMITED)
    assert refused.excess is not None
    assert refused.excess.retry_after_ms == 59_000
    with pytest.raises(TurnedAway):
        enter.check_request(A, is_counted=False, now_ns=S)
    enter.enter(B, now_ns=S)
    enter.enter(A, now_ns=60 * S)


def test_an_exempt_address_is_not_shut_out() -> None:
    """Nor where that is switched off."""
    enter, switched_off = admission(), admission(attrs.evolve(LIMITS, ending_points=None))
    for _ in range(5):
        enter.note_ending(None, now_ns=0)
        switched_off.note_ending("203.0.113.7", now_ns=0)

    fill(enter, 1)
    fill(switched_off, 1)


@pytest.mark.parametrize(
    ("max_open_files", "connections", "room"),
    [
        (1024, None, 1024 - RESERVED_FILES),
        (1024, 10, 10),
        (1024, 1000, 1024 - RESERVED_FILES),
        (RESERVED_FILES, None, 1),
    ],
)
def test_connections_leave_open_files_for_the_rest(max_open_files: int, connections: int | None, room: int) -> None:
    """Listeners, containers and logs need some, too; the operator's limit counts where it is lower."""
    gate, _refusals = make_gate(attrs.evolve(LIMITS, connections=connections), max_open_files=max_open_files)

    assert gate.max_connections == room


def test_the_address_is_that_of_the_client_behind_a_trusted_proxy() -> None:
    """The header of everybody else is passed over."""
    gate, _refusals = make_gate(trusted_proxies=listed("10.0.0.0/8"))

    assert gate.enter("10.0.0.1", "203.0.113.7", now_ns=0).address == "203.0.113.7"
    assert gate.enter("198.51.100.1", "203.0.113.7", now_ns=0).address == "198.51.100.1"
    assert gate.enter(None, "203.0.113.7", now_ns=0).address is None


def test_whatever_is_refused_is_counted() -> None:
    """Once, by the limit's name."""
    gate, refusals = make_gate(max_open_files=RESERVED_FILES + 1)
    for address in ("a", "203.0.113.7", "203.0.113.7", "198.51.100.1"):
        gate.enter(address, None, now_ns=0)
    with pytest.raises(TurnedAway):
        gate.enter("203.0.113.7", None, now_ns=0)
    gate.check_request("203.0.113.7", None, is_counted=True, now_ns=0)
    gate.check_request("203.0.113.7", None, is_counted=True, now_ns=0)
    with pytest.raises(TurnedAway):
        gate.check_request("203.0.113.7", None, is_counted=True, now_ns=0)

    assert not gate.note_refusal("market_points", 1, "203.0.113.7", now_ns=0)

    assert refusals == [*["connections"] * 3, "connections_per_address", "http_minute_points", "market_points"]


def test_a_session_that_goes_on_is_to_be_ended() -> None:
    """And each time counts against its address."""
    gate, _refusals = make_gate(attrs.evolve(LIMITS, refusal_points=points_rate(2, 60, 0)))

    ends = [gate.note_refusal("market_points", 1, "203.0.113.7", now_ns=0) for _ in range(4)]

    assert ends == [False, False, True, True]
    assert not gate.note_refusal("market_points", 2, "198.51.100.1", now_ns=0)
    gate.enter("198.51.100.1", None, now_ns=0)
    with pytest.raises(TurnedAway) as raised:
        gate.enter("203.0.113.7", None, now_ns=0)
    assert raised.value.limit == "ending_points"


def test_a_session_need_not_be_ended() -> None:
    """Where that is switched off, it is refused for as long as it asks."""
    gate, _refusals = make_gate(attrs.evolve(LIMITS, refusal_points=None))

    assert not any(gate.note_refusal("market_points", 1, None, now_ns=0) for _ in range(1000))


def test_a_refusal_over_http_says_when_to_come_again() -> None:
    """In whole seconds in the header, to the millisecond in the body; not where nobody knows."""
    excess = Excess(name="http_minute_points", limit=60, retry_after_ms=1001)

    limited = TurnedAway("x", ErrorCode.RATE_LIMITED, "too many", excess=excess)
    full = TurnedAway("x", ErrorCode.RATE_LIMITED, "too many", excess=Excess(name="connections_per_address", limit=10))
    blocked = TurnedAway("x", ErrorCode.NOT_AUTHORIZED, "blocked")

    assert (limited.status, limited.headers, limited.details) == (429, {"Retry-After": "2"}, excess.details)
    assert (full.status, full.headers, full.details["retry_after_ms"]) == (429, {}, None)
    assert (blocked.status, blocked.headers, blocked.details) == (403, {}, {})
    assert TurnedAway("x", ErrorCode.UNAVAILABLE, "full").status == 503
