"""What comes on a topic, and what may be missing of it."""

import enum
from collections.abc import Mapping
from typing import Any

import attrs

from tapecast_client.errors import CallRefused, MalformedEvent

Envelope = Mapping[str, Any]


class Delivery(enum.StrEnum):
    """What a client that cannot keep up gets of a topic: the newest, the last few, or all."""

    CONFLATED = "conflated"
    GAPPED = "gapped"
    LOSSLESS = "lossless"


class Match(enum.StrEnum):
    """What a subscription's URI stands for: one topic, or all topics below it."""

    EXACT = "exact"
    PREFIX = "prefix"


@attrs.frozen(kw_only=True)
class Event:
    """
    One event of a topic, or the topic's whole state where `is_state`.

    Attributes:
        topic: Where it came.
        type: `snapshot`, `delta`, `alert` or `heartbeat`.
        epoch: Opaque name of an unbroken run of numbers.
        seq: The number of its newest part in the epoch.
        first_seq: The number of its oldest part: smaller than `seq` only where events of a book were merged.
        ts: When the gateway published it, ISO-8601 UTC.
        payload: What it says.
        meta: `source`, `quality`, `event_ts`, `lag_ms`, where they are known.
        correlation_id: The caller's own, where it has one.
        is_state: Whether this is the answer to `stream.get` or `stream.resume`, not an event: the topic's whole state
            as of `seq`, in which everything up to `seq` is contained.
    """

    topic: str
    type: str
    epoch: str
    seq: int
    first_seq: int
    ts: str
    payload: Mapping[str, Any]
    meta: Mapping[str, Any]
    correlation_id: str | None
    is_state: bool = False


@attrs.frozen(kw_only=True)
class ContinuityLost:
    """
    Events of a topic are missing, and will not come: what follows is the topic's whole state.

    Never told of conflated topics, each of whose events is complete in itself.

    Attributes:
        topic: Whose.
        epoch: Where one was.
        seq: The last number that was seen there.
        new_epoch: Where it goes on.
        new_seq: The number of the state that follows; the first event behind it has the next one.
    """

    topic: str
    epoch: str
    seq: int
    new_epoch: str
    new_seq: int


@attrs.frozen(kw_only=True)
class Refused:
    """
    The gateway does not let this session read a topic or a pattern; it is asked again by the next session.

    Attributes:
        uri: The topic or pattern.
        error: Why.
    """

    uri: str
    error: CallRefused


def read_event(topic: str, envelope: Envelope, *, is_state: bool = False) -> Event:
    """
    An event from the keyword arguments that it came as.

    Raises:
        MalformedEvent: They are not an envelope.
    """
    epoch, seq, payload = envelope.get("epoch"), envelope.get("seq"), envelope.get("payload")
    first_seq = envelope.get("first_seq", seq)
    if not (
        isinstance(epoch, str)
        and isinstance(seq, int)
        and isinstance(first_seq, int)
        and isinstance(payload, Mapping)
        and first_seq <= seq
    ):
        raise MalformedEvent(f"{topic}: expected an envelope with epoch, seq and payload")
    return Event(
        topic=topic,
        type=str(envelope.get("type")),
        epoch=epoch,
        seq=seq,
        first_seq=first_seq,
        ts=str(envelope.get("ts")),
        payload=payload,
        meta=envelope.get("meta") or {},
        correlation_id=envelope.get("correlation_id"),
        is_state=is_state,
    )


def read_delivery(topic: str, envelope: Envelope) -> Delivery:
    """
    What an answer says of its topic's class.

    Raises:
        MalformedEvent: Nothing that the contract knows.
    """
    try:
        return Delivery(envelope["delivery"])
    except (KeyError, ValueError):
        raise MalformedEvent(f"{topic}: expected a delivery, received {envelope.get('delivery')!r}") from None
