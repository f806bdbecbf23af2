"""The one price of every instrument, from the source that can be relied on, and what clients are told of it."""

import collections
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal

import attrs

from components.contract.envelope import NS_PER_MS, Meta, Quality
from components.contract.topics import PREFIX
from components.marketdata.market_state import Publication
from components.marketdata.price.outlier import OutlierFilter
from components.marketdata.price.preference import Preference, check_preferable
from components.marketdata.price.price_rules import (
    FALLBACK_CONFIRMATIONS,
    STALE_FACTOR,
    VENUE_CONFIRMATIONS,
    PriceRules,
)
from components.marketdata.price.price_selection import PriceState, Reason, Selection
from components.marketdata.price.price_source import PricedEvent, PriceSource, Refusal, SourceKind
from components.marketdata.price.staleness import Staleness
from components.model.market import Instrument, TradingState

ASSESS_INTERVAL_NS = 250 * NS_PER_MS
"""How often sources are compared while all is well; while it is not, they are with every event."""


@attrs.frozen
class SourceRank:
    """
    One source of prices, in the order of sources.

    Attributes:
        venue: What clients know it as.
        kind: What stands behind it.
    """

    venue: str
    kind: SourceKind = SourceKind.VENUE


@attrs.define(eq=False)
class _OnePrice:
    """The price of one instrument: its sources, the one that was chosen, and what was told last."""

    instrument_id: str
    price_topic: str
    status_topic: str
    confirmation_band: Decimal
    sources: dict[str, PriceSource] = attrs.field(factory=dict)
    selection: Selection | None = None
    ticks: dict[str, Decimal] = attrs.field(factory=dict)
    trading_states: dict[int, TradingState] = attrs.field(factory=dict)
    """By the rank of the source that tells it."""
    assess_ns: int = 0
    told_changes: int = 0
    told_trading_state: TradingState = TradingState.TRADING
    told_source: PriceSource | None = None
    told_version: int = -1
    told_quality: Quality | None = None

    @property
    def trading_state(self) -> TradingState:
        return self.trading_states[min(self.trading_states)] if self.trading_states else TradingState.TRADING

    def is_confirmed(self, source: PriceSource, price: Decimal, now_ns: int) -> bool:
        others = () if self.selection is None else self.selection.sources
        return any(
            other is not source
            and other.is_fresh(now_ns)
            and other.price is not None
            and abs(other.price - price) <= self.confirmation_band * other.price
            for other in others
        )


