"""What a platform hands in: which events it becomes, and by which field it is refused."""

from typing import Any

import pytest

from components.marketdata.book.books import Books
from components.marketdata.following import Following
from components.marketdata.intake import MAX_INSTRUMENTS, MAX_LEVELS, STALE_NS, Intake, Kind
from components.model.errors import InvalidArgument
from components.model.handed_in import AHEAD_NS, MAX_EVENTS, MAX_NUMBER
from components.model.market import (
    BookDeltas,
    BookSnapshot,
    MarketEvent,
    QuoteTick,
    ReferencePrice,
    Side,
    TickerStatistics,
    TradeTick,
)

NOW_NS = 1_700_000_000_000_000_000
NOW = "2023-11-14T22:13:20Z"
TRADE = {"instrument": "BTCUSDT", "trade_id": "7", "price": "100.5", "quantity": "2", "side": "buy"}
QUOTE = {"instrument": "BTCUSDT", "bid": "100", "bid_size": "1", "ask": "101", "ask_size": "2"}
TICKER = {
    "instrument": "BTCUSDT",
    "price": "100",
    "open_price": "90",
    "high_price": "110",
    "low_price": "80",
    "volume": "5",
    "quote_volume": "500",
}
SNAPSHOT = {"instrument": "BTCUSDT", "update_id": 10, "bids": [["100", "1"]], "asks": [["101", "2"]]}
DELTA = {"instrument": "BTCUSDT", "first_update_id": 11, "last_update_id": 12, "bids": [["100", "0"]], "asks": []}
PRICE = {"instrument": "BTCUSDT", "price": "100.5"}


def gate(*events: BookSnapshot) -> Intake:
    """The gate to `acme`, whose books are as these events leave them."""
    books = Books(["acme"])
    for event in events:
        books.apply(event, {}, now_ns=0)
    return Intake("acme", following=Following({"acme": None}), books=books)


def gate_with_book() -> Intake:
    """The gate to `acme`, where BTCUSDT has a book, at its change 10."""
    (snapshot,) = gate().read(Kind.BOOK_SNAPSHOT, SNAPSHOT, received_ns=NOW_NS)
    assert isinstance(snapshot, BookSnapshot)
    return gate(snapshot)


def read(kind: Kind, *events: object, intake: Intake | None = None) -> list[MarketEvent]:
    """The events that a call hands in."""
    return (intake or gate_with_book()).read(kind, list(events), received_ns=NOW_NS)


def refused(kind: Kind, *events: object, intake: Intake | None = None) -> tuple[object, str]:
    """The field by which a call is refused, and the words behind it."""
    with pytest.raises(InvalidArgument) as raised:
        read(kind, *events, intake=intake)
    field = str(raised.value.details["field"])
    return field, str(raised.value).removeprefix(f"{field}: ")


def test_a_trade_is_taken_in() -> None:
    """A trade becomes one of the platform's venue, with both its times."""
    assert read(Kind.TRADE, {**TRADE, "event_ts": "2023-11-14T22:13:19.998500Z"}) == [
        TradeTick(
            venue="acme",
            instrument_id="BTCUSDT",
            ts_event=NOW_NS - 1_500_000,
            ts_init=NOW_NS,
            trade_id="7",
            price="100.5",
            quantity="2",
            side=Side.BUY,
        )
    ]


def test_one_event_needs_no_list() -> None:
    """A single event is handed in as it is, and its fields are named without a number."""
    (trade,) = gate().read(Kind.TRADE, TRADE, received_ns=NOW_NS)
    assert isinstance(trade, TradeTick)

    with pytest.raises(InvalidArgument) as raised:
        gate().read(Kind.TRADE, {**TRADE, "price": "0"}, received_ns=NOW_NS)

    assert raised.value.details == {"field": "events.price"}


def test_quotes_are_numbered_as_they_come() -> None:
    """A quote needs no number of the platform's: the later is the newer, and newer than a book's."""
    intake = gate()

    first, second = read(Kind.QUOTE, QUOTE, {**QUOTE, "bid": None, "bid_size": None}, intake=intake)
    (third,) = read(Kind.QUOTE, QUOTE, intake=intake)

    numbers = [one.update_id for one in (first, second, third) if isinstance(one, QuoteTick)]
    assert numbers == [MAX_NUMBER + 1, MAX_NUMBER + 2, MAX_NUMBER + 3]


