"""The lengths that bars come in."""

import attrs


@attrs.frozen(kw_only=True)
class Interval:
    """
    One length of bars.

    Bars begin at whole multiples of the length since the UNIX epoch, so that a day begins at midnight UTC, and every
    longer bar consists of whole shorter ones.

    Units: nanoseconds.

    Attributes:
        name: As topics and procedures write it.
        length_ns: How long a bar is.
    """

    name: str
    length_ns: int

    def open_of(self, at_ns: int) -> int:
        """When the bar opens that a time belongs to."""
        return at_ns - at_ns % self.length_ns


_S = 1_000_000_000

INTERVALS: tuple[Interval, ...] = (
    Interval(name="1s", length_ns=_S),
    Interval(name="1m", length_ns=60 * _S),
    Interval(name="5m", length_ns=300 * _S),
    Interval(name="15m", length_ns=900 * _S),
    Interval(name="1h", length_ns=3600 * _S),
    Interval(name="4h", length_ns=14_400 * _S),
    Interval(name="1d", length_ns=86_400 * _S),
)
"""Shortest first."""

INTERVAL_BY_NAME = {interval.name: interval for interval in INTERVALS}
