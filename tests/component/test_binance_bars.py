"""Requests for bars: one at a time, each once, the answer told as a stream's message."""

import itertools

import attrs
import pytest
import pytest_twisted
from twisted.internet import reactor as real_reactor
from twisted.internet.defer import CancelledError, Deferred

from components.marketdata.binance.bars_client import WEIGHT, BinanceBars
from components.model.errors import VenueFault
from tests.support.binance_text import combined
from tests.support.live_feed import playing as live
from tests.support.venue_rest import VenueRest


@attrs.define
class Asked:
    """One request that waits for its answer."""

    path: str
    weight: int
    answer: "Deferred[bytes]" = attrs.field(factory=Deferred, init=False)


class WaitingRequests:
    """Takes requests as the client of the venue's REST interface does; the test answers."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []

    def request(self, path: str, *, weight: int) -> "Deferred[bytes]":
        """Let it wait."""
        self.asked.append(Asked(path, weight))
        return self.asked[-1].answer


class Scene:
    """Bars, and what became of the answers."""

    def __init__(self) -> None:
        self.requests = WaitingRequests()
        self.delivered: list[bytes] = []
        self.bars = BinanceBars(self.requests, deliver=self.delivered.append)

    def ask(self, instrument_id: str, interval: str = "1m", minutes: int = 1) -> None:
        """Ask for some minutes since 1970."""
        self.bars.request(instrument_id, interval, start_ns=0, end_ns=minutes * 60 * 10**9)

    @property
    def symbols(self) -> list[str]:
        """Whose bars the venue was asked for."""
        return [one.path.partition("symbol=")[2].partition("&")[0] for one in self.requests.asked]


@pytest.fixture
def scene() -> Scene:
    """Nothing asked yet."""
    return Scene()


def test_a_request_names_what_is_wanted(scene: Scene) -> None:
    """Symbol, interval and times, as the venue wants them; the answer is handed on with their names."""
    scene.ask("BTCUSDT", "5m", minutes=2)
    (asked,) = scene.requests.asked
    asked.answer.callback(b"[]")

    assert asked.path == "/api/v3/klines?symbol=BTCUSDT&interval=5m&startTime=0&endTime=120000&limit=1000"
    assert asked.weight == WEIGHT
    assert scene.delivered == [combined("btcusdt@klines_5m", [])]


def test_one_waits_for_the_other(scene: Scene) -> None:
    """In the order asked, each instrument and interval once, with what was asked for last."""
    for instrument_id, minutes in (("A", 1), ("B", 1), ("C", 1), ("B", 2)):
        scene.ask(instrument_id, minutes=minutes)
    assert scene.symbols == ["A"]

    for number in itertools.count():
        if number == len(scene.requests.asked):
            break
        scene.requests.asked[number].answer.callback(b"[]")

    assert scene.symbols == ["A", "B", "C"]
    assert "endTime=120000" in scene.requests.asked[1].path
    assert len(scene.delivered) == 3


def test_a_failure_is_not_the_end(scene: Scene) -> None:
    """The next is asked for; the one that failed will be asked for again by whoever needs it."""
    scene.ask("A")
    scene.ask("B")
    scene.requests.asked[0].answer.errback(VenueFault("status 500"))

    assert scene.symbols == ["A", "B"]
    assert scene.delivered == []


def test_after_the_end_nothing_is_asked(scene: Scene) -> None:
    """What waits is dropped."""
    scene.ask("A")
    scene.ask("B")
    scene.requests.asked[0].answer.errback(CancelledError())

    assert scene.symbols == ["A"]


def test_what_nobody_follows_is_not_asked_for(scene: Scene) -> None:
    """What is under way is answered all the same."""
    for instrument_id in ("A", "B", "C"):
        scene.ask(instrument_id)
    scene.bars.forget(frozenset({"A", "B"}))
    scene.requests.asked[0].answer.callback(b"[]")

    assert scene.symbols == ["A", "C"]


@pytest_twisted.ensureDeferred
async def test_the_feed_hands_on_bars_like_a_message_of_a_stream() -> None:
    """They come where everything else comes; those of an instrument that is left are not asked for."""
    venue = VenueRest(real_reactor)
    async with live(rest_url=venue.url) as scene:
        venue.answers.append((200, {}, b"[]"))
        scene.feed.request_bars("BTCUSDT", "1m", start_ns=0, end_ns=0)
        scene.feed.request_bars("ETHUSDT", "1m", start_ns=0, end_ns=0)
        scene.feed.remove_instruments(["ETHUSDT"])
        await scene.received(1)

        assert scene.output.messages == [combined("btcusdt@klines_1m", [])]
        assert venue.asked == ["/api/v3/klines?symbol=BTCUSDT&interval=1m&startTime=0&endTime=0&limit=1000"]
    await venue.stop()