class OnePrices:
    """
    Make one price an instrument of what all sources say.

    Sans-I/O: feed it the events that are news, and the time; publish what it returns. A price event carries the newest
    accepted fields of the active source and of no other. There is one whenever a field, the source or the quality
    changes: a client hears of a price that went stale. A status event tells every change of source, state, reason or
    trading state; it goes before the price that it explains.
    """

    def __init__(self, ranks: Sequence[SourceRank], rules: PriceRules) -> None:
        """
        Begin empty.

        Args:
            ranks: All sources whose events will come, the one that counts most first.
            rules: When they are left, taken back and believed.
        """
        self._ranks = {one.venue: (rank, one.kind) for rank, one in reversed(list(enumerate(ranks)))}
        self._rules = rules
        self._prices: dict[str, _OnePrice] = {}
        self._refused: collections.Counter[tuple[str, Refusal]] = collections.Counter()
        self._farewells: list[Publication] = []
        self._preference: Preference | None = None

    def apply(self, event: PricedEvent, *, meta: Meta, now_ns: int) -> list[Publication]:
        """
        Take in a trade, quote, ticker or reference price that is news.

        Args:
            event: What a source told.
            meta: `source`, `quality` and times of the event, as its own topic has them.
            now_ns: When it came, on this process's monotonic clock.

        Returns:
            What is to be published, in order.
        """
        one = self._prices.get(event.instrument_id)
        if one is None:
            one = self._add(event.instrument_id)
        source = one.sources.get(event.venue)
        if source is None:
            source = self._add_source(one, event.venue)
        version = source.version
        if not source.take(event, meta=meta, now_ns=now_ns):
            return []
        selection = one.selection
        if selection is None or not source.has_joined:
            if source.price is None:
                return []
            self._join(one, source, now_ns)
        elif now_ns >= one.assess_ns or selection.state is not PriceState.LIVE:
            self._assess(one, selection, now_ns)
        elif source.version == version or source is not selection.active:
            return []
        return self._tell(one, now_ns)

    def list_instruments(self, venue: str, instruments: Iterable[Instrument], *, now_ns: int) -> list[Publication]:
        """
        Take note of a venue's rules.

        Args:
            venue: Whose rules: its tick sizes count for its own prices, its trading state for all where it comes first.
            instruments: The rules.
            now_ns: When they came, on this process's monotonic clock.

        Returns:
            What is to be published, in order.
        """
        rank, _ = self._ranks[venue]
        publications: list[Publication] = []
        for told in instruments:
            one = self._prices.get(told.instrument_id) or self._add(told.instrument_id)
            if told.tick_size is not None:
                one.ticks[venue] = Decimal(told.tick_size)
                if venue in one.sources:
                    one.sources[venue].tick = one.ticks[venue]
            one.trading_states[rank] = told.state
            publications.extend(self._tell(one, now_ns))
        return publications

    def lose(self, venue: str, instruments: Collection[str] | None = None) -> frozenset[str]:
        """
        Forget what a source said, of some instruments or of all: its continuity was lost.

        Returns:
            The topics of the prices that were taken from it: they begin a new epoch.
        """
        topics: set[str] = set()
        for one, source in self._sources_of(venue):
            if instruments is None or one.instrument_id in instruments:
                source.forget()
                if one.selection is not None and one.selection.active is source:
                    topics.add(one.price_topic)
        return frozenset(topics)

    def forget(self, venue: str, instruments: Collection[str], *, now_ns: int) -> frozenset[str]:
        """
        Forget a source of some instruments for good: it does not follow them any more.

        A price that was taken from it is taken from the next source, as if that were the first to speak.

        Returns:
            The topics that end, as no source is left.
        """
        topics: set[str] = set()
        rank, _ = self._ranks[venue]
        for one in [self._prices[instrument_id] for instrument_id in self._prices.keys() & instruments]:
            one.ticks.pop(venue, None)
            one.trading_states.pop(rank, None)
            source = one.sources.pop(venue, None)
            if source is not None:
                topics.update(self._do_without(one, source, now_ns))
            if not (one.sources or one.ticks or one.trading_states):
                del self._prices[one.instrument_id]
        return frozenset(topics)

    def take_farewells(self) -> list[Publication]:
        """What is to be published last on topics that end, since the last time this was asked."""
        farewells, self._farewells = self._farewells, []
        return farewells

    def receive_disconnection(self, venue: str, instruments: Collection[str] | None = None, *, now_ns: int) -> None:
        """
        A source's connection is said to be broken, of some instruments or of all.

        Each instrument of which it says something later is connected again.
        """
        for one, source in self._sources_of(venue):
            if instruments is None or one.instrument_id in instruments:
                source.receive_disconnection(now_ns)

    def advance(self, now_ns: int) -> list[Publication]:
        """Take note of the time on this process's monotonic clock, and say what is to be published, in order."""
        publications: list[Publication] = []
        if self._preference is not None and now_ns >= self._preference.until_ns:
            publications += self.prefer(None, now_ns=now_ns)
        for one in self._prices.values():
            if one.selection is not None and now_ns >= one.assess_ns:
                self._assess(one, one.selection, now_ns)
                publications.extend(self._tell(one, now_ns))
        return publications

    def prefer(self, preference: Preference | None, *, now_ns: int) -> list[Publication]:
        """
        Take one source before all others for a while, of all instruments that it prices; None is none any more.

        It is taken at once where it is good, and else when it has become so; where it fails it is left as any.

        Args:
            preference: What is preferred from now on; one that has ended is none.
            now_ns: Now, on this process's monotonic clock.

        Returns:
            What is to be published, in order.

        Raises:
            InvalidArgument: There is no such source, or it is simulated where the first is not, or the other way round.
        """
        if preference is not None:
            check_preferable(preference.venue, self._ranks)
            preference = preference if now_ns < preference.until_ns else None
        self._preference = preference
        publications: list[Publication] = []
        for one in self._prices.values():
            for source in one.sources.values():
                source.is_preferred = self._is_preferred(source.venue)
            if one.selection is not None:
                one.selection.reorder(now_ns=now_ns)
                publications.extend(self._tell(one, now_ns))
        return publications

    @property
    def preference(self) -> Preference | None:
        """What is preferred now."""
        return self._preference

    def count_from(self, venue: str) -> tuple[int, int]:
        """How many prices are taken from a source, and how many it has a say in."""
        heard = [
            one.selection
            for one, source in self._sources_of(venue)
            if one.selection and source in one.selection.sources
        ]
        return sum(selection.active.venue == venue for selection in heard), len(heard)

    def source_of(self, instrument_id: str) -> str | None:
        """The source that the price of an instrument is taken from, None where there is no price."""
        one = self._prices.get(instrument_id)
        return None if one is None or one.selection is None else one.selection.active.venue

    def take_refused(self) -> dict[tuple[str, Refusal], int]:
        """How many prices were refused, by source and reason, since the last time this was asked."""
        refused = dict(self._refused)
        self._refused.clear()
        return refused

    def count_states(self) -> Mapping[str, int]:
        """How many instruments are in each state."""
        states = collections.Counter(one.selection.state for one in self._prices.values() if one.selection is not None)
        return {state.value: states[state] for state in PriceState}

    def _add(self, instrument_id: str) -> _OnePrice:
        one = self._prices[instrument_id] = _OnePrice(
            instrument_id=instrument_id,
            price_topic=f"{PREFIX}.price.{instrument_id}",
            status_topic=f"{PREFIX}.status.{instrument_id}",
            confirmation_band=self._rules.outlier_band,
        )
        return one

    def _add_source(self, one: _OnePrice, venue: str) -> PriceSource:
        rank, kind = self._ranks[venue]
        rules = self._rules
        is_fallback = kind is SourceKind.FALLBACK
        source = one.sources[venue] = PriceSource(
            venue=venue,
            rank=rank,
            kind=kind,
            staleness=Staleness(
                floor_ns=rules.fallback_stale_ns if is_fallback else rules.stale_ns,
                cap_ns=rules.fallback_stale_ns if is_fallback else rules.stale_cap_ns,
                factor=STALE_FACTOR,
            ),
            outliers=OutlierFilter(
                band=rules.outlier_band,
                confirmations=FALLBACK_CONFIRMATIONS if is_fallback else VENUE_CONFIRMATIONS,
            ),
            is_confirmed=one.is_confirmed,
            refused=self._refused,
            tick=one.ticks.get(venue),
            is_preferred=self._is_preferred(venue),
        )
        return source

    def _is_preferred(self, venue: str) -> bool:
        return self._preference is not None and self._preference.venue == venue

    def _sources_of(self, venue: str) -> list[tuple[_OnePrice, PriceSource]]:
        return [(one, one.sources[venue]) for one in self._prices.values() if venue in one.sources]

    def _join(self, one: _OnePrice, source: PriceSource, now_ns: int) -> None:
        source.has_joined = True
        if one.selection is None:
            one.selection = Selection(self._rules, source, now_ns=now_ns)
        else:
            one.selection.join(source, now_ns=now_ns)

    def _do_without(self, one: _OnePrice, source: PriceSource, now_ns: int) -> tuple[str, ...]:
        if not source.has_joined or one.selection is None:
            return ()
        left = [other for other in one.sources.values() if other.has_joined]
        one.selection, one.assess_ns = None, now_ns
        for other in left:
            self._join(one, other, now_ns)
        one.told_changes = 0
        if left:
            return ()
        self._farewells.append(_status_of(one, source.venue, PriceState.SUSPECT, Reason.REMOVED, Quality.STALE))
        return one.price_topic, one.status_topic

    def _assess(self, one: _OnePrice, selection: Selection, now_ns: int) -> None:
        one.assess_ns = now_ns + ASSESS_INTERVAL_NS
        selection.assess(now_ns)

    def _tell(self, one: _OnePrice, now_ns: int) -> list[Publication]:
        selection = one.selection
        if selection is None:
            return []
        active = selection.active
        quality = _quality(selection, now_ns)
        publications: list[Publication] = []
        if selection.changes != one.told_changes or one.trading_state is not one.told_trading_state:
            publications.append(_status(one, selection, quality))
        if active.price is not None and (
            active.version != one.told_version or active is not one.told_source or quality is not one.told_quality
        ):
            publications.append(_price(one, active, quality))
        return publications


