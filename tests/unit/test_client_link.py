"""The life of a client's connection, as it is decided."""

import pytest
from tapecast_client.closes import ComeBack, Ending
from tapecast_client.link import Check, Link, Phase

S = 1_000_000_000
CUT = Ending(reason="cut", come_back=ComeBack.YES)
LATER = Ending(reason="full", come_back=ComeBack.LATER)
EXPIRED = Ending(reason="expired", come_back=ComeBack.NEW_TOKEN)
KICKED = Ending(reason="kicked", come_back=ComeBack.NO)
HIGHEST = 1 - 2**-53


def link(chance: float = 0.0, *, has_token_source: bool = False) -> Link:
    return Link(random=lambda: chance, has_token_source=has_token_source)


def test_waits_double_up_to_the_longest() -> None:
    """From half a second to thirty, the upper half of it by chance, without an end."""
    low, high = link(0.0), link(HIGHEST)

    assert [low.lose(CUT) for _ in range(8)] == [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0]
    assert [round(high.lose(CUT) or 0, 6) for _ in range(8)] == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


def test_very_many_failures_keep_the_longest_wait() -> None:
    """The doubling never overflows."""
    one = link()

    assert [one.lose(CUT) for _ in range(3000)][-1] == 15.0


@pytest.mark.parametrize(("data_s", "wait_s"), [(None, 1.0), (9, 1.0), (10, 0.25)])
def test_only_data_on_a_steady_session_forgets_failures(data_s: int | None, wait_s: float) -> None:
    """A gateway that lets us in, tells the state and ends is no success, nor is one that lives and tells nothing."""
    one = link()
    one.lose(CUT)
    one.lose(CUT)
    one.open(now_ns=0)
    one.join(now_ns=S)
    if data_s is not None:
        one.hear(now_ns=S + data_s * S)
        one.receive_data()
    one.hear(now_ns=20 * S)

    assert one.lose(CUT) == wait_s


def test_later_is_later() -> None:
    """A gateway that is full is left alone for some seconds."""
    one = link()

    assert [one.lose(LATER) for _ in range(3)] == [5.0, 10.0, 15.0]


def test_a_new_token_is_come_back_with_where_there_can_be_one() -> None:
    """Without a source of tokens the same refusal would come for ever."""
    assert link(has_token_source=True).lose(EXPIRED) == 0.25
    alone = link()

    assert alone.lose(EXPIRED) is None
    assert alone.phase is Phase.ENDED


def test_no_is_no() -> None:
    """A client that is told not to come back does not."""
    assert link(has_token_source=True).lose(KICKED) is None


def test_an_announced_absence_goes_before_the_back_off() -> None:
    """It counts once, for the loss that it was announced for."""
    one = link(0.5)
    one.announce(4000)
    assert one.lose(CUT) == 6.0

    one.open(now_ns=0)

    assert one.lose(CUT) == 0.75


@pytest.mark.parametrize("value", [None, -4000, True, "4000", 4.5, [4000]])
def test_an_announcement_of_no_time_is_not_heeded(value: object) -> None:
    """A wait below zero would be no timer's, and a text no number."""
    one = link(0.5)
    one.announce(value)

    assert one.lose(CUT) == 0.375


def test_an_announced_absence_has_a_bound() -> None:
    """However long the gateway says that it will be away, it is looked for within two hours."""
    one = link(0.0)
    one.announce(10**400)

    assert one.lose(CUT) == 3600.0


def test_an_absence_of_no_time_is_spread_all_the_same() -> None:
    """Everybody at once would be too many."""
    one = link(0.5)
    one.announce(0)

    assert one.lose(CUT) == 0.25


def test_an_attempt_has_its_time() -> None:
    """After fifteen seconds it is given up."""
    one = link()
    one.open(now_ns=0)

    assert one.check(now_ns=15 * S - 1) is Check.NOTHING
    assert one.check(now_ns=15 * S) is Check.CUT


def test_silence_is_asked_about_and_then_cut() -> None:
    """Three seconds of it make a question, and one every three; eight make an end."""
    one = link()
    one.open(now_ns=0)
    one.join(now_ns=0)

    seen = {second: one.check(now_ns=second * S) for second in range(9)}

    assert [second for second, wanted in seen.items() if wanted is Check.ASK] == [3, 6]
    assert seen[7] is Check.NOTHING
    assert seen[8] is Check.CUT


def test_any_message_ends_the_silence() -> None:
    """It is the network that counts, not what it brings."""
    one = link()
    one.open(now_ns=0)
    one.join(now_ns=0)
    one.hear(now_ns=7 * S)

    assert one.check(now_ns=9 * S) is Check.NOTHING


def test_who_stops_is_at_the_end() -> None:
    """Nothing follows."""
    one = link()
    one.stop()

    assert one.phase is Phase.ENDED
