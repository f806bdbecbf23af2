"""Snapshots, resumes and listings: who gets them, and whose they are."""

from typing import Any

import pytest
import pytest_twisted
from autobahn.wamp.exception import ApplicationError
from twisted.internet.defer import Deferred

from components.contract.roles import Role
from components.contract.uris import MAX_SHOWN_URI_CHARS
from components.streams.stream import Streams
from router.component import HEARTBEAT, STATUS
from router.stream_queries import MAX_EPOCH_CHARS
from tests.support.gateway import AWAY, Gateway, refusal

GET, RESUME, LIST = "tapecast.stream.get", "tapecast.stream.resume", "tapecast.stream.list"
PRICE = "tapecast.price.BTCUSDT"
OWN_ORDERS, ANOTHERS_ORDERS = "tapecast.user.u1.orders", "tapecast.user.u2.orders"
ASKED = {GET: {}, RESUME: {"epoch": "e", "seq": 0}}
"""What is asked of a topic besides its name, by procedure."""


@pytest_twisted.ensureDeferred
async def test_a_snapshot_of_our_own_stream_is_answered_here(gateway: Gateway) -> None:
    """For `system.*` nobody else is asked, also before anything was published."""
    beat = await gateway.session.ask(GET, topic=HEARTBEAT)
    nothing = await gateway.session.ask(GET, topic="tapecast.system.announcements")

    assert (beat["type"], beat["seq"], beat["payload"]) == ("snapshot", 1, {"counter": 1})
    assert beat["delivery"] == "conflated"
    assert (nothing["seq"], nothing["payload"], nothing["delivery"]) == (0, {}, "lossless")
    assert not gateway.session.calls


@pytest_twisted.ensureDeferred
async def test_another_owners_snapshot_is_asked_for(gateway: Gateway) -> None:
    """Of a market topic the market is asked, and its answer told on."""
    gateway.session.results["tapecast.market.stream_get"] = {"seq": 9}

    assert await gateway.session.ask(GET, topic=PRICE) == {"seq": 9}
    assert gateway.session.calls == [("tapecast.market.stream_get", (), {"topic": PRICE})]


@pytest_twisted.ensureDeferred
async def test_another_owner_resumes_its_stream(gateway: Gateway) -> None:
    """The owner of the topic is asked with all three arguments, by position too, and its answer told on."""
    answer = {"recovered": True, "events": [{"seq": 8}, {"seq": 9}]}
    gateway.session.results["tapecast.market.stream_resume"] = answer

    assert await gateway.session.ask(RESUME, PRICE, "k3v9", 7) == answer
    assert gateway.session.calls == [("tapecast.market.stream_resume", (), {"topic": PRICE, "epoch": "k3v9", "seq": 7})]


@pytest_twisted.ensureDeferred
async def test_our_own_stream_resumes_with_its_snapshot(gateway: Gateway) -> None:
    """For `system.*` nobody else is asked, and what is answered is the whole state."""
    snapshot = await gateway.session.ask(GET, topic=HEARTBEAT)

    resumed = await gateway.session.ask(RESUME, topic=HEARTBEAT, epoch="another", seq=0)

    assert (resumed["recovered"], resumed["snapshot"]["payload"]) == (False, snapshot["payload"])
    assert not gateway.session.calls


