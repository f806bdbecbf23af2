"""What one source says of one instrument, and what of it is believed."""

import collections
from collections.abc import Callable
from decimal import Decimal

import pytest

from components.contract.envelope import NS_PER_S
from components.marketdata.price.outlier import OutlierFilter
from components.marketdata.price.price_source import OFF_TICK_PRINTS, PricedEvent, PriceSource, Refusal, SourceKind
from components.marketdata.price.staleness import Staleness
from tests.support.market_events import RECEIVED_NS, quote_tick, reference_price, ticker_statistics, trade_tick

META: dict[str, object] = {"source": "binance", "quality": "live"}


def make_source(
    kind: SourceKind = SourceKind.VENUE,
    *,
    tick: str | None = None,
    is_confirmed: Callable[[PriceSource, Decimal, int], bool] = lambda *_: False,
) -> PriceSource:
    """A source of BTCUSDT."""
    return PriceSource(
        venue="binance",
        rank=0,
        kind=kind,
        staleness=Staleness(floor_ns=5 * NS_PER_S, cap_ns=60 * NS_PER_S, factor=10),
        outliers=OutlierFilter(band=Decimal("0.03"), confirmations=3),
        is_confirmed=is_confirmed,
        refused=collections.Counter(),
        tick=None if tick is None else Decimal(tick),
    )


def take(source: PriceSource, *events: PricedEvent, now_ns: int = 1) -> list[bool]:
    """Which of some events are accepted."""
    return [source.take(event, meta=META, now_ns=now_ns) for event in events]


def told(source: PriceSource) -> dict[str, object]:
    """What is known."""
    return {name: value for name, value in source.fields.items() if value is not None}


def test_the_fields_come_from_trade_quote_and_ticker() -> None:
    """Each event brings what it knows; the number is the price's text."""
    source = make_source()

    assert take(source, trade_tick(1, "100"), quote_tick(1, "99", "101"), ticker_statistics(price="98")) == [True] * 3
    assert source.fields == {
        "price": "100",
        "bid": "99",
        "ask": "101",
        "change": "9",
        "change_percent": "10.0",
        "volume": "1000",
        "high_24h": "110",
        "low_24h": "80",
    }
    assert (source.price, source.messages, source.meta) == (Decimal(100), 3, META)


def test_a_price_of_any_length_is_held_against_the_tick() -> None:
    """The longest number that a decoder lets through is one that is no multiple, and not a failure."""
    source = make_source(tick="0.000000001")

    taken = take(
        source, trade_tick(1, "99999999999999999999.000000000000000001"), trade_tick(2, "99999999999999999999")
    )

    assert taken == [False, True]
    assert source.refused == {("binance", Refusal.OFF_TICK): 1}


def test_the_tickers_price_stands_in_until_there_is_a_trade() -> None:
    """Before the first trade the ticker's last price is the price, after it no more; one without a price takes none."""
    source = make_source()

    take(source, ticker_statistics(price="99"), ticker_statistics(price=None))
    before = source.price
    take(source, trade_tick(1, "100"), ticker_statistics(price="98"))

    assert (before, source.price) == (Decimal(99), Decimal(100))


def test_the_version_changes_with_the_fields_only() -> None:
    """The same price, sides and statistics again are a sign of life and no change."""
    source = make_source()
    events = (trade_tick(1, "100"), quote_tick(1), ticker_statistics())
    take(source, *events)
    version = source.version

    assert take(source, *events, now_ns=9) == [True] * 3
    assert source.version == version
    assert source.staleness.heard_ns == 9


@pytest.mark.parametrize("price", ["0", "-1", "NaN", "Infinity", "-Infinity", "sNaN", "", "1,5", "abc"])
def test_what_is_no_price_is_refused(price: str) -> None:
    """Nothing that is not a finite number above zero gets in, from whatever event."""
    source = make_source()
    take(source, trade_tick(1, "100"))

    events = (trade_tick(2, price), quote_tick(1, price, "101"), quote_tick(2, "99", price), reference_price(price))
    assert take(source, *events, now_ns=9) == [False] * 4
    assert told(source) == {"price": "100"}
    assert source.refused == {("binance", Refusal.NOT_A_PRICE): 4}
    assert source.staleness.heard_ns == 1


def test_a_ticker_without_a_price_that_can_be_is_refused_whole() -> None:
    """Where the ticker makes the price, its statistics go with it."""
    source = make_source()

    assert take(source, ticker_statistics(price="0")) == [False]
    assert told(source) == {}


def test_a_crossed_quote_is_refused_and_a_locked_one_is_not() -> None:
    """A bid above the ask cannot be; equal they can, and one side may be missing."""
    source = make_source()

    assert take(source, quote_tick(1, "101", "100")) == [False]
    assert take(source, quote_tick(2, "100", "100"), quote_tick(3, None, "100"), quote_tick(4, "100", None)) == [
        True,
        True,
        True,
    ]
    assert source.refused == {("binance", Refusal.CROSSED): 1}


def test_a_price_between_two_ticks_is_refused() -> None:
    """A multiple of the tick size gets in, in whatever form."""
    source = make_source(tick="0.01")

    assert take(source, trade_tick(1, "100.010"), trade_tick(2, "100.015"), trade_tick(3, "100.02")) == [
        True,
        False,
        True,
    ]
    assert source.refused == {("binance", Refusal.OFF_TICK): 1}


