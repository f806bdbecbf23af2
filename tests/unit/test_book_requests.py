"""When a book asks for a snapshot: at once, then ever more rarely, and once an hour where all is well."""

from components.contract.envelope import NS_PER_S
from components.marketdata.book.book_requests import LONGEST_WAIT_NS, STEADY_NS, RequestPace


def asked_at_s(pace: RequestPace, seconds: range) -> list[int]:
    """At which of these seconds it asks, if it wants to at all of them."""
    return [second for second in seconds if pace.may_ask(now_ns=second * NS_PER_S)]


def test_waits_double_up_to_a_minute() -> None:
    """A book that gets no snapshot asks at once, after 2, 4, 8, 16, 32 seconds, then once a minute."""
    assert asked_at_s(RequestPace(), range(300)) == [0, 2, 6, 14, 30, 62, 122, 182, 242]


def test_a_book_that_went_wrong_again_and_again_is_no_storm() -> None:
    """Snapshots that come and are of no lasting use change nothing: in an hour it asks 65 times at the most."""
    pace = RequestPace()
    asked = 0
    for second in range(3600):
        if pace.may_ask(now_ns=second * NS_PER_S):
            asked += 1
            pace.receive_join(now_ns=second * NS_PER_S)

    assert asked <= 65


def test_good_times_are_remembered() -> None:
    """A book that did not have to ask for ten minutes asks at once, and again after two seconds."""
    pace = RequestPace()
    last = asked_at_s(pace, range(100))[-1]
    begin = last + (LONGEST_WAIT_NS + STEADY_NS) // NS_PER_S

    assert asked_at_s(pace, range(begin, begin + 7)) == [begin, begin + 2, begin + 6]


def test_a_book_in_step_is_due_once_in_a_while() -> None:
    """So long after the last snapshot that was of use."""
    pace = RequestPace(refresh_ns=100)
    pace.receive_join(now_ns=50)

    assert [pace.is_refresh_due(now_ns=now_ns) for now_ns in (50, 149, 150)] == [False, False, True]
