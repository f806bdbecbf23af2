"""All books: what is published of them, which snapshots they ask for, and the quotes that they make."""

import attrs
import msgspec
import pytest

from components.contract.envelope import NS_PER_S, Meta
from components.marketdata.book.book_requests import REFRESH_NS
from components.marketdata.book.books import OWN_QUOTES_NS, BookRequest, Books
from components.marketdata.market_state import Publication
from components.model.market import BookDeltas, BookSnapshot, QuoteTick
from tests.support.market_events import RECEIVED_NS, book_deltas, book_snapshot, quote_tick

META: Meta = {"source": "binance"}
BOOK = book_snapshot(5, bids={"99": "1"}, asks={"101": "3"})
TOPIC = "tapecast.book.binance.BTCUSDT"


@attrs.define
class Scene:
    """The books of two venues, and a clock."""

    books: Books = attrs.field(factory=lambda: Books(["binance", "sim"]))
    now_ns: int = 0

    def play(self, *events: BookDeltas | BookSnapshot, **changes: str) -> list[Publication]:
        """Let events come, of another instrument or venue where it is named."""
        told: list[Publication] = []
        for event in events:
            told += self.books.apply(msgspec.structs.replace(event, **changes), META, now_ns=self.now_ns)
        return told

    def asked(self) -> list[BookRequest]:
        """The snapshots that are asked for now."""
        return self.books.take_requests(now_ns=self.now_ns)


@pytest.fixture
def scene() -> Scene:
    """Books that have heard nothing."""
    return Scene()


def test_the_first_publication_tells_the_whole_book(scene: Scene) -> None:
    """All shown levels best first, and the range; the stream's first epoch has begun already."""
    assert scene.play(book_deltas(5, 6, bids={"98": "2"})) == []

    assert scene.play(BOOK) == [
        Publication(
            topic=TOPIC,
            family="book",
            instrument_id="BTCUSDT",
            payload={
                "instrument": "BTCUSDT",
                "venue": "binance",
                "bids": [("99", "1"), ("98", "2")],
                "asks": [("101", "3")],
                "depth": {"bid": None, "ask": None},
            },
            meta=META,
        )
    ]


def test_every_other_tells_what_changed(scene: Scene) -> None:
    """Absolute sizes, zero for what is gone, and the range; nothing for no change."""
    scene.play(BOOK)

    (told,) = scene.play(book_deltas(6, 7, bids={"99": "0.000"}, asks={"100.5": "4"}))

    assert told.payload == {
        "instrument": "BTCUSDT",
        "venue": "binance",
        "bids": [("99", "0")],
        "asks": [("100.5", "4")],
        "depth": {"bid": None, "ask": None},
    }
    assert not told.begins_epoch
    assert scene.play(book_deltas(8, 8)) == []


def test_a_new_beginning_begins_an_epoch_of_that_book_alone(scene: Scene) -> None:
    """Of two books one has a gap: only its stream begins anew, with the whole book."""
    scene.play(BOOK)
    scene.play(BOOK, instrument_id="ETHUSDT")

    assert scene.play(book_deltas(7, 7, bids={"98": "1"})) == []
    assert scene.books.get("binance", "BTCUSDT") is None
    (other,) = scene.play(book_deltas(6, 6, bids={"98": "1"}), instrument_id="ETHUSDT")
    (told,) = scene.play(book_snapshot(7, bids={"99": "1"}, asks={"101": "3"}))

    assert not other.begins_epoch
    assert told.begins_epoch
    assert told.payload["bids"] == [("99", "1")]


def test_lost_continuity_names_the_topics_and_begins_no_epoch_twice(scene: Scene) -> None:
    """Whoever is told of the topics begins their epochs; the next whole book goes on with that."""
    scene.play(BOOK)
    scene.play(BOOK, instrument_id="ETHUSDT")
    scene.play(BOOK, venue="sim")

    assert scene.books.lose("binance", ["ETHUSDT", "XRPUSDT"]) == {"tapecast.book.binance.ETHUSDT"}
    assert scene.books.lose("binance") == {TOPIC, "tapecast.book.binance.ETHUSDT"}

    assert scene.books.get("sim", "BTCUSDT") is not None
    (told,) = scene.play(book_snapshot(1, bids={"99": "1"}))
    assert not told.begins_epoch


def test_state_is_there_while_a_book_is_in_step(scene: Scene) -> None:
    """All that is shown, or the best of it; nothing where there is no book, or it is out of step."""
    assert scene.books.payload("binance", "BTCUSDT") is None
    scene.play(book_snapshot(5, bids={"99": "1", "98": "2"}, asks={"101": "3"}))

    whole = scene.books.payload("binance", "BTCUSDT")
    best = scene.books.payload("binance", "BTCUSDT", most=1)
    scene.play(book_deltas(9, 9))

    assert whole is not None
    assert best is not None
    assert (whole["bids"], best["bids"]) == ([("99", "1"), ("98", "2")], [("99", "1")])
    assert best["depth"] == {"bid": None, "ask": None}
    assert scene.books.payload("binance", "BTCUSDT") is None


def test_a_book_asks_for_its_snapshot_once_something_came(scene: Scene) -> None:
    """The first update must have come before the snapshot is asked for; then it is asked for again after a while."""
    scene.books.receive_own_quote(quote_tick(1))
    assert scene.asked() == []

    scene.play(book_deltas(1, 1, bids={"99": "1"}))

    request = BookRequest("binance", "BTCUSDT", is_urgent=True)
    assert scene.asked() == [request]
    assert scene.asked() == []
    scene.now_ns = 2 * NS_PER_S
    assert scene.asked() == [request]


