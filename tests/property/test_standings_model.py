"""What is remembered of a directory's answers: whatever is asked and answered when, the cache is a dict with times."""

from collections import OrderedDict

from hypothesis import given
from hypothesis import strategies as st

from auth.standings import Standings
from auth.users import Standing

FRESH_NS, KEPT_NS, MOST = 10, 30, 3
USERS = ("alice", "bob", "carl", "dora", "eve")

steps = st.lists(
    st.tuples(
        st.sampled_from(["receive", "fresh", "kept", "told"]),
        st.sampled_from(USERS),
        st.booleans(),
        st.integers(min_value=0, max_value=12),
    ),
    max_size=80,
)


@given(steps)
def test_an_answer_is_the_last_one_while_it_is_young_enough(told: list[tuple[str, str, bool, int]]) -> None:
    """Of users the one is forgotten who was looked for least lately, never more than there is room for are kept."""
    standings = Standings(fresh_ns=FRESH_NS, kept_ns=KEPT_NS, most=MOST)
    model: OrderedDict[str, tuple[Standing, int]] = OrderedDict()
    now_ns = 0
    for what, user_id, is_active, later_ns in told:
        now_ns += later_ns
        if what == "receive":
            standings.receive(user_id, Standing(is_active=is_active), now_ns=now_ns)
            model[user_id] = Standing(is_active=is_active), now_ns
            model.move_to_end(user_id)
            while len(model) > MOST:
                model.popitem(last=False)
        elif what == "told":
            assert standings.told_ns(user_id) == (model[user_id][1] if user_id in model else None)
        else:
            most_ns = FRESH_NS if what == "fresh" else KEPT_NS
            expected = None
            if user_id in model and now_ns - model[user_id][1] < most_ns:
                expected = model[user_id][0]
                model.move_to_end(user_id)
            look = standings.fresh if what == "fresh" else standings.kept
            assert look(user_id, now_ns=now_ns) == expected
        assert len(standings) == len(model) <= MOST


def test_who_is_looked_for_is_not_forgotten_first() -> None:
    """Though the answer is the oldest."""
    standings = Standings(fresh_ns=FRESH_NS, kept_ns=KEPT_NS, most=2)
    for user_id in ("alice", "bob"):
        standings.receive(user_id, Standing(is_active=True), now_ns=0)
    standings.fresh("alice", now_ns=1)
    standings.receive("carl", Standing(is_active=True), now_ns=1)

    assert standings.told_ns("alice") == 0
    assert standings.told_ns("bob") is None
