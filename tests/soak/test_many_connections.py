"""Ten thousand clients of one router: they stay, and after a restart all are back before long."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
import pytest

from benchmarks.bench import CpuMeter
from benchmarks.nodes import OURS, NodeOptions, free_port, running

CROWDS, CLIENTS_A_CROWD = 2, 5_000
TOPICS = ("bench.a", "bench.conflated.b", "bench.gapped.c")
STAY_S = 300.0
JOIN_PATIENCE_S = 120.0
MOST_ROUTER_CPU_S = 15.0
OPTIONS = NodeOptions(ping_interval_s=10, ping_timeout_s=5)


@attrs.frozen
class Report:
    """What a crowd says of itself once a second."""

    joined: int
    lost: int


class RunningCrowd:
    """One load process."""

    def __init__(self, port: int, number: int) -> None:
        sources = [f"--source=127.0.{number + 1}.{host}" for host in range(1, 11)]
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "benchmarks.crowd", f"--port={port}", f"--count={CLIENTS_A_CROWD}"),
                *sources,
                *(f"--topic={topic}" for topic in TOPICS),
            ],
            cwd=Path(__file__).parents[2],
            stdout=subprocess.PIPE,
            text=True,
        )

    def next_report(self) -> Report:
        """What it says next."""
        assert self._process.stdout is not None
        fields = dict(word.split("=") for word in self._process.stdout.readline().split())
        return Report(joined=int(fields["joined"]), lost=int(fields["lost"]))

    def end(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()


@contextmanager
def crowds(port: int) -> Iterator[list[RunningCrowd]]:
    """All load processes, while the block lasts."""
    started = [RunningCrowd(port, number) for number in range(CROWDS)]
    try:
        yield started
    finally:
        for crowd in started:
            crowd.end()


def follow(both: list[RunningCrowd], is_enough: Callable[[Report], bool], patience_s: float) -> list[Report]:
    """The crowds' first reports that are enough, or their last within the patience."""
    deadline_s = time.monotonic() + patience_s
    reports = [crowd.next_report() for crowd in both]
    while not all(map(is_enough, reports)) and time.monotonic() < deadline_s:
        reports = [crowd.next_report() for crowd in both]
    return reports


@pytest.mark.timeout(900)
def test_ten_thousand_clients_stay_and_come_back() -> None:
    """All stay for five minutes of pings; after a restart all join again for a bounded share of the router's time."""
    all_in, all_back = Report(joined=CLIENTS_A_CROWD, lost=0), Report(joined=CLIENTS_A_CROWD, lost=CLIENTS_A_CROWD)
    port = free_port()
    with running(OURS, OPTIONS, port=port) as node, crowds(port) as both:
        assert follow(both, all_in.__eq__, JOIN_PATIENCE_S) == [all_in] * CROWDS
        assert follow(both, all_in.__ne__, STAY_S) == [all_in] * CROWDS

        assert node.stop() == 0
        with running(OURS, OPTIONS, port=port) as restarted:
            meter = CpuMeter(restarted.cpu_s)
            reports = follow(both, all_back.__eq__, JOIN_PATIENCE_S)
            used_s = meter.used_s()

    assert reports == [all_back] * CROWDS
    assert used_s < MOST_ROUTER_CPU_S