def test_the_other_kinds_become_what_they_are() -> None:
    """Prices, statistics, books and their changes are the model's own events."""
    events = [
        *read(Kind.PRICE, {**PRICE, "bid": "100", "ask": "101", "high_24h": "110"}),
        *read(Kind.TICKER, {**TICKER, "price_change": "-1.5", "trades": 3}),
        *read(Kind.BOOK_SNAPSHOT, SNAPSHOT),
        *read(Kind.BOOK_DELTA, DELTA),
    ]

    common: dict[str, Any] = {"venue": "acme", "instrument_id": "BTCUSDT", "ts_event": None, "ts_init": NOW_NS}
    assert events == [
        ReferencePrice(**common, price="100.5", bid="100", ask="101", high_24h="110"),
        TickerStatistics(
            **common,
            price="100",
            open_price="90",
            high_price="110",
            low_price="80",
            volume="5",
            quote_volume="500",
            price_change="-1.5",
            trades=3,
        ),
        BookSnapshot(
            **common, last_update_id=10, bids=(("100", "1"),), asks=(("101", "2"),), levels_asked=MAX_LEVELS + 1
        ),
        BookDeltas(**common, first_update_id=11, last_update_id=12, bids=(("100", "0"),), asks=()),
    ]


@pytest.mark.parametrize(
    ("kind", "event", "field", "words"),
    [
        (Kind.TRADE, {**TRADE, "price": "0.00"}, "price", "expected a number above zero as text, such as '61837.63'"),
        (Kind.TRADE, {**TRADE, "price": 100.5}, "price", "expected text, received a float"),
        (Kind.TRADE, {**TRADE, "price": "1e5"}, "price", "expected a number above zero as text, such as '61837.63'"),
        (Kind.TRADE, {**TRADE, "price": "nan"}, "price", "expected a number above zero as text, such as '61837.63'"),
        (Kind.TRADE, {**TRADE, "price": "1\n"}, "price", "expected a number above zero as text, such as '61837.63'"),
        (Kind.TRADE, {**TRADE, "trade_id": "007"}, "trade_id", "expected a whole number as text, such as '3721'"),
        (Kind.TRADE, {**TRADE, "side": "hold"}, "side", "expected buy or sell, in small letters"),
        (Kind.TRADE, {**TRADE, "colour": "red"}, "colour", "there is no such field"),
        (Kind.TRADE, {"instrument": "BTCUSDT"}, "trade_id", "is required"),
        (Kind.TRADE, {**TRADE, "instrument": "BTC/USDT"}, "instrument", "an instrument's name"),
        (Kind.TRADE, {**TRADE, "event_ts": "yesterday"}, "event_ts", "expected a time such as"),
        (Kind.QUOTE, {**QUOTE, "bid_size": None}, "bid_size", "expected a size where there is a price"),
        (Kind.QUOTE, {**QUOTE, "ask": None}, "ask_size", "expected a size where there is a price"),
        (Kind.QUOTE, {**QUOTE, "bid": "102"}, "bid", "expected no bid above the lowest ask, 101, received 102"),
        (Kind.QUOTE, {**QUOTE, "bid_size": "-1"}, "bid_size", "expected a number as text, such as '0.5'"),
        (Kind.PRICE, {**PRICE, "bid": "9", "ask": "8"}, "bid", "expected no bid above the lowest ask, 8, received 9"),
        (Kind.PRICE, {**PRICE, "change": "+1"}, "change", "expected a number as text, such as '-1.25'"),
        (Kind.BOOK_SNAPSHOT, {**SNAPSHOT, "update_id": -1}, "update_id", "expected an integer >= 0"),
        (Kind.BOOK_SNAPSHOT, {**SNAPSHOT, "bids": [["1"]]}, "bids[0]", "expected a list of length 2, received 1"),
        (Kind.BOOK_SNAPSHOT, {**SNAPSHOT, "bids": [["1", "x"]]}, "bids[0][1]", "expected a number as text"),
        (Kind.BOOK_SNAPSHOT, {**SNAPSHOT, "bids": [["102", "1"]]}, "bids", "expected no bid above the lowest ask, 101"),
        (Kind.BOOK_DELTA, {**DELTA, "last_update_id": 10}, "last_update_id", "expected 11 or more"),
        (Kind.BOOK_DELTA, {**DELTA, "instrument": "ETHUSDT"}, "instrument", "hand in a book_snapshot first"),
        (
            Kind.BOOK_DELTA,
            {**DELTA, "first_update_id": 14, "last_update_id": 14},
            "first_update_id",
            "expected 13 or less, received 14",
        ),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(kind: Kind, event: object, field: str, words: str) -> None:
    """Each refusal names the event's place in the call, the field, and what was expected."""
    good = {Kind.TRADE: TRADE, Kind.QUOTE: QUOTE, Kind.PRICE: PRICE, Kind.BOOK_SNAPSHOT: SNAPSHOT}.get(kind, DELTA)

    where, why = refused(kind, good, event)

    assert where == f"events[1].{field}"
    assert words in why


def test_an_instrument_that_is_not_followed_is_refused() -> None:
    """What nobody would ever see is not accepted."""
    intake = Intake("acme", following=Following({"acme": ["ETHUSDT"]}), books=Books(["acme"]))

    assert refused(Kind.TRADE, TRADE, intake=intake) == (
        "events[0].instrument",
        "is not followed; TAPECAST_INSTRUMENTS says which are",
    )


def test_time_bounds_are_sharp() -> None:
    """An event of a minute ago is taken, as is one a little ahead of our clock; a microsecond more is not."""
    oldest, newest = "2023-11-14T22:12:20Z", "2023-11-14T22:13:25Z"
    assert (STALE_NS, AHEAD_NS) == (60_000_000_000, 5_000_000_000)

    assert len(read(Kind.TRADE, {**TRADE, "event_ts": oldest}, {**TRADE, "event_ts": newest})) == 2
    for stale in ("2023-11-14T22:12:19.999999Z", "2023-11-14T22:13:25.000001Z"):
        assert refused(Kind.TRADE, {**TRADE, "event_ts": stale})[0] == "events[0].event_ts"


def test_calls_are_lists_of_objects_and_bounded() -> None:
    """Anything but an event or a list of them is refused as a whole, as is a list that is too long."""
    assert refused(Kind.TRADE, *[TRADE] * (MAX_EVENTS + 1))[0] == "events"
    assert refused(Kind.TRADE, 5) == ("events[0]", "expected an object, received an integer")
    with pytest.raises(InvalidArgument):
        gate().read(Kind.TRADE, "TRADE", received_ns=NOW_NS)


def test_a_side_of_a_book_is_bounded() -> None:
    """More levels than a side may have are refused by the side's name."""
    levels = [["1", "1"]] * (MAX_LEVELS + 1)

    assert refused(Kind.BOOK_SNAPSHOT, {**SNAPSHOT, "bids": levels})[0] == "events[0].bids"


def test_a_batch_of_changes_continues_itself() -> None:
    """In one call each change continues the one before it; what the book has already is no gap."""
    deltas = [
        {**DELTA, "first_update_id": 5, "last_update_id": 11},
        {**DELTA, "first_update_id": 12, "last_update_id": 12},
        {**DELTA, "first_update_id": 3, "last_update_id": 4},
        {**DELTA, "first_update_id": 13, "last_update_id": 20},
    ]

    assert len(read(Kind.BOOK_DELTA, *deltas)) == 4
    assert refused(Kind.BOOK_DELTA, *deltas, {**DELTA, "first_update_id": 22, "last_update_id": 22})[0] == (
        "events[4].first_update_id"
    )


def test_instruments_are_bounded_and_a_refused_call_names_none() -> None:
    """A platform names so many instruments and no more; those of a refused call do not count."""
    intake = gate()
    read(Kind.PRICE, *({**PRICE, "instrument": f"I{number}"} for number in range(MAX_INSTRUMENTS - 1)), intake=intake)
    refused(Kind.PRICE, {**PRICE, "instrument": "A"}, {**PRICE, "instrument": "B"}, intake=intake)

    assert len(read(Kind.PRICE, {**PRICE, "instrument": "C"}, intake=intake)) == 1
    assert refused(Kind.PRICE, {**PRICE, "instrument": "D"}, intake=intake)[0] == "events"
    assert len(read(Kind.PRICE, {**PRICE, "instrument": "C"}, intake=intake)) == 1
