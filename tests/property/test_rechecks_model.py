"""Who is asked for again when: each in turn, none too soon, and not too many at once."""

from hypothesis import given
from hypothesis import strategies as st

from auth.rechecks import Rechecks

INTERVAL_NS, GAP_NS = 100, 7
USERS = tuple(f"user-{number}" for number in range(6))

steps = st.lists(
    st.tuples(
        st.sampled_from(["plan", "forget", "wait", "pop"]),
        st.sampled_from(USERS),
        st.integers(min_value=0, max_value=60),
    ),
    max_size=120,
)


@given(steps)
def test_the_soonest_due_is_asked_for_and_never_two_within_a_gap(told: list[tuple[str, str, int]]) -> None:
    """The plan is a dict of times: a user is popped when due, once, and after the last question's gap."""
    rechecks = Rechecks(interval_ns=INTERVAL_NS, least_gap_ns=GAP_NS)
    due: dict[str, int] = {}
    now_ns, asked_ns = 0, None
    for what, user_id, number in told:
        if what == "wait":
            now_ns += number
        elif what == "plan":
            rechecks.plan(user_id, answered_ns=now_ns - number)
            due[user_id] = now_ns - number + INTERVAL_NS
        elif what == "forget":
            rechecks.forget(user_id)
            due.pop(user_id, None)
        else:
            opens_ns = 0 if asked_ns is None else asked_ns + GAP_NS
            expected_ns = max(min(due.values()), opens_ns) if due else None
            assert rechecks.next_ns() == expected_ns
            popped = rechecks.pop_due(now_ns=now_ns)
            if expected_ns is None or expected_ns > now_ns:
                assert popped is None
            else:
                soonest_ns = min(due.values())
                assert popped is not None
                assert due.pop(popped) == soonest_ns
                asked_ns = now_ns
        assert len(rechecks) == len(due)


def test_what_is_out_of_date_is_thrown_out() -> None:
    """Users who come and go, and answers that come before their turn, leave nothing behind for long."""
    rechecks = Rechecks(interval_ns=INTERVAL_NS, least_gap_ns=GAP_NS)
    rechecks.plan("alice", answered_ns=0)
    for number in range(1, 1000):
        rechecks.plan("alice", answered_ns=number)
        rechecks.plan(f"user-{number}", answered_ns=number)
        rechecks.forget(f"user-{number}")

    assert len(rechecks) == 1
    assert len(rechecks._heap) < 100
    assert rechecks.pop_due(now_ns=999 + INTERVAL_NS) == "alice"
