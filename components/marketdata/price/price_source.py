"""What one source says of one instrument: its newest accepted fields, how old they are, and what was refused."""

import collections
import enum
from collections.abc import Callable, Mapping
from decimal import Context, Decimal, InvalidOperation

import attrs

from components.contract.envelope import Meta
from components.marketdata.price.outlier import OutlierFilter
from components.marketdata.price.staleness import Staleness
from components.model.market import QuoteTick, ReferencePrice, TickerStatistics, TradeTick

PricedEvent = QuoteTick | TradeTick | TickerStatistics | ReferencePrice
"""What says something of an instrument's price."""

PRICE_FIELDS = ("price", "bid", "ask", "change", "change_percent", "volume", "high_24h", "low_24h")
_STATISTICS = PRICE_FIELDS[3:]

OFF_TICK_PRINTS = 20
"""So many prices in a row that are no multiple of the tick size say that the tick size has changed."""

_remainder = Context(prec=80).remainder
"""Exact for any price: Python's own context fails where the quotient has more than 28 digits."""

_ZERO = Decimal(0)
_INFINITE = Decimal("Infinity")


class Refusal(enum.StrEnum):
    """Why a price was not believed."""

    NOT_A_PRICE = "not_a_price"
    OFF_TICK = "off_tick"
    CROSSED = "crossed"
    OUTLIER = "outlier"


class SourceKind(enum.StrEnum):
    """What stands behind a source's prices."""

    VENUE = "venue"
    FALLBACK = "fallback"
    SIMULATED = "simulated"