@pytest_twisted.ensureDeferred
async def test_our_own_stream_tells_what_was_missed(gateway: Gateway) -> None:
    """Who knows a beat gets the newest, and it is counted which way each resume went."""
    beat = await gateway.session.ask(GET, topic=HEARTBEAT)
    gateway.clock.advance(1)

    resumed = await gateway.session.ask(RESUME, topic=HEARTBEAT, epoch=beat["epoch"], seq=beat["seq"])
    await gateway.session.ask(RESUME, topic=HEARTBEAT, epoch="another", seq=beat["seq"])

    assert resumed == {"recovered": True, "events": gateway.session.events(HEARTBEAT)[1:]}
    for result in ("recovered", "snapshot"):
        labels = {"topic": "system.heartbeat", "result": result}
        assert gateway.registry.get_sample_value("tapecast_stream_resumes_total", labels) == 1


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"seq": 0}, "epoch"),
        ({"epoch": "e"}, "seq"),
        ({"epoch": 7, "seq": 0}, "epoch"),
        ({"epoch": None, "seq": 0}, "epoch"),
        ({"epoch": "", "seq": 0}, "epoch"),
        ({"epoch": "e" * (MAX_EPOCH_CHARS + 1), "seq": 0}, "epoch"),
        ({"epoch": "e", "seq": -1}, "seq"),
        ({"epoch": "e", "seq": 2**53 + 1}, "seq"),
        ({"epoch": "e", "seq": 1.0}, "seq"),
        ({"epoch": "e", "seq": True}, "seq"),
        ({"epoch": "e", "seq": "1"}, "seq"),
        ({"epoch": "e", "seq": None}, "seq"),
        ({"epoch": "e", "seq": 0, "limit": 5}, "limit"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_place_in_a_stream_that_is_none_is_named(gateway: Gateway, asked: dict[str, Any], field: str) -> None:
    """What is wrong is named before anybody is asked."""
    error = await refusal(gateway.session.ask(RESUME, topic=PRICE, **asked))

    assert (error.error, error.kwargs["details"]) == ("tapecast.error.invalid_argument", {"field": field})
    assert not gateway.session.calls


@pytest.mark.parametrize("seq", [0, 2**53])
@pytest_twisted.ensureDeferred
async def test_the_bounds_of_a_place_are_taken(gateway: Gateway, seq: int) -> None:
    """The smallest and largest `seq`, and the longest epoch, are asked for."""
    gateway.session.results["tapecast.market.stream_resume"] = {"recovered": True, "events": []}

    await gateway.session.ask(RESUME, topic=PRICE, epoch="e" * MAX_EPOCH_CHARS, seq=seq)

    assert gateway.session.calls[0][2]["seq"] == seq


@pytest.mark.parametrize("procedure", [GET, RESUME])
@pytest.mark.parametrize(
    ("topic", "role", "code"),
    [
        ("tapecast.nothing", Role.PUBLIC, "unknown_topic"),
        ("tapecast.price", Role.PUBLIC, "unknown_topic"),
        (OWN_ORDERS, Role.PUBLIC, "authentication_required"),
        (OWN_ORDERS, Role.SERVICE, "not_authorized"),
        (ANOTHERS_ORDERS, Role.PUBLIC, "authentication_required"),
        (ANOTHERS_ORDERS, Role.TRADER, "not_authorized"),
        (ANOTHERS_ORDERS, Role.ISSUER, "not_authorized"),
        (ANOTHERS_ORDERS, Role.SERVICE, "not_authorized"),
        ("tapecast.admin.stats", Role.RISK, "not_authorized"),
        ("wamp.session.on_join", Role.ADMIN, "unknown_topic"),
        (PRICE, Role.SERVICE, "not_authorized"),
        (7, Role.PUBLIC, "invalid_argument"),
        (None, Role.PUBLIC, "invalid_argument"),
        ("", Role.PUBLIC, "unknown_topic"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_stream_is_for_those_who_may_subscribe(
    gateway: Gateway, procedure: str, topic: object, role: Role, code: str
) -> None:
    """Whoever may not read a topic gets neither its snapshot nor its events, and nobody is asked."""
    error = await refusal(gateway.session.ask(procedure, topic=topic, role=role, **ASKED[procedure]))

    assert error.error == f"tapecast.error.{code}"
    assert not gateway.session.calls


@pytest.mark.parametrize("procedure", [GET, RESUME])
@pytest.mark.parametrize(
    ("topic", "role"),
    [
        (OWN_ORDERS, Role.TRADER),
        (OWN_ORDERS, Role.ISSUER),
        (OWN_ORDERS, Role.RISK),
        (OWN_ORDERS, Role.ADMIN),
        (ANOTHERS_ORDERS, Role.RISK),
        (ANOTHERS_ORDERS, Role.ADMIN),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_users_stream_is_asked_of_its_owner(gateway: Gateway, procedure: str, topic: str, role: Role) -> None:
    """Of a user's topics `trading` is asked, by those who may read them; while it is away they are unavailable."""
    asked = f"tapecast.trading.{procedure.removeprefix('tapecast.').replace('.', '_')}"
    answer = {"recovered": False, "snapshot": {"seq": 4}}
    gateway.session.results[asked] = answer
    assert await gateway.session.ask(procedure, topic=topic, role=role, **ASKED[procedure]) == answer

    gateway.session.results[asked] = AWAY
    error = await refusal(gateway.session.ask(procedure, topic=topic, role=role, **ASKED[procedure]))
    assert error.error == "tapecast.error.unavailable"


@pytest.mark.parametrize(
    ("topic", "role"),
    [
        (f"tapecast.{'x' * 10_000}", Role.PUBLIC),
        (f"tapecast.user.{'x' * 10_000}.orders", Role.PUBLIC),
        (f"tapecast.user.{'x' * 10_000}.orders", Role.TRADER),
        (f"{'x' * 10_000}", Role.GATEWAY),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_long_topic_is_not_repeated_whole(gateway: Gateway, topic: str, role: Role) -> None:
    """The answer to a long topic is not as long, whatever it is refused for."""
    error = await refusal(gateway.session.ask(GET, topic=topic, role=role))

    assert len(error.kwargs["message"]) < MAX_SHOWN_URI_CHARS + 100


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (AWAY, "tapecast.error.unavailable"),
        (ApplicationError("tapecast.error.unavailable"), "tapecast.error.unavailable"),
        (ApplicationError("tapecast.error.unknown_topic"), "tapecast.error.unknown_topic"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_an_owner_that_is_away_is_unavailable(gateway: Gateway, error: Exception, expected: str) -> None:
    """An owner that has not registered yet is as away as one that is gone; its own refusals pass."""
    for procedure in ("stream_get", "stream_resume", "stream_list"):
        gateway.session.results[f"tapecast.market.{procedure}"] = error

    assert (await refusal(gateway.session.ask(GET, topic=PRICE))).error == expected
    assert (await refusal(gateway.session.ask(RESUME, topic=PRICE, epoch="e", seq=1))).error == expected
    assert (await refusal(gateway.session.ask(LIST, prefix=PRICE))).error == expected


@pytest.mark.parametrize("prefix", ["", "tapecast", "tapecast.system"])
@pytest_twisted.ensureDeferred
async def test_what_is_there_is_listed_while_an_owner_is_away(gateway: Gateway, prefix: str) -> None:
    """A prefix that also matches topics of ours is answered with them; the market is asked only where it has some."""
    gateway.session.results["tapecast.market.stream_list"] = AWAY

    listed = await gateway.session.ask(LIST, prefix=prefix)

    assert [stream["topic"] for stream in listed] == [HEARTBEAT, STATUS]
    assert bool(gateway.session.calls) is (prefix != "tapecast.system")


@pytest.mark.parametrize(
    ("prefix", "role", "topics"),
    [
        ("", Role.PUBLIC, [HEARTBEAT, STATUS, PRICE]),
        ("tapecast", Role.PUBLIC, [HEARTBEAT, STATUS, PRICE]),
        ("tapecast.system.", Role.PUBLIC, [HEARTBEAT, STATUS]),
        ("tapecast.price", Role.PUBLIC, [PRICE]),
        (PRICE, Role.PUBLIC, [PRICE]),
        ("tapecast.pri", Role.PUBLIC, []),
        ("tapecast.user", Role.PUBLIC, []),
        ("tapecast.user", Role.TRADER, []),
        ("tapecast.user", Role.RISK, []),
        ("", Role.TRADER, [HEARTBEAT, STATUS, PRICE]),
        ("", Role.SERVICE, []),
    ],
)
@pytest_twisted.ensureDeferred
async def test_streams_are_listed_to_those_who_may_read_them(
    gateway: Gateway, prefix: str, role: Role, topics: list[str]
) -> None:
    """Ours and the market's are listed together, below a prefix of whole components, while there is no `trading`."""
    owned = Streams(lambda: "e")
    owned.open(PRICE)
    gateway.session.results["tapecast.market.stream_list"] = owned.rows(prefix)
    gateway.router.subscribers[PRICE] = 4

    listed = await gateway.session.ask(LIST, prefix=prefix, role=role)

    assert [stream["topic"] for stream in listed] == topics
    assert all(set(one) == {"topic", "delivery", "epoch", "seq", "subscribers"} for one in listed)
    assert [one["subscribers"] for one in listed if one["topic"] == PRICE] == [4] * topics.count(PRICE)


@pytest.mark.parametrize(
    ("prefix", "role", "topics"),
    [
        ("tapecast.user", Role.PUBLIC, []),
        ("tapecast.user", Role.SERVICE, []),
        ("tapecast.user", Role.TRADER, [OWN_ORDERS]),
        ("tapecast.user", Role.ISSUER, [OWN_ORDERS]),
        ("tapecast.user", Role.RISK, [OWN_ORDERS, ANOTHERS_ORDERS]),
        ("", Role.PUBLIC, [HEARTBEAT, STATUS, PRICE]),
        ("", Role.TRADER, [HEARTBEAT, STATUS, PRICE, OWN_ORDERS]),
        ("", Role.ADMIN, [HEARTBEAT, STATUS, PRICE, OWN_ORDERS, ANOTHERS_ORDERS]),
    ],
)
@pytest_twisted.ensureDeferred
async def test_users_streams_are_listed_as_soon_as_their_owner_is_there(
    gateway: Gateway, prefix: str, role: Role, topics: list[str]
) -> None:
    """A user's streams are listed to that user, and to those who may read everyone's."""
    for owner, owned in (("market", [PRICE]), ("trading", [OWN_ORDERS, ANOTHERS_ORDERS])):
        rows = [{"topic": topic, "delivery": "lossless", "epoch": "e", "seq": 1} for topic in owned]
        gateway.session.results[f"tapecast.{owner}.stream_list"] = rows

    listed = await gateway.session.ask(LIST, prefix=prefix, role=role)

    assert [stream["topic"] for stream in listed] == topics


@pytest_twisted.ensureDeferred
async def test_owners_are_asked_at_once(gateway: Gateway) -> None:
    """One that takes its time does not keep the next from being asked."""
    slow: Deferred[Any] = Deferred()
    gateway.session.results["tapecast.market.stream_list"] = slow

    listing = gateway.session.ask(LIST)

    assert [call[0] for call in gateway.session.calls] == [
        "tapecast.market.stream_list",
        "tapecast.trading.stream_list",
    ]
    slow.callback([])
    assert len(await listing) == len([HEARTBEAT, STATUS])


@pytest_twisted.ensureDeferred
async def test_a_prefix_is_text(gateway: Gateway) -> None:
    """A prefix of another type is the caller's mistake."""
    assert (await refusal(gateway.session.ask(LIST, prefix=7))).error == "tapecast.error.invalid_argument"
