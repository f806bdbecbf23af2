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
_SNAPSHOT = _ENCODING.encode({"type": "snapshot"})[1:]
_KEYWORDS = 5
"""Place of the envelope in an EVENT."""


class FastReader:
    """
    One connection that follows one topic; a context manager that ends it.

    It keeps the first whole epoch that begins after its subscription stands, and decodes it when it is asked for.
    """

    def __init__(self, poller: Poller, port: int, topic: str) -> None:
        options = ClientOptions(receive_buffer_bytes=RECEIVE_BUFFER_BYTES)
        self._client = Client(poller, ("127.0.0.1", port), _ENCODING, options)
        self._client.take_payload = self._take
        self._client.run(joining(self._client, (topic,), realm=REALM))
        self._epochs_begun = 0
        self._payloads: list[bytes] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._client.close()

    @property
    def has_epoch(self) -> bool:
        """Whether an epoch has come to its end, which is the beginning of the next."""
        return self._epochs_begun > 1

    def epoch(self) -> list[dict[str, Any]]:
        """The envelopes of that epoch, in the order in which they came."""
        return [self._client.decoded(payload)[_KEYWORDS] for payload in self._payloads]

    def _take(self, payload: bytes) -> None:
        self._epochs_begun += _SNAPSHOT in payload
        if self._epochs_begun == 1:
            self._payloads.append(payload)
