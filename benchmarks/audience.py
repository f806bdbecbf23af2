"""Who publishes, who listens, and what of it arrives."""

import time
from collections.abc import Callable, Sequence

from benchmarks.client import Client, UnexpectedAnswerError
from benchmarks.encodings import Code
from benchmarks.latency import LatencyHistogram
from benchmarks.stamps import MarkerCounter, StampReader, stamped_payload

SAMPLED = 50
"""How many subscribers of an audience tell how late events were; every event is counted at all of them."""


class Audience:
    """
    The subscribers of one topic.

    Attributes:
        clients: All of them.
        delivered: How many events came, to all together.
        latencies: How late they were at some.
    """

    def __init__(self, clients: Sequence[Client]) -> None:
        self.clients = clients
        self.delivered = 0
        self.latencies = LatencyHistogram()
        every = max(len(clients) // SAMPLED, 1)
        for place, client in enumerate(clients):
            client.receive_by(self._sampler(client) if place % every == 0 else self._counter(client))

    def __len__(self) -> int:
        return len(self.clients)

    def forget(self) -> None:
        """Begin to count anew."""
        self.delivered = 0
        self.latencies = LatencyHistogram()

    def _counter(self, client: Client) -> Callable[[], None]:
        counter = MarkerCounter()

        def receive() -> None:
            self.delivered += counter.take(client.read())

        return receive

    def _sampler(self, client: Client) -> Callable[[], None]:
        reader = StampReader()

        def receive() -> None:
            stamps = reader.take(client.read())
            now_ns = time.monotonic_ns()
            for stamp in stamps:
                self.latencies.record(now_ns - stamp)
            self.delivered += len(stamps)

        return receive


class Publisher:
    """
    A client that publishes stamped events.

    Attributes:
        sent: How many it has published.
        acknowledged: How many the router has acknowledged.
        newest_ns: The time that the newest event of each topic carries.
    """

    def __init__(self, client: Client, *, is_acknowledged: bool = False) -> None:
        self.sent = 0
        self.acknowledged = 0
        self.newest_ns: dict[str, int] = {}
        self._client = client
        self._options = {"acknowledge": True} if is_acknowledged else {}
        client.take_payload = self._take_answer

    def publish(self, topic: str, count: int = 1, *, now_ns: int | None = None) -> None:
        """Publish events that carry the time, or another."""
        frames = []
        for _ in range(count):
            self.sent += 1
            self.newest_ns[topic] = now_ns or time.monotonic_ns()
            payload = stamped_payload(self.newest_ns[topic])
            frames.append(self._client.framed(Code.PUBLISH, self.sent, self._options, topic, [], payload))
        self._client.send_bytes(b"".join(frames))

    def _take_answer(self, payload: bytes) -> None:
        message = self._client.decoded(payload)
        if message[0] != Code.PUBLISHED:
            raise UnexpectedAnswerError(f"expected PUBLISHED, received {message!r}")
        self.acknowledged += 1
