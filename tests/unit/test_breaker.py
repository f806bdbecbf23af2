"""When a service that fails is asked again."""

from auth.breaker import Breaker, BreakerState
from components.contract.envelope import NS_PER_S


def opened(*, now_ns: int = 0) -> Breaker:
    """A breaker that has just opened, for a second."""
    breaker = Breaker()
    for _ in range(5):
        breaker.receive_failure(now_ns=now_ns)
    return breaker


def test_five_failures_in_a_row_open_it() -> None:
    """Four do not, and neither do five with an answer among them."""
    breaker = Breaker()
    for _ in range(4):
        breaker.receive_failure(now_ns=0)
    breaker.receive_answer()
    for _ in range(4):
        breaker.receive_failure(now_ns=0)

    assert breaker.lets_through(now_ns=0)

    breaker.receive_failure(now_ns=0)

    assert not breaker.lets_through(now_ns=NS_PER_S - 1)


def test_after_the_wait_one_may_try() -> None:
    """The others wait for what becomes of it."""
    breaker = opened()

    assert breaker.lets_through(now_ns=NS_PER_S)
    assert not breaker.lets_through(now_ns=100 * NS_PER_S)

    breaker.receive_answer()

    assert breaker.lets_through(now_ns=100 * NS_PER_S)


def test_each_try_that_fails_doubles_the_wait_up_to_its_longest() -> None:
    """1, 2, 4, 8, 16, 30 and 30 seconds."""
    breaker, now_ns, waits_s = opened(), 0, []
    for _ in range(7):
        began_ns = now_ns
        while not breaker.lets_through(now_ns=now_ns):
            now_ns += NS_PER_S
        waits_s.append((now_ns - began_ns) // NS_PER_S)
        breaker.receive_failure(now_ns=now_ns)

    assert waits_s == [1, 2, 4, 8, 16, 30, 30]


def test_what_was_asked_before_it_opened_changes_nothing_by_failing() -> None:
    """Sixteen questions that fail at once are one sign, not four."""
    breaker = opened()

    breaker.receive_failure(now_ns=NS_PER_S // 2)

    assert breaker.lets_through(now_ns=NS_PER_S)


def test_a_late_answer_closes_it() -> None:
    """Whatever it was asked, it answers."""
    breaker = opened()

    breaker.receive_answer()

    assert breaker.state is BreakerState.CLOSED
