"""What a session is told of itself, the pace that it asks for, and the token that it goes on with."""

import time
from typing import Any

import attrs
import pytest
import pytest_twisted

from components.contract.roles import Role
from tests.support.gateway import CONNECTION, LIMITS, Gateway, refusal, session_of
from tests.support.tokens import NOW_S, token_saying
from tests.support.tokens import token as forged_token

PACE, REFRESH = "tapecast.session.pace", "tapecast.session.refresh"


@pytest_twisted.ensureDeferred
async def test_a_session_learns_who_it_is(gateway: Gateway) -> None:
    """A caller is told what the router knows of it, its user also as the component of a topic."""
    gateway.router.sessions[7] = session_of("a.b@c", Role.TRADER)

    assert await gateway.session.ask("tapecast.session.info") == {
        "session": 7,
        "user_id": "a.b@c",
        "user": "a_2eb_40c",
        "role": "trader",
        "expires_at": "2026-01-01T00:00:00.000000Z",
        "serializer": "cbor",
        "subscriptions": 3,
        "device": {"type": "mobile", "version": "2.1", "background": False},
        "connection": {
            "lag_ms": 7,
            "waiting": {"control": 0, "lossless": 2, "gapped": 0, "conflated": 1},
            "waiting_bytes": 310,
            "conflated": 40,
            "dropped": 5,
            "sent_messages": 1000,
            "sent_bytes": 90_000,
            "max_hz": 5.0,
            "background": False,
        },
        "limits": LIMITS,
    }


@pytest_twisted.ensureDeferred
async def test_a_session_that_has_left_is_not_told_of(gateway: Gateway) -> None:
    """Who asks and is gone gets an error that nobody reads, and nothing breaks."""
    error = await refusal(gateway.session.ask("tapecast.session.info"))

    assert error.error == "tapecast.error.unavailable"


