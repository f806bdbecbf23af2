"""What operators are told of sessions, addresses, tokens and maintenance, and what they have done to them."""

from collections.abc import AsyncIterator
from ipaddress import ip_network
from typing import Any

import attrs
import pytest
import pytest_twisted

from components.contract.envelope import NS_PER_S
from components.contract.errors import KICKED
from components.contract.roles import Role
from components.model.entry import BlockedNetwork, Maintenance
from tests.support.gateway import CONNECTION, LIMITS, refusal, session_of
from tests.support.operator_desk import (
    NOW_NS,
    NOW_S,
    OPERATOR,
    OPERATOR_SESSION,
    OperatorDesk,
    connected,
    credential,
    operator_session,
)

WHY = "it has to be"


@pytest_twisted.async_yield_fixture
async def desk() -> AsyncIterator[OperatorDesk]:
    """The component, started, with an operator, two of alice's sessions, the desk's, and somebody without a token."""
    desk = OperatorDesk()
    desk.control.sessions = [
        operator_session(),
        connected(10),
        connected(11, "bob", Role.RISK, "192.0.2.4"),
        connected(12, address="203.0.113.8", token_id="alice-2"),
        connected(13, "public-1", Role.PUBLIC, "203.0.113.9"),
    ]
    await desk.component.start()
    yield desk


def sessions_of(answer: dict[str, Any]) -> list[int]:
    """The numbers of the sessions in an answer."""
    return [one["session"] for one in answer["sessions"]]


async def field_of_refusal(desk: OperatorDesk, procedure: str, **arguments: Any) -> str:
    """The argument for whose sake a command is refused."""
    error = await refusal(desk.ask(procedure, **arguments))
    assert error.error == "tapecast.error.invalid_argument"
    field: str = error.kwargs["details"]["field"]
    return field


@pytest_twisted.ensureDeferred
async def test_a_listed_session_says_how_it_gets_along(desk: OperatorDesk) -> None:
    """Who, as what, from where, since when, with which token, and the figures of its connection."""
    answer = await desk.begin("sessions.list", user_id="alice")

    assert answer["sessions"][0] == {
        "session": 10,
        "user_id": "alice",
        "role": "trader",
        "address": "203.0.113.7",
        "since": "2025-12-31T23:58:30.000000Z",
        "token_id": "alice-1",
        "key_id": "k1",
        "expires_at": "2026-01-01T01:00:00.000000Z",
        "subscriptions": 2,
        "lag_ms": 7,
        "waiting": 3,
        "conflated": 40,
        "dropped": 5,
        "sent_messages_per_s": round(1000 / 90, 3),
        "sent_bytes_per_s": 1000.0,
    }


@pytest_twisted.ensureDeferred
async def test_what_a_session_does_not_have_is_null(desk: OperatorDesk) -> None:
    """Without a token, without a connection of its own, over a local socket."""
    desk.control.sessions = [attrs.evolve(connected(13, "public-1", Role.PUBLIC, None), connection=None)]

    (row,) = (await desk.begin("sessions.list"))["sessions"]

    nulls = {name for name, value in row.items() if value is None}
    assert nulls == {
        *("address", "token_id", "key_id", "expires_at", "lag_ms", "waiting", "conflated", "dropped"),
        *("sent_messages_per_s", "sent_bytes_per_s"),
    }


