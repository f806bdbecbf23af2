"""When a source counts as silent."""

from components.contract.envelope import NS_PER_MS, NS_PER_S
from components.marketdata.price.staleness import GRAIN_NS, PRIMING_INTERVALS, Staleness


def make_staleness() -> Staleness:
    """At least 5 s, at most 120 s, ten usual intervals."""
    return Staleness(floor_ns=5 * NS_PER_S, cap_ns=120 * NS_PER_S, factor=10)


def speak(staleness: Staleness, *, every_ns: int, times: int, from_ns: int = 0) -> int:
    """Let it speak regularly, and say when it did last."""
    for number in range(times):
        staleness.hear(from_ns + number * every_ns)
    return from_ns + (times - 1) * every_ns


def test_who_never_spoke_is_stale() -> None:
    """Without a word there is nothing fresh."""
    assert make_staleness().is_stale(0)


def test_before_its_rhythm_is_known_the_longest_limit_holds() -> None:
    """Two words in a row do not make a talker."""
    staleness = make_staleness()

    last_ns = speak(staleness, every_ns=NS_PER_S, times=PRIMING_INTERVALS)

    assert not staleness.is_stale(last_ns + 120 * NS_PER_S)
    assert staleness.is_stale(last_ns + 120 * NS_PER_S + 1)


def test_a_talker_is_stale_after_the_shortest_limit() -> None:
    """Eighty words a second, and five seconds of silence are too many."""
    staleness = make_staleness()

    last_ns = speak(staleness, every_ns=12 * NS_PER_MS, times=200)

    assert not staleness.is_stale(last_ns + 5 * NS_PER_S)
    assert staleness.is_stale(last_ns + 5 * NS_PER_S + 1)


def test_a_thin_pair_may_be_silent_for_ten_usual_intervals() -> None:
    """One word every two seconds allows twenty seconds."""
    staleness = make_staleness()

    last_ns = speak(staleness, every_ns=2 * NS_PER_S, times=40)

    assert staleness.limit_ns == 20 * NS_PER_S
    assert not staleness.is_stale(last_ns + 20 * NS_PER_S)


def test_nobody_may_be_silent_for_longer_than_the_cap() -> None:
    """One word every three minutes is stale in between, and does not spoil the mean for ever."""
    staleness = make_staleness()

    speak(staleness, every_ns=180 * NS_PER_S, times=40)

    assert staleness.limit_ns == 120 * NS_PER_S


def test_bursts_do_not_pass_for_frequency() -> None:
    """A hundred words at once every three seconds allow as much silence as one word every three seconds."""
    staleness = make_staleness()

    for burst in range(40):
        speak(staleness, every_ns=GRAIN_NS // 1000, times=100, from_ns=burst * 3 * NS_PER_S)

    assert staleness.limit_ns == 30 * NS_PER_S


def test_the_rhythm_is_learned_anew() -> None:
    """A pair that falls asleep gets more time, step by step."""
    staleness = make_staleness()
    last_ns = speak(staleness, every_ns=NS_PER_S, times=40)
    before_ns = staleness.limit_ns

    speak(staleness, every_ns=4 * NS_PER_S, times=200, from_ns=last_ns + 4 * NS_PER_S)

    assert before_ns == 10 * NS_PER_S
    assert 39 * NS_PER_S < staleness.limit_ns <= 40 * NS_PER_S


def test_the_pause_of_a_break_is_no_interval() -> None:
    """After a break it is stale until it speaks, and the rhythm is as it was."""
    staleness = make_staleness()
    last_ns = speak(staleness, every_ns=NS_PER_S, times=40)

    staleness.forget()
    is_stale = staleness.is_stale(last_ns)
    staleness.hear(last_ns + 100 * NS_PER_S)

    assert is_stale
    assert staleness.limit_ns == 10 * NS_PER_S
    assert staleness.heard_ns == last_ns + 100 * NS_PER_S


def test_a_word_from_before_makes_nothing_older() -> None:
    """What arrives late does not take the newest word away."""
    staleness = make_staleness()
    staleness.hear(10)

    staleness.hear(5)

    assert staleness.heard_ns == 10
