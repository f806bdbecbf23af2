"""What every measurement is given: the two nodes, how often and how long to measure, and how runs are interleaved."""

import resource
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import attrs

from benchmarks.encodings import JSON, Encoding
from benchmarks.fleet import Fleet
from benchmarks.nodes import Node
from benchmarks.poller import Poller
from benchmarks.tables import Row

Figures = Mapping[str, float]
"""What one run gives: figures by their unit."""


@attrs.frozen(kw_only=True)
class Bench:
    """
    The conditions of a measurement.

    Attributes:
        poller: Of all the load generator's sockets.
        nodes: Ours first.
        runs: How often each node is measured.
        duration_s: How long a run is measured.
        warm_up_s: How long it goes on before.
        is_full: Whether the whole matrix is asked for.
    """

    poller: Poller
    nodes: Sequence[Node]
    runs: int = 5
    duration_s: float = 2.0
    warm_up_s: float = 0.5
    is_full: bool = False

    def compare(self, name: str, run: Callable[[Node], Figures], *, runs: int | None = None) -> list[Row]:
        """Run on one node and the other in turn, and give a row for each figure."""
        measured: dict[str, list[Figures]] = {node.kind.name: [] for node in self.nodes}
        load_share = 0.0
        for _ in range(runs or self.runs):
            for node in self.nodes:
                load = CpuMeter(time.process_time)
                measured[node.kind.name].append(run(node))
                load_share = max(load_share, load.share())
        ours, *others = measured.values()
        stock = others[0] if others else []
        return [
            Row(
                name=name,
                unit=unit,
                ours=[figures[unit] for figures in ours],
                stock=[figures[unit] for figures in stock],
                load_share=load_share,
            )
            for unit in ours[0]
        ]

    @contextmanager
    def fleets(self, encoding: Encoding = JSON) -> Iterator[dict[Node, Fleet]]:
        """An empty fleet for each node, whose clients are gone when the block ends."""
        fleets = {node: Fleet(self.poller, node.port, encoding) for node in self.nodes}
        try:
            yield fleets
        finally:
            for fleet in fleets.values():
                fleet.close()


class CpuMeter:
    """How much of a core something uses from now on, by a function that tells the CPU time it has used so far."""

    def __init__(self, cpu_s: Callable[[], float]) -> None:
        self._cpu_s = cpu_s
        self._begun_s, self._used_s = time.monotonic(), cpu_s()

    def used_s(self) -> float:
        """The CPU time since the beginning."""
        return self._cpu_s() - self._used_s

    def share(self) -> float:
        """The same as a share of the time that has gone by."""
        return self.used_s() / (time.monotonic() - self._begun_s)


def raise_open_file_limit() -> int:
    """Let this process open as many sockets as it may, and say how many that is."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard
