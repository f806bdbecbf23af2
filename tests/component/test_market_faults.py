"""What becomes of the market after a bug of ours: it says so, and does not go on half wrong."""

import attrs
import pytest
from prometheus_client import CollectorRegistry
from twisted.internet.task import Clock
from twisted.logger import capturedLogs

from components.marketdata.component import MarketData
from components.marketdata.following import Following
from components.marketdata.frames import Decoder
from components.marketdata.market import Market
from components.metrics.market import MarketMetrics
from components.streams.stream import Streams
from tests.support.binance_text import trade
from tests.support.hand_feed import HandFeed
from tests.support.market import completed, keep_nothing
from tests.support.recording_session import RecordingSession


class FaultyDecoder:
    """A decoder with a bug."""

    def decode(self, data: bytes, *, received_ns: int) -> tuple[object, ...]:
        """Fail as nobody foresaw."""
        raise ZeroDivisionError(len(data), received_ns)


@attrs.define
class FaultyFeed(HandFeed):
    """A feed whose decoder or clock has a bug."""

    has_faulty_clock: bool = False
    decoder: Decoder = attrs.field(factory=FaultyDecoder, init=False)

    def now_ns(self) -> int:
        """Fail where the test says so."""
        if self.has_faulty_clock:
            raise ZeroDivisionError
        return self.time_ns


@pytest.mark.parametrize("has_faulty_clock", [False, True])
def test_a_bug_is_logged_and_told(has_faulty_clock: bool) -> None:  # noqa: FBT001 - a parameter
    """Whether a message or the passing of time leads to it, whoever can start anew is told once for each."""
    clock, feed, faults = Clock(), FaultyFeed(), list[None]()
    data = MarketData(
        RecordingSession(),
        clock,
        [feed],
        market=Market(["binance"], Following({"binance": None})),
        keep=keep_nothing,
        on_fault=lambda: faults.append(None),
        streams=Streams(str),
        metrics=MarketMetrics(CollectorRegistry()),
        monotonic_ns=lambda: int(clock.seconds() * 1e9),
    )
    completed(data.start())

    with capturedLogs() as logged:
        feed.has_faulty_clock = has_faulty_clock
        if has_faulty_clock:
            clock.advance(0.1)
        else:
            feed.send(trade(1))
            clock.advance(0)

    assert faults == [None]
    assert [event["log_failure"].type for event in logged if "log_failure" in event] == [ZeroDivisionError]
    completed(data.stop())
