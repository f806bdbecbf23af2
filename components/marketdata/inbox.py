"""The bounded queue between a feed and its decoder, and what goes when it is full."""

import collections
import enum
from collections.abc import Collection

import msgspec

from components.marketdata.frames import Frame, MessageKind, Peek

DEFAULT_CAPACITY = 10_000

MAX_BREAKS = 100
"""Losses of continuity that wait to be told apart; with more, everything counts as lost."""


class Fate(enum.StrEnum):
    """What became of a message that did not get through."""

    CONFLATED = "conflated"
    DROPPED = "dropped"


class WaitingMessage(msgspec.Struct, frozen=True, kw_only=True):
    """
    One message on its way to the decoder.

    Attributes:
        data: As the venue wrote it.
        received_ns: When it was received, UNIX nanoseconds on the feed's clock.
        arrived_ns: The same on a monotonic clock of this process, to measure how long it takes from here.
        run: How often continuity had been lost before it came.
    """

    data: bytes
    received_ns: int
    arrived_ns: int
    run: int


class _Lane(enum.IntEnum):
    CONFLATABLE = 0
    TRADES = 1
    DEPTH = 2
    CONTROL = 3


_LANES = {
    MessageKind.TRADE: _Lane.TRADES,
    MessageKind.AGGREGATE_TRADE: _Lane.TRADES,
    MessageKind.QUOTE: _Lane.CONFLATABLE,
    MessageKind.TICKER: _Lane.CONFLATABLE,
    MessageKind.MINI_TICKER: _Lane.CONFLATABLE,
    MessageKind.MINI_TICKERS: _Lane.CONFLATABLE,
    MessageKind.KLINE: _Lane.CONFLATABLE,
    MessageKind.KLINES: _Lane.DEPTH,
    MessageKind.PARTIAL_DEPTH: _Lane.CONFLATABLE,
    MessageKind.OTHER: _Lane.CONFLATABLE,
    MessageKind.DEPTH: _Lane.DEPTH,
    MessageKind.SNAPSHOT: _Lane.DEPTH,
    MessageKind.CONTROL: _Lane.CONTROL,
    MessageKind.SHUTDOWN: _Lane.CONTROL,
}

_ROOM_FOR = {
    _Lane.CONFLATABLE: (_Lane.CONFLATABLE,),
    _Lane.TRADES: (_Lane.TRADES, _Lane.CONFLATABLE),
    _Lane.DEPTH: (),
    _Lane.CONTROL: (_Lane.CONFLATABLE, _Lane.TRADES, _Lane.DEPTH),
}


class _Slot:
    """A place in the queue; a conflated message changes, its place does not."""

    __slots__ = ("frame", "message", "number")

    def __init__(self, number: int, frame: Frame, message: WaitingMessage) -> None:
        self.number = number
        self.frame = frame
        self.message = message


