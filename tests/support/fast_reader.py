"""A subscriber that keeps up with a replay at full speed: while events come it only takes their bytes."""

from typing import Any, Self

from benchmarks.client import Client, ClientOptions
from benchmarks.encodings import ENCODINGS
from benchmarks.fleet import joining
from benchmarks.poller import Poller
from tests.support.routers import REALM

RECEIVE_BUFFER_BYTES = 4 << 20
"""What its kernel takes while others have the processor, where the system allows so much."""

_ENCODING = ENCODINGS["msgpack"]
_KEYWORDS = 5
"""Place of the envelope in an EVENT."""


class FastReader:
    """
    One connection that follows one topic; a context manager that ends it.

    It keeps what comes by epoch, and decodes the first whole one when it is asked for.
    """

    def __init__(self, poller: Poller, port: int, topic: str) -> None:
        options = ClientOptions(receive_buffer_bytes=RECEIVE_BUFFER_BYTES)
        self._client = Client(poller, ("127.0.0.1", port), _ENCODING, options)
        self._client.take_payload = self._take
        self._client.run(joining(self._client, (topic,), realm=REALM))
        self._epochs: list[list[bytes]] = []
        self._epoch_mark = b""
        self._first_whole = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._client.close()

    @property
    def has_epoch(self) -> bool:
        """Whether a whole epoch has come, and something of the next one."""
        return len(self._epochs) > self._first_whole + 1

    def epoch(self) -> list[dict[str, Any]]:
        """The envelopes of the first epoch that began after the subscription, in the order in which they came."""
        return [self._envelope(payload) for payload in self._epochs[self._first_whole]]

    def _take(self, payload: bytes) -> None:
        if not self._epochs or self._epoch_mark not in payload:
            self._begin_epoch(self._envelope(payload))
        self._epochs[-1].append(payload)

    def _begin_epoch(self, first: dict[str, Any]) -> None:
        if not self._epochs:
            self._first_whole = 0 if first["type"] == "snapshot" else 1
        self._epoch_mark = _ENCODING.encode({"epoch": first["epoch"]})[1:]
        self._epochs.append([])

    def _envelope(self, payload: bytes) -> dict[str, Any]:
        envelope: dict[str, Any] = self._client.decoded(payload)[_KEYWORDS]
        return envelope
