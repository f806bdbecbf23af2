"""One topic of the market as trading follows it: what is told, held or dropped, and when it is lost."""

from typing import Any

import pytest

from components.contract.topics import Delivery
from components.trading.live.stream_follower import (
    LONGEST_WAIT_S,
    MAX_HELD,
    Lost,
    Output,
    Phase,
    StreamFollower,
    wait_after_failure_s,
)


@pytest.fixture
def follower() -> StreamFollower:
    """The follower of a book, of which the state was asked for."""
    made = StreamFollower(Delivery.GAPPED)
    made.ask()
    return made


def event(seq: int, epoch: str = "a", kind: str = "delta", **other: Any) -> dict[str, Any]:
    """An event whose payload is its own name."""
    return {"type": kind, "epoch": epoch, "seq": seq, "payload": {"name": f"{epoch}{seq}"}, **other}


def whole(seq: int, epoch: str = "a") -> dict[str, Any]:
    """A state, or the first event of an epoch."""
    return event(seq, epoch, "snapshot")


def told(outputs: list[Output]) -> list[str]:
    """`=a1` for what is whole, `+a2` for a change, `lost`."""
    return [
        "lost" if isinstance(one, Lost) else f"{'=' if one.is_whole else '+'}{one.event['payload']['name']}"
        for one in outputs
    ]


def test_what_comes_while_the_state_is_asked_for_follows_it(follower: StreamFollower) -> None:
    """What the state has already is dropped; the rest is told in order."""
    for seq in (4, 5, 6):
        assert follower.receive(event(seq)) == []

    assert told(follower.answer(whole(5))) == ["=a5", "+a6"]
    assert told(follower.receive(event(7))) == ["+a7"]


def test_an_event_that_is_known_is_dropped(follower: StreamFollower) -> None:
    """After a crash the same one may come twice."""
    follower.answer(whole(5))

    assert follower.receive(event(5)) == []
    assert told(follower.receive(event(6))) == ["+a6"]
    assert follower.receive(event(6)) == []


def test_a_step_in_the_numbers_is_a_loss(follower: StreamFollower) -> None:
    """What was told counts no more, and nothing is told before the next state."""
    follower.answer(whole(5))

    assert told(follower.receive(event(7))) == ["lost"]
    assert follower.receive(event(8)) == []
    follower.ask()
    assert told(follower.answer(whole(8))) == ["=a8"]


def test_merged_events_count_from_their_first_number(follower: StreamFollower) -> None:
    """One that stands for several follows where the first of them does, or overlaps with what is known."""
    follower.answer(whole(5))

    assert told(follower.receive(event(9, first_seq=6))) == ["+a9"]
    assert told(follower.receive(event(11, first_seq=8))) == ["+a11"]
    assert told(follower.receive(event(14, first_seq=13))) == ["lost"]


def test_the_first_event_of_an_epoch_is_a_state(follower: StreamFollower) -> None:
    """Whether another one was live, asked for or lost."""
    assert told(follower.receive(whole(1, "b"))) == ["=b1"]
    assert follower.answer(whole(9, "a")) == []
    assert told(follower.receive(whole(1, "c"))) == ["=c1"]
    follower.lose()
    assert told(follower.receive(whole(1, "d"))) == ["=d1"]
    assert told(follower.receive(event(2, "d"))) == ["+d2"]


def test_a_change_of_another_epoch_is_a_loss(follower: StreamFollower) -> None:
    """Its beginning is missing."""
    follower.answer(whole(5))

    assert told(follower.receive(event(6, "b"))) == ["lost"]


def test_what_comes_late_of_an_epoch_that_was_left_is_dropped(follower: StreamFollower) -> None:
    """An answer can overtake the events before it."""
    follower.answer(whole(5))
    follower.receive(whole(1, "b"))

    assert follower.receive(event(6, "a")) == []
    assert follower.receive(whole(7, "a")) == []
    assert told(follower.receive(event(2, "b"))) == ["+b2"]


def test_what_is_held_is_bounded(follower: StreamFollower) -> None:
    """With one more nothing is held, and the answer is too old to begin with."""
    for seq in range(MAX_HELD + 1):
        assert follower.receive(event(seq + 1)) == []

    assert follower.phase is Phase.LOST
    assert follower.answer(whole(1)) == []


def test_what_came_before_a_question_is_in_its_answer(follower: StreamFollower) -> None:
    """Asked again, nothing of before is held any more."""
    follower.receive(event(3))
    follower.ask()

    assert told(follower.answer(whole(2))) == ["=a2"]
    assert told(follower.receive(event(4))) == ["lost"]


def test_an_answer_that_nobody_waits_for_is_dropped(follower: StreamFollower) -> None:
    """What was lost meanwhile stays lost."""
    follower.lose()

    assert follower.answer(whole(5)) == []
    assert follower.phase is Phase.LOST


def test_what_was_never_live_cannot_be_lost(follower: StreamFollower) -> None:
    """Nobody was told anything."""
    assert follower.lose() == []


def test_a_loss_among_what_was_held_is_told(follower: StreamFollower) -> None:
    """The rest waits for the next state."""
    for seq in (6, 8, 9):
        follower.receive(event(seq))

    assert told(follower.answer(whole(5))) == ["=a5", "+a6", "lost"]


@pytest.mark.parametrize(
    ("state", "outputs"),
    [(whole(9), []), (whole(1, "b"), ["lost"]), ({**whole(9), "payload": {}}, ["lost"]), (whole(3, "z"), [])],
)
def test_what_is_told_is_compared_with_its_owners_state(state: dict[str, Any], outputs: list[str]) -> None:
    """Another epoch, or none of it, says that it counts no more; an epoch that was left says nothing."""
    follower = StreamFollower(Delivery.GAPPED)
    follower.receive(whole(1, "z"))
    follower.receive(whole(1, "a"))

    assert told(follower.check(state)) == outputs


def test_what_is_lost_is_not_compared(follower: StreamFollower) -> None:
    """There is nothing to end."""
    assert follower.check(whole(1, "b")) == []


def test_each_event_of_a_conflated_topic_is_whole() -> None:
    """Steps in the numbers are normal, and no event waits for a state."""
    follower = StreamFollower(Delivery.CONFLATED)

    assert told(follower.receive(event(5))) == ["=a5"]
    follower.lose()
    follower.ask()
    assert told(follower.receive(event(9))) == ["=a9"]
    assert follower.answer(whole(8)) == []
    assert told(follower.receive(event(2, "b"))) == ["=b2"]
    assert follower.receive(event(10)) == []


@pytest.mark.parametrize(
    ("failures", "chance", "wait_s"), [(1, 0.0, 1.0), (1, 0.5, 1.5), (3, 0.5, 4.5), (40, 0.0, 1.0), (40, 0.5, 15.5)]
)
def test_waits_double_up_to_the_longest(failures: int, chance: float, wait_s: float) -> None:
    """All of it is chance, but for the first second."""
    assert wait_after_failure_s(failures, chance) == wait_s
    assert wait_after_failure_s(failures, 0.999) < LONGEST_WAIT_S
