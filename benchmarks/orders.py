"""
Orders over the wire: a hundred traders place resting limit orders at a steady rate, and wait for each acknowledgement.

An order is acknowledged once it, its event and its wallet's event are on the disk. Each trader follows both streams.
No open server of this kind takes orders, so the peer is what such a journal costs at least: bare SQLite that commits
the same bytes, one order at a time.
"""

import argparse
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import attrs

from auth.claims import TokenRules
from auth.tokens import issue_token
from benchmarks.bench import CpuMeter, raise_open_file_limit
from benchmarks.client import Client, Script, UnexpectedAnswerError, expect
from benchmarks.encodings import JSON, Code
from benchmarks.gateway import INSTRUMENT, SECRET, Gateway, running_gateway
from benchmarks.latency import LatencyHistogram
from benchmarks.machine import machine
from benchmarks.poller import Poller

TRADERS = 100
RATES_HZ = (500.0, 1500.0)
DURATION_S = 30.0
WARM_UP_S = 3.0
DRAIN_S = 20.0
LIFETIME_S = 3600
QUANTITY, PRICE = "0.0001", "80000"
WORKERS = ("router", "trading", "market")
NS_PER_S = 1_000_000_000
BARE_S = 2.0
ORDER_BYTES = (450, 60, 600, 220)
"""What an order writes: two facts, its event, and its balance's."""

_ROLES: dict[str, dict[str, object]] = {"caller": {}, "subscriber": {}}


@attrs.define
class Trader:
    """
    One session that places orders.

    Attributes:
        client: Its connection.
        due_ns: When each order that is not acknowledged was due, by its request.
        events: How many events of its streams came.
        acknowledged: How many of its orders are.
        refused: How many of them were `unavailable`, because too many waited.
        latencies: How long that took, from when an order was due.
    """

    client: Client
    due_ns: dict[int, int] = attrs.field(factory=dict)
    events: int = 0
    acknowledged: int = 0
    refused: int = 0
    latencies: LatencyHistogram = attrs.field(factory=LatencyHistogram)
    _requests: int = 10

    def place(self, *, due_ns: int) -> None:
        """Place one order that rests."""
        self._requests += 1
        self.due_ns[self._requests] = due_ns
        order = {
            "client_order_id": f"{self.client.begun_ns}-{self._requests}",
            "instrument": INSTRUMENT,
            "side": "buy",
            "type": "limit",
            "quantity": QUANTITY,
            "price": PRICE,
        }
        self.client.send(Code.CALL, self._requests, {}, "tapecast.orders.place", [], order)

    def take(self, payload: bytes) -> None:
        """Take what came: an event of the own streams, or an acknowledgement."""
        if payload.startswith(b"[36,"):
            self.events += 1
            return
        message = self.client.decoded(payload)
        if message[0] == Code.ERROR and message[4] == "tapecast.error.unavailable":
            self.refused += 1
            del self.due_ns[message[2]]
            return
        result = expect(Code.RESULT, message)
        self.acknowledged += 1
        self.latencies.record(time.monotonic_ns() - self.due_ns.pop(result[1]))


class Floor:
    """All traders of one gateway, and the clock that they trade by."""

    def __init__(self, poller: Poller, gateway: Gateway, *, traders: int = TRADERS) -> None:
        """
        Have them join.

        Raises:
            UnexpectedAnswerError: Not all were let in.
        """
        self._poller = poller
        self._gateway = gateway
        self._traders = [self._open(place) for place in range(traders)]
        if not poller.run_until(lambda: all(one.client.ready_ns for one in self._traders), DRAIN_S):
            refusals = {one.client.refusal for one in self._traders if one.client.refusal}
            raise UnexpectedAnswerError(f"expected {traders} traders to join, not all did: {refusals}")

    def run(self, *, rate_hz: float, duration_s: float) -> list[tuple[str, str]]:
        """
        Place orders at a rate for so long, each trader in turn, and give figures by their names.

        Raises:
            UnexpectedAnswerError: Not all were acknowledged.
        """
        for one in self._traders:
            one.acknowledged, one.refused, one.events, one.latencies = 0, 0, 0, LatencyHistogram()
        meters = {name: CpuMeter(lambda name=name: self._gateway.cpu_s(name)) for name in WORKERS}  # type: ignore[misc]
        load, begun_s = CpuMeter(time.process_time), time.monotonic()
        total = self._place(rate_hz, duration_s)
        if not self._poller.run_until(lambda: not any(one.due_ns for one in self._traders), DRAIN_S):
            raise UnexpectedAnswerError(f"expected {total} acknowledgements, received {self._acknowledged()}")
        took_s = time.monotonic() - begun_s
        latencies = LatencyHistogram()
        for one in self._traders:
            latencies.add(one.latencies)
        return [
            ("acknowledged a second", f"{self._acknowledged() / took_s:.0f}"),
            ("refused", f"{sum(one.refused for one in self._traders)}"),
            ("p50 ms", f"{latencies.percentile_ms(50):.1f}"),
            ("p99 ms", f"{latencies.percentile_ms(99):.1f}"),
            ("most ms", f"{latencies.percentile_ms(100):.1f}"),
            ("events an order", f"{sum(one.events for one in self._traders) / self._acknowledged():.2f}"),
            *(
                (f"{name}: CPU s per 1000 orders", f"{one.used_s() / self._acknowledged() * 1000:.3f}")
                for name, one in meters.items()
            ),
            ("load generator's core", f"{load.share():.0%}"),
        ]

    def close(self) -> None:
        """Have all traders leave."""
        for one in self._traders:
            one.client.close()

    def _place(self, rate_hz: float, duration_s: float) -> int:
        begun_ns = time.monotonic_ns()
        placed, total = 0, round(duration_s * rate_hz)
        while placed < total:
            due_ns = begun_ns + round(placed * NS_PER_S / rate_hz)
            wait_s = (due_ns - time.monotonic_ns()) / NS_PER_S
            if wait_s > 0:
                self._poller.turn(wait_s)
                continue
            self._traders[placed % len(self._traders)].place(due_ns=due_ns)
            placed += 1
        return total

    def _acknowledged(self) -> int:
        return sum(one.acknowledged for one in self._traders)

    def _open(self, place: int) -> Trader:
        user_id = f"trader{place}"
        token = issue_token(
            SECRET.encode(), TokenRules(), user_id=user_id, role="trader", lifetime_s=LIFETIME_S, now_s=time.time()
        )
        client = Client(self._poller, ("127.0.0.1", self._gateway.port), JSON)
        trader = Trader(client)
        client.run(_joining(client, user_id, token))
        client.take_payload = trader.take
        return trader


