"""What a session is told of itself, and the pace that it asks for."""

from typing import Any

import attrs
import pytest
import pytest_twisted

from components.contract.roles import Role
from tests.support.gateway import CONNECTION, LIMITS, Gateway, refusal, session_of

PACE = "tapecast.session.pace"


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
