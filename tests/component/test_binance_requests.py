"""Requests to a venue on this machine: one at a time, within its limits, the urgent first."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_twisted
from twisted.internet import reactor as real_reactor
from twisted.internet.defer import CancelledError, Deferred, gatherResults
from twisted.python.failure import Failure

from components.marketdata.binance.depth_client import BinanceDepth
from components.marketdata.binance.request_client import (
    MAX_BODY_BYTES,
    MAX_WAITING,
    RETRY_CAP_S,
    TIMEOUT_S,
    BinanceRequests,
)
from components.marketdata.binance.weight_budget import WeightBudget
from components.model.errors import ConfigError, VenueFault
from tests.support.clocked_reactor import ClockedReactor
from tests.support.live_feed import playing as live
from tests.support.venue_rest import VenueRest


class Scene:
    """A venue, and what asks it, on a clock that the test moves."""

    def __init__(self, budget: WeightBudget | None = None) -> None:
        self.clock = ClockedReactor(real_reactor)
        self.venue = VenueRest(real_reactor)
        self.reports: list[str] = []
        self.requests = BinanceRequests(
            self.clock, rest_url=self.venue.url, random=lambda: 0.0, report=self.reports.append, budget=budget
        )

    def ask(self, path: str, *, weight: int = 1, is_urgent: bool = False) -> "Deferred[bytes]":
        """Ask for something."""
        return self.requests.request(path, weight=weight, is_urgent=is_urgent)

    async def planned(self) -> None:
        """Wait until the next request has a time."""
        await self.clock.conditions.when(lambda: bool(self.clock.getDelayedCalls()))

    async def pending(self) -> None:
        """Wait until nothing is on its way and the next request waits for its time."""
        await self.clock.conditions.when(lambda: self.requests._asking is None and bool(self.clock.getDelayedCalls()))


@asynccontextmanager
async def playing(budget: WeightBudget | None = None) -> AsyncIterator[Scene]:
    """A scene at whose end nothing is left."""
    scene = Scene(budget)
    yield scene
    scene.requests.stop()
    await scene.venue.stop()
    assert scene.clock.getDelayedCalls() == []


async def failure_of(answer: "Deferred[bytes]") -> BaseException:
    """What a request failed with."""
    failures: list[Failure] = []
    await answer.addErrback(failures.append)
    (failure,) = failures
    assert failure.value is not None
    return failure.value


def test_a_url_that_is_none_is_the_operators_error() -> None:
    """It is told before anything is asked."""
    with pytest.raises(ConfigError):
        BinanceRequests(ClockedReactor(real_reactor), rest_url="nowhere", random=lambda: 0.0, report=print)


@pytest_twisted.ensureDeferred
async def test_requests_go_one_at_a_time_the_urgent_first() -> None:
    """What is on its way is finished; then those go before which others can wait, each kind in its order."""
    async with playing() as scene:
        answers = [
            scene.ask("/a"),
            scene.ask("/b"),
            scene.ask("/c", is_urgent=True),
            scene.ask("/d", is_urgent=True),
        ]
        assert len(scene.requests) == 3

        bodies = await gatherResults(answers)

        assert bodies == [b"/a", b"/b", b"/c", b"/d"]
        assert scene.venue.asked == ["/a", "/c", "/d", "/b"]
        assert len(scene.requests) == 0


@pytest_twisted.ensureDeferred
async def test_what_does_not_fit_the_budget_waits() -> None:
    """The next request goes a minute after the one that left no room."""
    async with playing(WeightBudget(limit=100, reserve=0)) as scene:
        await scene.ask("/a", weight=60)
        second = scene.ask("/b", weight=60)
        scene.clock.advance(59.0)
        assert scene.venue.asked == ["/a"]

        scene.clock.advance(1.0)

        assert await second == b"/b"


@pytest_twisted.ensureDeferred
async def test_the_venues_count_is_heeded() -> None:
    """Its header says what others on the same address have used."""
    async with playing() as scene:
        scene.venue.answers.append((200, {"X-MBX-USED-WEIGHT-1M": "4990"}, b""))
        await scene.ask("/a")

        assert scene.requests.budget.room(now_s=scene.clock.seconds()) == 10


@pytest.mark.parametrize(
    ("status", "headers", "wait_s"),
    [(429, {"Retry-After": "7"}, 7.0), (418, {}, 60.0), (429, {"Retry-After": "x"}, 60.0)],
)
@pytest_twisted.ensureDeferred
async def test_too_many_requests_is_heeded_and_the_same_is_asked_again(
    status: int, headers: dict[str, str], wait_s: float
) -> None:
    """Nothing is asked for as long as the venue says; then what was refused, before all else of its kind."""
    async with playing() as scene:
        scene.venue.answers.append((status, headers, b"slow down"))
        answers = [scene.ask("/a"), scene.ask("/b")]
        await scene.pending()
        scene.clock.advance(wait_s - 0.1)
        assert scene.venue.asked == ["/a"]
        assert scene.reports == [f"too many requests: the venue answered with status {status}"]

        scene.clock.advance(0.1)

        assert await gatherResults(answers) == [b"/a", b"/b"]
        assert scene.venue.asked == ["/a", "/a", "/b"]


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [(400, b'{"code":-1121}', "status 400: "), (200, b" " * (MAX_BODY_BYTES + 1), "longer than")],
)
@pytest_twisted.ensureDeferred
async def test_what_fails_is_its_owners_to_ask_again(status: int, body: bytes, reason: str) -> None:
    """The next request waits with back-off, which the first good answer forgets."""
    async with playing() as scene:
        scene.venue.answers.append((status, {}, body))
        first, second = scene.ask("/a"), scene.ask("/b")

        error = await failure_of(first)
        assert isinstance(error, VenueFault)
        assert reason in str(error)
        await scene.pending()
        assert scene.venue.asked == ["/a"]
        scene.clock.advance(1.0)

        assert await second == b"/b"
        assert await scene.ask("/c") == b"/c"


@pytest_twisted.ensureDeferred
async def test_a_venue_that_does_not_answer_is_given_up() -> None:
    """After a while the request fails, and the next has its turn."""
    async with playing() as scene:
        scene.venue.is_silent = True
        first, second = scene.ask("/a"), scene.ask("/b")
        await scene.venue.asked_for(1)

        scene.clock.advance(TIMEOUT_S)
        error = await failure_of(first)
        assert isinstance(error, VenueFault)
        assert str(error) == "no answer within 10 s"
        scene.venue.is_silent = False
        scene.clock.advance(RETRY_CAP_S)

        assert await second == b"/b"


@pytest_twisted.ensureDeferred
async def test_what_waits_is_bounded() -> None:
    """One request too many fails at once."""
    async with playing() as scene:
        scene.venue.is_silent = True
        answers = [scene.ask(f"/{number}") for number in range(MAX_WAITING + 1)]

        error = await failure_of(scene.ask("/more"))

        assert isinstance(error, VenueFault)
        for answer in answers:
            answer.addErrback(lambda _: None)


@pytest_twisted.ensureDeferred
async def test_a_stop_ends_everything() -> None:
    """What is on its way and what waits fail as cancelled."""
    async with playing() as scene:
        scene.venue.is_silent = True
        answers = [scene.ask("/a"), scene.ask("/b"), scene.ask("/c", is_urgent=True)]
        await scene.venue.asked_for(1)

        scene.requests.stop()

        assert [type(await failure_of(answer)) for answer in answers] == [CancelledError] * 3


@pytest_twisted.ensureDeferred
async def test_a_stop_while_the_next_waits_for_its_time_ends_everything() -> None:
    """No timer is left."""
    async with playing(WeightBudget(limit=1, reserve=0)) as scene:
        await scene.ask("/a")
        second = scene.ask("/b")
        scene.requests.stop()

        assert isinstance(await failure_of(second), CancelledError)


def depth_of(scene: Scene) -> tuple[BinanceDepth, list[bytes]]:
    """What asks for books, and what it hands on."""
    delivered: list[bytes] = []

    def deliver(data: bytes) -> None:
        delivered.append(data)
        scene.venue.conditions.changed()

    return BinanceDepth(scene.requests, deliver=deliver, now_s=scene.clock.seconds), delivered


@pytest_twisted.ensureDeferred
async def test_a_book_is_asked_for_once_and_comes_with_its_name() -> None:
    """Who asks again while it waits gets one answer; afterwards, another."""
    async with playing() as scene:
        depth, delivered = depth_of(scene)
        scene.venue.answers.append((200, {}, b'{"lastUpdateId":1}'))

        depth.request("BTCUSDT", is_urgent=True)
        depth.request("BTCUSDT", is_urgent=True)
        await scene.venue.conditions.when(lambda: len(delivered) == 1)

        assert delivered == [b'{"stream":"btcusdt@depthSnapshot@5000","data":{"lastUpdateId":1}}']
        assert scene.venue.asked == ["/api/v3/depth?symbol=BTCUSDT&limit=5000"]
        depth.request("BTCUSDT", is_urgent=False)
        await scene.venue.conditions.when(lambda: len(delivered) == 2)


@pytest_twisted.ensureDeferred
async def test_many_books_at_once_are_asked_for_cheaply() -> None:
    """After a mass loss the first few are deep, the others come back sooner."""
    async with playing() as scene:
        depth, delivered = depth_of(scene)

        for number in range(6):
            depth.request(f"A{number}", is_urgent=True)
        await scene.venue.conditions.when(lambda: len(delivered) == 6)

        assert [path.rpartition("=")[2] for path in scene.venue.asked] == ["5000"] * 4 + ["1000"] * 2


@pytest_twisted.ensureDeferred
async def test_without_much_room_books_are_asked_for_cheaply() -> None:
    """What is left of the budget is for those that have nothing."""
    async with playing(WeightBudget(limit=1000, reserve=0)) as scene:
        depth, delivered = depth_of(scene)

        depth.request("BTCUSDT", is_urgent=True)
        await scene.venue.conditions.when(lambda: len(delivered) == 1)

        assert scene.venue.asked == ["/api/v3/depth?symbol=BTCUSDT&limit=1000"]


@pytest_twisted.ensureDeferred
async def test_a_book_that_cannot_be_had_can_be_asked_for_again() -> None:
    """A failure hands on nothing, and the next request for it is one."""
    async with playing() as scene:
        depth, delivered = depth_of(scene)
        scene.venue.answers.append((400, {}, b"no"))
        depth.request("BTCUSDT", is_urgent=True)
        depth.request("ETHUSDT", is_urgent=True)
        await scene.pending()
        assert delivered == []

        depth.request("BTCUSDT", is_urgent=True)
        scene.clock.advance(RETRY_CAP_S)
        await scene.venue.conditions.when(lambda: len(delivered) == 2)

        assert [path.partition("&")[0] for path in scene.venue.asked] == [
            f"/api/v3/depth?symbol={name}" for name in ("BTCUSDT", "ETHUSDT", "BTCUSDT")
        ]


@pytest_twisted.ensureDeferred
async def test_a_stop_hands_on_no_book() -> None:
    """What is asked for is dropped without a word."""
    async with playing() as scene:
        depth, delivered = depth_of(scene)
        scene.venue.is_silent = True
        depth.request("BTCUSDT", is_urgent=True)
        await scene.venue.asked_for(1)

        scene.requests.stop()

        assert delivered == []


@pytest_twisted.ensureDeferred
async def test_the_feed_hands_on_a_book_like_a_message_of_a_stream() -> None:
    """It comes where everything else comes, received now, and the feed's end ends what waits."""
    venue = VenueRest(real_reactor)
    async with live(rest_url=venue.url) as scene:
        venue.answers.append((200, {}, b'{"lastUpdateId":1}'))
        before_ns = scene.feed.now_ns()

        scene.feed.request_book("BTCUSDT", is_urgent=True)
        await scene.received(1)

        assert scene.output.messages == [b'{"stream":"btcusdt@depthSnapshot@5000","data":{"lastUpdateId":1}}']
        assert before_ns <= scene.output.received_ns[0] <= scene.feed.now_ns()
        venue.is_silent = True
        scene.feed.request_book("BTCUSDT", is_urgent=True)
        await venue.asked_for(2)
    await venue.stop()
