"""Sessions whose tokens end: told and closed in time, by one timer, unless they renew."""

from collections.abc import AsyncIterator, Callable
from functools import partial

import pytest
import pytest_twisted
from twisted.internet.task import Clock

from auth.claims import TokenRules
from components.contract.envelope import NS_PER_S, format_time
from components.wamp.router_view import SessionNews
from router.token_times import NOTICE_S
from router.token_watch import DONE_PER_TURN, LOOK_AGAIN_S, TokenHolder, TokenWatch
from router.view import LiveRouterView
from tests.support.granted_tickets import TICKET, credential, ticket
from tests.support.raw_websocket import (
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
from tests.support.routers import OURS, RouterUnderTest, running
from tests.support.tokens import NOW_S
from tests.support.turning_clock import TurningClock

LEEWAY_S = TokenRules().leeway_s
EXPIRED = (4001, "tapecast.close.token_expired")
LIFETIME_S = 600
LATER = credential(expires_at_s=NOW_S + 2 * LIFETIME_S)


class Day:
    """A clock of the day beside the reactor's own, which can be set."""

    def __init__(self, clock: Clock) -> None:
        self.offset_s = float(NOW_S)
        self._clock = clock

    def __call__(self) -> float:
        return self.offset_s + self._clock.seconds()


@pytest.fixture
def day(clock: Clock) -> Day:
    """The clock of the day."""
    return Day(clock)


@pytest.fixture
def watch(clock: Clock, day: Day) -> TokenWatch:
    """A watch over nobody."""
    return TokenWatch(clock, day)


@pytest_twisted.async_yield_fixture
async def signing(watch: TokenWatch) -> AsyncIterator[RouterUnderTest]:
    """A router where alice signs in with a token that ends."""
    async with running(OURS, ticket=TICKET) as router:
        router.factory.token_watch = watch
        yield router


async def sign_in(client: RawWebSocket) -> int:
    """Join as alice, and return the session's number."""
    client.send(HELLO, "tapecast", {"roles": ROLES, "authmethods": ["ticket"], "authid": "alice"})
    assert (await client.message())[0] == CHALLENGE
    client.send(AUTHENTICATE, ticket(), {})
    welcome = await client.message()
    assert welcome[0] == WELCOME
    return int(welcome[1])


async def is_answered(client: RawWebSocket) -> bool:
    """Whether a call still gets its answer."""
    client.send(CALL, 1, {}, "tapecast.nothing")
    return bool((await client.message())[0] == ERROR)


def holder(end: Callable[[], None], warn: Callable[[], None] = lambda: None) -> TokenHolder:
    """A session that does this when its token ends, and before."""
    return TokenHolder(warn=warn, end=end)


def advance(clock: Clock, seconds: float) -> None:
    """Let time pass, with all that is due on the way."""
    clock.pump([seconds / 20] * 20)


@pytest_twisted.ensureDeferred
async def test_a_session_ends_with_its_token(signing: RouterUnderTest, clock: Clock) -> None:
    """It is closed when the leeway after the token's end is over, and not before; a new token may come back."""
    client = await RawWebSocket.open(signing.port)
    await sign_in(client)

    advance(clock, LIFETIME_S + LEEWAY_S - 1)
    assert await is_answered(client)
    advance(clock, 1.01)

    assert await client.close_frame() == EXPIRED
    assert not clock.getDelayedCalls()
    await client.end()


@pytest_twisted.ensureDeferred
async def test_a_session_that_renews_lives_on(signing: RouterUnderTest, clock: Clock) -> None:
    """The end of the new token counts, and is told."""
    client = await RawWebSocket.open(signing.port)
    session_id = await sign_in(client)
    view = LiveRouterView(signing.router._factory)

    view.renew(session_id, LATER)
    advance(clock, 2 * LIFETIME_S + LEEWAY_S - 1)

    assert await is_answered(client)
    session = view.find_session(session_id)
    assert session is not None
    assert session.expires_at == format_time(LATER.expires_at_s * NS_PER_S)
    advance(clock, 1.01)
    assert await client.close_frame() == EXPIRED
    await client.end()


@pytest_twisted.ensureDeferred
async def test_a_session_without_a_token_has_no_end(signing: RouterUnderTest, clock: Clock) -> None:
    """Whoever joined as public is not watched, and cannot be renewed; nor can one that is gone."""
    client = await RawWebSocket.join(signing.port)
    (session_id,) = (
        number for number, session in signing.router._session_id_to_session.items() if session._authrole == "public"
    )
    view = LiveRouterView(signing.router._factory)

    assert view.renew(session_id, LATER) is None
    assert view.renew(1, LATER) is None

    assert not clock.getDelayedCalls()
    await client.end()


@pytest.mark.parametrize("says_goodbye", [True, False])
@pytest_twisted.ensureDeferred
async def test_a_session_that_has_left_is_not_watched(
    signing: RouterUnderTest, clock: Clock, *, says_goodbye: bool
) -> None:
    """Nothing of it stays behind, and the next session on the connection has an end of its own."""
    client = await RawWebSocket.open(signing.port)
    await sign_in(client)
    assert clock.getDelayedCalls()

    if says_goodbye:
        client.send(GOODBYE, {}, "wamp.close.normal")
        assert (await client.message())[0] == GOODBYE
        assert not clock.getDelayedCalls()
        await sign_in(client)
        advance(clock, LIFETIME_S + LEEWAY_S + 0.01)
        assert await client.close_frame() == EXPIRED
    await client.end()
    observer = await RawWebSocket.join(signing.port)

    assert await is_answered(observer)
    assert not clock.getDelayedCalls()
    await observer.end()


def test_ten_thousand_sessions_have_one_timer(clock: Clock, watch: TokenWatch) -> None:
    """It is for the soonest; each is ended in its own second, whatever the order in which they came."""
    ended: list[int] = []
    for number in range(10_000):
        end_s = NOW_S + (number * 7919) % 10_000
        watch.follow(number, end_s, holder(partial(ended.append, end_s)))

    assert len(clock.getDelayedCalls()) == 1
    while clock.getDelayedCalls():
        assert len(clock.getDelayedCalls()) == 1
        clock.advance(clock.getDelayedCalls()[0].getTime() - clock.seconds())

    assert ended == sorted(ended)
    assert len(ended) == 10_000
    assert clock.seconds() == 9_999 + LEEWAY_S


def test_many_that_end_at_once_are_ended_over_several_turns() -> None:
    """Between them the others are served."""
    clock, ended = TurningClock(), list[int]()
    watch = TokenWatch(clock, Day(clock))
    for number in range(DONE_PER_TURN + 1):
        watch.follow(number, NOW_S, holder(lambda: ended.append(1)))

    clock.advance(LEEWAY_S)
    assert len(ended) == DONE_PER_TURN
    clock.advance(0)

    assert len(ended) == DONE_PER_TURN + 1


def test_one_that_cannot_be_ended_keeps_none_of_the_others(clock: Clock, watch: TokenWatch) -> None:
    """A bug in the end of one session shows in the log, and the next one ends all the same."""
    ended: list[int] = []
    watch.follow(1, NOW_S, holder(lambda: ended.append(1 // 0)))
    watch.follow(2, NOW_S, holder(lambda: ended.append(2)))

    with pytest.raises(ZeroDivisionError):
        clock.advance(LEEWAY_S)
    clock.advance(0)

    assert ended == [2]


def test_a_clock_that_is_set_is_noticed(clock: Clock, day: Day, watch: TokenWatch) -> None:
    """Where the day's clock leaps, a session does not outlive its token by more than a minute, nor end too soon."""
    ended: list[str] = []
    watch.follow(1, NOW_S + LIFETIME_S, holder(lambda: ended.append("one")))
    day.offset_s -= 3600
    advance(clock, LIFETIME_S + LEEWAY_S + 1)
    assert ended == []

    day.offset_s += 7200
    advance(clock, LOOK_AGAIN_S)

    assert ended == ["one"]


def test_the_leeway_is_the_operators(clock: Clock, watch: TokenWatch) -> None:
    """A gateway that allows none ends a session with its token."""
    ended: list[str] = []
    watch.leeway_s = 0
    watch.follow(1, NOW_S + 2, holder(lambda: ended.append("one")))

    clock.advance(1.99)
    assert ended == []
    clock.advance(0.02)

    assert ended == ["one"]


def test_a_token_that_ends_sooner_is_not_kept_waiting(clock: Clock, watch: TokenWatch) -> None:
    """Of two sessions the one that came last may end first; one that has left or ended does not end again."""
    ended: list[str] = []
    watch.leeway_s = 0
    for name, session_id, lifetime_s in (("late", 1, 20), ("soon", 2, 10), ("gone", 3, 15)):
        watch.follow(session_id, NOW_S + lifetime_s, holder(partial(ended.append, name)))
    watch.forget(3)
    watch.forget(4)

    clock.advance(10)
    assert ended == ["soon"]
    watch.renew(2, NOW_S + LIFETIME_S)
    clock.advance(10)

    assert ended == ["soon", "late"]
    assert not clock.getDelayedCalls()


def test_a_session_is_warned_once_of_each_token(clock: Clock, watch: TokenWatch) -> None:
    """A minute before its end, by the same timer; another token has a warning of its own."""
    told: list[str] = []
    watch.leeway_s = 0
    watch.follow(1, NOW_S + 100, holder(partial(told.append, "end"), partial(told.append, "warning")))

    clock.advance(100 - NOTICE_S - 0.01)
    assert told == []
    clock.advance(0.02)
    assert told == ["warning"]
    assert len(clock.getDelayedCalls()) == 1
    watch.renew(1, NOW_S + 200)
    clock.pump([1.0] * 101)
    assert told == ["warning", "warning"]
    clock.pump([1.0] * 60)

    assert told == ["warning", "warning", "end"]


@pytest_twisted.ensureDeferred
async def test_news_of_a_session_tell_when_its_token_ends(signing: RouterUnderTest, clock: Clock) -> None:
    """The user and the session by their names; the session itself goes on."""
    news: list[SessionNews] = []
    LiveRouterView(signing.factory).watch_news(news.append)
    client = await RawWebSocket.open(signing.port)
    session_id = await sign_in(client)

    advance(clock, LIFETIME_S - NOTICE_S + 0.01)

    body = {"expires_at": format_time((NOW_S + LIFETIME_S) * NS_PER_S)}
    assert news == [SessionNews(session_id=session_id, user_id="alice", event="token_expiring", body=body)]
    assert await is_answered(client)
    await client.end()
