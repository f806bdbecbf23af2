"""The live market in the trading process: what is followed, what is told, and what becomes of it when it breaks."""

import pytest
import pytest_twisted

from tests.support.market_owner import BOOK, PRICE, MarketSight, book_payload, price_payload


@pytest.fixture
def sight() -> MarketSight:
    """Markets that have begun, with one instrument that has a price and a book."""
    made = MarketSight()
    made.owner.publish(PRICE, price_payload("100"))
    made.owner.publish(BOOK, book_payload({"99": "1"}, {"101": "2"}))
    made.markets.start()
    return made


@pytest_twisted.ensureDeferred
async def test_what_is_ensured_is_told_whole_and_then_by_its_changes(sight: MarketSight) -> None:
    """The state of price and book comes before `ensure` is done, and every event after it."""
    rules = await sight.markets.ensure("BTC/USDT")

    assert (rules.instrument_id, rules.venue, str(rules.lot_size)) == ("BTCUSDT", "sim", "0.001")
    assert sight.take() == ["mark BTCUSDT 100", "book BTCUSDT 1@99 | 2@101"]

    sight.owner.publish(BOOK, book_payload({}, {"101": "0"}))
    sight.owner.publish(PRICE, price_payload("101"))

    assert sight.take() == ["change BTCUSDT - | 0@101", "mark BTCUSDT 101"]
