"""What all cores of the market share: where an event comes from, and how late it is."""

import pytest

from components.contract.envelope import NS_PER_MS
from components.marketdata.market import Market
from components.model.market import MarketEvent
from tests.support.market_events import RECEIVED_NS, quote_tick, trade_tick


@pytest.fixture
def market() -> Market:
    """A market of two venues."""
    return Market(["binance", "sim"])


def meta(market: Market, event: MarketEvent) -> dict[str, object]:
    """What is told beside an event."""
    return market.apply(event, now_ns=0)[0].meta


def test_without_a_time_of_the_venue_no_lag_is_told(market: Market) -> None:
    """A quote that the venue gives no time is told with its source and quality alone."""
    assert meta(market, quote_tick(1)) == {
        "source": "binance",
        "quality": "live",
        "received_ts": "2023-11-14T22:13:20.000000Z",
    }


def test_the_lag_is_what_remains_beside_the_offset(market: Market) -> None:
    """The fastest event has no lag, whatever the two clocks show; another has what it took longer."""
    fastest = trade_tick(1, ts_event=RECEIVED_NS + 1_271_000_400)
    slower = trade_tick(2, ts_event=RECEIVED_NS, ts_init=RECEIVED_NS - 1_271_000_400 + 2_500_000)

    assert meta(market, fastest)["lag_ms"] == 0.0
    assert meta(market, slower) == {
        "source": "binance",
        "quality": "live",
        "received_ts": "2023-11-14T22:13:18.731499Z",
        "event_ts": "2023-11-14T22:13:20.000000Z",
        "lag_ms": 2.5,
    }
    assert market.clocks["binance"].offset_ns == -1_271_000_400


def test_every_venue_has_a_clock_of_its_own(market: Market) -> None:
    """How far one venue's clock is says nothing of another's."""
    meta(market, trade_tick(1, ts_event=RECEIVED_NS - 5 * NS_PER_MS))
    meta(market, trade_tick(1, venue="sim", ts_event=RECEIVED_NS - 9 * NS_PER_MS))

    offsets = {venue: clock.offset_ns for venue, clock in market.clocks.items()}
    assert offsets == {"binance": 5 * NS_PER_MS, "sim": 9 * NS_PER_MS}
