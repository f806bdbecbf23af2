"""A simulated exchange: order flow out of a seed, told in Binance's own words."""

import math

import attrs
import msgspec

from components.contract.envelope import NS_PER_MS, NS_PER_S
from components.marketdata.binance.frames import klines_message, snapshot_message
from components.marketdata.sim.simulated_book import Quote, RandomSource, SimulatedBook
from components.marketdata.sim.simulated_instruments import (
    E8,
    SIMULATED_INSTRUMENTS,
    SimulatedInstrument,
    text_of,
)
from components.marketdata.sim.simulated_klines import klines
from components.marketdata.sim.simulated_statistics import RollingStatistics, Summary, invented_day
from components.model.intervals import Interval

STEP_NS = 20 * NS_PER_MS
STEP_S = STEP_NS / NS_PER_S
STEPS_PER_DEPTH = 5
STEPS_PER_TICKER = 50
SNAPSHOT_LEVELS = 1000
"""What the answer to a request for a book says that was asked for: more than there are, so that it is whole."""

DAY_S = 86_400.0
DAY_MS = 86_400_000

BRANCHING = 0.6
"""Share of trades that another trade sets off (a Hawkes process)."""
BURST_DECAY_PER_S = 2.0
MAX_SPREAD_TICKS = 5
WIDER_SPREAD_ODDS = 0.12
NARROWER_SPREAD_ODDS = 0.38
SAME_SIDE_ODDS = 0.7
"""How often a trade is on the side of the one before."""
FAIR_SIDE_ODDS = 0.6
"""How often else it is on the side that the fair price is on."""
QUOTE_THRESHOLD = 0.5e-4
"""How far the fair price leaves the quotes' middle before they follow, as a fraction."""
COMMON_SHARE = 0.7
"""Share of an instrument's variance that is the market's common move."""

Message = tuple[int, bytes]
"""When it is told, UNIX nanoseconds, and what the venue writes."""


class SimulatedExchange:
    """
    A dozen instruments under a seeded order flow.

    Sans-I/O: `advance` takes the time and gives what was told up to then. One source of chance with one seed, and one
    start, give the same bytes, however the time is cut into calls. Volatility comes in clusters, moves are correlated,
    trades come in bursts at the quote, quotes never cross, ids go on without a hole, and the 24 h statistics are those
    of the prints. Its first depth message of an instrument holds the whole book; `snapshot` tells it at any time.

    Source: Binance spot API docs, web-socket-streams.md: combined `@trade`, `@bookTicker`, `@depth@100ms`, `@ticker`;
        rest-api.md, "Order book".
    """

    def __init__(
        self,
        chance: RandomSource,
        *,
        start_ns: int,
        instruments: tuple[SimulatedInstrument, ...] = SIMULATED_INSTRUMENTS,
    ) -> None:
        self._chance = chance
        self._now_ns = start_ns
        self._steps = 0
        self._mood = 0.0
        self._markets = [_Market(one, chance, start_ns=start_ns) for one in instruments]

    def advance(self, to_ns: int) -> list[Message]:
        """What was told since the last call up to this time, in order."""
        messages: list[Message] = []
        while self._now_ns + STEP_NS <= to_ns:
            messages += self._step()
        return messages

    def resume(self, at_ns: int) -> None:
        """Go on from another time as if none had passed: the computer slept, or its clock was set."""
        self._now_ns = at_ns

    def snapshot(self, symbol: str) -> bytes | None:
        """The answer to a request for the book of an instrument; None where it is not listed."""
        return next((market.snapshot() for market in self._markets if market.instrument.symbol == symbol), None)

    def klines(self, symbol: str, interval: Interval, *, start_ns: int, end_ns: int) -> bytes | None:
        """The answer to a request for closed bars of an instrument; None where it is not listed."""
        for market in self._markets:
            if market.instrument.symbol == symbol:
                minutes = market.statistics.minutes(at_ns=self._now_ns)
                rows = klines(minutes[:-1], interval, start_ns=start_ns, end_ns=end_ns)
                return klines_message(symbol, interval.name, msgspec.json.encode(rows))
        return None

    def _step(self) -> list[Message]:
        if self._steps % STEPS_PER_DEPTH == 0:
            self._move_fair_prices()
        told: list[Message] = []
        for number, market in enumerate(self._markets):
            told += market.step(self._now_ns, phase=self._steps + number)
        self._steps += 1
        self._now_ns += STEP_NS
        told.sort(key=lambda message: message[0])
        return told

    def _move_fair_prices(self) -> None:
        chance = self._chance
        self._mood = 0.999 * self._mood + chance.gauss(0.0, 0.03)
        common = chance.gauss(0.0, 1.0)
        scale = math.exp(self._mood) * math.sqrt(STEP_S * STEPS_PER_DEPTH / DAY_S)
        fair = {market.instrument.symbol: market.drift(common, scale) for market in self._markets}
        for market in self._markets:
            if market.instrument.symbol == "ETHBTC" and {"ETHUSDT", "BTCUSDT"} <= fair.keys():
                market.follow(fair["ETHUSDT"] / fair["BTCUSDT"])


