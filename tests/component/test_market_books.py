"""Order books on the live path: inbox, decoder, pipeline, cores and streams."""

import bisect
import itertools
import json
from typing import Any

import pytest
import pytest_twisted
from hypothesis import given, settings
from hypothesis import strategies as st

from components.marketdata.binance.frames import snapshot_message
from components.marketdata.book.order_book import OrderBook
from components.marketdata.component import ADVANCE_INTERVAL_S
from tests.support.binance_text import combined, depth_fields, quote, trade
from tests.support.book_follower import BookFollower
from tests.support.market import QUOTE, Market, make_market
from tests.support.recordings import BTCUSDT, messages

BOOK = "tapecast.book.binance.BTCUSDT"
OTHER = "tapecast.book.binance.ETHUSDT"


@pytest.fixture
def market() -> Market:
    """Market data that follows everything."""
    return make_market()


def depth(first: int, last: int, symbol: str = "BTCUSDT", **sides: list[list[str]]) -> bytes:
    """An update of a book."""
    return combined(
        f"{symbol.lower()}@depth@100ms", depth_fields(symbol, U=first, u=last, **{"b": [], "a": [], **sides})
    )


def snapshot(last: int, symbol: str = "BTCUSDT", levels_asked: int = 1000) -> bytes:
    """A whole book of one bid and one ask."""
    body = {"lastUpdateId": last, "bids": [["99.00", "1.0"]], "asks": [["101.00", "2.0"]]}
    return snapshot_message(symbol, levels_asked, json.dumps(body).encode())


def book_of(market: Market, symbol: str = "BTCUSDT") -> OrderBook | None:
    """The server's book."""
    return market.data._market.books.get("binance", symbol)


def best(book: OrderBook) -> tuple[Any, ...]:
    """Best prices and sizes, as a quote tells them."""
    (bid, bid_size), (ask, ask_size) = book.bids.best or ("", ""), book.asks.best or ("", "")
    return bid, bid_size, ask, ask_size


def test_the_whole_recording_makes_the_book_that_is_quoted(market: Market) -> None:
    """
    After each of the 3448 updates behind the snapshot the best levels are those that the venue quoted last.

    Nothing is made anew, nothing is crossed, and who follows the stream has what the server shows.
    """
    quotes: list[tuple[int, tuple[str, ...]]] = []
    follower, followed, agreed, shared = BookFollower(), 0, 0, 0
    for received_ns, data in messages(BTCUSDT):
        market.feed.output.receive_message(data, received_ns)
        market.clock.advance(0)
        if data.startswith(b'{"stream":"btcusdt@bookTicker"'):
            told = json.loads(data)["data"]
            quotes.append((told["u"], (told["b"], told["B"], told["a"], told["A"])))
        book = book_of(market)
        if book is None or not data.startswith(b'{"stream":"btcusdt@depth'):
            continue
        update_id, quoted = quotes[bisect.bisect_right(quotes, book.update_id, key=lambda one: one[0]) - 1]
        assert best(book) == quoted
        agreed += 1
        shared += update_id == book.update_id
        assert not book.is_crossed
    events = market.session.events(BOOK)
    follower.follow(*events[followed:])

    assert (agreed, shared) == (3448, 564)
    assert market.figure("tapecast_books", venue="binance", state="waiting") == 0
    assert market.figure("tapecast_book_snapshots_total", venue="binance", fate="began") == 1
    for reason in ("gap", "crossed", "malformed", "break"):
        assert market.figure("tapecast_book_resyncs_total", venue="binance", reason=reason) == 0
    book = book_of(market)
    assert book is not None
    assert (follower.bids, follower.asks) == (dict(book.whole().bids), dict(book.whole().asks))
    assert follower.depth == book.depth.payload()
    assert len(follower.epochs) == 1