@attrs.define(kw_only=True, eq=False)
class PriceSource:
    """
    The newest that one source says of one instrument.

    Sans-I/O. Prices that cannot be are refused and counted, unlikely ones wait in quarantine for confirmation; whatever
    is refused leaves the fields as they were, and is no sign of life. The price is the last trade's, or the ticker's
    where no trade has come. A tick size that a long row of prices does not keep to has changed, and counts no more.

    Units: times are nanoseconds on this process's monotonic clock.

    Attributes:
        venue: What clients know it as.
        rank: Its place in the order of sources; 0 comes first.
        is_preferred: Whether an operator wants it before all others for a while.
        kind: What stands behind it; nobody bids or asks at a fallback.
        staleness: When it was heard, and how long it may be silent.
        outliers: Judges its prices.
        is_confirmed: Whether another source says at a time what this one says.
        refused: Where its refusals are counted.
        tick: Smallest step of its prices, None where it is not known.
        fields: The newest of what the price topic tells; None where nothing was told since the last break.
        version: Changes with the fields.
        price: `fields["price"]` as a number.
        meta: Of the event that told last, as events have it.
        messages: How many of its messages were accepted.
        has_joined: Whether it counts among the sources of the price; whoever lets it in says so.
    """

    venue: str
    rank: int
    kind: SourceKind
    staleness: Staleness
    outliers: OutlierFilter
    is_confirmed: "Callable[[PriceSource, Decimal, int], bool]"
    refused: "collections.Counter[tuple[str, Refusal]]"
    tick: Decimal | None = None
    is_preferred: bool = False
    fields: dict[str, object] = attrs.field(factory=lambda: dict.fromkeys(PRICE_FIELDS), init=False)
    version: int = attrs.field(default=0, init=False)
    price: Decimal | None = attrs.field(default=None, init=False)
    meta: Meta = attrs.field(factory=dict, init=False)
    messages: int = attrs.field(default=0, init=False)
    has_joined: bool = attrs.field(default=False, init=False)
    _broken_ns: int | None = attrs.field(default=None, init=False)
    _off_ticks: int = attrs.field(default=0, init=False)
    _has_traded: bool = attrs.field(default=False, init=False)

    @property
    def place(self) -> tuple[bool, int]:
        """Where it stands among those that it can be compared with: one that is preferred before all others."""
        return not self.is_preferred, self.rank

    def take(self, event: PricedEvent, *, meta: Meta, now_ns: int) -> bool:
        """Take in what says something of the price, and say whether it was accepted."""
        if not self._accept(event, now_ns):
            return False
        self.messages += 1
        self.meta = meta
        if self.kind is SourceKind.FALLBACK and event.ts_event is not None:
            # It repeats old prices as if they were new; a venue's clock is not ours, and what it says is news.
            now_ns -= max(0, event.ts_init - event.ts_event)
        self.staleness.hear(now_ns)
        return True

    def forget(self) -> None:
        """Continuity was lost: nothing that it said counts any more, but for which prices are likely."""
        self.fields = dict.fromkeys(PRICE_FIELDS)
        self.version += 1
        self.price = None
        self._has_traded = False
        self.staleness.forget()

    def receive_disconnection(self, now_ns: int) -> None:
        """Its connection is said to be broken; what it says later says otherwise. A fallback has none: it is asked."""
        if self.kind is not SourceKind.FALLBACK:
            self._broken_ns = now_ns

    @property
    def is_broken(self) -> bool:
        """Whether it has said nothing since its connection broke, or no price since a break."""
        heard_ns = self.staleness.heard_ns
        return self.price is None or heard_ns is None or (self._broken_ns is not None and heard_ns <= self._broken_ns)

    def is_fresh(self, now_ns: int) -> bool:
        """Whether it has a price, and that is not too old."""
        return not self.is_broken and not self.staleness.is_stale(now_ns)

    def _accept(self, event: PricedEvent, now_ns: int) -> bool:
        if isinstance(event, QuoteTick):
            return self._take_sides(event.bid, event.ask)
        if isinstance(event, TradeTick):
            return self._take_trade(event, now_ns)
        if isinstance(event, TickerStatistics):
            return self._take_ticker(event, now_ns)
        return self._take_reference(event, now_ns)

    def _take_trade(self, event: TradeTick, now_ns: int) -> bool:
        if not self._take_price(event.price, now_ns):
            return False
        self._has_traded = True
        return True

    def _take_ticker(self, event: TickerStatistics, now_ns: int) -> bool:
        price = event.price
        if price is not None and not self._has_traded and not self._take_price(price, now_ns):
            return False
        statistics = (event.price_change, event.price_change_percent, event.volume, event.high_price, event.low_price)
        self._set(dict(zip(_STATISTICS, statistics, strict=True)))
        return True

    def _take_reference(self, event: ReferencePrice, now_ns: int) -> bool:
        if not self._take_price(event.price, now_ns):
            return False
        if self.kind is not SourceKind.FALLBACK and (event.bid, event.ask) != (None, None):
            self._take_sides(event.bid, event.ask)
        told = {name: getattr(event, name) for name in _STATISTICS}
        self._set({name: value for name, value in told.items() if value is not None})
        return True

    def _take_price(self, text: str, now_ns: int) -> bool:
        if text == self.fields["price"]:
            self._off_ticks = 0
            self.outliers.receive_repetition()
            return True
        price = _number(text)
        if price is None:
            return self._refuse(Refusal.NOT_A_PRICE)
        if self.tick is not None and _remainder(price, self.tick) and not self._has_new_tick():
            return self._refuse(Refusal.OFF_TICK)
        self._off_ticks = 0
        if not self.outliers.offer(price, now_ns=now_ns, is_confirmed=lambda p: self.is_confirmed(self, p, now_ns)):
            return self._refuse(Refusal.OUTLIER)
        self.price = price
        self.fields["price"] = text
        self.version += 1
        return True

    def _has_new_tick(self) -> bool:
        self._off_ticks += 1
        if self._off_ticks < OFF_TICK_PRINTS:
            return False
        self.tick = None
        return True

    def _take_sides(self, bid: str | None, ask: str | None) -> bool:
        fields = self.fields
        if bid == fields["bid"] and ask == fields["ask"]:
            return True
        lower = _ZERO if bid is None else _number(bid)
        upper = _INFINITE if ask is None else _number(ask)
        if lower is None or upper is None:
            return self._refuse(Refusal.NOT_A_PRICE)
        if lower > upper:
            return self._refuse(Refusal.CROSSED)
        fields["bid"], fields["ask"] = bid, ask
        self.version += 1
        return True

    def _set(self, changes: Mapping[str, object]) -> None:
        if any(self.fields[name] != value for name, value in changes.items()):
            self.fields.update(changes)
            self.version += 1

    def _refuse(self, refusal: Refusal) -> bool:
        self.refused[self.venue, refusal] += 1
        return False


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
        is_price = _ZERO < number < _INFINITE
    except InvalidOperation:
        return None
    return number if is_price else None
