"""The order in which a node ends, with workers that only keep what they are asked."""

import attrs
import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from router.stopping import ANNOUNCED_WITHIN_S, CONTAINER_ENDS_WITHIN_S, ROUTER_ENDS_WITHIN_S, OrderlyStop

LONGEST_S = 20.0
"""How long `tapecast stop` waits."""


@attrs.define
class Node:
    """
    The workers of a node, and what was asked of them.

    Attributes:
        stuck: Those that end only when they are killed, and do nothing that they are ordered to.
        refused: Orders that fail.
        asked: What was asked, in order.
    """

    kinds: dict[str, str]
    stuck: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    asked: list[str] = attrs.field(factory=list)
    _ends: dict[str, "Deferred[None]"] = attrs.field(factory=dict)

    def running(self, kind: str) -> list[str]:
        """Names of the workers of a kind."""
        return [name for name, one in self.kinds.items() if one == kind]

    def order(self, worker_id: str, procedure: str) -> "Deferred[None]":
        """Note an order, and carry it out."""
        self.asked.append(f"{procedure} {worker_id}")
        done: Deferred[None] = Deferred()
        if procedure in self.refused:
            done.errback(RuntimeError(procedure))
        elif worker_id not in self.stuck:
            done.callback(None)
            if procedure == "close_and_end":
                self.end(worker_id)
        return done

    def terminate(self, worker_id: str) -> None:
        """Note a SIGTERM, and end."""
        self.asked.append(f"TERM {worker_id}")
        if worker_id not in self.stuck:
            self.end(worker_id)

    def kill(self, worker_id: str) -> bool:
        """Note a SIGKILL, and end."""
        self.asked.append(f"KILL {worker_id}")
        self.end(worker_id)
        return True

    def kill_unready(self) -> None:
        """Note the order."""
        self.asked.append("KILL unready")

    def watch(self, worker_id: str) -> "Deferred[None]":
        """A Deferred that fires when a worker has ended."""
        ended: Deferred[None] = Deferred()
        if worker_id in self.kinds:
            self._ends[worker_id] = ended
        else:
            ended.callback(None)
        return ended

    def end(self, worker_id: str) -> None:
        """Let a worker end."""
        del self.kinds[worker_id]
        self._ends[worker_id].callback(None)


@pytest.fixture
def clock() -> Clock:
    """The time of the stop."""
    return Clock()


def node(*stuck: str, market: bool = True) -> Node:
    """A node as it runs."""
    kinds = {"router": "router", "market": "container"}
    return Node(kinds if market else {"router": "router"}, frozenset(stuck))


def stop(workers: Node, clock: Clock) -> "Deferred[None]":
    """Begin to stop a node; the Deferred fires when it is done."""
    return Deferred.fromCoroutine(OrderlyStop(workers, clock).run())


def test_the_router_is_first_and_last(clock: Clock) -> None:
    """It announces before the containers end, and closes connections when they are gone."""
    workers = node()

    done = stop(workers, clock)

    assert workers.asked == ["KILL unready", "stop_accepting router", "TERM market", "close_and_end router"]
    assert (done.called, workers.kinds) == (True, {})


def test_a_router_alone_stops_the_same_way(clock: Clock) -> None:
    """Where there are no containers nobody waits for them."""
    workers = node(market=False)

    done = stop(workers, clock)

    assert workers.asked == ["KILL unready", "stop_accepting router", "close_and_end router"]
    assert done.called


def test_a_container_that_hangs_is_killed_and_the_clients_are_told(clock: Clock) -> None:
    """Its time is its own: connections are closed as always after it."""
    workers = node("market")
    stop(workers, clock)
    clock.advance(CONTAINER_ENDS_WITHIN_S - 0.1)

    before = workers.asked[-1]
    clock.advance(0.1)

    assert before == "TERM market"
    assert workers.asked[-2:] == ["KILL market", "close_and_end router"]


def test_a_router_that_hangs_is_killed(clock: Clock) -> None:
    """The containers end in order all the same."""
    workers = node("router")
    done = stop(workers, clock)

    clock.pump([ANNOUNCED_WITHIN_S, ROUTER_ENDS_WITHIN_S])

    assert workers.asked[2:] == ["TERM market", "close_and_end router", "KILL router"]
    assert done.called


def test_the_stop_ends_before_patience_does(clock: Clock) -> None:
    """Whatever hangs, the node has ended while `tapecast stop` still waits."""
    workers = node("router", "market")
    done = stop(workers, clock)

    clock.pump([0.1] * round(10 * LONGEST_S - 20))

    assert (done.called, workers.kinds) == (True, {})


def test_an_order_that_fails_stops_nothing(clock: Clock) -> None:
    """A router that cannot announce is closed like any other."""
    workers = node()
    workers.refused = frozenset({"stop_accepting"})

    done = stop(workers, clock)

    assert (done.called, workers.kinds) == (True, {})