class Recorded:
    """The first updates of the recording, for two instruments, and the true book behind each."""

    def __init__(self, count: int) -> None:
        self.updates: list[dict[str, Any]] = []
        self.first: dict[str, Any] = {}
        for _, data in messages(BTCUSDT):
            message = json.loads(data)
            if "lastUpdateId" in message:
                self.first = message
            elif message["data"].get("e") == "depthUpdate" and (self.first or len(self.updates) < 3):
                self.updates.append(message["data"])
            if len(self.updates) == count:
                break

    def message(self, number: int, symbol: str) -> bytes:
        """One update of an instrument, as the venue sends it."""
        return combined(f"{symbol.lower()}@depth@100ms", {**self.updates[number], "s": symbol})

    def levels(self, side: str, up_to: int) -> dict[str, str]:
        """The true levels of a side once so many updates have happened."""
        levels = dict(self.first["bids" if side == "b" else "asks"])
        for update in self.updates[:up_to]:
            if update["u"] > self.first["lastUpdateId"]:
                levels.update(update[side])
        return {price: size for price, size in levels.items() if float(size)}

    def snapshot(self, up_to: int, symbol: str) -> bytes:
        """The venue's answer once so many updates have happened."""
        update_id = max(self.first["lastUpdateId"], self.updates[up_to - 1]["u"])
        body = {
            "lastUpdateId": update_id,
            "bids": sorted(self.levels("b", up_to).items(), key=lambda level: -float(level[0]))[:1000],
            "asks": sorted(self.levels("a", up_to).items(), key=lambda level: float(level[0]))[:1000],
        }
        return snapshot_message(symbol, 1000, json.dumps(body).encode())


RECORDED_UPDATES = 60


@pytest.fixture(scope="module")
def recorded() -> Recorded:
    """A few seconds of the recording."""
    return Recorded(RECORDED_UPDATES)


@given(
    lost=st.sets(st.integers(0, RECORDED_UPDATES - 5), max_size=4),
    doubled=st.sets(st.integers(0, RECORDED_UPDATES - 5), max_size=4),
    swapped=st.sets(st.integers(1, RECORDED_UPDATES - 5), max_size=4),
)
@settings(max_examples=20, deadline=None)
def test_lost_doubled_and_swapped_lines_do_no_harm(
    recorded: Recorded, lost: set[int], doubled: set[int], swapped: set[int]
) -> None:
    """Every gap is found, only that instrument is made anew, and in the end both copies are the true book."""
    market = make_market()
    order = [number for number in range(RECORDED_UPDATES) if number not in lost]
    for number in swapped & set(order):
        place = order.index(number)
        order[place - 1 : place + 1] = reversed(order[place - 1 : place + 1])
    order = list(itertools.chain.from_iterable([one] * (2 if one in doubled else 1) for one in order))

    happened = 0
    for step in range(RECORDED_UPDATES + len(doubled)):
        happened = min(RECORDED_UPDATES, step + 1)
        market.feed.send(recorded.message(min(step, RECORDED_UPDATES - 1), "ETHUSDT"))
        if step < len(order):
            market.feed.send(recorded.message(order[step], "BTCUSDT"))
        market.clock.advance(ADVANCE_INTERVAL_S)
        for symbol, _ in take(market.feed.requested_books):
            market.feed.send(recorded.snapshot(max(1, happened - 1), symbol))
        market.clock.advance(0)
    for _ in range(700):
        market.clock.advance(ADVANCE_INTERVAL_S)
        for symbol, _ in take(market.feed.requested_books):
            market.feed.send(recorded.snapshot(RECORDED_UPDATES, symbol))

    copies = {topic: BookFollower() for topic in (BOOK, OTHER)}
    for topic, copy in copies.items():
        copy.follow(*market.session.events(topic))
        for side, levels in (("b", copy.bids), ("a", copy.asks)):
            true = recorded.levels(side, RECORDED_UPDATES)
            assert levels
            assert levels == {price: true[price] for price in true if within(price, side, copy.depth)}
    assert len(copies[OTHER].epochs) == 1
    gaps = market.figure("tapecast_book_resyncs_total", venue="binance", reason="gap")
    assert gaps == len(copies[BOOK].epochs) - 1
    assert market.figure("tapecast_book_resyncs_total", venue="binance", reason="crossed") == 0


def take(requests: list[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """What was asked for since the last time."""
    taken = list(requests)
    requests.clear()
    return taken


def within(price: str, side: str, depth: dict[str, str | None]) -> bool:
    """Whether a price is in the range that a copy reaches over."""
    edge = depth["bid" if side == "b" else "ask"]
    return edge is None or (float(price) >= float(edge) if side == "b" else float(price) <= float(edge))


def test_a_book_is_asked_for_and_told(market: Market) -> None:
    """The first update makes the feed ask; the answer comes through the inbox, and the whole book goes out."""
    market.play(depth(9, 11, b=[["98.00", "5.0"]]))
    assert market.feed.requested_books == []
    market.clock.advance(ADVANCE_INTERVAL_S)
    assert market.feed.requested_books == [("BTCUSDT", True)]
    assert market.other.requested_books == []

    market.play(snapshot(10), depth(12, 12, b=[["98.00", "0.0"]]))

    first, second = market.session.events(BOOK)
    assert (first["type"], first["seq"], second["type"], second["seq"]) == ("snapshot", 1, "delta", 2)
    assert first["payload"] == {
        "instrument": "BTCUSDT",
        "venue": "binance",
        "bids": [("99.00", "1.0"), ("98.00", "5.0")],
        "asks": [("101.00", "2.0")],
        "depth": {"bid": None, "ask": None},
    }
    assert second["payload"]["bids"] == [("98.00", "0")]
    assert first["meta"]["source"] == "binance"
    assert market.figure("tapecast_events_published_total", topic="book", source="binance") == 2


def test_a_gap_begins_an_epoch_of_that_book_alone(market: Market) -> None:
    """Other books and other topics of the instrument go on as they were."""
    market.play(depth(1, 1), snapshot(1), depth(1, 1, "ETHUSDT"), snapshot(1, "ETHUSDT"), quote(1))

    market.play(depth(3, 3), snapshot(3), depth(2, 2, "ETHUSDT", b=[["98.00", "1.0"]]), quote(2))

    assert [event["seq"] for event in market.session.events(BOOK)] == [1, 1]
    assert len({event["epoch"] for event in market.session.events(BOOK)}) == 2
    assert [event["seq"] for event in market.session.events(OTHER)] == [1, 2]
    assert [event["seq"] for event in market.session.events(QUOTE)] == [1, 2]


def test_a_break_begins_all_books_anew(market: Market) -> None:
    """After lost continuity a book waits for its next update, asks, and begins one epoch."""
    market.play(depth(10, 10), snapshot(10))

    market.feed.output.receive_break("test")
    market.play(depth(5, 5))
    market.clock.advance(ADVANCE_INTERVAL_S)
    assert market.feed.requested_books == [("BTCUSDT", True)]
    market.play(snapshot(5))

    events = market.session.events(BOOK)
    assert [event["seq"] for event in events] == [1, 1]
    assert [event["type"] for event in events] == ["snapshot", "snapshot"]


def test_an_inbox_that_overflows_is_no_storm(market: Market) -> None:
    """Where updates are dropped again and again the book is made anew, and asks ever more rarely."""
    market = make_market(inbox_capacity=4)
    update_id, asked = 0, 0
    for _ in range(600):
        for _ in range(6):
            update_id += 1
            market.feed.send(depth(update_id, update_id, b=[["98.00", str(update_id)]]))
        market.clock.advance(ADVANCE_INTERVAL_S)
        for symbol, _ in take(market.feed.requested_books):
            asked += 1
            market.feed.send(snapshot(update_id, symbol))
            market.clock.advance(0)

    assert market.figure("tapecast_inbox_overflowed_total", feed="binance", kind="depth", fate="dropped") == 1200
    assert asked <= 8
    assert market.figure("tapecast_book_resyncs_total", venue="binance", reason="gap") == asked


def test_a_book_quotes_where_the_venue_does_not(market: Market) -> None:
    """Without quotes of the venue's own, the best prices of its book are the quote, and move the one price."""
    market.play(depth(1, 1), snapshot(1), trade(1))
    market.clock.advance(5)

    market.play(depth(2, 2, b=[["99.50", "3.0"]]))

    (told,) = market.session.events(QUOTE)
    assert {key: told["payload"][key] for key in ("bid", "bid_size", "ask", "ask_size")} == {
        "bid": "99.50",
        "bid_size": "3.0",
        "ask": "101.00",
        "ask_size": "2.0",
    }


def test_a_book_never_quotes_beside_the_venue(market: Market) -> None:
    """Where the venue quotes, only the venue does."""
    market.play(depth(1, 1), snapshot(1), quote(1))
    market.clock.advance(60)

    market.play(depth(2, 2, b=[["99.50", "3.0"]]))

    assert len(market.session.events(QUOTE)) == 1


def test_a_book_of_an_instrument_that_is_not_followed_is_none() -> None:
    """Only what the operator chose is kept, asked for and told."""
    market = make_market(instruments=("ETHUSDT",))

    market.play(depth(1, 1), snapshot(1))
    market.clock.advance(ADVANCE_INTERVAL_S)

    assert market.session.events(BOOK) == []
    assert market.feed.requested_books == []


@pytest_twisted.ensureDeferred
async def test_a_book_can_be_asked_for(market: Market) -> None:
    """The best levels, as of the stream's last event, with the range that can be trusted."""
    market.play(depth(1, 1), snapshot(1), depth(2, 2, b=[["98.00", "1.0"]]))

    answer = await market.session.ask("tapecast.market.get_book", "binance", "BTC/USDT", 1)

    event = market.session.events(BOOK)[-1]
    assert answer["meta"].pop("age_ms") == 0
    assert answer == {
        "instrument": "BTCUSDT",
        "venue": "binance",
        "bids": [("99.00", "1.0")],
        "asks": [("101.00", "2.0")],
        "depth": {"bid": None, "ask": None},
        **{key: event[key] for key in ("epoch", "seq", "ts", "meta")},
    }
    whole = await market.session.ask("tapecast.market.get_book", venue="binance", instrument="BTCUSDT")
    assert whole["bids"] == [("99.00", "1.0"), ("98.00", "1.0")]


@pytest.mark.parametrize("value", [0, 1001, "1", True, None, 1.5])
@pytest_twisted.ensureDeferred
async def test_a_depth_that_is_none_is_refused(market: Market, value: object) -> None:
    """From 1 to 1000 levels a side can be asked for."""
    market.play(depth(1, 1), snapshot(1))

    assert await market.refused("tapecast.market.get_book", "binance", "BTCUSDT", value) == "invalid_argument"


@pytest_twisted.ensureDeferred
async def test_a_book_that_is_not_in_step_is_unavailable(market: Market) -> None:
    """Before the first snapshot, and between a gap and the next; an instrument that is not there is unknown."""
    assert await market.refused("tapecast.market.get_book", "binance", "BTCUSDT") == "unavailable"
    assert await market.refused("tapecast.market.get_book", "binance", "NOSUCH") == "unknown_instrument"
    assert await market.refused("tapecast.market.get_book", 1, "BTCUSDT") == "invalid_argument"
    market.play(depth(1, 1), snapshot(1), depth(3, 3))

    assert await market.refused("tapecast.market.get_book", "binance", "BTCUSDT") == "unavailable"


@pytest_twisted.ensureDeferred
async def test_the_streams_state_is_the_whole_book(market: Market) -> None:
    """Not the last events: all that is shown, as of the last of them; nothing while it is out of step."""
    before = await market.session.ask("tapecast.market.stream_get", BOOK)
    market.play(depth(1, 1), snapshot(1), depth(2, 2, b=[["98.00", "1.0"]], a=[["101.00", "0.0"]]))

    told = await market.session.ask("tapecast.market.stream_get", BOOK)

    assert (before["seq"], before["payload"]) == (0, {})
    assert (told["type"], told["seq"], told["delivery"]) == ("snapshot", 2, "gapped")
    assert told["payload"] == {
        "instrument": "BTCUSDT",
        "venue": "binance",
        "bids": [("99.00", "1.0"), ("98.00", "1.0")],
        "asks": [],
        "depth": {"bid": None, "ask": None},
    }
    market.play(depth(9, 9))
    assert (await market.session.ask("tapecast.market.stream_get", BOOK))["payload"] == {}
