"""The dead-man switch row by row: who holds it, when its deadline runs, and what stops it."""

import pytest

from components.contract.envelope import NS_PER_S
from components.model.errors import InvalidArgument
from components.model.sessions import JoinedSession
from components.trading.switches.switches import (
    LONGEST_MS,
    SHORTEST_MS,
    Armed,
    Disarmed,
    Fired,
    Lost,
    Stopped,
    Switches,
    delay_of,
    encoded_fact,
    news_of,
)

ALICE, BOB = "alice", "bob"
FIRST, SECOND, THIRD = 1, 2, 3


def s(seconds: float) -> int:
    """Seconds in nanoseconds."""
    return round(seconds * NS_PER_S)


def armed(*delays_s: int) -> Switches:
    """Alice's switch, held by as many sessions, numbered from 1, since time zero."""
    switches = Switches()
    for number, delay_s in enumerate(delays_s, start=1):
        switches.arm(ALICE, number, delay_s * 1000, now_ns=0)
    switches.take()
    return switches


def there(session_id: int, user_id: str = ALICE, *, joined_s: float = 0) -> JoinedSession:
    """A session that the router lists."""
    return JoinedSession(session_id=session_id, user_id=user_id, joined_ns=s(joined_s))


def copy_of(switches: Switches) -> Switches:
    """What an earlier process left in a checkpoint."""
    copy = Switches()
    copy.restore(switches.checkpoint())
    return copy


def test_nothing_is_of_interest_before_anybody_arms() -> None:
    """Sessions come and go, and nothing happens."""
    switches = Switches()

    switches.receive_join(ALICE, now_ns=1)
    switches.receive_leave(FIRST, now_ns=2)
    switches.disarm(ALICE, FIRST, now_ns=3)

    assert switches.take() == []
    assert switches.is_idle
    assert not switches.is_running


def test_a_session_arms_and_disarms() -> None:
    """It holds the switch in between, and its end is of no interest then."""
    switches = Switches()

    switches.arm(ALICE, FIRST, 5000, now_ns=1)
    assert (switches.count_armed(ALICE), switches.user_ids) == (1, [ALICE])
    switches.disarm(ALICE, FIRST, now_ns=2)
    switches.receive_leave(FIRST, now_ns=3)

    assert switches.take() == [
        Armed(ts_ns=1, user_id=ALICE, session_id=FIRST, after_ns=s(5)),
        Disarmed(ts_ns=2, user_id=ALICE, session_id=FIRST),
    ]
    assert switches.is_idle


def test_arming_again_changes_nothing_but_the_delay() -> None:
    """Who arms every few seconds fills no journal."""
    switches = armed(5)

    switches.arm(ALICE, FIRST, 5000, now_ns=1)
    assert switches.take() == []

    switches.arm(ALICE, FIRST, 6000, now_ns=2)
    assert switches.take() == [Armed(ts_ns=2, user_id=ALICE, session_id=FIRST, after_ns=s(6))]
    assert switches.count_armed(ALICE) == 1


def test_the_last_session_lost_starts_the_deadline() -> None:
    """Its own delay from then; nothing is due before."""
    switches = armed(5)

    switches.receive_leave(FIRST, now_ns=s(10))

    assert switches.take() == [Lost(ts_ns=s(10), user_id=ALICE, session_id=FIRST, deadline_ns=s(15), since_ns=s(10))]
    assert switches.is_running
    assert switches.due(s(15) - 1) == []
    assert switches.due(s(15)) == [ALICE]


def test_another_armed_session_holds_the_deadline_up() -> None:
    """While one is left nothing runs; once it is gone, each has the time that it asked for."""
    switches = armed(60, 5)

    switches.receive_leave(FIRST, now_ns=s(10))
    assert not switches.is_running
    assert switches.due(s(1000)) == []

    switches.receive_leave(SECOND, now_ns=s(11))
    assert switches.due(s(70) - 1) == []
    assert switches.due(s(70)) == [ALICE]


def test_the_last_to_go_has_its_own_delay_too() -> None:
    """A deadline that another's loss would have had already does not shorten it."""
    switches = armed(1, 30)

    switches.receive_leave(FIRST, now_ns=s(1))
    switches.receive_leave(SECOND, now_ns=s(100))

    assert switches.due(s(130) - 1) == []
    assert switches.due(s(130)) == [ALICE]