class Inbox:
    """
    What a feed handed in and nobody has decoded yet, in the order in which it came.

    Sans-I/O. It never holds more than `capacity` messages, and says what it lost. While there is room nothing is lost.
    When it is full, the new message decides:

    | the new message | what goes | told by |
    |---|---|---|
    | quote, ticker, mini ticker, kline, partial depth, unreadable | the newest waiting of its stream, and of its bar, in whose place it moves; else the oldest of all these kinds; else it itself | count |
    | trade, aggregate trade | the oldest waiting trade; else the oldest of the first row; else it itself | count, and a hole in the `seq` of the trades' stream |
    | depth, snapshot, answered klines | it itself | count; the gap in the update ids; bars that stay unknown, and are asked for again |
    | control, shutdown | the oldest of the first row; else the oldest trade; else the oldest depth; it itself only where nothing but control waits | count |

    A loss of continuity takes no room: each message knows in which run it came, and none moves into another run's place.
    """  # noqa: E501 - a row of a table

    def __init__(self, peek: Peek, *, capacity: int = DEFAULT_CAPACITY) -> None:
        self._peek = peek
        self._capacity = capacity
        self._lanes: tuple[collections.deque[_Slot], ...] = tuple(collections.deque() for _ in _Lane)
        self._newest_of: dict[str, _Slot] = {}
        self._arrivals = 0
        self._length = 0
        self._run = 0
        self._breaks: collections.deque[tuple[int, frozenset[str] | None]] = collections.deque()
        self._lost_trades: collections.Counter[str] = collections.Counter()
        self._casualties: collections.Counter[tuple[MessageKind, Fate]] = collections.Counter()

    def __len__(self) -> int:
        return self._length

    @property
    def is_half_empty(self) -> bool:
        """Whether a feed that can wait may go on."""
        return self._length < (self._capacity + 1) // 2

    @property
    def oldest_received_ns(self) -> int | None:
        """When the message was received that has waited longest, on the feed's clock; None where none waits."""
        return self._oldest_lane()[0].message.received_ns if self._length else None

    @property
    def oldest_arrival_ns(self) -> int | None:
        """The same on this process's monotonic clock."""
        return self._oldest_lane()[0].message.arrived_ns if self._length else None

    def offer(self, data: bytes, *, received_ns: int, arrived_ns: int) -> None:
        """Take one message in, whatever has to go for it."""
        frame = self._peek(data)
        message = WaitingMessage(data=data, received_ns=received_ns, arrived_ns=arrived_ns, run=self._run)
        lane = _LANES[frame.kind]
        if self._length >= self._capacity:
            if lane is _Lane.CONFLATABLE and self._replace(frame, message):
                return
            if not self._make_room(lane):
                self._lose(frame)
                return
        slot = _Slot(self._arrivals, frame, message)
        self._arrivals += 1
        self._length += 1
        self._lanes[lane].append(slot)
        if lane is _Lane.CONFLATABLE:
            self._newest_of[frame.stream] = slot

    def begin_run(self, instruments: Collection[str] | None = None) -> None:
        """Continuity was lost between what has come and what comes next: of these instruments, or of all."""
        self._run += 1
        if len(self._breaks) >= MAX_BREAKS:
            self._breaks.clear()
            instruments = None
        self._breaks.append((self._run, None if instruments is None else frozenset(instruments)))

    def take_breaks(self, run: int) -> list[frozenset[str] | None]:
        """What lost its continuity before the messages of a run, since the last time this was asked; None is all."""
        taken = []
        while self._breaks and self._breaks[0][0] <= run:
            taken.append(self._breaks.popleft()[1])
        return taken

    def take(self, limit: int) -> list[WaitingMessage]:
        """The messages that have waited longest, at most `limit` of them; they wait no more."""
        return [self._take_one() for _ in range(min(limit, self._length))]

    def take_lost_trades(self) -> dict[str, int]:
        """
        How many trades were lost by instrument since the last time this was asked.

        All that was lost came before any trade of the instrument that still waits. It may have come in a later run
        than what is taken next; the new run's epoch then hides the hole, as it says itself that continuity was lost.
        """
        lost, self._lost_trades = dict(self._lost_trades), collections.Counter()
        return lost

    def take_casualties(self) -> dict[tuple[MessageKind, Fate], int]:
        """How many messages were conflated or dropped, by kind, since the last time this was asked."""
        casualties, self._casualties = dict(self._casualties), collections.Counter()
        return casualties

    def discard(self, instruments: Collection[str]) -> None:
        """Forget what waits of some instruments, as nobody wants it any more."""
        for number, lane in enumerate(self._lanes):
            kept = [slot for slot in lane if slot.frame.instrument_id not in instruments]
            self._length -= len(lane) - len(kept)
            if number == _Lane.CONFLATABLE:
                self._newest_of = {slot.frame.stream: slot for slot in kept}
            lane.clear()
            lane.extend(kept)
        for instrument_id in instruments:
            self._lost_trades.pop(instrument_id, None)

    def clear(self) -> None:
        """Forget everything that waits."""
        for lane in self._lanes:
            lane.clear()
        self._newest_of.clear()
        self._length = 0

    def _oldest_lane(self) -> collections.deque[_Slot]:
        return min((lane for lane in self._lanes if lane), key=lambda lane: lane[0].number)

    def _take_one(self) -> WaitingMessage:
        return self._pop(self._oldest_lane()).message

    def _pop(self, lane: collections.deque[_Slot]) -> _Slot:
        slot = lane.popleft()
        self._length -= 1
        if self._newest_of.get(slot.frame.stream) is slot:
            del self._newest_of[slot.frame.stream]
        return slot

    def _replace(self, frame: Frame, message: WaitingMessage) -> bool:
        slot = self._newest_of.get(frame.stream)
        if slot is None or slot.message.run != message.run:
            return False
        slot.message = message
        self._casualties[frame.kind, Fate.CONFLATED] += 1
        return True

    def _make_room(self, lane: _Lane) -> bool:
        for victims in (self._lanes[one] for one in _ROOM_FOR[lane]):
            if victims:
                self._lose(self._pop(victims).frame)
                return True
        return False

    def _lose(self, frame: Frame) -> None:
        self._casualties[frame.kind, Fate.DROPPED] += 1
        if frame.kind is MessageKind.TRADE and frame.instrument_id:
            self._lost_trades[frame.instrument_id] += 1
