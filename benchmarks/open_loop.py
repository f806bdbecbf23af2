"""An open loop: publications at a steady rate, whether or not anybody keeps up."""

import time
from collections.abc import Sequence

from benchmarks.audience import Publisher
from benchmarks.poller import Poller

NS_PER_S = 1_000_000_000


class OpenLoop:
    """A publisher with a clock: each event carries the time at which it was due."""

    def __init__(self, poller: Poller, publisher: Publisher, topics: Sequence[str], *, rate_hz: float) -> None:
        self._poller = poller
        self._publisher = publisher
        self._topics = topics
        self._rate_hz = rate_hz

    def run(self, duration_s: float) -> int:
        """Publish for so long, to each topic in turn, and say how many events that were."""
        begun_ns = time.monotonic_ns()
        published, total = 0, round(duration_s * self._rate_hz)
        while published < total:
            due_ns = begun_ns + round(published * NS_PER_S / self._rate_hz)
            wait_s = (due_ns - time.monotonic_ns()) / NS_PER_S
            if wait_s > 0:
                self._poller.turn(wait_s)
            else:
                self._publisher.publish(self._topics[published % len(self._topics)], now_ns=due_ns)
                published += 1
        return published