def _quality(selection: Selection, now_ns: int) -> Quality:
    active = selection.active
    if selection.state is PriceState.LIVE and active.kind is not SourceKind.FALLBACK:
        return Quality.LIVE
    return Quality.STALE if active.staleness.is_stale(now_ns) else Quality.DEGRADED


def _status(one: _OnePrice, selection: Selection, quality: Quality) -> Publication:
    one.told_changes = selection.changes
    one.told_trading_state = one.trading_state
    return _status_of(one, selection.active.venue, selection.state, selection.reason, quality)


def _status_of(one: _OnePrice, source: str, state: PriceState, reason: Reason, quality: Quality) -> Publication:
    return Publication(
        topic=one.status_topic,
        family="status",
        instrument_id=one.instrument_id,
        payload={
            "instrument": one.instrument_id,
            "source": source,
            "state": state.value,
            "reason": reason.value,
            "trading_status": one.trading_state.value,
        },
        meta={"source": source, "quality": quality.value},
    )


def _price(one: _OnePrice, source: PriceSource, quality: Quality) -> Publication:
    one.told_source = source
    one.told_version = source.version
    one.told_quality = quality
    return Publication(
        topic=one.price_topic,
        family="price",
        instrument_id=one.instrument_id,
        payload={"instrument": one.instrument_id, **source.fields},
        meta=source.meta if quality is Quality.LIVE else {**source.meta, "quality": quality.value},
    )
