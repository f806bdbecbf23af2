"""The venue on paper on recorded depth: it executes at the prices and sizes that the venue quoted."""

import bisect
import functools
from decimal import Decimal

import attrs

from components.marketdata.binance.decoder import BinanceDecoder
from components.marketdata.book.books import Books
from components.model.market import BookDeltas, BookSnapshot, QuoteTick
from components.model.orders import TimeInForce
from components.trading.live.market_readings import BookReading, read_book
from components.trading.orders.execution import Executed, Report
from components.trading.paper.paper_venue import PaperVenue
from tests.support.paper_orders import BTCUSDT, make_venue, paper_order
from tests.support.recordings import BTCUSDT as RECORDING
from tests.support.recordings import messages


@attrs.frozen
class Moment:
    """
    One event of the recorded book.

    Attributes:
        book: What it tells, the whole book or changes.
        is_whole: Which of the two.
        bid: The best bid that the venue quoted at that update, with its size.
        ask: The best ask, with its size.
    """

    book: BookReading
    is_whole: bool
    bid: tuple[Decimal, Decimal]
    ask: tuple[Decimal, Decimal]


@functools.cache
def moments() -> list[Moment]:
    """The recording's book, event by event, with what its other stream says of it."""
    decoder, books = BinanceDecoder("binance"), Books(["binance"])
    quotes: list[QuoteTick] = []
    told: list[tuple[int, BookReading, bool]] = []
    for received_ns, data in messages(RECORDING):
        for event in decoder.decode(data, received_ns=received_ns):
            if isinstance(event, QuoteTick):
                quotes.append(event)
            elif isinstance(event, BookDeltas | BookSnapshot):
                for one in books.apply(event, {}, now_ns=received_ns):
                    book = books.get("binance", BTCUSDT)
                    assert book is not None
                    told.append((book.update_id, read_book(one.payload), not told))
    return [_moment(update_id, book, is_whole, quotes) for update_id, book, is_whole in told]


def _moment(update_id: int, book: BookReading, is_whole: bool, quotes: list[QuoteTick]) -> Moment:  # noqa: FBT001
    quote = quotes[bisect.bisect_right(quotes, update_id, key=lambda one: one.update_id) - 1]
    bid, bid_size, ask, ask_size = (Decimal(str(one)) for one in (quote.bid, quote.bid_size, quote.ask, quote.ask_size))
    return Moment(book, is_whole, (bid, bid_size), (ask, ask_size))


def tell(venue: PaperVenue, moment: Moment, now_ns: int) -> list[Report]:
    """Tell the venue of one event."""
    take = venue.apply_snapshot if moment.is_whole else venue.apply_deltas
    return take(BTCUSDT, moment.book.bids, moment.book.asks, now_ns=now_ns)


def executions(reports: list[Report]) -> list[Executed]:
    """Those of reports that are executions."""
    return [one for one in reports if isinstance(one, Executed)]


def test_market_orders_are_executed_at_the_quoted_touch() -> None:
    """As much as is quoted there, where that is news; a second order finds what the first one left."""
    venue = make_venue("0.00001")
    checked = 0
    for now_ns, moment in enumerate(moments()):
        tell(venue, moment, now_ns)
        if moment.ask not in moment.book.asks or moment.bid not in moment.book.bids:
            continue
        (bid, bid_size), (ask, ask_size) = moment.bid, moment.ask
        (bought,) = executions(venue.submit(paper_order(f"b{now_ns}", "buy", f"{ask_size:f}"), now_ns=now_ns))
        (sold,) = executions(venue.submit(paper_order(f"s{now_ns}", "sell", f"{bid_size:f}"), now_ns=now_ns))
        (again,) = executions(venue.submit(paper_order(f"a{now_ns}", "buy", "0.00001"), now_ns=now_ns))
        assert (bought.price, bought.quantity) == (ask, ask_size)
        assert (sold.price, sold.quantity) == (bid, bid_size)
        assert again.price > ask
        checked += 1

    assert checked == 1606


def test_orders_that_rest_at_the_touch_are_executed_when_the_market_comes_to_them() -> None:
    """At their own price, as makers, whenever the quoted other side is there, and never before."""
    venue = make_venue("0.00001")
    resting: dict[str, Decimal] = {}
    filled = 0
    for now_ns, moment in enumerate(moments()):
        for one in executions(tell(venue, moment, now_ns)):
            assert (one.liquidity, one.price) == ("maker", resting[one.order_id])
            assert moment.ask[0] <= one.price
            del resting[one.order_id]
            filled += 1
        assert all(price < moment.ask[0] for price in resting.values())
        if now_ns % 20 == 0:
            name = f"b{now_ns}"
            resting[name] = moment.bid[0]
            order = paper_order(name, "buy", "0.00001", f"{moment.bid[0]:f}", time_in_force=TimeInForce.GTC)
            assert executions(venue.submit(order, now_ns=now_ns)) == []

    assert (filled, len(resting)) == (164, 8)
