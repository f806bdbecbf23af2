"""A connection's sending half: straight to the socket while it keeps up, through the waiting room while it does not."""

from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IDelayedCall, IPushProducer
from zope.interface import implementer

from components.contract.envelope import NS_PER_MS, NS_PER_S
from components.contract.topics import Delivery
from components.wamp.router_view import LANES, ConnectionFigures
from router.events import Event, WireFormat
from router.fate import Fate
from router.pace import Pace
from router.sockets import takes_direct_sends
from router.turn import Turn
from router.waiting_room import WaitingRoom

PASS_BIT = {Delivery.LOSSLESS: 1, Delivery.GAPPED: 2, Delivery.CONFLATED: 4}
"""Of each class, the bit of `Outbox.passes` that says whether its events go straight."""

_EVERYTHING = sum(PASS_BIT.values())
_LOSSLESS_ONLY = PASS_BIT[Delivery.LOSSLESS]
_ALL_BUT_CONFLATED = _EVERYTHING - PASS_BIT[Delivery.CONFLATED]
_CHUNK_BYTES = 1 << 16
_NOTHING_WAITS = dict.fromkeys(LANES, 0)


@implementer(IPushProducer)
class Outbox:
    """
    What one connection is sent.

    Within a turn frames are collected in `turn` and leave together. Once the socket is full nothing goes straight any
    more: what comes waits in the room, in its lane, until the transport has taken the rest of what it was handed.

    Attributes:
        wire: How messages reach the connection; set when it is open.
        turn: Frames that leave at the end of this turn.
        passes: Which classes of events may be put into `turn` by whoever has one, by their `PASS_BIT`.
    """

    __slots__ = (
        "_is_closed",
        "_is_direct",
        "_is_touched",
        "_on_overflow",
        "_paused_ns",
        "_room",
        "_send",
        "_sent_bytes",
        "_sent_messages",
        "_transport",
        "_turn_of_all",
        "_wake",
        "passes",
        "turn",
        "wire",
    )

    wire: WireFormat

    def __init__(self, transport: Any, turn_of_all: Turn, on_overflow: Callable[[], None]) -> None:
        """
        Take over the sending on a transport.

        Args:
            transport: Twisted's transport of the connection.
            turn_of_all: The process's turn.
            on_overflow: Called when something that must not be lost has no room any more.
        """
        self.turn: list[bytes] = []
        self.passes = _EVERYTHING
        self._transport = transport
        self._turn_of_all = turn_of_all
        self._on_overflow = on_overflow
        self._is_direct = takes_direct_sends(transport)
        self._send: Any = transport.socket.send if self._is_direct else None
        self._is_closed = False
        self._is_touched = False
        self._paused_ns: int | None = None
        self._room: WaitingRoom | None = None
        self._wake: IDelayedCall | None = None
        self._sent_bytes = 0
        self._sent_messages = 0
        transport.unregisterProducer()
        transport.registerProducer(self, True)  # noqa: FBT003 - Twisted names it so: streaming

    def send(self, frame: bytes) -> None:
        """Send a message that is not an event."""
        if self._is_closed:
            return
        if self._paused_ns is None:
            if not self.turn:
                self._turn_of_all.touch(self)
            self.turn.append(frame)
        elif not self._make_room().offer_control(frame):
            self._on_overflow()

    def hold(self, event: Event) -> None:
        """Take an event that `passes` does not let through."""
        if self._is_closed:
            return
        room = self._make_room()
        fate = room.offer(event)
        if fate is not Fate.WAITS:
            self._turn_of_all.figures.count_thinned(event.publication.delivery.value, fate.value)
        if fate is Fate.REFUSED:
            self._on_overflow()
        elif self._paused_ns is None:
            self._look_again(room.due_ns(event, now_ns=self._turn_of_all.clock_ns()))

    def discard(self, subscription_id: int) -> None:
        """Forget what waits for a subscription that has ended."""
        if self._room is not None:
            self._room.discard(subscription_id)

    def set_pace(self, max_hz: float | None, background: bool) -> None:
        """Send conflated topics no faster than this, and hold the gapped ones where the client is in background."""
        if self._is_closed:
            return
        room = self._make_room()
        room.pace.ask(max_hz, background=background)
        if self._paused_ns is None:
            self._reconsider(room)
            self._look_again(0)

    def let_transport_go_first(self) -> None:
        """Send nothing before what others have written to the transport."""
        if self._is_direct:
            self._hand_over(b"")

    def write(self, data: bytes) -> None:
        """Send bytes behind everything that has left the lanes: handshakes, pings and closes."""
        self._flush_turn()
        self._write(data)

    def flush(self) -> None:
        """Send what the turn collected, and of what waits what may go."""
        self._is_touched = False
        self._flush_turn()
        if self._room is not None and self._paused_ns is None:
            self._drain(self._room)

    def close(self) -> None:
        """Send what the turn collected, and nothing that comes later."""
        if self._is_closed:
            return
        self._flush_turn()
        self._is_closed = True
        self.passes = 0
        self._room = None
        if self._wake is not None and self._wake.active():
            self._wake.cancel()
        # A transport does not close while it has a producer.
        self._transport.unregisterProducer()

    def pauseProducing(self) -> None:
        """Learn that the transport has more than it can pass on."""
        if self._paused_ns is None:
            self._paused_ns = self._turn_of_all.clock_ns()
            self.passes = 0

    def resumeProducing(self) -> None:
        """Learn that the transport has passed everything on."""
        if self._is_closed or self._paused_ns is None:
            return
        now_ns = self._turn_of_all.clock_ns()
        lasted_ns = now_ns - self._paused_ns
        self._paused_ns = None
        if self._room is None:
            self.passes = _EVERYTHING
        else:
            self._room.pace.note_pause(lasted_ns=lasted_ns, now_ns=now_ns)
        self.flush()

    def stopProducing(self) -> None:
        """Learn that the transport is gone."""
        self.close()

    @property
    def is_drained(self) -> bool:
        """Whether nothing waits that must not be lost, here or in the transport."""
        return self._is_closed or (self._paused_ns is None and not self.turn)

    @property
    def control_bytes(self) -> int:
        """How many bytes of messages that are not events wait."""
        return 0 if self._room is None else self._room.control_bytes

    @property
    def room(self) -> WaitingRoom | None:
        """What waits; None where nothing ever had to."""
        return self._room

    def figures(self, now_ns: int) -> ConnectionFigures:
        """How this connection gets along."""
        room = self._room
        if room is None:
            return ConnectionFigures(
                lag_ms=0,
                waiting=_NOTHING_WAITS,
                waiting_bytes=0,
                conflated=0,
                dropped=0,
                sent_messages=self._sent_messages,
                sent_bytes=self._sent_bytes,
                max_hz=None,
                background=False,
            )
        oldest_ns = room.oldest_ns()
        # Nothing recovers while the transport is paused.
        pace_ns = now_ns if self._paused_ns is None else self._paused_ns
        return ConnectionFigures(
            lag_ms=0 if oldest_ns is None else (now_ns - oldest_ns) // NS_PER_MS,
            waiting=room.waiting(),
            waiting_bytes=room.weight_bytes(),
            conflated=room.conflated,
            dropped=room.dropped,
            sent_messages=self._sent_messages,
            sent_bytes=self._sent_bytes,
            max_hz=room.pace.in_effect_hz(now_ns=pace_ns),
            background=room.pace.background,
        )

    def _make_room(self) -> WaitingRoom:
        if self._room is None:
            self._room = WaitingRoom(self.wire, Pace())
        return self._room

    def _flush_turn(self) -> None:
        turn = self.turn
        if turn:
            self._sent_messages += len(turn)
            data = turn[0] if len(turn) == 1 else b"".join(turn)
            turn.clear()
            self._write(data)

    def _write(self, data: bytes) -> None:
        self._sent_bytes += len(data)
        if not self._is_direct or self._paused_ns is not None:
            self._transport.write(data)
            return
        try:
            sent = self._send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            # The transport finds out itself what is wrong, and ends the connection.
            self._is_direct = False
            sent = 0
        if sent < len(data):
            self._hand_over(data[sent:])

    def _hand_over(self, rest: bytes) -> None:
        """Let the transport send what the socket did not take, and say when that is done, however little it is."""
        self.pauseProducing()
        self._transport.write(rest)
        self._transport.producerPaused = True

    def _drain(self, room: WaitingRoom) -> None:
        figures = self._turn_of_all.figures
        now_ns = self._turn_of_all.clock_ns()
        while self._paused_ns is None:
            frames, events = room.take(now_ns=now_ns, max_bytes=_CHUNK_BYTES)
            if not frames:
                self._reconsider(room)
                self._look_again(room.next_due_ns(now_ns=now_ns))
                return
            self._sent_messages += len(frames)
            self._write(b"".join(frames))
            for event in events:
                publication = event.publication
                figures.observe_delivery(publication.family, now_ns - publication.published_ns, 1)

    def _reconsider(self, room: WaitingRoom) -> None:
        """Decide what goes straight: everything where nothing waits and no pace holds, and else what neither holds."""
        if room.is_empty and room.pace.holds_nothing(now_ns=self._turn_of_all.clock_ns()):
            self.passes = _EVERYTHING
        elif room.holds_gapped:
            self.passes = _LOSSLESS_ONLY
        else:
            self.passes = _ALL_BUT_CONFLATED

    def _look_again(self, due_ns: int | None) -> None:
        """Drain at the end of this turn, or when something is due."""
        if due_ns is None:
            return
        wait_ns = due_ns - self._turn_of_all.clock_ns()
        if wait_ns <= 0:
            if not self._is_touched:
                self._is_touched = True
                self._turn_of_all.touch(self)
        else:
            self._wake_in(wait_ns / NS_PER_S)

    def _wake_in(self, wait_s: float) -> None:
        reactor, wake = self._turn_of_all.reactor, self._wake
        if wake is None or not wake.active():
            self._wake = reactor.callLater(wait_s, self.flush)
        elif reactor.seconds() + wait_s < wake.getTime():
            wake.reset(wait_s)
