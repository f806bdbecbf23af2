"""Who joins and who is gone, as our own processes hear of it: on a real router, with every way to end a session."""

from collections.abc import Awaitable, Callable
from typing import Any

import attrs
import pytest
import pytest_twisted
from autobahn.wamp.exception import ApplicationError
from twisted.internet.defer import Deferred

from auth.claims import END_OF_TIME_S
from components.contract.errors import KICKED
from components.model.errors import Unavailable
from components.wamp.session_watch import LIST_SESSIONS, ON_JOIN, ON_LEAVE, SessionWatch
from router.view import LiveRouterView
from tests.support.granted_tickets import TICKET, ticket
from tests.support.recording_session import RecordingSession
from tests.support.routers import OURS, Client, RouterUnderTest, running, settle

EndOfSession = Callable[[RouterUnderTest, Client], object]


@attrs.define
class Heard:
    """What a watch told."""

    joined: list[str] = attrs.field(factory=list)
    left: list[int] = attrs.field(factory=list)


def watch_of(session: Any) -> tuple[SessionWatch, Heard]:
    """A watch on a session, and what it tells."""
    heard = Heard()
    return SessionWatch(session, on_join=heard.joined.append, on_leave=heard.left.append), heard


def leave(_router: RouterUnderTest, client: Client) -> None:
    """The client says goodbye."""
    client.leave()


def abort(_router: RouterUnderTest, client: Client) -> None:
    """Its connection breaks."""
    client._transport.transport.abortConnection()


def close(_router: RouterUnderTest, client: Client) -> None:
    """Its WebSocket is closed without a goodbye."""
    client._transport.sendClose()


def kick(router: RouterUnderTest, client: Client) -> None:
    """The gateway ends it."""
    router.server_side(client).end(KICKED)


def kill(router: RouterUnderTest, client: Client) -> Awaitable[object]:
    """One of the gateway's processes ends it by Crossbar's own procedure."""
    killed: Deferred[object] = router.gateway.call("wamp.session.kill", client._session_id)
    return killed


@pytest.mark.parametrize("end", [leave, abort, close, kick, kill])
@pytest_twisted.ensureDeferred
async def test_every_end_is_told(router: RouterUnderTest, end: EndOfSession) -> None:
    """However a session ends, who watches hears its number, once."""
    client, other = await router.join("alice"), await router.join()
    session_id = client._session_id
    watch, heard = watch_of(router.gateway)
    await watch.begin()

    end(router, client)
    await client.lost
    await settle(other)

    assert heard.left == [session_id]


@pytest_twisted.ensureDeferred
async def test_joins_with_a_token_are_told(router: RouterUnderTest) -> None:
    """By the user's id; who has no token, and who is of the gateway itself, joins unseen."""
    watch, heard = watch_of(router.gateway)
    await watch.begin()

    for user in ("alice", None, "process", "desk"):
        await router.join(user)

    assert heard.joined == ["alice", "desk"]


@pytest_twisted.ensureDeferred
async def test_nothing_is_told_when_it_has_ended(router: RouterUnderTest) -> None:
    """And the router publishes nothing of sessions any more."""
    watch, heard = watch_of(router.gateway)
    await watch.begin()
    await watch.end()

    await router.join("alice")

    assert heard.joined == []
    assert not watch.is_on
    assert not router.router.watches_sessions()


@pytest_twisted.ensureDeferred
async def test_it_is_on_when_both_subscriptions_stand() -> None:
    """Not before: an end in between would be missed."""
    session = RecordingSession()
    session.held_subscriptions = {ON_LEAVE: Deferred(), ON_JOIN: Deferred()}
    watch, _ = watch_of(session)
    begun = Deferred.fromCoroutine(watch.begin())

    session.held_subscriptions[ON_LEAVE].callback(None)
    assert not watch.is_on

    session.held_subscriptions[ON_JOIN].callback(None)
    await begun
    assert watch.is_on


@pytest_twisted.ensureDeferred
async def test_beginning_twice_subscribes_once() -> None:
    """Who wants it while it begins waits for the same."""
    session = RecordingSession()
    session.held_subscriptions = {ON_LEAVE: Deferred()}
    watch, heard = watch_of(session)
    first, second = Deferred.fromCoroutine(watch.begin()), Deferred.fromCoroutine(watch.begin())

    session.held_subscriptions[ON_LEAVE].callback(None)
    await first
    await second
    session.subscribed[ON_LEAVE](7)

    assert heard.left == [7]
    await watch.end()
    assert session.subscribed == {}


@pytest_twisted.ensureDeferred
async def test_the_sessions_of_a_user_are_listed() -> None:
    """Those that are there, with when they joined; nobody else's."""
    async with running(OURS, ticket=TICKET) as router:
        view = LiveRouterView(router.router._factory)
        await router.gateway.register(
            lambda user_ids: [attrs.asdict(one) for one in view.list_sessions(user_ids)], LIST_SESSIONS
        )
        joined = [await router.join(ticket(name, expires_at_s=END_OF_TIME_S)) for name in ("alice", "alice", "bob")]
        first, second = [client._session_id for client in joined[:2]]
        watch, _ = watch_of(router.gateway)

        listed = await watch.list_sessions(["alice", "nobody"])

    assert {one.session_id for one in listed} == {first, second}
    assert {one.user_id for one in listed} == {"alice"}
    joined_ns = {one.session_id: one.joined_ns for one in listed}
    assert 0 < joined_ns[first] < joined_ns[second]


@pytest_twisted.ensureDeferred
async def test_a_name_without_a_token_is_no_users_session(router: RouterUnderTest) -> None:
    """Whoever is called like a user, and did not show a token, is not listed: anonymous, or the gateway's own."""
    view = LiveRouterView(router.router._factory)
    anonymous = await router.join()
    name = router.router._session_id_to_session[anonymous._session_id]._authid
    await router.join("process")

    assert view.list_sessions([name, "process", "gateway"]) == []


@pytest.mark.parametrize("error", ["wamp.error.no_such_procedure", "tapecast.error.unavailable"])
@pytest_twisted.ensureDeferred
async def test_a_router_that_does_not_tell_is_unavailable(error: str) -> None:
    """Whoever asks is told to try again."""
    session = RecordingSession()
    session.results[LIST_SESSIONS] = ApplicationError(error)
    watch, _ = watch_of(session)

    with pytest.raises(Unavailable):
        await watch.list_sessions(["alice"])
