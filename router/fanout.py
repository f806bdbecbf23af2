"""Fan-out: each event once to every receiver's outbox, as few steps a receiver as Python can do it in."""

from typing import Any

from twisted.logger import Logger

from router.events import Event, WireFormat
from router.outbox import PASS_BIT, Outbox
from router.turn import Turn

_log = Logger(namespace="tapecast.router")


class Receivers:
    """
    Who gets the events of one subscription.

    Attributes:
        outboxes: The connections of each wire format, by session.
        embedded: Sessions inside this process, which have no connection.
    """

    __slots__ = ("embedded", "outboxes")

    def __init__(self) -> None:
        self.outboxes: dict[WireFormat, dict[Any, Outbox]] = {}
        self.embedded: set[Any] = set()

    def add(self, session: Any) -> None:
        """Let a session have the events from now on."""
        outbox = getattr(session._transport, "outbox", None)
        if outbox is None:
            self.embedded.add(session)
        else:
            self.outboxes.setdefault(outbox.wire, {})[session] = outbox

    def discard(self, session: Any) -> None:
        """Let a session have no more of them, nor of what waits."""
        self.embedded.discard(session)
        for outboxes in self.outboxes.values():
            outboxes.pop(session, None)

    def of(self, sessions: Any) -> "Receivers":
        """Those of them that are among some sessions."""
        chosen = Receivers()
        chosen.embedded = {session for session in self.embedded if session in sessions}
        for wire, outboxes in self.outboxes.items():
            chosen.outboxes[wire] = {one: outbox for one, outbox in outboxes.items() if one in sessions}
        return chosen


def fan_out(event: Event, receivers: Receivers, turn: Turn) -> None:
    """
    Hand an event to the connections that get it.

    One that keeps up sends it when the turn ends; any other decides itself what becomes of it. No connection can keep
    the event from the next one.
    """
    bit = PASS_BIT[event.publication.delivery]
    touch = turn.touch
    for wire, outboxes in receivers.outboxes.items():
        if not outboxes:
            continue
        try:
            frame = event.frame(wire)
        except Exception as error:  # noqa: BLE001 - what this serializer cannot write, another's can
            _log.error(
                "an event of {topic} cannot be written as {encoding}: {error!r}",
                topic=event.publication.topic,
                encoding=wire.encoding.name,
                error=error,
            )
            continue
        held = 0
        for outbox in outboxes.values():
            if outbox.passes & bit:
                frames = outbox.turn
                if not frames:
                    touch(outbox)
                frames.append(frame)
            else:
                outbox.hold(event)
                held += 1
        if held < len(outboxes):
            turn.note_published(event.publication, len(outboxes) - held, len(frame))
        turn.figures.count_sent("event", len(outboxes))
