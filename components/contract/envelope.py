"""The form of every event: who numbered it, when, and what it says."""

import enum
import functools
from datetime import UTC, datetime

NS_PER_S = 1_000_000_000
NS_PER_MS = 1_000_000
NS_PER_US = 1_000

Payload = dict[str, object]
Meta = dict[str, object]
Envelope = dict[str, object]


class EventType(enum.StrEnum):
    """What an event is to its stream: the first of an epoch, one more, or a sign of life."""

    SNAPSHOT = "snapshot"
    DELTA = "delta"
    ALERT = "alert"
    HEARTBEAT = "heartbeat"


class Quality(enum.StrEnum):
    """How far a value can be trusted."""

    LIVE = "live"
    DEGRADED = "degraded"
    STALE = "stale"


@functools.lru_cache(maxsize=16)
def _second(unix_s: int) -> str:
    return datetime.fromtimestamp(unix_s, tz=UTC).strftime("%Y-%m-%dT%H:%M:%S")


def format_time(unix_ns: int) -> str:
    """A UNIX time in nanoseconds as ISO-8601 UTC with microseconds and `Z`."""
    seconds, rest_ns = divmod(unix_ns, NS_PER_S)
    return f"{_second(seconds)}.{rest_ns // 1000:06d}Z"


def envelope(
    event_type: EventType,
    *,
    epoch: str,
    seq: int,
    ts_ns: int,
    payload: Payload,
    meta: Meta | None = None,
    correlation_id: str | None = None,
) -> Envelope:
    """
    One event as clients get it.

    Args:
        event_type: What it is to its stream.
        epoch: Opaque name of an unbroken run of numbers.
        seq: Its number in the epoch, from 1 in steps of one.
        ts_ns: When the gateway publishes it, UNIX nanoseconds.
        payload: What it says.
        meta: `source`, `quality`, `event_ts`, `lag_ms`, where they are known.
        correlation_id: What the caller called the call that led to it, where it is an event of that caller's own.
    """
    event: Envelope = {
        "type": event_type.value,
        "epoch": epoch,
        "seq": seq,
        "ts": format_time(ts_ns),
        "payload": payload,
    }
    if meta:
        event["meta"] = meta
    if correlation_id is not None:
        event["correlation_id"] = correlation_id
    return event
