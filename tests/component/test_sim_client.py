"""The feed of the simulated market on a clock of the test's own."""

from twisted.internet.task import Clock

from components.marketdata.feed import FeedState
from components.marketdata.sim_client import SimFeed
from tests.support.feed_output import RecordingOutput


def test_the_market_goes_on_with_the_clock() -> None:
    """Messages come as time goes by, stamped no later than now."""
    clock = Clock()
    feed, output = SimFeed(clock, seed=1), RecordingOutput(clock)
    feed.start(output)

    clock.pump([0.05] * 40)

    assert output.states == [(FeedState.LIVE, "simulating, seed 1")]
    assert len(output.messages) > 100
    assert output.received_ns == sorted(output.received_ns)
    assert output.received_ns[-1] <= feed.now_ns()


def test_a_stopped_market_is_silent() -> None:
    """After `stop` nothing comes and nothing is scheduled."""
    clock = Clock()
    feed, output = SimFeed(clock, seed=1), RecordingOutput(clock)
    feed.start(output)
    clock.pump([0.05] * 10)

    feed.stop()
    said = len(output.messages)
    clock.pump([0.05] * 10)

    assert len(output.messages) == said
    assert clock.getDelayedCalls() == []


def test_a_long_pause_is_left_out() -> None:
    """A process that stood still for a minute does not catch up on the minute."""
    clock = Clock()
    feed, output = SimFeed(clock, seed=1), RecordingOutput(clock)
    feed.start(output)
    clock.pump([0.05] * 10)
    said = len(output.messages)

    clock.advance(60)
    clock.pump([0.05] * 10)

    assert len(output.messages) - said < 500
    assert output.received_ns[-1] > feed.now_ns() - 10**9


def test_a_feed_that_never_started_stops() -> None:
    """`stop` before `start` is no error."""
    feed = SimFeed(Clock(), seed=1)

    feed.stop()

    assert len(feed._exchange.instruments) == 12
