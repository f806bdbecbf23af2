"""
All measurements of the router: ours and a stock Crossbar node side by side, run in turn.

Each block of the output is a table as soon as it is measured: medians, with least and most in brackets; `load` is the
most that the load generator used of its own core.
"""

import argparse
import signal
import sys
from collections.abc import Callable, Iterator

import attrs

from benchmarks import calls, compression, fanout, idle_memory, joins, publishing, steady_rate, stuck_readers
from benchmarks.bench import Bench, raise_open_file_limit
from benchmarks.cores import pin_load_generator
from benchmarks.encodings import JSON
from benchmarks.machine import machine
from benchmarks.nodes import OURS, STOCK, running
from benchmarks.poller import Poller
from benchmarks.tables import Row, table

MEASUREMENTS: dict[str, Callable[[Bench], Iterator[list[Row]]]] = {
    "fan-out": fanout.measure,
    "steady-rate": steady_rate.measure,
    "publishing": publishing.measure,
    "calls": calls.measure,
    "joins": joins.measure,
    "idle-memory": idle_memory.measure,
    "compression": compression.measure,
    "stuck-readers": stuck_readers.measure,
}
FULL_DURATION_S = 5.0
WARM_UP_SUBSCRIBERS = 100


def main() -> None:
    """Measure all, or what is named, and print the tables."""
    arguments = _parser().parse_args()
    # So that the nodes are ended however this process is.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(1))
    raise_open_file_limit()
    pin_load_generator()
    print(machine("benchmarks.suite"))
    with running(OURS) as ours, running(STOCK) as stock:
        bench = Bench(poller=Poller(), nodes=(ours, stock), runs=arguments.runs, is_full=arguments.full)
        if arguments.full:
            bench = attrs.evolve(bench, duration_s=FULL_DURATION_S)
        fanout.measure_one(attrs.evolve(bench, runs=1), JSON, WARM_UP_SUBSCRIBERS)
        for name in arguments.only or MEASUREMENTS:
            for rows in MEASUREMENTS[name](bench):
                print(f"\n{table(rows)}", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.suite", description=__doc__)
    parser.add_argument("--full", action="store_true", help="the whole matrix, each run longer")
    parser.add_argument("--runs", type=int, default=5, help="how often each router is measured")
    parser.add_argument("--only", action="append", choices=list(MEASUREMENTS), help="this measurement; can be repeated")
    return parser


if __name__ == "__main__":
    main()
