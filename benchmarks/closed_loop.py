"""A closed loop: never more than so many publications that not everyone has."""

import time

import attrs

from benchmarks.audience import Audience, Publisher
from benchmarks.latency import LatencyHistogram
from benchmarks.poller import Poller

DRAIN_TIMEOUT_S = 15.0


@attrs.frozen(kw_only=True)
class Measured:
    """
    What one run came to.

    Attributes:
        deliveries_per_s: To all subscribers together.
        latencies: From publication to arrival.
        missed_share: Of all deliveries, those that had not come some seconds after the end.
    """

    deliveries_per_s: float
    latencies: LatencyHistogram
    missed_share: float


class ClosedLoop:
    """A publisher that waits for its audience."""

    def __init__(self, poller: Poller, audience: Audience, publisher: Publisher, topic: str) -> None:
        self._poller = poller
        self._audience = audience
        self._publisher = publisher
        self._topic = topic

    def run(self, in_flight: int, *, warm_up_s: float, duration_s: float) -> Measured:
        """Publish for so long, count what comes meanwhile, and wait for the rest."""
        audience, publisher = self._audience, self._publisher
        audience.forget()
        already_sent = publisher.sent
        self._publish_for(warm_up_s, in_flight, already_sent)
        begun_s, begun_with = time.monotonic(), audience.delivered
        audience.latencies = LatencyHistogram()
        self._publish_for(duration_s, in_flight, already_sent)
        rate = (audience.delivered - begun_with) / (time.monotonic() - begun_s)
        expected = (publisher.sent - already_sent) * len(audience)
        self._poller.run_until(lambda: audience.delivered >= expected, DRAIN_TIMEOUT_S)
        missed_share = abs(expected - audience.delivered) / expected
        return Measured(deliveries_per_s=rate, latencies=audience.latencies, missed_share=missed_share)

    def _publish_for(self, duration_s: float, in_flight: int, already_sent: int) -> None:
        audience, publisher = self._audience, self._publisher
        end_s = time.monotonic() + duration_s
        while time.monotonic() < end_s:
            arrived = already_sent + audience.delivered // len(audience)
            room = arrived + in_flight - publisher.sent
            if room > 0:
                publisher.publish(self._topic, room)
            self._poller.turn(0.01)
