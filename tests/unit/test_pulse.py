"""Whether a process that hangs is noticed, and one that does not is left alone."""

import attrs
import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from router.pulse import ANSWERED_WITHIN_S, INTERVAL_S, Pulse


@attrs.define
class Process:
    """
    What is asked, and how it answers.

    Attributes:
        questions: Those that have not been answered.
        silences: How often it was found silent.
    """

    questions: list["Deferred[None]"] = attrs.field(factory=list)
    silences: int = 0

    def ask(self) -> "Deferred[None]":
        """Take a question."""
        question: Deferred[None] = Deferred()
        self.questions.append(question)
        return question

    def fall_silent(self) -> None:
        """Be found silent."""
        self.silences += 1


@pytest.fixture
def clock() -> Clock:
    """The time."""
    return Clock()


@pytest.fixture
def process() -> Process:
    """The process."""
    return Process()


@pytest.fixture
def pulse(process: Process, clock: Clock) -> Pulse:
    """Its pulse, taken from the beginning."""
    taken = Pulse(process.ask, process.fall_silent, clock)
    taken.start()
    return taken


@pytest.mark.usefixtures("pulse")
def test_who_answers_is_asked_again(process: Process, clock: Clock) -> None:
    """One question at a time, and an error is an answer too."""
    clock.advance(INTERVAL_S)
    process.questions.pop().callback(None)
    clock.advance(INTERVAL_S)
    process.questions.pop().errback(RuntimeError("not now"))
    clock.advance(INTERVAL_S)

    assert len(process.questions) == 1
    assert process.silences == 0


@pytest.mark.usefixtures("pulse")
def test_who_does_not_answer_is_found_silent_once(process: Process, clock: Clock) -> None:
    """Its time is half a minute; nobody asks it again after that."""
    clock.advance(INTERVAL_S)
    clock.advance(ANSWERED_WITHIN_S - 1)

    before = process.silences
    clock.pump([1, INTERVAL_S, ANSWERED_WITHIN_S])

    assert (before, process.silences) == (0, 1)
    assert len(process.questions) == 1


def test_who_is_watched_no_more_is_never_silent(process: Process, pulse: Pulse, clock: Clock) -> None:
    """A question that was open when the process ended is forgotten."""
    clock.advance(INTERVAL_S)

    pulse.stop()
    clock.pump([ANSWERED_WITHIN_S, INTERVAL_S])

    assert (process.silences, len(process.questions)) == (0, 1)
