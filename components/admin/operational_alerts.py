"""
What somebody has to look after who runs the node, from when it is wrong until it is right again.

| what is seen | while | what happens |
|---|---|---|
| something is wrong | that is not open | it opens |
| it is worse than before | it is open | it opens once more, with the newer words; `since` is as it was |
| it is as before, or less bad | it is open | nothing |
| it is wrong no more | it is open, and is known to be right, or the node has settled | it is resolved |
"""

import enum
from collections.abc import Callable

import msgspec

from components.admin.node_watch import AlertType, Look, Trouble
from components.contract.envelope import Payload, format_time
from components.model.platform_reports import Severity

OPERATIONAL = "operational"
NO_MORE = "nothing more is known of it"

_WORSE = {severity: place for place, severity in enumerate(Severity)}


class AlertState(enum.StrEnum):
    """Where an alert is in its life."""

    OPEN = "open"
    RESOLVED = "resolved"
    NOTED = "noted"


class AlertOpened(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """
    Something is wrong, or worse.

    Attributes:
        key: Of its cause.
        since_ns: When it began, UNIX nanoseconds.
    """

    key: str
    alert_type: AlertType
    severity: Severity
    message: str
    since_ns: int


class AlertResolved(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """It is right again."""

    key: str


AlertFact = AlertOpened | AlertResolved

encode_fact: Callable[[AlertFact], bytes] = msgspec.msgpack.Encoder().encode
"""A fact as a journal keeps it."""

_decode_fact = msgspec.msgpack.Decoder(AlertFact).decode
_encode_all = msgspec.msgpack.Encoder().encode
_decode_all = msgspec.msgpack.Decoder(list[AlertOpened]).decode


class OperationalAlerts:
    """
    Decide which alerts open and which are resolved, and be what the facts of that have made.

    Sans-I/O. There is at most one for each cause.
    """

    name = "operations"

    def __init__(self) -> None:
        """Begin with none."""
        self._open: dict[str, AlertOpened] = {}

    def take_in(self, look: Look, *, now_ns: int) -> list[tuple[AlertFact | None, Payload]]:
        """
        Take in what was seen of the node.

        Args:
            look: What is wrong, and what is not any more.
            now_ns: When, UNIX nanoseconds.

        Returns:
            What there is to tell, each with the fact that it is told of, which has happened; of what is over already
            there is none.
        """
        told: list[tuple[AlertFact | None, Payload]] = [
            (None, _payload(_opened(one, now_ns), AlertState.NOTED, now_ns)) for one in look.incidents
        ]
        for key, trouble in look.troubles.items():
            held = self._open.get(key)
            if held is None or _WORSE[trouble.severity] > _WORSE[held.severity]:
                opened = _opened(trouble, now_ns if held is None else held.since_ns)
                told.append((opened, _payload(opened, AlertState.OPEN, now_ns)))
        for key, held in self._open.items():
            if key not in look.troubles and (look.is_settled or key in look.recovered):
                ended = msgspec.structs.replace(held, message=look.recovered.get(key, NO_MORE))
                told.append((AlertResolved(key=key), _payload(ended, AlertState.RESOLVED, now_ns)))
        for fact, _ in told:
            self._apply(fact)
        return told

    def open_bodies(self) -> list[Payload]:
        """All that is open, the longest first, in the form of events."""
        return [_payload(one, AlertState.OPEN, one.since_ns) for one in sorted(self._open.values(), key=_since)]

    def apply_record(self, body: bytes) -> None:
        """Let a fact happen that a journal kept."""
        self._apply(_decode_fact(body))

    def checkpoint(self) -> bytes:
        """All that is open."""
        return _encode_all(list(self._open.values()))

    def restore(self, checkpoint: bytes) -> None:
        """Begin with what a checkpoint holds."""
        self._open = {one.key: one for one in _decode_all(checkpoint)}

    def _apply(self, fact: AlertFact | None) -> None:
        match fact:
            case AlertOpened():
                self._open[fact.key] = fact
            case AlertResolved():
                self._open.pop(fact.key, None)


def _since(alert: AlertOpened) -> int:
    return alert.since_ns


def _opened(trouble: Trouble, since_ns: int) -> AlertOpened:
    return AlertOpened(
        key=trouble.key,
        alert_type=trouble.alert_type,
        severity=trouble.severity,
        message=trouble.message,
        since_ns=since_ns,
    )


def _payload(alert: AlertOpened, state: AlertState, at_ns: int) -> Payload:
    return {
        "type": OPERATIONAL,
        "severity": alert.severity.value,
        "at": format_time(at_ns),
        "alert_type": alert.alert_type.value,
        "state": state.value,
        "dedup_key": alert.key,
        "since": format_time(alert.since_ns),
        "message": alert.message,
    }
