"""What the simulated exchange lists, and how each instrument behaves."""

from decimal import Decimal

import attrs

from components.marketdata.instruments import WELL_KNOWN
from components.model.market import Instrument

E8 = 100_000_000
"""Prices and quantities are whole numbers of a hundred-millionth, the venue's own eight digits."""


def text_of(value_e8: int) -> str:
    """A number as the venue writes it, with eight digits."""
    return f"{value_e8 // E8}.{value_e8 % E8:08d}"


@attrs.frozen(kw_only=True)
class SimulatedInstrument:
    """
    One instrument of the simulation.

    Attributes:
        rules: What the venue tells of it.
        price: Where it starts, in quote currency.
        trades_per_s: Trades a second in the mean, bursts included.
        quotes_per_s: Changes of the best prices or their sizes a second, besides those by trades.
        volatility: Standard deviation of a day's return.
        beta: How much of the market's common move it follows.
        trade_value: Typical value of one trade, in quote currency.
    """

    rules: Instrument
    price: float
    trades_per_s: float
    quotes_per_s: float
    volatility: float
    beta: float
    trade_value: float
    tick_e8: int = attrs.field(init=False)
    lot_e8: int = attrs.field(init=False)

    @tick_e8.default
    def _tick(self) -> int:
        return int(Decimal(self.rules.tick_size or "0.01") * E8)

    @lot_e8.default
    def _lot(self) -> int:
        return int(Decimal(self.rules.lot_size or "0.01") * E8)

    @property
    def symbol(self) -> str:
        """Its name on the venue."""
        return self.rules.instrument_id


_RULES = {instrument.instrument_id: instrument for instrument in WELL_KNOWN}


def _instrument(
    symbol: str, price: float, activity: float, *, volatility: float, beta: float, trade_value: float
) -> SimulatedInstrument:
    return SimulatedInstrument(
        rules=_RULES[symbol],
        price=price,
        trades_per_s=6.0 * activity,
        quotes_per_s=18.0 * activity,
        volatility=volatility,
        beta=beta,
        trade_value=trade_value,
    )


SIMULATED_INSTRUMENTS: tuple[SimulatedInstrument, ...] = (
    _instrument("BTCUSDT", 97_250.0, 1.0, volatility=0.024, beta=1.0, trade_value=1200.0),
    _instrument("ETHUSDT", 3_340.0, 0.7, volatility=0.032, beta=1.2, trade_value=900.0),
    _instrument("SOLUSDT", 241.5, 0.5, volatility=0.041, beta=1.4, trade_value=600.0),
    _instrument("BNBUSDT", 622.0, 0.25, volatility=0.026, beta=0.9, trade_value=500.0),
    _instrument("XRPUSDT", 1.1420, 0.35, volatility=0.045, beta=1.1, trade_value=450.0),
    _instrument("ADAUSDT", 0.7985, 0.18, volatility=0.044, beta=1.3, trade_value=300.0),
    _instrument("DOGEUSDT", 0.38610, 0.3, volatility=0.050, beta=1.4, trade_value=350.0),
    _instrument("AVAXUSDT", 34.90, 0.15, volatility=0.044, beta=1.3, trade_value=250.0),
    _instrument("LINKUSDT", 15.12, 0.15, volatility=0.040, beta=1.2, trade_value=250.0),
    _instrument("LTCUSDT", 88.40, 0.12, volatility=0.034, beta=1.0, trade_value=250.0),
    _instrument("DOTUSDT", 5.861, 0.12, volatility=0.042, beta=1.3, trade_value=200.0),
    _instrument("ETHBTC", 0.03434, 0.15, volatility=0.016, beta=0.2, trade_value=0.01),
)
"""
A dozen instruments; prices are of the order of November 2024, and only their order matters.

ETHBTC's price follows those of ETHUSDT and BTCUSDT.
"""