def test_what_has_no_book_is_asked_for_first(scene: Scene) -> None:
    """A book that is only compared can wait."""
    scene.play(BOOK)
    scene.now_ns = 2 * REFRESH_NS
    scene.play(book_deltas(1, 1), venue="sim")

    assert scene.asked() == [
        BookRequest("sim", "BTCUSDT", is_urgent=True),
        BookRequest("binance", "BTCUSDT", is_urgent=False),
    ]


def test_books_that_began_together_are_not_refreshed_together(scene: Scene) -> None:
    """A quarter of an hour's spread, by the topic's name."""
    for number in range(100):
        scene.play(BOOK, instrument_id=f"A{number}")

    scene.now_ns = REFRESH_NS + REFRESH_NS // 8

    assert 20 < len(scene.asked()) < 80


def test_after_a_loss_the_next_update_asks(scene: Scene) -> None:
    """Before it comes, nobody knows whether the venue tells updates of it at all."""
    scene.play(BOOK)
    scene.books.lose("binance")
    assert scene.asked() == []

    scene.play(book_deltas(8, 8))

    assert scene.asked() == [BookRequest("binance", "BTCUSDT", is_urgent=True)]


def test_what_is_not_followed_any_more_is_forgotten(scene: Scene) -> None:
    """Its topic ends, and nobody asks for it again."""
    scene.play(book_deltas(1, 1))
    scene.play(BOOK, instrument_id="ETHUSDT")

    assert scene.books.forget("binance", ["BTCUSDT", "XRPUSDT"]) == {TOPIC}

    assert scene.asked() == []
    assert scene.books.states("binance") == {"waiting": 0, "synced": 1, "refreshing": 0}


def test_a_book_quotes_where_the_venue_does_not(scene: Scene) -> None:
    """Once no quote has come for a while, each change of the best prices or sizes is one."""
    scene.play(BOOK)
    scene.play(book_deltas(6, 6, bids={"99": "2"}))
    assert scene.books.take_quotes() == []

    scene.now_ns = OWN_QUOTES_NS
    scene.play(
        book_deltas(7, 7, bids={"98": "1"}), book_deltas(8, 8, bids={"97": "1"}), book_deltas(9, 9, bids={"99": "4"})
    )

    first, second = scene.books.take_quotes()
    assert first == QuoteTick(
        venue="binance",
        instrument_id="BTCUSDT",
        ts_event=RECEIVED_NS - 1_500_000,
        ts_init=RECEIVED_NS,
        bid="99",
        bid_size="2",
        ask="101",
        ask_size="3",
        update_id=7,
    )
    assert (second.bid_size, second.update_id) == ("4", 9)
    assert scene.books.take_quotes() == []


def test_a_book_never_quotes_where_the_venue_does(scene: Scene) -> None:
    """One quote of the venue's own is enough, until continuity is lost: then it is seen anew."""
    scene.play(BOOK)
    scene.books.receive_own_quote(quote_tick(1))
    scene.now_ns = OWN_QUOTES_NS
    scene.play(book_deltas(6, 6, bids={"99": "2"}))
    assert scene.books.take_quotes() == []

    scene.books.lose("binance")
    scene.play(BOOK)
    scene.now_ns += OWN_QUOTES_NS
    scene.play(book_deltas(6, 6, bids={"99": "2"}))

    assert len(scene.books.take_quotes()) == 1


def test_an_empty_side_is_quoted_as_nobody(scene: Scene) -> None:
    """No price and no size."""
    scene.play(BOOK)
    scene.now_ns = OWN_QUOTES_NS
    scene.play(book_deltas(6, 6, asks={"101": "0"}))

    (quote,) = scene.books.take_quotes()

    assert (quote.bid, quote.bid_size, quote.ask, quote.ask_size) == ("99", "1", None, None)


@pytest.mark.parametrize("change", [{"asks": {"101": "0", "102": "1"}}, {"bids": {"102": "1"}}])
def test_nothing_is_quoted_that_is_not_sure(scene: Scene, change: dict[str, dict[str, str]]) -> None:
    """Where the price has left what is known, or the book is wrong, the book has no quote to give."""
    scene.play(book_snapshot(5, bids={"99": "1"}, asks={"101": "3"}, levels_asked=1))
    scene.now_ns = OWN_QUOTES_NS

    scene.play(book_deltas(6, 6, **change))

    assert scene.books.take_quotes() == []


def test_figures_tell_what_happened(scene: Scene) -> None:
    """New beginnings and snapshots by venue; states and what waits as they are now."""
    scene.play(BOOK, book_deltas(9, 9))
    scene.play(BOOK, venue="sim")
    scene.books.receive_own_quote(quote_tick(1, instrument_id="XRPUSDT"))

    assert scene.books.resyncs("binance") == {"gap": 1, "crossed": 0, "malformed": 0, "break": 0}
    assert scene.books.snapshots("binance") == {"began": 1, "replaced": 0, "too_old": 0}
    assert scene.books.snapshots("sim")["began"] == 1
    assert scene.books.states("binance") == {"waiting": 1, "synced": 0, "refreshing": 0}
    assert (scene.books.kept_updates("binance"), scene.books.kept_updates("sim")) == (1, 0)