@pytest_twisted.ensureDeferred
async def test_sessions_are_listed_a_page_at_a_time(desk: OperatorDesk) -> None:
    """Those that joined first come first; a page goes on behind one that is gone."""
    first = await desk.begin("sessions.list", limit=2)
    del desk.control.sessions[1]
    second = await desk.begin("sessions.list", limit=2, after=first["next"])
    third = await desk.begin("sessions.list", limit=2, after=second["next"])

    assert [sessions_of(page) for page in (first, second, third)] == [[7, 10], [11, 12], [13]]
    assert third["next"] is None


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"after": "x"}, "after"),
        ({"after": "2026-01-01T00:00:00Z/x"}, "after"),
        ({"role": "gateway"}, "role"),
        ({"address": "x"}, "address"),
        ({"user_id": ""}, "user_id"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_list_is_refused_for_what_does_not_fit(
    desk: OperatorDesk, arguments: dict[str, Any], field: str
) -> None:
    """With the argument named."""
    assert await field_of_refusal(desk, "sessions.list", **arguments) == field


@pytest_twisted.ensureDeferred
async def test_one_session_is_told_whole(desk: OperatorDesk) -> None:
    """With what it follows, what it runs on, and what it may."""
    desk.router.sessions[12] = session_of("alice", Role.TRADER)
    desk.control.topics[12] = ["tapecast.price.BTCUSDT", "tapecast.trades."]

    told = await desk.begin("sessions.get", session=12)

    assert (told["session"], told["token_id"]) == (12, "alice-2")
    assert told["topics"] == ["tapecast.price.BTCUSDT", "tapecast.trades."]
    assert (told["serializer"], told["limits"]) == ("cbor", LIMITS)
    assert told["device"] == {"type": "mobile", "version": "2.1", "background": False}
    assert told["connection"] == {**attrs.asdict(CONNECTION), "waiting": dict(CONNECTION.waiting)}


@pytest_twisted.ensureDeferred
async def test_a_session_that_is_just_going_is_told_as_far_as_it_is_known(desk: OperatorDesk) -> None:
    """And one that is gone is refused."""
    told = await desk.begin("sessions.get", session=12)

    assert (told["serializer"], told["device"], told["limits"]) == (None, None, None)
    assert await field_of_refusal(desk, "sessions.get", session=99) == "session"
    assert await field_of_refusal(desk, "sessions.get", session="12") == "session"


@pytest.mark.parametrize(
    ("said", "ended"),
    [
        ({"session": 10}, [10]),
        ({"user_id": "alice"}, [10, 12]),
        ({"role": "admin"}, []),
        ({"address": "203.0.113.0/24"}, [10, 12, 13]),
        ({"address": "198.51.100.1"}, []),
        ({"address": "203.0.113.0/24", "role": "trader"}, [10, 12]),
        ({"user_id": OPERATOR}, [OPERATOR_SESSION]),
        ({"session": OPERATOR_SESSION, "role": "admin"}, [OPERATOR_SESSION]),
    ],
)
@pytest_twisted.ensureDeferred
async def test_those_are_disconnected_for_whom_all_holds(
    desk: OperatorDesk, said: dict[str, Any], ended: list[int]
) -> None:
    """The answer says whom it concerned; the operator's own session ends only where it is named."""
    answer = await desk.ask("sessions.disconnect", reason=WHY, **said)

    assert desk.control.ended == [(session_id, KICKED) for session_id in ended]
    assert (sessions_of(answer), answer["count"]) == (ended, len(ended))
    assert answer["own"] is (OPERATOR_SESSION in ended)


@pytest_twisted.ensureDeferred
async def test_nobody_is_disconnected_without_a_name_or_a_reason(desk: OperatorDesk) -> None:
    """Nothing said means nobody."""
    assert await field_of_refusal(desk, "sessions.disconnect", reason=WHY) == "session"
    assert await field_of_refusal(desk, "sessions.disconnect", user_id="alice") == "reason"
    assert desk.control.ended == []


@pytest_twisted.ensureDeferred
async def test_nobody_is_disconnected_before_it_is_written(desk: OperatorDesk) -> None:
    """Who joins meanwhile, and is meant, is ended too."""
    asked = desk.begin("sessions.disconnect", user_id="alice", reason=WHY)
    assert desk.control.ended == []
    desk.control.sessions.append(connected(14))

    desk.write()

    assert sessions_of(await asked) == [10, 12, 14]


@pytest_twisted.ensureDeferred
async def test_the_first_thousand_are_told_by_name(desk: OperatorDesk) -> None:
    """How many there were always."""
    desk.control.sessions = [connected(100 + number) for number in range(1001)]

    answer = await desk.ask("sessions.disconnect", role="trader", reason=WHY)

    assert (answer["count"], len(answer["sessions"])) == (1001, 1000)
    assert answer["sessions"][0] == {
        "session": 100,
        "user_id": "alice",
        "role": "trader",
        "address": "203.0.113.7",
    }


@pytest_twisted.ensureDeferred
async def test_an_address_is_blocked_for_a_while(desk: OperatorDesk) -> None:
    """The answer says until when, and whom it concerns; the list says who did it."""
    answer = await desk.ask("addresses.block", address="203.0.113.0/29", duration_s=60, reason=WHY)

    assert desk.control.rules[-1].blocked == (
        BlockedNetwork(network=ip_network("203.0.113.0/29"), expires_at_ns=NOW_NS + 60 * NS_PER_S),
    )
    row = {
        "address": "203.0.113.0/29",
        "expires_at": "2026-01-01T00:01:00.000000Z",
        "since": "2026-01-01T00:00:00.000000Z",
        "by": OPERATOR,
        "reason": WHY,
    }
    assert await desk.begin("addresses.list") == [row]
    assert answer == {
        **row,
        "count": 1,
        "sessions": [{"session": 10, "user_id": "alice", "role": "trader", "address": "203.0.113.7"}],
        "own": False,
    }
    desk.now_ns += 60 * NS_PER_S
    assert await desk.begin("addresses.list") == []


@pytest_twisted.ensureDeferred
async def test_an_address_is_unblocked(desk: OperatorDesk) -> None:
    """By the name under which it is blocked; without one nothing happens."""
    await desk.ask("addresses.block", address="203.0.113.9", reason=WHY)

    assert await field_of_refusal(desk, "addresses.unblock", reason=WHY) == "address"
    assert await field_of_refusal(desk, "addresses.unblock", address="203.0.113.8", reason=WHY) == "address"
    assert await desk.ask("addresses.unblock", address="203.0.113.9/32", reason=WHY) == {
        "address": "203.0.113.9/32",
        "unblocked": True,
    }
    assert desk.control.rules[-1].blocked == ()


@pytest.mark.parametrize("address", ["198.51.100.1", "198.51.100.0/24", None, "x", "0.0.0.0/0"])
@pytest_twisted.ensureDeferred
async def test_operators_do_not_lock_themselves_out(desk: OperatorDesk, address: object) -> None:
    """The own address, alone or within a network, and one that is none."""
    assert await field_of_refusal(desk, "addresses.block", address=address, reason=WHY) == "address"
    assert len(desk.control.rules) == 1


@pytest_twisted.ensureDeferred
async def test_a_token_is_revoked_until_it_would_have_ended(desk: OperatorDesk) -> None:
    """Of somebody who is connected by it the end is known; of any other it is the longest that there can be."""
    known = await desk.ask("tokens.revoke", token_id="alice-2", reason=WHY)
    unknown = await desk.ask("tokens.revoke", token_id="x", reason=WHY)

    assert (sessions_of(known), known["expires_at"]) == ([12], "2026-01-01T01:00:30.000000Z")
    assert (sessions_of(unknown), unknown["expires_at"]) == ([], "2026-01-02T00:01:00.000000Z")
    assert [one["token_id"] for one in await desk.begin("tokens.list_revocations")] == ["alice-2", "x"]
    desk.now_ns += 2 * 3600 * NS_PER_S
    assert [one["token_id"] for one in await desk.begin("tokens.list_revocations")] == ["x"]


@pytest_twisted.ensureDeferred
async def test_a_users_tokens_are_revoked_up_to_a_moment(desk: OperatorDesk) -> None:
    """All of theirs now, or those that were issued by then."""
    earlier = await desk.ask("tokens.revoke", user_id="alice", issued_before="2025-12-31T22:00:00Z", reason=WHY)
    now = await desk.ask("tokens.revoke", user_id="alice", reason=WHY)

    assert (earlier["issued_before"], earlier["count"]) == ("2025-12-31T22:00:00.000000Z", 0)
    assert (now["issued_before"], sessions_of(now)) == ("2026-01-01T00:00:00.000000Z", [10, 12])
    held = desk.control.rules[-1].revocations
    assert held.hold(credential("alice"))
    assert not held.hold(credential("alice", issued_at_s=NOW_S + 1))
    assert not held.hold(credential("bob"))


@pytest_twisted.ensureDeferred
async def test_whom_a_user_is_connected_by_now_is_revoked_whatever_the_issuers_clock_says(desk: OperatorDesk) -> None:
    """A token that is there was issued, also where its time is yet to come; up to a moment is up to that alone."""
    desk.control.sessions.append(connected(13, issued_at_s=NOW_S + 20))
    desk.control.sessions.append(connected(14, "bob", issued_at_s=NOW_S + 25))
    moment = "2026-01-01T00:00:00Z"

    earlier = await desk.ask("tokens.revoke", user_id="alice", issued_before=moment, reason=WHY)
    now = await desk.ask("tokens.revoke", user_id="alice", reason=WHY)

    assert sessions_of(earlier) == [10, 12]
    assert (now["issued_before"], sessions_of(now)) == ("2026-01-01T00:00:20.000000Z", [10, 12, 13])
    assert not desk.control.rules[-1].revocations.hold(credential("alice", issued_at_s=NOW_S + 21))


@pytest_twisted.ensureDeferred
async def test_the_key_of_ones_own_token_is_revoked_by_who_says_so_twice(desk: OperatorDesk) -> None:
    """It ends the operator's own session, and all others by that key; another's key needs no more words."""
    assert await field_of_refusal(desk, "tokens.revoke", key_id="k1", reason=WHY) == "confirm"
    assert await field_of_refusal(desk, "tokens.revoke", key_id="k1", confirm="k2", reason=WHY) == "confirm"
    assert len(desk.control.rules) == 1

    another = await desk.ask("tokens.revoke", key_id="k2", reason=WHY)
    own = await desk.ask("tokens.revoke", key_id="k1", confirm="k1", reason=WHY)

    assert (another["own"], another["count"], another["expires_at"]) == (False, 0, None)
    assert (own["own"], sessions_of(own)) == (True, [7, 10, 11, 12])


@pytest_twisted.ensureDeferred
async def test_who_has_no_token_revokes_any_key(desk: OperatorDesk) -> None:
    """An operator over a local socket has none that could end."""
    desk.control.sessions[0] = attrs.evolve(operator_session(address=None), credential=None)

    answer = await desk.ask("tokens.revoke", key_id="k1", reason=WHY)

    assert (answer["own"], answer["count"]) == (False, 3)


@pytest_twisted.ensureDeferred
async def test_a_revocation_is_taken_back(desk: OperatorDesk) -> None:
    """The tokens let in as before."""
    await desk.ask("tokens.revoke", user_id="alice", reason=WHY)

    assert await desk.ask("tokens.restore", user_id="alice", reason=WHY) == {"user_id": "alice", "restored": True}
    assert not desk.control.rules[-1].revocations.hold(credential("alice"))
    assert await field_of_refusal(desk, "tokens.restore", user_id="alice", reason=WHY) == "user_id"
    assert await field_of_refusal(desk, "tokens.restore", reason=WHY) == "token_id"


@pytest_twisted.ensureDeferred
async def test_maintenance_begins_and_ends(desk: OperatorDesk) -> None:
    """Who may stay, what is refused, whom it concerns; and then nothing of it."""
    nothing = {"active": False, "roles": [], "refuse": [], "message": None, "since": None, "by": None, "reason": None}
    assert await desk.begin("maintenance.get") == nothing

    begun = await desk.ask("maintenance.begin", roles=["risk"], refuse=["orders"], message="we move", reason=WHY)

    body = {
        "active": True,
        "roles": ["risk", "admin"],
        "refuse": ["orders"],
        "message": "we move",
        "since": "2026-01-01T00:00:00.000000Z",
        "by": OPERATOR,
        "reason": WHY,
    }
    assert await desk.begin("maintenance.get") == body
    assert (begun, sessions_of(begun), begun["own"]) == ({**begun, **body}, [10, 12, 13], False)
    assert desk.control.rules[-1].maintenance == Maintenance(
        roles=frozenset({Role.RISK, Role.ADMIN, Role.GATEWAY}), refused=frozenset({"orders"}), message="we move"
    )

    assert await desk.ask("maintenance.end", reason=WHY) == {**nothing, "ended": True}
    assert desk.control.rules[-1].maintenance is None
    assert await desk.ask("maintenance.end", reason=WHY) == {**nothing, "ended": False}
    assert len(desk.control.rules) == 3


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"message": None}, "message"),
        ({"reason": None}, "reason"),
        ({"roles": "risk"}, "roles"),
        ({"refuse": ["admin"]}, "refuse"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_maintenance_needs_its_words(desk: OperatorDesk, arguments: dict[str, Any], field: str) -> None:
    """Nothing begins without."""
    given = {"roles": [], "refuse": [], "message": "we move", "reason": WHY, **arguments}

    assert await field_of_refusal(desk, "maintenance.begin", **given) == field
    assert desk.control.rules[-1].maintenance is None


@pytest_twisted.ensureDeferred
async def test_another_processs_record_is_on_the_trail_once(desk: OperatorDesk) -> None:
    """However often it is reported, and it is told like any other."""
    record = {
        "at_ns": NOW_NS,
        "user_id": "officer",
        "role": "risk",
        "session_id": 5,
        "action": "risk.halt",
        "arguments": {"user_id": "ned"},
        "reason": WHY,
        "outcome": "done",
    }
    for _ in range(2):
        asked = desk.session.ask("tapecast.node.audit", role=Role.GATEWAY, record=record)
        desk.write()
        assert await asked is None

    (told,) = (await desk.begin("audit.list"))["records"]
    assert (told["action"], told["session"], told["at"]) == ("risk.halt", 5, "2026-01-01T00:00:00.000000Z")
    assert [one["action"] for one in desk.audited] == ["risk.halt"]


@pytest_twisted.ensureDeferred
async def test_the_trail_is_told_a_page_at_a_time(desk: OperatorDesk) -> None:
    """The newest first, of one moment too."""
    for number in range(3):
        await desk.ask("tokens.revoke", token_id=f"t{number}", reason=WHY)

    first = await desk.begin("audit.list", limit=2)
    second = await desk.begin("audit.list", limit=2, before=first["next"])

    pages = [[one["arguments"]["token_id"] for one in page["records"]] for page in (first, second)]
    assert pages == [["t2", "t1"], ["t0"]]
    assert await field_of_refusal(desk, "audit.list", limit=0) == "limit"
