"""How far a venue's clock is, and how late its events come."""

import statistics

from hypothesis import given
from hypothesis import strategies as st

from components.contract.envelope import NS_PER_MS, NS_PER_S
from components.marketdata.binance.decoder import BinanceDecoder
from components.marketdata.venue_clock import STEP_NS, WINDOW_NS, VenueClock
from components.model.market import MarketEvent
from tests.support.recordings import BTCUSDT, messages

STEPS = st.tuples(st.integers(0, 2 * STEP_NS), st.integers(-NS_PER_S, NS_PER_S))


def test_nothing_is_known_before_an_event() -> None:
    """A clock that was never heard of has no offset."""
    assert VenueClock().offset_ns is None


def test_a_slow_event_moves_no_offset() -> None:
    """What took longer is late; the offset stays that of the fastest."""
    clock = VenueClock()
    clock.observe(received_ns=1_000, event_ns=1_000)

    assert clock.observe(received_ns=5_000, event_ns=3_500) == 1_500
    assert clock.offset_ns == 0


def test_a_faster_event_lowers_the_offset_at_once() -> None:
    """An event that took less than any before has no lag, and the next is measured by it."""
    clock = VenueClock()
    clock.observe(received_ns=1_000, event_ns=0)

    assert clock.observe(received_ns=2_000, event_ns=2_300) == 0
    assert clock.observe(received_ns=3_000, event_ns=3_000) == 300


def test_what_has_left_the_window_counts_no_more() -> None:
    """A clock that was set forward is lag for the length of the window, and offset from then on."""
    clock = VenueClock()
    clock.observe(received_ns=0, event_ns=0)
    jump_ns = 7 * NS_PER_MS

    lags = [clock.observe(received_ns=at + jump_ns, event_ns=at) for at in range(STEP_NS, WINDOW_NS + 1, STEP_NS)]

    assert lags == [jump_ns] * (len(lags) - 1) + [0]
    assert clock.offset_ns == jump_ns


def test_an_event_handed_on_a_little_late_is_one_of_the_newest() -> None:
    """What a connection held back while another was alive leaves the window as it is."""
    clock = VenueClock()
    clock.observe(received_ns=STEP_NS, event_ns=STEP_NS)

    assert clock.observe(received_ns=STEP_NS - 1, event_ns=STEP_NS - 8) == 7
    assert clock.observe(received_ns=STEP_NS - 1, event_ns=STEP_NS + 8) == 0
    assert clock.offset_ns == -9


def test_a_clock_that_is_set_back_begins_anew() -> None:
    """A replay that starts again, or a clock that was wrong, leaves nothing of what was ahead."""
    clock = VenueClock()
    clock.observe(received_ns=WINDOW_NS, event_ns=WINDOW_NS + 900)

    assert clock.observe(received_ns=0, event_ns=0) == 0
    assert clock.offset_ns == 0


@given(st.lists(STEPS, min_size=1, max_size=60))
def test_the_offset_is_the_least_difference_of_the_window(steps: list[tuple[int, int]]) -> None:
    """Whatever comes, no lag is below zero, and the offset is one of the last minute's differences, the least."""
    clock, seen, now_ns = VenueClock(), [], 0

    for passed_ns, difference_ns in steps:
        now_ns += passed_ns
        seen.append((now_ns // STEP_NS, difference_ns))
        lag_ns = clock.observe(received_ns=now_ns, event_ns=now_ns - difference_ns)

        in_window = [one for step, one in seen if step > now_ns // STEP_NS - WINDOW_NS // STEP_NS]
        assert clock.offset_ns == min(in_window)
        assert lag_ns == difference_ns - min(in_window)


def test_the_recorder_was_1272_ms_behind_the_venue() -> None:
    """From the recording's events alone the offset is within 10 ms of -1272 ms, and half of them lag less than 10."""
    clock, decoder = VenueClock(), BinanceDecoder("binance")
    lags_ms, offsets_ms = [], []

    for received_ns, data in messages(BTCUSDT):
        for event in decoder.decode(data, received_ns=received_ns):
            if isinstance(event, MarketEvent) and event.ts_event is not None:
                lag_ns = clock.observe(received_ns=event.ts_init, event_ns=event.ts_event)
                lags_ms.append(lag_ns / NS_PER_MS)
                offsets_ms.append((clock.offset_ns or 0) / NS_PER_MS)

    assert -1282 <= min(offsets_ms) <= max(offsets_ms) <= -1262
    assert statistics.median(lags_ms) < 10
