"""What the simulated exchange says is read by the decoder of the live feed."""

import random

from components.contract.envelope import NS_PER_S
from components.marketdata.binance.decoder import BinanceDecoder
from components.marketdata.sim.simulated_exchange import SimulatedExchange
from components.marketdata.sim.simulated_instruments import SIMULATED_INSTRUMENTS
from components.model.market import BookDeltas, MarketEvent, QuoteTick, TickerStatistics, TradeTick

START_NS = 1_732_176_000 * NS_PER_S


def test_every_message_is_decoded_to_one_event_of_its_kind() -> None:
    """Thousands of messages give one event each, and every kind comes of every instrument."""
    decoder = BinanceDecoder("sim")
    messages = SimulatedExchange(random.Random(11), start_ns=START_NS).advance(START_NS + 45 * NS_PER_S)

    seen: set[tuple[str, type]] = set()
    for at_ns, data in messages:
        (event,) = decoder.decode(data, received_ns=at_ns)
        assert isinstance(event, MarketEvent)
        seen.add((event.instrument_id, type(event)))

    assert len(messages) > 5000
    assert seen == {
        (instrument.symbol, kind)
        for instrument in SIMULATED_INSTRUMENTS
        for kind in (TradeTick, QuoteTick, BookDeltas, TickerStatistics)
    }
