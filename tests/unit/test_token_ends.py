"""Which tokens have ended, whoever comes, renews and leaves."""

from hypothesis import given
from hypothesis import strategies as st

from router.token_ends import _SLACK, TokenEnds

steps = st.tuples(st.sampled_from(["set", "forget", "take"]), st.integers(1, 5), st.integers(0, 20))


@given(st.lists(steps, max_size=60))
def test_ends_are_those_of_a_plain_dict(history: list[tuple[str, int, int]]) -> None:
    """Each session is due once, at the last end that was set, the soonest first."""
    ends, plain = TokenEnds(), dict[int, float]()

    for step, number, time_s in history:
        if step == "set":
            ends.set(number, time_s)
            plain[number] = time_s
        elif step == "forget":
            ends.forget(number)
            plain.pop(number, None)
        else:
            expected = min(((end_s, one) for one, end_s in plain.items() if end_s <= time_s), default=(0, None))[1]
            assert ends.pop_due(now_s=time_s) == expected
            plain.pop(expected or 0, None)
        assert ends.next_s() == min(plain.values(), default=None)
        assert len(ends) == len(plain)


def test_what_is_out_of_date_is_bounded() -> None:
    """Neither a session that renews for ever nor sessions that come and go fill the heap."""
    ends = TokenEnds()

    for number in range(10_000):
        ends.set(1, number)
        ends.set(2 + number, number)
        ends.forget(2 + number)

    assert len(ends._heap) <= 2 * len(ends) + _SLACK
    assert ends.next_s() == 9_999
