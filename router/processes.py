"""What the processes of the node use of the machine, and how often they began anew."""

import attrs

from components.contract.envelope import NS_PER_S
from components.model.processes import ProcessReading

LONGEST_SILENCE_NS = 3 * NS_PER_S
"""What a process that said nothing for longer uses, if there is one, nobody knows."""


@attrs.frozen
class _Seen:
    reading: ProcessReading
    at_ns: int
    cpu_percent: float | None
    restarts: int

    def followed_by(self, reading: ProcessReading, now_ns: int) -> "_Seen":
        if reading.pid != self.reading.pid:
            return _Seen(reading, now_ns, None, self.restarts + 1)
        elapsed_ns = now_ns - self.at_ns
        if elapsed_ns <= 0:
            return self
        used_ns = reading.cpu_ns - self.reading.cpu_ns
        return _Seen(reading, now_ns, round(100 * used_ns / elapsed_ns, 1), self.restarts)


@attrs.define
class Processes:
    """
    What each process said last of itself, and what follows from what it said before.

    Sans-I/O; times are monotonic nanoseconds. The share of a core is that between the last two readings.

    Attributes:
        expected: The names of those that are kept.
    """

    expected: tuple[str, ...]
    _seen: dict[str, _Seen] = attrs.field(factory=dict, init=False)

    def take(self, name: str, reading: ProcessReading, *, now_ns: int) -> None:
        """Take what a process says of itself; one that nobody expects is passed over."""
        if name in self.expected:
            before = self._seen.get(name)
            now = _Seen(reading, now_ns, None, 0) if before is None else before.followed_by(reading, now_ns)
            self._seen[name] = now

    @property
    def restarts(self) -> dict[str, int]:
        """How often each process was another one than before, since the first was seen."""
        return {name: seen.restarts for name, seen in self._seen.items()}

    def bodies(self, *, now_ns: int) -> list[dict[str, object]]:
        """Every process that is not silent, in the form of a payload."""
        return [
            {
                "process": name,
                "pid": seen.reading.pid,
                "uptime_s": seen.reading.uptime_ns // NS_PER_S,
                "restarts": seen.restarts,
                "cpu_percent": seen.cpu_percent,
                "memory_bytes": seen.reading.memory_bytes,
            }
            for name, seen in self._seen.items()
            if now_ns - seen.at_ns <= LONGEST_SILENCE_NS
        ]
