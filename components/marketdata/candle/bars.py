"""Bars while they grow, and as they are kept once they are closed: exact, whatever the number of digits."""

from decimal import Context, Decimal

import msgspec

from components.contract.envelope import Quality
from components.model.market import Bar

_add = Context(prec=80).add
"""Exact for any volume: Python's own context would round to 28 digits."""

_ZERO = Decimal(0)
FIELDS = ("open", "high", "low", "close", "volume", "trades")
"""What is compared where a bar is known from two sides."""


class GrowingBar:
    """
    A bar that takes in trades, or the bars that follow each other in it.

    Prices keep the text that they came in. Without trades it is flat: all its prices are the last close before it, and
    the first trade replaces them.

    Units: `open_ts` in UNIX nanoseconds.

    Attributes:
        highest: The number that `high` is the text of, once there is a trade.
        lowest: The same of `low`.
        is_degraded: Whether something that belongs into it may be missing.
    """

    __slots__ = ("close", "high", "highest", "is_degraded", "low", "lowest", "open", "open_ts", "trades", "volume")

    def __init__(self, open_ts: int, close: str, *, is_degraded: bool = False) -> None:
        self.open_ts = open_ts
        self.is_degraded = is_degraded
        self.trades = 0
        self.volume = _ZERO
        self.flatten(close)

    def flatten(self, close: str) -> None:
        """Let all prices be the last close before it, as there was no trade."""
        self.open = self.high = self.low = self.close = close
        self.highest = self.lowest = _ZERO

    def add(self, price: str, quantity: str) -> None:
        """Take in one trade."""
        if not self.trades:
            self.open = self.high = self.low = price
            self.highest = self.lowest = Decimal(price)
        elif price != self.close:
            value = Decimal(price)
            if value > self.highest:
                self.high, self.highest = price, value
            elif value < self.lowest:
                self.low, self.lowest = price, value
        self.close = price
        self.volume = _add(self.volume, Decimal(quantity))
        self.trades += 1

    def extend(self, later: "GrowingBar") -> None:
        """Take in the bar that follows what was taken in before."""
        self.is_degraded = self.is_degraded or later.is_degraded
        self.volume = _add(self.volume, later.volume)
        if not self.trades:
            self.open, self.high, self.low, self.close = later.open, later.high, later.low, later.close
            self.highest, self.lowest = later.highest, later.lowest
        elif later.trades:
            if later.highest > self.highest:
                self.high, self.highest = later.high, later.highest
            if later.lowest < self.lowest:
                self.low, self.lowest = later.low, later.lowest
            self.close = later.close
        self.trades += later.trades

    def widened(self, open_ts: int) -> "GrowingBar":
        """A copy that can grow apart, of the bar that opens then and so far holds nothing else."""
        copy = GrowingBar(open_ts, self.close, is_degraded=self.is_degraded)
        copy.extend(self)
        return copy

    def closed(self) -> "ClosedBar":
        """What is kept of it once nothing more can come."""
        values = f"{self.open} {self.high} {self.low} {self.close} {self.volume:f}"
        return ClosedBar(open_ts=self.open_ts, values=values, trades=self.trades, is_degraded=self.is_degraded)


class ClosedBar(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """
    A closed bar, as small as it can be kept.

    Attributes:
        open_ts: When it opened, UNIX nanoseconds.
        values: Open, high, low, close and volume, with a blank between them.
        trades: How many trades are in it.
        is_degraded: Whether something that belongs into it may be missing.
        is_venues: Whether the venue itself says that it was so.
    """

    open_ts: int
    values: str
    trades: int
    is_degraded: bool
    is_venues: bool = False

    @property
    def close(self) -> str:
        """The last price in it."""
        return self.values.split(" ")[3]

    def reopened(self) -> GrowingBar:
        """A bar that holds the same and can grow."""
        open_price, high, low, close, volume = self.values.split(" ")
        bar = GrowingBar(self.open_ts, close, is_degraded=self.is_degraded)
        bar.trades = self.trades
        bar.volume = Decimal(volume)
        bar.open, bar.high, bar.low = open_price, high, low
        if self.trades:
            bar.highest, bar.lowest = Decimal(high), Decimal(low)
        return bar


def told_by_venue(bar: Bar, *, is_degraded: bool = False) -> ClosedBar:
    """What the venue says of a bar; it is the venue's last word where the venue calls the bar closed."""
    return ClosedBar(
        open_ts=bar.open_ts,
        values=f"{bar.open} {bar.high} {bar.low} {bar.close} {bar.volume}",
        trades=bar.trades,
        is_degraded=is_degraded,
        is_venues=bar.is_closed and not is_degraded,
    )


def differing_fields(one: ClosedBar, other: ClosedBar) -> list[str]:
    """The fields in which two accounts of a bar differ by value; how a number is written does not count."""
    ones = (*map(Decimal, one.values.split(" ")), one.trades)
    others = (*map(Decimal, other.values.split(" ")), other.trades)
    return [name for name, first, second in zip(FIELDS, ones, others, strict=True) if first != second]


def quality_of(*, is_degraded: bool) -> str:
    """The word for it on the wire."""
    return (Quality.DEGRADED if is_degraded else Quality.LIVE).value
