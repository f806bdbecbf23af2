"""The candles of every instrument on every venue: what is published of them, asked of the venue, and answered."""

from collections.abc import Collection, Mapping, Sequence

import attrs

from components.contract.envelope import NS_PER_MS, NS_PER_S, Meta, Payload, format_time
from components.contract.topics import PREFIX
from components.marketdata.candle.bar_ladder import MAX_AHEAD_NS, BarLadder
from components.marketdata.candle.bar_level import BarTally
from components.marketdata.candle.bars import FIELDS, ClosedBar, quality_of
from components.marketdata.following import Following
from components.marketdata.market_state import Publication
from components.model.intervals import INTERVALS, Interval
from components.model.market import Bar, BarHistory, MarketEvent, TradeTick

SILENCE_NS = 10 * NS_PER_S
"""How long nothing at all has to come from a venue until bars that close meanwhile are degraded."""

_INDEX_OF = {interval.name: index for index, interval in enumerate(INTERVALS)}
_PACE_NS = tuple((250 if interval.length_ns <= 60 * NS_PER_S else 1000) * NS_PER_MS for interval in INTERVALS)
"""Shortest time between two publications of an open bar, by level; a bar that closes is told at once."""


@attrs.frozen(kw_only=True)
class BarRequest:
    """
    Bars that a venue is to be asked for.

    Units: UNIX nanoseconds.

    Attributes:
        venue: Who is to be asked.
        instrument_id: Whose bars.
        interval: Their length.
        start_ns: When the first of them opens.
        end_ns: When the last of them opens.
    """

    venue: str
    instrument_id: str
    interval: Interval
    start_ns: int
    end_ns: int


class _Line:
    """One instrument on one venue: its bars, its topics, and what was told of them when."""

    __slots__ = ("disconnected_ns", "has_changed", "instrument_id", "ladder", "told_ns", "topics", "untold")

    def __init__(self, venue: str, instrument_id: str, tally: BarTally) -> None:
        self.instrument_id = instrument_id
        self.ladder = BarLadder(tally)
        self.topics = tuple(candles_topic(venue, interval.name, instrument_id) for interval in INTERVALS)
        self.told_ns = [0] * len(INTERVALS)
        self.untold = set(range(len(INTERVALS)))
        self.has_changed = False
        self.disconnected_ns: int | None = None

    def hear(self, event: TradeTick | Bar) -> None:
        """Something came on its connection."""
        if self.is_disconnected(event.ts_init):
            self.disconnected_ns = None

    def is_disconnected(self, at_ns: int) -> bool:
        """Whether its connection broke before that time, and nothing has come on it since."""
        return self.disconnected_ns is not None and at_ns > self.disconnected_ns

    def due(self, now_ns: int) -> set[int]:
        """The levels that are to be told now: what has just closed, and what has changed and was not told lately."""
        if self.has_changed:
            self.untold.update(range(len(INTERVALS)))
            self.has_changed = False
        due = {index for index in self.untold if not 0 <= now_ns - self.told_ns[index] < _PACE_NS[index]}
        due |= self.ladder.news
        self.ladder.news.clear()
        self.untold -= due
        return due


@attrs.define
class _Venue:
    """
    One venue's lines.

    Attributes:
        is_handed_in: Whether its events are handed in by call.
        last_init_ns: When the newest event came, on the feed's clock.
    """

    is_handed_in: bool
    lines: dict[str, _Line] = attrs.field(factory=dict)
    last_init_ns: int = 0


class Candles:
    """
    The bars of all venues.

    Sans-I/O: feed it events and the time, publish what it returns, ask the venues for what `take_requests` gives. Open
    bars are published at a pace, closed ones at once.
    """

    def __init__(
        self, venues: Sequence[str], following: Following | None = None, *, handed_in: Collection[str] = ()
    ) -> None:
        """
        Begin empty.

        Args:
            venues: All venues whose events will come.
            following: Whose events are published; None for everything.
            handed_in: Those whose events are handed in by call, each confirmed: their silence says that nothing
                happened, and there is nobody to ask for bars.
        """
        self._following = following or Following(dict.fromkeys(venues))
        self._venues = {venue: _Venue(is_handed_in=venue in handed_in) for venue in venues}
        self._requests: list[BarRequest] = []
        self._tally = BarTally()

    def apply(self, event: MarketEvent) -> list[Publication]:
        """
        Take one event in.

        Returns:
            What is to be published at once: bars that closed, and with the venue's answer what it changed.
        """
        venue = self._venues.get(event.venue)
        if venue is None:
            return []
        venue.last_init_ns = event.ts_init
        if isinstance(event, TradeTick):
            line = self._line(venue, event)
            if line is None:
                return []
            line.hear(event)
            line.ladder.apply_trade(event)
        elif isinstance(event, Bar | BarHistory):
            line = self._line(venue, event)
            if line is not None and isinstance(event, Bar):
                line.hear(event)
            if line is None or not _apply_bars(line.ladder, event):
                return []
        else:
            return []
        line.has_changed = True
        return self._tell(event.venue, line, event.ts_init) if line.ladder.news else []

    def advance(self, venue_times_ns: Mapping[str, int], offsets_ns: Mapping[str, int]) -> list[Publication]:
        """
        Take note that time goes by: bars close, and open bars that have changed are told at their pace.

        Args:
            venue_times_ns: By venue, what its feed's clock showed when the newest of its messages came that has been
                taken in, or shows now where none waits, UNIX nanoseconds.
            offsets_ns: By venue, how far that clock is ahead of the venue's own.
        """
        publications: list[Publication] = []
        for name, now_ns in venue_times_ns.items():
            venue = self._venues[name]
            is_silent = now_ns - venue.last_init_ns > SILENCE_NS and not venue.is_handed_in
            venues_ns = now_ns - max(offsets_ns[name], -MAX_AHEAD_NS)
            for line in venue.lines.values():
                line.ladder.advance(venues_ns, is_silent=is_silent or line.is_disconnected(now_ns))
                if not venue.is_handed_in:
                    self._request(name, line, venues_ns)
                publications += self._tell(name, line, now_ns)
        return publications

    def lose(self, venue: str, instruments: Collection[str] | None = None) -> frozenset[str]:
        """
        Take note that trades may be missing, of some instruments or of all; the bars stay, and are marked.

        Returns:
            The topics that begin a new epoch.
        """
        topics: set[str] = set()
        lines = self._venues[venue].lines
        for instrument_id in tuple(lines) if instruments is None else lines.keys() & instruments:
            line = lines[instrument_id]
            line.ladder.lose()
            line.has_changed = True
            line.told_ns = [0] * len(INTERVALS)
            topics.update(line.topics)
        return frozenset(topics)

    def receive_disconnection(
        self, venue: str, instruments: Collection[str] | None = None, *, received_ns: int
    ) -> None:
        """
        Take note that a connection is broken, of some instruments or of all: bars that close meanwhile are degraded.

        Args:
            venue: Whose connection.
            instruments: What it brought; None for all of the venue.
            received_ns: When it broke, on the feed's clock.
        """
        lines = self._venues[venue].lines
        for instrument_id in lines.keys() if instruments is None else lines.keys() & instruments:
            lines[instrument_id].disconnected_ns = received_ns

    def forget(self, venue: str, instruments: Collection[str]) -> frozenset[str]:
        """
        Forget the bars of some instruments of a venue, which are not followed any more.

        Returns:
            The topics that told them; each ends.
        """
        lines = self._venues[venue].lines
        return frozenset(
            topic for instrument_id in lines.keys() & instruments for topic in lines.pop(instrument_id).topics
        )

    def lose_trades(self, venue: str, instrument_id: str) -> None:
        """Take note that trades of an instrument were lost on their way in; its streams go on."""
        line = self._venues[venue].lines.get(instrument_id)
        if line is not None:
            line.ladder.lose()
            line.has_changed = True

    def bars(
        self, venue: str, instrument_id: str, interval: str, *, limit: int, before_ns: int | None = None
    ) -> list[Payload]:
        """
        The newest bars, the open one among them, or the newest of those that opened before a time; oldest first.

        Args:
            venue: Where.
            instrument_id: Of what.
            interval: How long they are; one of the contract's.
            limit: How many at most.
            before_ns: UNIX nanoseconds; None for no bound.
        """
        line = self._venues[venue].lines.get(instrument_id)
        if line is None:
            return []
        index = _INDEX_OF[interval]
        open_bar = line.ladder.open_bars()[index]
        if open_bar is not None and (before_ns is None or open_bar.open_ts < before_ns):
            closed = line.ladder.levels[index].history.newest(limit - 1, before_ns=open_bar.open_ts)
            return [*(_row(bar, index) for bar in closed), _row(open_bar.closed(), index, is_closed=False)]
        return [_row(bar, index) for bar in line.ladder.levels[index].history.newest(limit, before_ns=before_ns)]

    def take_requests(self) -> list[BarRequest]:
        """The bars to ask the venues for, since the last time this was asked."""
        requests, self._requests = self._requests, []
        return requests

    def take_tally(self) -> BarTally:
        """How our bars agreed with the venues', and late trades, since the last time this was asked."""
        tally = BarTally(
            checked=self._tally.checked.copy(),
            differing=self._tally.differing.copy(),
            late_trades=self._tally.late_trades.copy(),
        )
        for counter in (self._tally.checked, self._tally.differing, self._tally.late_trades):
            counter.clear()
        return tally

    def _line(self, venue: _Venue, event: MarketEvent) -> _Line | None:
        line = venue.lines.get(event.instrument_id)
        if line is None and self._following.has(event.instrument_id, event.venue):
            line = venue.lines[event.instrument_id] = _Line(event.venue, event.instrument_id, self._tally)
        return line

    def _request(self, venue: str, line: _Line, now_ns: int) -> None:
        self._requests += (
            BarRequest(
                venue=venue, instrument_id=line.instrument_id, interval=interval, start_ns=start_ns, end_ns=end_ns
            )
            for interval, start_ns, end_ns in line.ladder.take_wanted(now_ns)
        )

    def _tell(self, venue: str, line: _Line, now_ns: int) -> list[Publication]:
        due = line.due(now_ns)
        if not due:
            return []
        open_bars = line.ladder.open_bars()
        event_ts = line.ladder.last_event_ts
        publications = []
        for index in sorted(due):
            open_bar, last = open_bars[index], line.ladder.levels[index].history.last
            newest = last if open_bar is None else open_bar
            if newest is None:
                continue
            line.told_ns[index] = now_ns
            meta: Meta = {
                "source": venue,
                "quality": quality_of(is_degraded=newest.is_degraded),
                "event_ts": format_time(event_ts),
            }
            payload: Payload = {
                "instrument": line.instrument_id,
                "venue": venue,
                "interval": INTERVALS[index].name,
                "bar": None if open_bar is None else _row(open_bar.closed(), index, is_closed=False),
                "last_closed": None if last is None else _row(last, index),
            }
            publications.append(
                Publication(
                    topic=line.topics[index],
                    family="candles",
                    instrument_id=line.instrument_id,
                    payload=payload,
                    meta=meta,
                )
            )
        return publications


def candles_topic(venue: str, interval: str, instrument_id: str) -> str:
    """The topic of an instrument's bars of an interval on a venue."""
    return f"{PREFIX}.candles.{venue}.{interval}.{instrument_id}"


def _apply_bars(ladder: BarLadder, event: Bar | BarHistory) -> bool:
    if isinstance(event, Bar):
        return ladder.apply_bar(event)
    return ladder.apply_history(event.interval, event.bars)


def _row(bar: ClosedBar, index: int, *, is_closed: bool = True) -> Payload:
    """
    A bar as clients get it.

    Its `close_ts` is the last millisecond that belongs to it, as Binance writes it.
    """
    *values, volume = bar.values.split(" ")
    return {
        "open_ts": format_time(bar.open_ts),
        "close_ts": format_time(bar.open_ts + INTERVALS[index].length_ns - NS_PER_MS),
        **dict(zip(FIELDS[:4], values, strict=True)),
        "volume": volume,
        "trades": bar.trades,
        "closed": is_closed,
        "quality": quality_of(is_degraded=bar.is_degraded),
    }