@pytest_twisted.ensureDeferred
async def test_a_session_inside_the_process_has_no_connection(gateway: Gateway) -> None:
    """What is not known is null, in the same fields."""
    session = session_of("gateway", Role.GATEWAY)
    gateway.router.sessions[7] = attrs.evolve(session, connection=None, device=None, limits={})

    info = await gateway.session.ask("tapecast.session.info")

    assert (info["connection"], info["device"], info["limits"]) == (None, None, {})
    assert (await refusal(gateway.session.ask(PACE, max_hz=1))).error == "tapecast.error.unavailable"


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"max_hz": 0.1}, {"max_hz": 0.1, "background": False}),
        ({"max_hz": 100, "background": True}, {"max_hz": 100, "background": True}),
        ({"max_hz": None, "background": False}, {"max_hz": None, "background": False}),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_session_sets_its_pace(gateway: Gateway, asked: dict[str, Any], told: object) -> None:
    """The pace in effect is answered, and told from then on; without `background` the client is in foreground."""
    gateway.router.sessions[7] = session_of("alice", Role.TRADER)

    assert await gateway.session.ask(PACE, **asked) == told
    connection = (await gateway.session.ask("tapecast.session.info"))["connection"]
    assert {name: connection[name] for name in ("max_hz", "background")} == told


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({}, "max_hz"),
        ({"background": True}, "max_hz"),
        ({"max_hz": 0.09}, "max_hz"),
        ({"max_hz": 100.1}, "max_hz"),
        ({"max_hz": 0}, "max_hz"),
        ({"max_hz": -1}, "max_hz"),
        ({"max_hz": float("nan")}, "max_hz"),
        ({"max_hz": float("inf")}, "max_hz"),
        ({"max_hz": 10**400}, "max_hz"),
        ({"max_hz": True}, "max_hz"),
        ({"max_hz": "5"}, "max_hz"),
        ({"max_hz": [5]}, "max_hz"),
        ({"max_hz": 5, "background": 1}, "background"),
        ({"max_hz": 5, "background": None}, "background"),
        ({"max_hz": 5, "foreground": True}, "foreground"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_pace_that_is_none_changes_nothing(gateway: Gateway, asked: dict[str, Any], field: str) -> None:
    """What is wrong is named, and the pace stays as it was."""
    gateway.router.sessions[7] = session_of("alice", Role.TRADER)

    error = await refusal(gateway.session.ask(PACE, **asked))

    assert (error.error, error.kwargs["details"]) == ("tapecast.error.invalid_argument", {"field": field})
    assert gateway.router.sessions[7].connection == CONNECTION


@pytest_twisted.ensureDeferred
async def test_ping_tells_the_time(gateway: Gateway) -> None:
    """The answer is our clock, in the contract's form."""
    answer = await gateway.session.ask("tapecast.session.ping")

    assert set(answer) == {"ts"}
    assert answer["ts"].endswith("Z")


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time at which the tokens of the tests are good."""
    monkeypatch.setattr(time, "time", lambda: float(NOW_S))


@pytest.mark.usefixtures("today")
@pytest_twisted.ensureDeferred
async def test_a_session_goes_on_with_a_new_token(gateway: Gateway) -> None:
    """A token of the same user sets the session's end, which is answered and told from then on."""
    gateway.router.sessions[7] = session_of("u1", Role.TRADER)

    answer = await gateway.session.ask(REFRESH, token_saying(sub="u1"), role=Role.TRADER)

    assert answer == {"expires_at": "2023-11-14T22:23:20.000000Z", "role": "trader", "ended_subscriptions": []}
    assert (await gateway.session.ask("tapecast.session.info"))["expires_at"] == answer["expires_at"]


@pytest.mark.usefixtures("today")
@pytest_twisted.ensureDeferred
async def test_a_session_takes_on_the_role_of_its_new_token(gateway: Gateway) -> None:
    """What it is from then on is answered, with what it may not follow any more."""
    gateway.router.sessions[7] = session_of("u1", Role.RISK)
    gateway.router.forbidden = ("tapecast.risk.alerts",)

    answer = await gateway.session.ask(REFRESH, token_saying(sub="u1", role="issuer"), role=Role.RISK)

    assert (answer["role"], answer["ended_subscriptions"]) == ("issuer", ["tapecast.risk.alerts"])


@pytest.mark.usefixtures("today")
@pytest_twisted.ensureDeferred
async def test_a_revoked_token_does_not_renew(gateway: Gateway) -> None:
    """It is refused as at a join, and the session keeps its end."""
    session = gateway.router.sessions[7] = session_of("u1", Role.TRADER)
    gateway.router.revoked.add("t-1")

    error = await refusal(gateway.session.ask(REFRESH, token_saying(sub="u1", jti="t-1"), role=Role.TRADER))

    assert (error.error, error.kwargs["message"]) == ("tapecast.error.token_revoked", "the token has been revoked")
    assert gateway.router.sessions[7] is session


@pytest.mark.usefixtures("today")
@pytest_twisted.ensureDeferred
async def test_a_session_that_came_without_a_token_has_none_to_renew(gateway: Gateway) -> None:
    """Over a local socket one is who one is."""
    gateway.router.sessions[7] = attrs.evolve(session_of("u1", Role.ADMIN), expires_at=None)

    error = await refusal(gateway.session.ask(REFRESH, token_saying(sub="u1"), role=Role.ADMIN))

    assert error.error == "tapecast.error.not_authorized"


@pytest.mark.parametrize(
    ("token", "code"),
    [
        (token_saying(sub="u2"), "not_authorized"),
        (token_saying(sub="u1", exp=NOW_S - 31), "token_expired"),
        (token_saying(sub="u1", role="gateway"), "token_invalid"),
        (forged_token(secret=b"f" * 32), "token_invalid"),
        ("x" * 100_000, "token_invalid"),
        ("", "token_invalid"),
        (7, "invalid_argument"),
        (None, "invalid_argument"),
    ],
)
@pytest.mark.usefixtures("today")
@pytest_twisted.ensureDeferred
async def test_a_token_that_does_not_fit_changes_nothing(gateway: Gateway, token: object, code: str) -> None:
    """What is wrong is coded, no part of the token is repeated, and the session keeps its end."""
    session = gateway.router.sessions[7] = session_of("u1", Role.TRADER)

    error = await refusal(gateway.session.ask(REFRESH, token=token, role=Role.TRADER))

    assert error.error == f"tapecast.error.{code}"
    assert error.kwargs["code"] == code
    assert gateway.router.sessions[7] is session
    assert not isinstance(token, str) or not token or token not in str(error.kwargs)


@pytest.mark.usefixtures("today")
@pytest_twisted.ensureDeferred
async def test_a_session_that_has_left_is_not_renewed(gateway: Gateway) -> None:
    """A refresh that comes too late is answered to nobody, and nothing breaks."""
    error = await refusal(gateway.session.ask(REFRESH, token=token_saying(sub="u1"), role=Role.TRADER))

    assert error.error == "tapecast.error.unavailable"
