"""What becomes of a container that ends, does not start, or hangs, with processes that the test plays."""

from typing import Any

import attrs
import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from router.container_life import ContainerLife
from router.pulse import ANSWERED_WITHIN_S, INTERVAL_S
from router.restarts import JITTER

FIRST_DELAY_S = 0.5 * (1 + JITTER)
"""The longest that the first delay can be."""


@attrs.define
class Process:
    """One process of the container: when it has booted, and when it has ended."""

    booted: "Deferred[Any]" = attrs.field(factory=Deferred)
    ended: "Deferred[None]" = attrs.field(factory=Deferred)


@attrs.define
class Node:
    """
    A node with one container.

    Attributes:
        processes: All that were started.
        is_up: Whether the last of them runs.
    """

    is_stopping: bool = False
    is_up: bool = False
    processes: list[Process] = attrs.field(factory=list)

    def boot(self) -> "Deferred[Any]":
        """Start a process."""
        self.processes.append(Process())
        self.is_up = True
        return self.processes[-1].booted

    def order(self, _worker_id: str, _procedure: str) -> "Deferred[Any]":
        """Never answer."""
        return Deferred()

    def watch(self, _worker_id: str) -> "Deferred[None]":
        """When the last process ends."""
        return self.processes[-1].ended

    def kill(self, _worker_id: str) -> bool:
        """End the last process, where it runs."""
        was_up, self.is_up = self.is_up, False
        if was_up:
            self.processes[-1].ended.callback(None)
        return was_up


@pytest.fixture
def clock() -> Clock:
    """The time."""
    return Clock()


@pytest.fixture
def node(clock: Clock) -> Node:
    """A node whose container has been started."""
    made = Node()
    ContainerLife("market", made.boot, made, clock).start()
    return made


def test_one_that_ends_is_started_again(node: Node, clock: Clock) -> None:
    """After a delay, once for each end."""
    node.processes[0].booted.callback(None)

    node.kill("market")
    before = len(node.processes)
    clock.advance(FIRST_DELAY_S)

    assert (before, len(node.processes)) == (1, 2)


def test_one_that_ends_while_it_starts_is_started_again_once(node: Node, clock: Clock) -> None:
    """Its process ends and its boot fails: that is one end."""
    node.kill("market")
    node.processes[0].booted.errback(RuntimeError("it ended"))

    clock.pump([FIRST_DELAY_S, FIRST_DELAY_S])

    assert len(node.processes) == 2


def test_one_that_does_not_start_is_killed_and_started_again(node: Node, clock: Clock) -> None:
    """A process without its components is of no use."""
    node.processes[0].booted.errback(RuntimeError("no such class"))

    was_up = node.is_up
    clock.advance(FIRST_DELAY_S)

    assert (was_up, len(node.processes)) == (False, 2)


def test_one_that_hangs_is_killed_and_started_again(node: Node, clock: Clock) -> None:
    """It is asked for a sign of life, and has half a minute for it."""
    node.processes[0].booted.callback(None)
    clock.pump([INTERVAL_S, ANSWERED_WITHIN_S - 1])

    was_up = node.is_up
    clock.pump([1, FIRST_DELAY_S])

    assert (was_up, len(node.processes)) == (True, 2)


def test_a_node_that_stops_starts_nothing(node: Node, clock: Clock) -> None:
    """Neither what ended nor what hangs is its concern any more: the stop sees to both."""
    node.processes[0].booted.callback(None)
    node.is_stopping = True

    clock.pump([INTERVAL_S, ANSWERED_WITHIN_S])
    was_up = node.is_up
    node.kill("market")
    clock.advance(FIRST_DELAY_S)

    assert (was_up, len(node.processes)) == (True, 1)
