"""
The payload of a measured event, and how it is found again in raw bytes without reading them.

A text in it begins with a marker and the time of publication. All encodings write ASCII text as it is, so that an
event is counted by its marker, whatever is around it.
"""

import attrs

MARKER = b"published-at@"
"""Long, since bytes are searched faster for what is longer."""

STAMP_DIGITS = 19
STAMP_BYTES = len(MARKER) + STAMP_DIGITS
PAYLOAD_BYTES = 107
"""Size of the payload as JSON, that of a small market data event."""

_MARKER_TEXT = MARKER.decode()
_PADDING = "x" * (PAYLOAD_BYTES - len('{"ts":"","pad":""}') - STAMP_BYTES)


def stamped_payload(now_ns: int) -> dict[str, str]:
    """Keyword arguments of an event that was published now."""
    return {"ts": f"{_MARKER_TEXT}{now_ns:019}", "pad": _PADDING}


def stamp_of(message: bytes) -> int:
    """The time that a message's payload carries."""
    begin = message.find(MARKER)
    return int(message[begin + len(MARKER) : begin + STAMP_BYTES])


@attrs.define
class MarkerCounter:
    """Counts the markers of a connection's bytes, also where the end of a chunk cuts one."""

    count: int = 0
    _tail: bytes = b""

    def take(self, chunk: bytes) -> int:
        """Take the next bytes, and say how many markers they complete."""
        data = self._tail + chunk
        found = data.count(MARKER)
        self._tail = data[1 - len(MARKER) :]
        self.count += found
        return found


@attrs.define
class StampReader:
    """Reads the stamps of a connection's bytes, also where the end of a chunk cuts one."""

    count: int = 0
    _tail: bytes = b""

    def take(self, chunk: bytes) -> list[int]:
        """Take the next bytes, and give the times of publication of the events that they complete, in order."""
        data = self._tail + chunk
        stamps = []
        begin = data.find(MARKER)
        while 0 <= begin <= len(data) - STAMP_BYTES:
            stamps.append(int(data[begin + len(MARKER) : begin + STAMP_BYTES]))
            begin = data.find(MARKER, begin + STAMP_BYTES)
        self._tail = data[1 - len(MARKER) :] if begin < 0 else data[begin:]
        self.count += len(stamps)
        return stamps
