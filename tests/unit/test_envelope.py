"""The form of every event."""

import pytest

from components.contract.envelope import EventType, envelope, format_time


@pytest.mark.parametrize(
    ("unix_ns", "text"),
    [
        (0, "1970-01-01T00:00:00.000000Z"),
        (1_723_161_254_087_896_568, "2024-08-08T23:54:14.087896Z"),
        (1_723_161_254_999_999_999, "2024-08-08T23:54:14.999999Z"),
        (253_402_300_799_000_000_000, "9999-12-31T23:59:59.000000Z"),
    ],
)
def test_times_are_utc_with_microseconds(unix_ns: int, text: str) -> None:
    """A time is cut to microseconds, never rounded into the future."""
    assert format_time(unix_ns) == text


def test_an_envelope_without_meta_has_no_such_key() -> None:
    """What is not known is left out of the envelope."""
    event = envelope(EventType.HEARTBEAT, epoch="e", seq=3, ts_ns=0, payload={"count": 3})

    assert event == {
        "type": "heartbeat",
        "epoch": "e",
        "seq": 3,
        "ts": "1970-01-01T00:00:00.000000Z",
        "payload": {"count": 3},
    }


def test_an_envelope_carries_its_meta() -> None:
    """What is known of the source goes along."""
    assert envelope(EventType.ALERT, epoch="e", seq=1, ts_ns=0, payload={}, meta={"source": "sim"})["meta"] == {
        "source": "sim"
    }


def test_an_envelope_says_what_the_caller_called_it() -> None:
    """An event of a caller's own account can be told to belong to a call."""
    event = envelope(EventType.DELTA, epoch="e", seq=1, ts_ns=0, payload={}, correlation_id="call-7")

    assert event["correlation_id"] == "call-7"
