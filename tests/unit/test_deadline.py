"""Waiting with a deadline."""

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from components.wamp.deadline import comes_within


@pytest.fixture
def clock() -> Clock:
    """The time that passes."""
    return Clock()


@pytest.fixture
def awaited() -> "Deferred[str]":
    """What is waited for."""
    return Deferred()


@pytest.fixture
def answer(awaited: "Deferred[str]", clock: Clock) -> "Deferred[bool]":
    """Whether it came within two seconds, once that is known."""
    return Deferred.fromCoroutine(comes_within(2, awaited, clock))


def test_what_comes_in_time_has_come(awaited: "Deferred[str]", clock: Clock, answer: "Deferred[bool]") -> None:
    """The answer is there at once, and nothing is left to wait for."""
    clock.advance(1)

    awaited.callback("here")

    assert answer.result is True
    assert clock.getDelayedCalls() == []


def test_what_fails_has_come_too(awaited: "Deferred[str]", answer: "Deferred[bool]") -> None:
    """A failure ends the waiting like anything else, and is nobody's error."""
    awaited.errback(RuntimeError("gone"))

    assert answer.result is True


def test_what_comes_late_has_not_come(awaited: "Deferred[str]", clock: Clock, answer: "Deferred[bool]") -> None:
    """When time is over that is the answer; what comes later, or fails later, disturbs nobody."""
    clock.advance(2)

    awaited.errback(RuntimeError("late"))

    assert answer.result is False