@attrs.define
class _Market:
    """One instrument: its fair price, its book, its prints."""

    instrument: SimulatedInstrument
    chance: RandomSource
    start_ns: int = attrs.field(kw_only=True)
    fair: float = attrs.field(init=False)
    mood: float = attrs.field(default=0.0, init=False)
    burst: float = attrs.field(default=0.0, init=False)
    spread: int = attrs.field(default=1, init=False)
    is_buying: bool = attrs.field(default=True, init=False)
    last_lots: int = attrs.field(default=1, init=False)
    is_ticker_due: bool = attrs.field(default=True, init=False)
    told_quote: Quote | None = attrs.field(default=None, init=False)
    book: SimulatedBook = attrs.field(init=False)
    statistics: RollingStatistics = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        instrument = self.instrument
        self.fair = instrument.price
        self.book = SimulatedBook(
            chance=self.chance,
            typical_lots=4 * instrument.trade_value / instrument.price * E8 / instrument.lot_e8,
            update_id=1_000_000_000 + int(self.chance.random() * 1_000_000_000),
        )
        day = invented_day(instrument, self.chance, end_ns=self.start_ns)
        self.statistics = RollingStatistics(day, last_trade_id=100_000_000 + sum(minute.trades for minute in day))
        self._set_quotes()

    @property
    def fair_ticks(self) -> float:
        return self.fair * E8 / self.instrument.tick_e8

    def drift(self, common: float, scale: float) -> float:
        """Move the fair price by a share of the market's move and one of its own, gently back to where it started."""
        instrument, chance = self.instrument, self.chance
        self.mood = 0.995 * self.mood + chance.gauss(0.0, 0.04)
        own = chance.gauss(0.0, 1.0) * math.exp(self.mood)
        share = min(1.0, instrument.beta) * COMMON_SHARE
        shock = math.sqrt(share) * common + math.sqrt(1 - share) * own
        pull = math.log(instrument.price / self.fair) * STEP_S * STEPS_PER_DEPTH / (2 * DAY_S)
        self.fair *= math.exp(instrument.volatility * scale * shock + pull)
        return self.fair

    def follow(self, price: float) -> None:
        """Let arbitrage hold the fair price to what other instruments imply."""
        self.fair = price

    def step(self, now_ns: int, *, phase: int) -> list[Message]:
        """What happens to it in one step, in order."""
        told: list[Message] = []
        if self.chance.random() < self.instrument.quotes_per_s * STEP_S:
            at_ns = now_ns + int(self.chance.random() * STEP_NS / 2)
            self._requote()
            self._tell_quote(at_ns, told)
        self.burst *= math.exp(-BURST_DECAY_PER_S * STEP_S)
        rate_per_s = self.instrument.trades_per_s * (1 - BRANCHING) + self.burst
        if self.chance.random() < rate_per_s * STEP_S:
            at_ns = now_ns + STEP_NS // 2 + int(self.chance.random() * STEP_NS / 2)
            self._trade(at_ns, told)
            self._tell_quote(at_ns, told)
        end_ns = now_ns + STEP_NS
        if phase % STEPS_PER_DEPTH == 0:
            self._tell_depth(end_ns, told)
        if phase % STEPS_PER_TICKER == 0 and self.is_ticker_due:
            self._tell_ticker(end_ns, told)
        return told

    def snapshot(self) -> bytes:
        """Its whole book, in the venue's form of an answer."""
        bids, asks = self.book.levels
        data = {
            "lastUpdateId": self.book.update_id,
            "bids": [self._level(*level) for level in bids],
            "asks": [self._level(*level) for level in asks],
        }
        return snapshot_message(self.instrument.symbol, SNAPSHOT_LEVELS, msgspec.json.encode(data))

    def _requote(self) -> None:
        quote = self.book.quote
        draw = self.chance.random()
        if draw < WIDER_SPREAD_ODDS:
            self.spread = min(MAX_SPREAD_TICKS, self.spread + 1)
        elif draw < WIDER_SPREAD_ODDS + NARROWER_SPREAD_ODDS:
            self.spread = max(1, self.spread - 1)
        distance = abs(self.fair_ticks - (quote.bid + quote.ask) / 2)
        if distance > max(self.spread, self.fair_ticks * QUOTE_THRESHOLD):
            self._set_quotes()
        else:
            self.book.resize()

    def _set_quotes(self) -> None:
        bid = max(1, round(self.fair_ticks - self.spread / 2))
        self.book.move(bid=bid, ask=bid + self.spread)

    def _trade(self, at_ns: int, told: list[Message]) -> None:
        quote = self.book.quote
        is_cheap = self.fair_ticks > (quote.bid + quote.ask) / 2
        if self.chance.random() > SAME_SIDE_ODDS:
            self.is_buying = is_cheap is (self.chance.random() < FAIR_SIDE_ODDS)
        value = self.instrument.trade_value * math.exp(self.chance.gauss(-0.7, 1.2))
        lots = max(1, int(value / self.fair * E8 / self.instrument.lot_e8))
        for price, filled in self.book.take(lots, is_buy=self.is_buying, max_spread=MAX_SPREAD_TICKS):
            self._tell_trade(at_ns, price, filled, told)
            self.last_lots = filled
        self.burst += BRANCHING * BURST_DECAY_PER_S
        self.fair *= 1 + (0.02e-4 if self.is_buying else -0.02e-4)
        self.is_ticker_due = True

    def _tell(self, at_ns: int, kind: str, data: dict[str, object], told: list[Message]) -> None:
        stream = f"{self.instrument.symbol.lower()}@{kind}"
        told.append((at_ns, msgspec.json.encode({"stream": stream, "data": data})))

    def _tell_quote(self, at_ns: int, told: list[Message]) -> None:
        quote = self.book.quote
        if quote == self.told_quote:
            return
        self.told_quote = quote
        data: dict[str, object] = {"u": self.book.update_id, "s": self.instrument.symbol, **self._quote_fields(quote)}
        self._tell(at_ns, "bookTicker", data, told)

    def _tell_trade(self, at_ns: int, price: int, lots: int, told: list[Message]) -> None:
        price_e8, quantity_e8 = price * self.instrument.tick_e8, lots * self.instrument.lot_e8
        trade_id = self.statistics.record(price=price_e8, quantity=quantity_e8, at_ns=at_ns)
        at_ms = at_ns // NS_PER_MS
        data: dict[str, object] = {
            "e": "trade",
            "E": at_ms,
            "s": self.instrument.symbol,
            "t": trade_id,
            "p": text_of(price_e8),
            "q": text_of(quantity_e8),
            "T": at_ms,
            "m": not self.is_buying,
            "M": True,
        }
        self._tell(at_ns, "trade", data, told)

    def _tell_depth(self, at_ns: int, told: list[Message]) -> None:
        changes = self.book.next_changes()
        if changes is None:
            return
        data: dict[str, object] = {
            "e": "depthUpdate",
            "E": at_ns // NS_PER_MS,
            "s": self.instrument.symbol,
            "U": changes.first_update_id,
            "u": changes.last_update_id,
            "b": [self._level(*level) for level in changes.bids],
            "a": [self._level(*level) for level in changes.asks],
        }
        self._tell(at_ns, "depth@100ms", data, told)

    def _tell_ticker(self, at_ns: int, told: list[Message]) -> None:
        self.is_ticker_due = False
        summary = self.statistics.summary(at_ns=at_ns)
        at_ms = at_ns // NS_PER_MS
        data: dict[str, object] = {
            "e": "24hrTicker",
            "E": at_ms,
            "s": self.instrument.symbol,
            **_summary_fields(summary),
            "Q": text_of(self.last_lots * self.instrument.lot_e8),
            **self._quote_fields(self.book.quote),
            "O": at_ms - DAY_MS,
            "C": at_ms,
            "F": summary.first_trade_id,
            "L": summary.last_trade_id,
            "n": summary.trades,
        }
        self._tell(at_ns, "ticker", data, told)

    def _level(self, price: int, lots: int) -> tuple[str, str]:
        return text_of(price * self.instrument.tick_e8), text_of(lots * self.instrument.lot_e8)

    def _quote_fields(self, quote: Quote) -> dict[str, object]:
        bid, bid_size = self._level(quote.bid, quote.bid_lots)
        ask, ask_size = self._level(quote.ask, quote.ask_lots)
        return {"b": bid, "B": bid_size, "a": ask, "A": ask_size}


def _summary_fields(summary: Summary) -> dict[str, object]:
    change = summary.close - summary.open
    sign = "-" if change < 0 else ""
    return {
        "p": sign + text_of(abs(change)),
        "P": f"{100 * change / summary.open:.3f}",
        "w": text_of(summary.quote_volume * E8 // summary.volume),
        "x": text_of(summary.open),
        "c": text_of(summary.close),
        "o": text_of(summary.open),
        "h": text_of(summary.high),
        "l": text_of(summary.low),
        "v": text_of(summary.volume),
        "q": text_of(summary.quote_volume),
    }
