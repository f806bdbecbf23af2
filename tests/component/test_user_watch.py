"""What a directory says of users, and what becomes of their sessions."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
import pytest_twisted
from twisted.internet.task import Clock

from auth.users import ANYBODY, Standing
from components.contract.roles import Role
from components.model.errors import TokenRejected
from router.limit_settings import LimitSettings
from router.limits import UNLIMITED, Limits, points_rate
from router.token_watch import TokenWatch
from router.view import LiveRouterView
from tests.support.granted_tickets import TICKET, credential, ticket, waiting_answers
from tests.support.hand_directory import HandDirectory
from tests.support.raw_websocket import (
    ABORT,
    AUTHENTICATE,
    CALL,
    CHALLENGE,
    ERROR,
    GOODBYE,
    HELLO,
    ROLES,
    WELCOME,
    RawWebSocket,
)
from tests.support.routers import OURS, RouterUnderTest, running, turns
from tests.support.tokens import NOW_S

LIMITED = LimitSettings(limits=Limits(connections_per_user=2, market_points=points_rate(4, 60, 0)))
INACTIVE = Standing(is_active=False)
ENDED = (4002, "tapecast.close.user_inactive")


@pytest_twisted.async_yield_fixture
async def signing() -> AsyncIterator[RouterUnderTest]:
    """A router whose tickets say what they are good for, and what is said of their users."""
    async with running(OURS, ticket=TICKET, limits=LIMITED) as router:
        router.factory.token_watch = TokenWatch(Clock(), lambda: NOW_S)
        yield router


@pytest.fixture
def directory(signing: RouterUnderTest) -> HandDirectory:
    """Whom the router hears."""
    made = HandDirectory()
    signing.factory.user_watch.ask(made)
    return made


async def begin(router: RouterUnderTest, shown: str) -> RawWebSocket:
    """A connection that has shown its ticket, and is not answered yet."""
    client = await RawWebSocket.open(router.port)
    client.send(HELLO, "tapecast", {"roles": ROLES, "authmethods": ["ticket"], "authid": "whoever"})
    assert (await client.message())[0] == CHALLENGE
    client.send(AUTHENTICATE, shown, {})
    return client


async def sign_in(router: RouterUnderTest, user_id: str = "alice", **said: Any) -> RawWebSocket:
    """A connection that has signed in, with what is said of its user."""
    client = await begin(router, ticket(user_id, standing={"active": True, **said}))
    assert (await client.message())[0] == WELCOME
    return client


async def calls(client: RawWebSocket, count: int) -> int:
    """How many of so many calls are answered with another error than that they are too many."""
    passed = 0
    for number in range(1, count + 1):
        client.send(CALL, number, {}, "tapecast.nothing")
        kind, _, _, _, uri, *_ = await client.message()
        assert kind == ERROR
        passed += uri != "tapecast.error.rate_limited"
    return passed


@pytest_twisted.ensureDeferred
async def test_a_user_who_becomes_inactive_is_ended_on_all_sessions(
    signing: RouterUnderTest, directory: HandDirectory
) -> None:
    """And nobody else; they are told so and not to come back."""
    first, second, bob = await sign_in(signing), await sign_in(signing), await sign_in(signing, "bob")

    directory.say("alice", INACTIVE)

    for client in (first, second):
        assert (await client.message())[:3] == [GOODBYE, {}, ENDED[1]]
        assert await client.close_frame() == ENDED
        await client.end()
    assert await calls(bob, 1) == 1
    await bob.end()
    await turns()
    assert directory.watched == {}


@pytest_twisted.ensureDeferred
async def test_who_has_become_inactive_during_the_join_is_ended(
    signing: RouterUnderTest, directory: HandDirectory
) -> None:
    """What was said between the answer of the directory and the WELCOME counts."""
    client = await begin(signing, ticket(is_held=True, standing={"active": True}))
    await turns()
    directory.say("alice", INACTIVE)
    waiting_answers.pop().callback({})

    assert (await client.message())[0] == WELCOME
    assert (await client.message())[:3] == [GOODBYE, {}, ENDED[1]]
    assert await client.close_frame() == ENDED
    await client.end()


@pytest_twisted.ensureDeferred
async def test_a_users_connections_go_before_everybodys(signing: RouterUnderTest, directory: HandDirectory) -> None:
    """More for one and fewer for another; the one too many is refused as any other."""
    alices = [await sign_in(signing, connections=3) for _ in range(3)]
    bobs = [await sign_in(signing, "bob", connections=1)]
    refused = [
        await begin(signing, ticket("alice", standing={"active": True, "connections": 3})),
        await begin(signing, ticket("bob", standing={"active": True, "connections": 1})),
    ]

    for client in refused:
        assert (await client.message())[::2] == [ABORT, "tapecast.error.rate_limited"]
        assert await client.close_frame() == (4003, "tapecast.close.too_many_connections")
    for client in (*alices, *bobs, *refused):
        await client.end()
    await turns()
    assert directory.watched == {}


@pytest_twisted.ensureDeferred
async def test_fewer_connections_than_a_user_has_end_none(signing: RouterUnderTest, directory: HandDirectory) -> None:
    """The next one is refused."""
    alices = [await sign_in(signing) for _ in range(2)]

    directory.say("alice", Standing(is_active=True, connections=1))
    refused = await begin(signing, ticket(standing={"active": True, "connections": 1}))

    assert (await refused.message())[0] == ABORT
    assert [await calls(client, 1) for client in alices] == [1, 1]
    for client in (*alices, refused):
        await client.end()


@pytest_twisted.ensureDeferred
async def test_a_users_factor_counts_from_the_join_and_when_it_changes(
    signing: RouterUnderTest, directory: HandDirectory
) -> None:
    """Twice as many calls, then half as many, each in a window of its own."""
    client = await sign_in(signing, rate_factor=2)

    assert await calls(client, 9) == 8

    directory.say("alice", Standing(is_active=True, rate_factor=Decimal("0.5")))

    assert await calls(client, 3) == 2
    await client.end()


@pytest_twisted.ensureDeferred
async def test_a_session_is_told_the_limits_of_its_user(signing: RouterUnderTest, directory: HandDirectory) -> None:
    """Those that hold now."""
    client = await sign_in(signing, connections=7, rate_factor=3)
    (session_id,) = (one for one, session in signing.router._session_id_to_session.items() if _is_alices(session))
    view = LiveRouterView(signing.factory)
    joined = view.find_session(session_id)
    directory.say("alice", ANYBODY)
    changed = view.find_session(session_id)

    assert joined is not None
    assert changed is not None
    assert (joined.limits["connections_per_user"], joined.limits["market_points"]) == (7, _points(12))
    assert (changed.limits["connections_per_user"], changed.limits["market_points"]) == (2, _points(4))
    await client.end()


def _is_alices(session: Any) -> bool:
    return bool(session._authid == "alice")


def _points(points: int) -> dict[str, int]:
    return {"points": points, "duration_ms": 60_000, "block_ms": 0}


@pytest_twisted.ensureDeferred
async def test_who_was_not_asked_about_is_not_told(signing: RouterUnderTest, directory: HandDirectory) -> None:
    """A service account of the same name, and whoever has no token."""
    service = await begin(signing, ticket("alice", Role.SERVICE))
    assert (await service.message())[0] == WELCOME
    public = await RawWebSocket.join(signing.port)

    directory.say("alice", INACTIVE)

    assert directory.watched == {}
    assert [await calls(client, 1) for client in (service, public)] == [1, 1]
    for client in (service, public):
        await client.end()


@pytest_twisted.ensureDeferred
async def test_nobody_becomes_a_user_without_being_asked_about(
    signing: RouterUnderTest, directory: HandDirectory
) -> None:
    """A service account that shows a trader's token of its own name has to join anew; who was asked about has not."""
    service = await begin(signing, ticket("alice", Role.SERVICE))
    services = (await service.message())[1]
    bob = await sign_in(signing, "bob")
    (bobs,) = (one for one, session in signing.router._session_id_to_session.items() if session._authid == "bob")
    view = LiveRouterView(signing.factory)

    with pytest.raises(TokenRejected, match="join anew"):
        view.renew(services, credential("alice", Role.TRADER))
    renewal = view.renew(bobs, credential("bob", Role.RISK))

    assert renewal is not None
    assert renewal.role is Role.RISK
    for client in (service, bob):
        await client.end()
    assert directory.standings == {}


@pytest_twisted.ensureDeferred
async def test_a_session_that_has_left_is_told_nothing(signing: RouterUnderTest, directory: HandDirectory) -> None:
    """Its connection may be another session's by then."""
    client = await sign_in(signing)
    client.send(GOODBYE, {}, "wamp.close.normal")
    await client.message()
    client.send(HELLO, "tapecast", {"roles": ROLES, "authmethods": ["anonymous"]})
    assert (await client.message())[0] == WELCOME

    directory.say("alice", INACTIVE)

    assert await calls(client, 1) == 1
    await client.end()


@pytest_twisted.ensureDeferred
async def test_a_users_connections_hold_where_limits_are_off() -> None:
    """What is said of one user is no limit for all."""
    async with running(OURS, ticket=TICKET, limits=LimitSettings(limits=UNLIMITED)) as router:
        router.factory.token_watch = TokenWatch(Clock(), lambda: NOW_S)
        client = await sign_in(router, connections=1)
        refused = await begin(router, ticket(standing={"active": True, "connections": 1}))

        assert (await refused.message())[::2] == [ABORT, "tapecast.error.rate_limited"]
        for one in (client, refused):
            await one.end()