def main() -> None:
    """Measure each rate on a gateway of its own, and print the figures."""
    arguments = _parser().parse_args()
    raise_open_file_limit()
    print(machine("benchmarks.orders"))
    commits = bare_commits_a_second()
    for rate_hz in arguments.rate or RATES_HZ:
        with running_gateway(FEED="sim", INSTRUMENTS=INSTRUMENT) as gateway:
            floor = Floor(Poller(), gateway)
            floor.run(rate_hz=RATES_HZ[0], duration_s=WARM_UP_S)
            figures = floor.run(rate_hz=rate_hz, duration_s=arguments.duration_s)
            floor.close()
        ratio = float(figures[0][1]) / commits
        figures += [("peer: bare commits a second", f"{commits:.0f}"), ("ratio", f"{ratio:.2f}")]
        print(f"\n{_table(f'{rate_hz:.0f} orders a second for {arguments.duration_s:.0f} s', figures)}", flush=True)


def bare_commits_a_second() -> float:
    """How many commits of an order's bytes, each waiting for the disk, bare SQLite does in a second."""
    with tempfile.TemporaryDirectory(prefix="tc-bench-") as directory:
        path = Path(directory) / "bare"
        with closing(sqlite3.connect(path, isolation_level=None)) as journal:
            return _commits_a_second(journal)


def _commits_a_second(journal: sqlite3.Connection) -> float:
    journal.execute("PRAGMA journal_mode = WAL")
    journal.execute("PRAGMA synchronous = FULL")
    journal.execute("CREATE TABLE entries (position INTEGER PRIMARY KEY, body BLOB)")
    commits, begun_s = 0, time.monotonic()
    while time.monotonic() - begun_s < BARE_S:
        journal.execute("BEGIN")
        journal.executemany("INSERT INTO entries (body) VALUES (?)", [(bytes(size),) for size in ORDER_BYTES])
        journal.execute("COMMIT")
        commits += 1
    return commits / (time.monotonic() - begun_s)


def _joining(client: Client, user_id: str, token: str) -> Script:
    client.send(Code.HELLO, "tapecast", {"roles": _ROLES, "authmethods": ["ticket"], "authid": user_id})
    expect(Code.CHALLENGE, (yield))
    client.send(Code.AUTHENTICATE, token, {})
    expect(Code.WELCOME, (yield))
    for request, name in enumerate(("orders", "wallet"), start=1):
        client.send(Code.SUBSCRIBE, request, {}, f"tapecast.user.{user_id}.{name}")
        expect(Code.SUBSCRIBED, (yield))


def _table(head: str, figures: Sequence[tuple[str, str]]) -> str:
    width = max(len(name) for name, _ in figures)
    lines: Iterator[str] = (f"| {name.ljust(width)} | {value:>8} |" for name, value in figures)
    return "\n".join([f"{head}:", *lines])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.orders", description=__doc__)
    parser.add_argument("--rate", type=float, action="append", help="orders a second; can be repeated")
    parser.add_argument("--duration-s", type=float, default=DURATION_S, help="how long each rate is measured")
    return parser


if __name__ == "__main__":
    main()