def test_a_tick_size_that_nobody_keeps_to_has_changed() -> None:
    """A long row of prices in between says that the rule is out of date: the price does not freeze."""
    source = make_source(tick="0.01")

    accepted = take(source, *(trade_tick(number, f"100.0{number:02}5") for number in range(OFF_TICK_PRINTS + 1)))

    assert accepted == [*[False] * (OFF_TICK_PRINTS - 1), True, True]
    assert source.tick is None


def test_a_price_on_the_tick_begins_the_row_anew() -> None:
    """Now and then a wrong price does not make the rule wrong."""
    source = make_source(tick="0.01")

    for number in range(3):
        take(source, *(trade_tick(number, "100.005") for _ in range(OFF_TICK_PRINTS - 1)))
        take(source, trade_tick(number, f"100.0{number}"))

    assert source.tick == Decimal("0.01")


def test_an_outlier_is_quarantined_until_it_is_confirmed() -> None:
    """The third print of a crash gets in; before, it is no sign of life."""
    source = make_source()
    take(source, trade_tick(1, "100"))

    assert take(source, trade_tick(2, "70"), now_ns=9) == [False]
    assert (source.price, source.staleness.heard_ns) == (Decimal(100), 1)
    assert take(source, trade_tick(3, "70"), trade_tick(4, "70"), now_ns=10) == [False, True]
    assert source.refused == {("binance", Refusal.OUTLIER): 2}


def test_another_source_is_asked_of_outliers_only() -> None:
    """Confirmation is asked for with the price and the time, and not while all is well."""
    asked: list[tuple[PriceSource, Decimal, int]] = []

    def is_confirmed(source: PriceSource, price: Decimal, now_ns: int) -> bool:
        asked.append((source, price, now_ns))
        return True

    source = make_source(is_confirmed=is_confirmed)

    assert take(source, trade_tick(1, "100"), trade_tick(2, "101"), trade_tick(3, "70"), now_ns=7) == [True] * 3
    assert asked == [(source, Decimal(70), 7)]


def test_a_reference_price_brings_what_it_knows() -> None:
    """A platform's own price has sides and statistics where it tells them, and keeps what was told before."""
    source = make_source()

    take(source, reference_price("100", bid="99", ask="101", change="1", volume="7"), reference_price("101"))

    assert told(source) == {"price": "101", "bid": "99", "ask": "101", "change": "1", "volume": "7"}


def test_nobody_bids_at_a_fallback() -> None:
    """Of a fallback nothing but price and statistics is taken."""
    source = make_source(SourceKind.FALLBACK)

    take(source, reference_price("100", bid="99", ask="101", high_24h="110"))

    assert told(source) == {"price": "100", "high_24h": "110"}


def test_a_crossed_reference_price_is_a_price_without_sides() -> None:
    """Sides that cannot be are left out and counted."""
    source = make_source()

    assert take(source, reference_price("100", bid="101", ask="99")) == [True]
    assert told(source) == {"price": "100"}
    assert source.refused == {("binance", Refusal.CROSSED): 1}


@pytest.mark.parametrize(
    ("kind", "age_s", "heard_s"),
    [
        (SourceKind.FALLBACK, 60, 40),
        (SourceKind.FALLBACK, None, 100),
        (SourceKind.FALLBACK, -60, 100),
        (SourceKind.VENUE, 60, 100),
    ],
)
def test_a_fallbacks_price_is_as_old_as_it_says(kind: SourceKind, age_s: int | None, heard_s: int) -> None:
    """What it repeats is no news, one of the future is of now; what a venue says is, whatever its clock shows."""
    source = make_source(kind)
    ts_event = None if age_s is None else RECEIVED_NS - age_s * NS_PER_S

    take(source, reference_price("100", ts_event=ts_event), now_ns=100 * NS_PER_S)

    assert source.staleness.heard_ns == heard_s * NS_PER_S


def test_a_source_is_broken_until_it_says_something_after_its_connection_broke() -> None:
    """What was said before does not count, what is said later does."""
    source = make_source()
    take(source, trade_tick(1, "100"), now_ns=5)

    source.receive_disconnection(5)
    is_broken = source.is_broken
    take(source, quote_tick(1), now_ns=6)

    assert (is_broken, source.is_broken) == (True, False)
    assert source.is_fresh(6)
    assert not source.is_fresh(6 + 61 * NS_PER_S)


def test_a_fallback_has_no_connection() -> None:
    """That it could not be asked makes it older, not broken."""
    source = make_source(SourceKind.FALLBACK)
    take(source, reference_price("100"), now_ns=5)

    source.receive_disconnection(9)

    assert not source.is_broken


def test_after_a_break_nothing_is_known() -> None:
    """Fields and price are gone, it is broken until a price comes, and the ticker may make it again."""
    source = make_source()
    take(source, trade_tick(1, "100"), quote_tick(1))
    version = source.version

    source.forget()
    take(source, quote_tick(2))
    was_broken = source.is_broken
    take(source, ticker_statistics(price="100"))

    assert was_broken
    assert not source.is_broken
    assert source.version > version
    assert source.price == Decimal(100)


def test_a_source_that_was_never_heard_is_broken() -> None:
    """Without a price there is nothing to rely on."""
    assert make_source().is_broken


def test_a_repeated_price_is_a_price_in_between() -> None:
    """Prints that agree are no row where the last good price comes again between them, on the tick or not."""
    source = make_source(tick="1")
    take(source, trade_tick(1, "100"))

    far = [take(source, trade_tick(2, "200"), trade_tick(3, "100")) for _ in range(5)]
    between = [take(source, trade_tick(4, "100.5"), trade_tick(5, "100")) for _ in range(OFF_TICK_PRINTS + 1)]

    assert [accepted for accepted, _ in far + between] == [False] * len(far + between)