def test_any_join_of_the_user_stops_it() -> None:
    """And what comes back is not armed."""
    switches = armed(5)
    switches.receive_leave(FIRST, now_ns=s(1))
    switches.take()

    switches.receive_join(BOB, now_ns=s(2))
    assert switches.is_running
    switches.receive_join(ALICE, now_ns=s(3))

    assert switches.take() == [Stopped(ts_ns=s(3), user_id=ALICE)]
    assert switches.is_idle


def test_a_join_forgives_what_another_session_holds_up() -> None:
    """The lost session's client is back: its delay counts no more when the other one goes."""
    switches = armed(60, 5)
    switches.receive_leave(FIRST, now_ns=s(1))

    switches.receive_join(ALICE, now_ns=s(2))
    switches.receive_leave(SECOND, now_ns=s(3))

    assert switches.due(s(8)) == [ALICE]


def test_a_join_is_nothing_while_nothing_is_lost() -> None:
    """It arms nothing and disarms nothing."""
    switches = armed(5)

    switches.receive_join(ALICE, now_ns=1)

    assert switches.take() == []
    assert switches.count_armed(ALICE) == 1


@pytest.mark.parametrize("after_ms", [5000, 0])
def test_who_arms_or_disarms_is_there(after_ms: int) -> None:
    """A deadline stops for either, as for a join."""
    switches = armed(60)
    switches.receive_leave(FIRST, now_ns=s(1))

    if after_ms:
        switches.arm(ALICE, SECOND, after_ms, now_ns=s(2))
    else:
        switches.disarm(ALICE, SECOND, now_ns=s(2))

    assert not switches.is_running
    assert switches.count_armed(ALICE) == bool(after_ms)


def test_arming_again_forgives_what_is_lost() -> None:
    """Although the session's own delay is as before."""
    switches = armed(5, 60)
    switches.receive_leave(SECOND, now_ns=s(1))

    switches.arm(ALICE, FIRST, 5000, now_ns=s(2))
    switches.receive_leave(FIRST, now_ns=s(3))

    assert switches.due(s(8)) == [ALICE]


def test_it_fires_once() -> None:
    """Afterwards the user is forgotten."""
    switches = armed(5)
    switches.receive_leave(FIRST, now_ns=0)
    switches.take()

    switches.note_fired(ALICE, 3, now_ns=s(5))

    assert switches.take() == [Fired(ts_ns=s(5), user_id=ALICE, cancelled_orders=3)]
    assert switches.is_idle
    assert switches.due(s(100)) == []


def test_the_longest_due_comes_first() -> None:
    """However many there are."""
    switches = armed(5)
    switches.arm(BOB, SECOND, 1000, now_ns=0)
    for session_id in (FIRST, SECOND):
        switches.receive_leave(session_id, now_ns=s(1))

    assert switches.due(s(6)) == [BOB, ALICE]
    assert switches.due(s(2)) == [BOB]


def test_who_is_not_there_at_the_start_is_lost_then() -> None:
    """The whole delay from the start: nobody could come back while nobody was there to see it."""
    switches = copy_of(armed(5))

    switches.compare([], now_ns=s(100))

    assert switches.take() == [Lost(ts_ns=s(100), user_id=ALICE, session_id=FIRST, deadline_ns=s(105), since_ns=0)]
    assert switches.due(s(105)) == [ALICE]


def test_who_is_there_at_the_start_stays_armed() -> None:
    """Its end is heard of as before."""
    switches = copy_of(armed(5))

    switches.compare([there(FIRST)], now_ns=s(100))
    switches.receive_leave(FIRST, now_ns=s(200))

    assert switches.due(s(205)) == [ALICE]


def test_one_session_of_several_is_lost_at_the_start() -> None:
    """The other one, which joined before it armed, holds the deadline up."""
    switches = Switches()
    switches.arm(ALICE, FIRST, 60_000, now_ns=s(1))
    switches.arm(ALICE, SECOND, 5000, now_ns=s(10))
    switches = copy_of(switches)

    switches.compare([there(SECOND, joined_s=9)], now_ns=s(100))

    assert switches.take() == [Lost(ts_ns=s(100), user_id=ALICE, session_id=FIRST, deadline_ns=s(160), since_ns=s(10))]
    assert not switches.is_running


def test_who_came_back_before_the_start_stops_it() -> None:
    """A session that joined after the last arming is one that came back."""
    switches = copy_of(armed(5))

    switches.compare([there(SECOND, joined_s=50)], now_ns=s(100))

    assert [type(fact) for fact in switches.take()] == [Lost, Stopped]
    assert switches.is_idle


