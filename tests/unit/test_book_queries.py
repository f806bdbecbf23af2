"""What callers may ask of the order books."""

import itertools

import pytest

from components.marketdata.book.book_queries import BookQueries
from components.marketdata.book.books import Books
from components.marketdata.instruments import Instruments
from components.model.errors import InvalidArgument, Unavailable, UnknownInstrument
from components.model.market import Instrument
from components.streams.stream import Streams
from tests.support.market_events import book_deltas, book_snapshot

TOPIC = "tapecast.book.binance.BTCUSDT"
NOW_NS = 1_700_000_000_000_000_000
BOOK = book_snapshot(5, bids={"99": "1", "98": "2"}, asks={"101": "3", "102": "4"})


class Scene:
    """Books, their streams, and who answers for them."""

    def __init__(self) -> None:
        epochs = (f"e{number}" for number in itertools.count(1))
        self.books, self.streams, instruments = Books(["binance"]), Streams(lambda: next(epochs)), Instruments()
        instruments.add("binance", [Instrument(instrument_id="BTCUSDT", aliases=("BTC/USDT",))])
        self.queries = BookQueries(self.streams, self.books, instruments, now_ns=lambda _topic: NOW_NS)

    def publish(self) -> None:
        """Let the book begin, and its stream with it."""
        (told,) = self.books.apply(BOOK, {"source": "binance"}, now_ns=0)
        self.streams.open(TOPIC).append(told.payload, ts_ns=NOW_NS, meta=told.meta)


@pytest.fixture
def scene() -> Scene:
    """Books of one instrument, which have heard nothing."""
    return Scene()


def test_the_best_levels_come_with_the_streams_numbers(scene: Scene) -> None:
    """As many as asked for, the range that can be trusted, and the event that they are as of."""
    scene.publish()

    assert scene.queries.get_book(None, "binance", "BTC/USDT", 1) == {
        "instrument": "BTCUSDT",
        "venue": "binance",
        "bids": [("99", "1")],
        "asks": [("101", "3")],
        "depth": {"bid": None, "ask": None},
        "epoch": "e1",
        "seq": 1,
        "ts": "2023-11-14T22:13:20.000000Z",
        "meta": {"source": "binance", "age_ms": 0},
    }


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ((1, "BTCUSDT", 1), "venue"),
        (("binance", None, 1), "instrument"),
        (("binance", "BTCUSDT", 0), "depth"),
        (("binance", "BTCUSDT", 1001), "depth"),
        (("binance", "BTCUSDT", True), "depth"),
    ],
)
def test_a_wrong_argument_is_named(scene: Scene, arguments: tuple[object, object, object], field: str) -> None:
    """Each is checked, before anything is looked for."""
    with pytest.raises(InvalidArgument) as raised:
        scene.queries.get_book(None, *arguments)

    assert raised.value.details == {"field": field}


def test_what_is_not_there_is_unknown_or_unavailable(scene: Scene) -> None:
    """An instrument that no feed has, and a book that has not begun or is out of step."""
    with pytest.raises(UnknownInstrument):
        scene.queries.get_book(None, "binance", "NOSUCH")
    with pytest.raises(Unavailable):
        scene.queries.get_book(None, "binance", "BTCUSDT")
    scene.publish()
    scene.books.apply(book_deltas(9, 9), {}, now_ns=0)

    with pytest.raises(Unavailable):
        scene.queries.get_book(None, "binance", "BTCUSDT")


def test_a_books_state_is_all_that_is_shown(scene: Scene) -> None:
    """Empty where there is no book; of any other topic it says nothing."""
    assert scene.queries.state(TOPIC) == {}
    scene.publish()

    state = scene.queries.state(TOPIC)

    assert state is not None
    assert state["bids"] == [("99", "1"), ("98", "2")]
    assert scene.queries.state("tapecast.trades.binance.BTCUSDT") is None
    assert scene.queries.state("tapecast.nothing") is None


def test_each_procedure_has_its_handler(scene: Scene) -> None:
    """By its URI."""
    assert scene.queries.handlers() == {"tapecast.market.get_book": scene.queries.get_book}
