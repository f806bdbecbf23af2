"""Routed calls: caller and callee are both clients of the router."""

import time
from collections.abc import Iterator

from benchmarks.bench import Bench, Figures
from benchmarks.client import Client, Script, UnexpectedAnswerError, expect
from benchmarks.encodings import Code
from benchmarks.fleet import Fleet
from benchmarks.latency import LatencyHistogram
from benchmarks.nodes import Node
from benchmarks.poller import Poller
from benchmarks.stamps import stamp_of, stamped_payload
from benchmarks.tables import Row

PROCEDURE = "bench.echo"
IN_FLIGHT = 64


def measure(bench: Bench) -> Iterator[list[Row]]:
    """Round trips a second, and how long one takes."""
    with bench.fleets() as fleets:
        callers = {}
        for node, fleet in fleets.items():
            answer_calls(bench.poller, fleet)
            callers[node] = Caller(fleet.open(1)[0])

        def run(node: Node) -> Figures:
            caller = callers[node]
            caller.call_for(bench.poller, bench.warm_up_s)
            caller.latencies = LatencyHistogram()
            begun_s, begun_with = time.monotonic(), caller.answered
            caller.call_for(bench.poller, bench.duration_s)
            rate = (caller.answered - begun_with) / (time.monotonic() - begun_s)
            return {"calls/s": rate, "p99 ms": caller.latencies.percentile_ms(99)}

        yield bench.compare(f"call, {IN_FLIGHT} in flight", run)


def answer_calls(poller: Poller, fleet: Fleet) -> None:
    """
    Let a client of a fleet answer each call with what it was given.

    Raises:
        UnexpectedAnswerError: It could not register.
    """
    (callee,) = fleet.open(1)

    def answer(payload: bytes) -> None:
        invocation = expect(Code.INVOCATION, callee.decoded(payload))
        callee.send(Code.YIELD, invocation[1], {}, [], invocation[5])

    callee.take_payload = answer
    callee.run(_registering(callee))
    if not poller.run_until(lambda: callee.ready_ns > 0, timeout_s=10):
        raise UnexpectedAnswerError(f"expected REGISTERED for {PROCEDURE}, received nothing")


def _registering(callee: Client) -> Script:
    callee.send(Code.REGISTER, 1, {}, PROCEDURE)
    expect(Code.REGISTERED, (yield))


class Caller:
    """
    A client that calls as fast as answers come.

    Attributes:
        answered: How many results it has.
        latencies: How long they took.
    """

    def __init__(self, client: Client) -> None:
        self.answered = 0
        self.latencies = LatencyHistogram()
        self._sent = 0
        self._client = client
        client.take_payload = self._take_result

    def call_for(self, poller: Poller, duration_s: float) -> None:
        """Keep so many calls in flight for so long."""
        end_s = time.monotonic() + duration_s
        while time.monotonic() < end_s:
            for _ in range(self.answered + IN_FLIGHT - self._sent):
                self._sent += 1
                payload = stamped_payload(time.monotonic_ns())
                self._client.send(Code.CALL, self._sent, {}, PROCEDURE, [], payload)
            poller.turn(0.01)

    def _take_result(self, payload: bytes) -> None:
        expect(Code.RESULT, self._client.decoded(payload))
        self.answered += 1
        self.latencies.record(time.monotonic_ns() - stamp_of(payload))