def test_who_joined_between_two_losses_did_not_come_back() -> None:
    """A join that was seen before a loss is none behind it, although another loss was found at the start."""
    switches = armed(5, 5)
    switches.receive_leave(FIRST, now_ns=s(10))
    switches = copy_of(switches)

    switches.compare([there(THIRD, joined_s=9)], now_ns=s(20))

    assert [type(fact) for fact in switches.take()] == [Lost]


def test_who_was_there_all_the_time_did_not_come_back() -> None:
    """A session that never armed, and joined before the loss, stops nothing."""
    switches = armed(5)
    switches.receive_leave(FIRST, now_ns=s(10))
    switches = copy_of(switches)

    switches.compare([there(SECOND, joined_s=9)], now_ns=s(12))

    assert switches.due(s(15)) == [ALICE]


@pytest.mark.parametrize(("joined_s", "is_due"), [(12, False), (15, False), (16, True)])
def test_a_join_while_nobody_looked_counts_until_the_deadline(joined_s: int, is_due: bool) -> None:  # noqa: FBT001 - a column
    """Whoever joined later found orders that should have been gone."""
    switches = armed(5)
    switches.receive_leave(FIRST, now_ns=s(10))
    switches = copy_of(switches)

    switches.compare([there(SECOND, joined_s=joined_s), there(THIRD, BOB, joined_s=12)], now_ns=s(20))

    assert (switches.due(s(20)) == [ALICE]) is is_due


def test_the_sessions_of_a_checkpoint_are_known_by_number() -> None:
    """Their ends are heard of, and nobody else's."""
    switches = armed(5)
    switches.arm(BOB, SECOND, 5000, now_ns=0)
    switches = copy_of(switches)

    switches.receive_leave(SECOND, now_ns=s(1))
    switches.receive_leave(THIRD, now_ns=s(1))

    assert [fact.user_id for fact in switches.take()] == [BOB]


def test_facts_make_the_same_switches() -> None:
    """As a journal kept them, applied to nothing."""
    switches, copy = Switches(), Switches()
    switches.arm(ALICE, FIRST, 5000, now_ns=s(1))
    switches.arm(ALICE, SECOND, 6000, now_ns=s(2))
    switches.arm(BOB, THIRD, 7000, now_ns=s(3))
    switches.disarm(ALICE, FIRST, now_ns=s(4))
    switches.receive_leave(THIRD, now_ns=s(5))
    switches.receive_leave(SECOND, now_ns=s(6))
    switches.receive_join(BOB, now_ns=s(7))

    for fact in switches.take():
        copy.apply_record(encoded_fact(fact))

    assert copy.checkpoint() == switches.checkpoint()
    assert copy.take() == []


@pytest.mark.parametrize("after_ms", [0, SHORTEST_MS, LONGEST_MS])
def test_delays_that_can_be(after_ms: int) -> None:
    """Nothing, or from a second to an hour."""
    assert delay_of(after_ms) == after_ms


@pytest.mark.parametrize("after_ms", [-1, 1, SHORTEST_MS - 1, LONGEST_MS + 1, True, False, 1.5, "5000", None, 10**40])
def test_delays_that_cannot_be(after_ms: object) -> None:
    """The refusal names the field."""
    with pytest.raises(InvalidArgument) as raised:
        delay_of(after_ms)

    assert raised.value.details == {"field": "after_ms"}


@pytest.mark.parametrize(
    ("fact", "told"),
    [
        (Armed(ts_ns=1, user_id=ALICE, session_id=7, after_ns=s(5)), ("switch_armed", 7, 5000, None, None)),
        (Disarmed(ts_ns=1, user_id=ALICE, session_id=7), ("switch_disarmed", 7, None, None, None)),
        (
            Lost(ts_ns=1, user_id=ALICE, session_id=7, deadline_ns=s(1), since_ns=1),
            ("switch_lost", 7, None, "1970-01-01T00:00:01.000000Z", None),
        ),
        (Stopped(ts_ns=1, user_id=ALICE), ("switch_stopped", None, None, None, None)),
        (Fired(ts_ns=1, user_id=ALICE, cancelled_orders=3), ("switch_fired", None, None, None, 3)),
    ],
)
def test_what_is_told_of_a_fact(fact: Armed, told: tuple[object, ...]) -> None:
    """Each by its own word, with what belongs to it; the rest is null."""
    assert tuple(news_of(fact).values()) == told
    assert list(news_of(fact)) == ["event", "session", "after_ms", "deadline", "cancelled_orders"]
