"""Operators' commands on a router with real connections: what is answered, and whose connections end."""

import itertools
from collections.abc import AsyncIterator
from typing import Any

import pytest_twisted
from prometheus_client import CollectorRegistry
from twisted.internet import reactor
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import Clock

from components.admin.component import AdminComponent
from components.admin.lifetimes import TokenLifetime
from components.admin.seams_component import AdminSeams
from components.contract.envelope import NS_PER_S
from components.contract.roles import Role
from components.streams.journal import Group
from components.streams.stream import Streams
from components.wamp.log_level import LogLevelSwitch
from router.control import LiveRouterControl
from router.token_watch import TokenWatch
from router.view import LiveRouterView
from tests.support.granted_tickets import TICKET, ticket
from tests.support.held_journal import HeldJournal
from tests.support.raw_websocket import (
    ABORT,
    CALL,
    ERROR,
    GOODBYE,
    RESULT,
    WELCOME,
    RawWebSocket,
)
from tests.support.routers import OURS, RouterUnderTest, running
from tests.support.tokens import NOW_S

REVOKED = (4001, "tapecast.close.revoked")


class PromptJournal(HeldJournal):
    """Has written what it is given."""

    def append(self, group: Group) -> None:
        """Write it."""
        super().append(group)
        self.write()


@pytest_twisted.async_yield_fixture
async def router() -> AsyncIterator[RouterUnderTest]:
    """A router whose tickets say what they are good for, with the component in it."""
    async with running(OURS, ticket=TICKET) as running_router:
        running_router.factory.token_watch = TokenWatch(Clock(), lambda: NOW_S)
        epochs = (f"e{number}" for number in itertools.count(1))
        seams = AdminSeams(
            router=LiveRouterView(running_router.factory),
            control=LiveRouterControl(running_router.factory),
            lifetime=TokenLifetime(),
            announce=lambda _topic, _payload: None,
            containers=(),
            log_level=LogLevelSwitch(Clock(), lambda _level: None),
            clock=IReactorTime(reactor),
            monotonic_ns=lambda: 0,
            wall_clock_ns=lambda: NOW_S * NS_PER_S,
        )
        await running_router.gateway.joined
        component = AdminComponent(
            running_router.gateway,
            lambda: Streams(lambda: next(epochs), PromptJournal()),
            seams,
            registry=CollectorRegistry(),
        )
        await component.start()
        yield running_router


async def shown(router: RouterUnderTest, *arguments: Any, **said: Any) -> tuple[RawWebSocket, list[Any]]:
    """A connection that has shown a ticket, and what it was answered."""
    return await RawWebSocket.sign_in(router.port, ticket(*arguments, **said), path="/")


async def sign_in(router: RouterUnderTest, *arguments: Any, **said: Any) -> tuple[RawWebSocket, int]:
    """A connection that has signed in, and its session's number."""
    client, answer = await shown(router, *arguments, **said)
    assert answer[0] == WELCOME
    return client, answer[1]


async def call(client: RawWebSocket, procedure: str, **arguments: Any) -> Any:
    """What a connection is answered."""
    client.send(CALL, 1, {}, f"tapecast.admin.{procedure}", [], arguments)
    answer = await client.message()
    assert answer[0] == RESULT, answer
    return answer[3][0]


@pytest_twisted.ensureDeferred
async def test_a_revoked_user_is_ended_and_not_let_in(router: RouterUnderTest) -> None:
    """Nobody else notices."""
    operator, own = await sign_in(router, "op", Role.ADMIN)
    alice, hers = await sign_in(router, "alice")
    bob, his = await sign_in(router, "bob")

    listed = await call(operator, "sessions.list")
    revoked = await call(operator, "tokens.revoke", user_id="alice", reason="left the firm")

    assert [one["session"] for one in listed["sessions"]] == [own, hers, his]
    assert [one["session"] for one in revoked["sessions"]] == [hers]
    assert await alice.close_frame() == REVOKED
    again, answer = await shown(router, "alice")
    assert answer[::2] == [ABORT, "tapecast.error.token_revoked"]
    assert [one["session"] for one in (await call(operator, "sessions.list"))["sessions"]] == [own, his]
    for client in (alice, again):
        await client.is_lost()
    for client in (operator, bob):
        await client.end()


@pytest_twisted.ensureDeferred
async def test_operators_hear_what_came_of_it_before_their_own_end(router: RouterUnderTest) -> None:
    """Who revokes the key of the own token is answered, then closed."""
    operator, own = await sign_in(router, "op", Role.ADMIN)

    revoked = await call(operator, "tokens.revoke", key_id="key-1", confirm="key-1", reason="stolen")

    assert (revoked["own"], revoked["sessions"][0]["session"]) == (True, own)
    assert await operator.close_frame() == REVOKED
    await operator.is_lost()


@pytest_twisted.ensureDeferred
async def test_one_session_is_told_and_disconnected(router: RouterUnderTest) -> None:
    """By its number; the session of the same user beside it stays."""
    operator, _ = await sign_in(router, "op", Role.ADMIN)
    first, number = await sign_in(router, "alice")
    second, _ = await sign_in(router, "alice")

    told = await call(operator, "sessions.get", session=number)
    ended = await call(operator, "sessions.disconnect", session=number, reason="test")

    assert (told["user_id"], told["serializer"], told["key_id"]) == ("alice", "json", "key-1")
    assert [one["session"] for one in ended["sessions"]] == [number]
    assert (await first.message())[0] == GOODBYE
    assert (await first.close_frame())[0] == 4005
    await first.is_lost()
    assert len((await call(operator, "sessions.list", user_id="alice"))["sessions"]) == 1
    for client in (operator, second):
        await client.end()


@pytest_twisted.ensureDeferred
async def test_maintenance_closes_out_and_ends(router: RouterUnderTest) -> None:
    """Whoever is not among the roles is closed; the operator can end it."""
    operator, _ = await sign_in(router, "op", Role.ADMIN)
    alice, _ = await sign_in(router, "alice")

    await call(operator, "maintenance.begin", roles=[], refuse=["orders"], message="we move", reason="move")
    assert (await alice.close_frame())[0] == 4013
    outside, answer = await shown(router, "alice")
    assert (answer[2], answer[1]["message"]) == ("tapecast.error.maintenance", "we move")
    operator.send(CALL, 2, {}, "tapecast.orders.list")
    refused = await operator.message()
    await call(operator, "maintenance.end", reason="moved")
    inside, _ = await sign_in(router, "alice")

    assert (refused[0], refused[4]) == (ERROR, "tapecast.error.maintenance")
    for client in (alice, outside):
        await client.is_lost()
    for client in (operator, inside):
        await client.end()
