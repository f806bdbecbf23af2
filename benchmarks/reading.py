"""Subscribers that read every frame, so that they answer pings and see why a connection ends."""

import time
from collections.abc import Callable, Mapping, Sequence

from benchmarks.audience import SAMPLED
from benchmarks.client import Client
from benchmarks.latency import LatencyHistogram
from benchmarks.stamps import stamp_of


class Readers:
    """
    Clients that read all the time.

    Attributes:
        received: How many events each has, by its place.
        latencies: How late they were at some.
    """

    def __init__(self, clients: Sequence[Client]) -> None:
        self.received = [0] * len(clients)
        self.latencies = LatencyHistogram()
        every = max(len(clients) // SAMPLED, 1)
        for place, client in enumerate(clients):
            client.take_payload = self._taker(place, is_sampled=place % every == 0)

    def forget(self) -> None:
        """Begin to count anew."""
        self.received = [0] * len(self.received)
        self.latencies = LatencyHistogram()

    def _taker(self, place: int, *, is_sampled: bool) -> Callable[[bytes], None]:
        def take(payload: bytes) -> None:
            self.received[place] += 1
            if is_sampled:
                self.latencies.record(time.monotonic_ns() - stamp_of(payload))

        return take


class Returner:
    """
    A client that did not read for a while, from the moment it reads again.

    Attributes:
        bytes_read: How much it has read until it had the newest event of every topic.
    """

    def __init__(self, client: Client, newest_ns: Mapping[str, int]) -> None:
        self.bytes_read = 0
        self._client = client
        self._read_before = client.bytes_read
        self._awaited = dict(newest_ns)
        client.take_payload = self._take
        client.resume()

    @property
    def is_up_to_date(self) -> bool:
        """Whether it has the newest event, or a newer one, of every topic."""
        return not self._awaited

    def _take(self, payload: bytes) -> None:
        if self._awaited:
            self.bytes_read = self._client.bytes_read - self._read_before
            self._note(payload)

    def _note(self, payload: bytes) -> None:
        details = self._client.decoded(payload)[3]
        if stamp_of(payload) >= self._awaited.get(details["topic"], 0):
            self._awaited.pop(details["topic"], None)
