"""A recording of a venue's messages: its lines, packed or not, and the clock that it is played by."""

import re
import zlib
from collections import deque

import attrs

from components.contract.envelope import NS_PER_S
from components.model.errors import MalformedMessage

LINE_FORMAT = "<UNIX time in ns> <message> on each line, gzip or not"
MAX_LINE_BYTES = 4 * 1024 * 1024
MAX_UNPACKED_BYTES = 256 * 1024
"""Most that one step unpacks, so that a step takes milliseconds and a small file cannot fill the memory."""

_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_WBITS = 16 + zlib.MAX_WBITS
_LINE = re.compile(rb"(\d{1,19}) (.*)", re.DOTALL)


@attrs.frozen
class RecordedMessage:
    """
    One line of a recording.

    Attributes:
        received_ns: When the recorder received it, UNIX nanoseconds; None where the line does not say.
        data: The message, or the whole line where it is not of the format.
    """

    received_ns: int | None
    data: bytes


def read_line(line: bytes) -> RecordedMessage:
    """One line without its end; whoever decodes the message judges what is not of the format."""
    found = _LINE.fullmatch(line)
    if found is None:
        return RecordedMessage(None, line)
    return RecordedMessage(int(found.group(1)), found.group(2))


@attrs.define
class RecordingReader:
    """
    Turns a recording's bytes into its messages, as they come.

    Sans-I/O: give it pieces of the file with `receive` until `is_hungry`, take messages with `take`, and say
    `receive_end` when the file has no more. Holds at most one piece packed, and one step unpacked.
    """

    _packed: bytes = attrs.field(default=b"", init=False)
    _rest: bytes = attrs.field(default=b"", init=False)
    _messages: deque[RecordedMessage] = attrs.field(factory=deque, init=False)
    _is_gzip: bool | None = attrs.field(default=None, init=False)
    _unpacker: "zlib._Decompress | None" = attrs.field(default=None, init=False)

    @property
    def is_hungry(self) -> bool:
        """Whether it can give no more messages without more of the file."""
        return not self._messages and (not self._packed or self._is_gzip is None)

    def receive(self, data: bytes) -> None:
        """Take the next piece of the file."""
        self._packed += data
        if self._is_gzip is None and len(self._packed) >= len(_GZIP_MAGIC):
            self._is_gzip = self._packed.startswith(_GZIP_MAGIC)

    def take(self, most: int) -> list[RecordedMessage]:
        """
        The next messages, `most` at the most; none when it is hungry.

        Raises:
            MalformedMessage: The file cannot be unpacked, or a line does not end.
        """
        while not self._messages and not self.is_hungry:
            self._split(self._unpack())
        return [self._messages.popleft() for _ in range(min(most, len(self._messages)))]

    def receive_end(self) -> None:
        """
        The file ends here, where the reader is hungry; a last line without an end is a message too.

        Raises:
            MalformedMessage: The file was cut off: it is packed, and its end is missing.
        """
        if self._unpacker is not None:
            raise MalformedMessage("the file is cut off: its gzip data does not end")
        last_line, self._rest, self._packed = self._rest + self._packed, b"", b""
        if last_line.strip():
            self._messages.append(read_line(last_line))

    def _unpack(self) -> bytes:
        if not self._is_gzip:
            plain, self._packed = self._packed[:MAX_UNPACKED_BYTES], self._packed[MAX_UNPACKED_BYTES:]
            return plain
        # A gzip file may be several, one behind the other.
        unpacker = self._unpacker or zlib.decompressobj(_GZIP_WBITS)
        try:
            plain = unpacker.decompress(self._packed, MAX_UNPACKED_BYTES)
        except zlib.error as error:
            raise MalformedMessage(f"the file's gzip data is damaged: {error}") from None
        self._packed = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
        self._unpacker = None if unpacker.eof else unpacker
        return plain

    def _split(self, plain: bytes) -> None:
        *lines, rest = (self._rest + plain).split(b"\n")
        if len(rest) > MAX_LINE_BYTES:
            raise MalformedMessage(f"a line is longer than {MAX_LINE_BYTES} bytes")
        self._rest = rest
        self._messages.extend(read_line(line.rstrip(b"\r")) for line in lines if line.strip())


@attrs.define
class ReplayClock:
    """
    Recorded time while it is replayed: when a recorded message is due, and what time it is now.

    Sans-I/O: it is told the seconds of whatever clock the player goes by.

    Attributes:
        speed: Recorded seconds a second; None is as fast as it goes, and time then stands between messages.
    """

    speed: float | None
    _anchor_ns: int = attrs.field(default=0, init=False)
    _anchor_s: float = attrs.field(default=0.0, init=False)
    _last_ns: int = attrs.field(default=0, init=False)
    _has_begun: bool = attrs.field(default=False, init=False)

    def wait_s(self, received_ns: int, *, now_s: float) -> float:
        """How long until a message of that recorded time is due; the first that is asked for is due at once."""
        if not self._has_begun:
            self._begin(received_ns, now_s)
        if self.speed is None:
            return 0.0
        return max(0.0, self._anchor_s + (received_ns - self._anchor_ns) / NS_PER_S / self.speed - now_s)

    def receive(self, received_ns: int) -> None:
        """Take note that a message of that recorded time was played."""
        self._last_ns = max(received_ns, self._last_ns)

    def restart(self) -> None:
        """Play the recording from its first message again."""
        self._has_begun = False

    def resume(self, *, now_s: float) -> None:
        """Go on from the last message that was played: time stood still since, for whoever listens had no room."""
        if self._has_begun:
            self._begin(self._last_ns, now_s)

    def now_ns(self, *, now_s: float) -> int:
        """The recorded time, 0 before the first message."""
        if self.speed is None or not self._has_begun:
            return self._last_ns
        elapsed_ns = int((now_s - self._anchor_s) * self.speed * NS_PER_S)
        return max(self._last_ns, self._anchor_ns + elapsed_ns)

    def _begin(self, received_ns: int, now_s: float) -> None:
        self._anchor_ns, self._anchor_s, self._last_ns = received_ns, now_s, received_ns
        self._has_begun = True
