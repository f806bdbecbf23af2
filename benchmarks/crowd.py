"""
Clients that come back: a process of its own that joins so many, answers pings, and joins each anew that is lost.

It prints a line a second: how many are joined now, and how many were lost so far.
"""

import argparse
import time
from collections.abc import Sequence

from benchmarks.bench import raise_open_file_limit
from benchmarks.client import Client, ClientOptions
from benchmarks.fleet import OPENING_AT_ONCE, Fleet
from benchmarks.poller import Poller

REPORT_INTERVAL_S = 1.0
RETRY_INTERVAL_S = 0.2
TURN_S = 0.05


class Crowd:
    """
    Members of one node that stay.

    Attributes:
        lost: How many were lost after they had joined.
    """

    def __init__(self, poller: Poller, fleet: Fleet, count: int, topics: Sequence[str]) -> None:
        self.lost = 0
        self._poller = poller
        self._fleet = fleet
        self._count = count
        self._topics = topics
        self._members: list[Client] = []

    @property
    def joined(self) -> int:
        """How many are joined now."""
        return sum(client.ready_ns > 0 for client in self._members)

    def turn(self) -> None:
        """Wait for news, and let those who are missing come, a few at once."""
        self._poller.turn(TURN_S)
        gone = [client for client in self._members if client.close_code is not None]
        if gone:
            self.lost += sum(client.ready_ns > 0 for client in gone)
            self._members = [client for client in self._members if client.close_code is None]
            # Whoever was refused or found nobody does not knock again at once.
            self._poller.run_for(RETRY_INTERVAL_S)
        opening = len(self._members) - self.joined
        for _ in range(min(OPENING_AT_ONCE - opening, self._count - len(self._members))):
            self._members.append(self._fleet.begin(self._topics))


def main() -> None:
    """Join, stay, and report until the process is ended."""
    arguments = _parser().parse_args()
    raise_open_file_limit()
    poller = Poller()
    fleet = Fleet(poller, arguments.port, options=[ClientOptions(source=source) for source in arguments.source])
    crowd = Crowd(poller, fleet, arguments.count, arguments.topic)
    next_report_s = time.monotonic()
    while True:
        crowd.turn()
        if time.monotonic() >= next_report_s:
            print(f"joined={crowd.joined} lost={crowd.lost}", flush=True)
            next_report_s += REPORT_INTERVAL_S


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crowd", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--count", type=int, required=True, help="how many members")
    parser.add_argument("--topic", action="append", default=[], help="what each subscribes to; can be repeated")
    parser.add_argument("--source", action="append", required=True, help="an address they come from; can be repeated")
    return parser


if __name__ == "__main__":
    main()
