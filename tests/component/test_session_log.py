"""What the log of security says of sessions: who came, from where, by which key, and why each ended."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_twisted
from autobahn.wamp import message
from twisted.internet.task import Clock
from twisted.logger import ILogObserver, globalLogPublisher
from zope.interface import implementer

from components.contract.errors import KICKED
from components.contract.roles import Role
from router.control import LiveRouterControl
from router.token_watch import TokenWatch
from tests.support.granted_tickets import TICKET, ticket
from tests.support.raw_websocket import (
    AUTHENTICATE,
    CHALLENGE,
    GOODBYE,
    HELLO,
    ROLES,
    WELCOME,
    RawWebSocket,
)
from tests.support.routers import OURS, RouterUnderTest, running, turns
from tests.support.tokens import NOW_S

Events = list[dict[str, Any]]


@pytest_twisted.async_yield_fixture
async def signing() -> AsyncIterator[RouterUnderTest]:
    """A router whose tickets say what they are good for."""
    async with running(OURS, ticket=TICKET) as router:
        router.factory.token_watch = TokenWatch(Clock(), lambda: NOW_S)
        yield router


@pytest.fixture
def events() -> Iterator[Events]:
    """What is logged of security."""
    logged: Events = []

    @implementer(ILogObserver)
    def keep(event: dict[str, Any]) -> None:
        if event["log_namespace"] == "tapecast.security":
            logged.append(event)

    globalLogPublisher.addObserver(keep)
    yield logged
    globalLogPublisher.removeObserver(keep)


async def sign_in(router: RouterUnderTest, shown: str) -> RawWebSocket:
    """A connection that has signed in."""
    client = await RawWebSocket.open(router.port)
    client.send(HELLO, "tapecast", {"roles": ROLES, "authmethods": ["ticket"], "authid": "whoever"})
    assert (await client.message())[0] == CHALLENGE
    client.send(AUTHENTICATE, shown, {})
    assert (await client.message())[0] == WELCOME
    return client


def told(events: Events, name: str) -> dict[str, Any]:
    """The one event of a name."""
    (event,) = (event for event in events if event.get("event") == name)
    return event


@pytest_twisted.ensureDeferred
async def test_who_came_is_told_with_the_address_and_the_key(signing: RouterUnderTest, events: Events) -> None:
    """And nothing of the token."""
    client = await sign_in(signing, ticket("alice", Role.RISK, token_id="t-4711"))

    began = told(events, "joined")

    assert (began["user_id"], began["role"], began["address"]) == ("alice", "risk", "127.0.0.1")
    assert (began["method"], began["key_id"]) == ("ticket", "key-1")
    assert "t-4711" not in str(began)
    await client.end()


@pytest_twisted.ensureDeferred
async def test_why_it_ended_is_told(signing: RouterUnderTest, events: Events) -> None:
    """By the gateway, by the client, or by neither."""
    kicked, leaving, breaking, lost = [await sign_in(signing, ticket(f"user-{number}")) for number in range(4)]
    LiveRouterControl(signing.factory).end_sessions(lambda one: one.user_id == "user-0", KICKED)
    leaving.send(GOODBYE, {}, "wamp.close.normal")
    breaking.send(message.Welcome.MESSAGE_TYPE, 1, {})
    for client in (kicked, leaving, breaking):
        assert (await client.message())[0] == GOODBYE
        await client.end()
    transport: Any = lost.transport
    transport.abortConnection()
    await turns(6)

    ended = {event["user_id"]: event["reason"] for event in events if event.get("event") == "session_ended"}
    assert ended == {"user-0": "kicked", "user-1": "left", "user-2": "invalid_message", "user-3": "lost"}


@pytest_twisted.ensureDeferred
async def test_who_is_nobody_in_particular_is_not_told_of(signing: RouterUnderTest, events: Events) -> None:
    """The public is counted, and not listed."""
    client = await RawWebSocket.join(signing.port)
    await client.end()
    await turns()

    assert events == []
