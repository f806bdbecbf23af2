"""
The feed's decode path: venue messages a second, ours against the standard library's JSON alone.

The peer does less: it parses, and neither checks nor makes a model of anything. Needs TAPECAST_RECORDINGS.
"""

import gzip
import itertools
import json
import os
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, succeed

from benchmarks.machine import machine
from components.contract.topics import Owner
from components.marketdata.binance_decoder import BinanceDecoder
from components.marketdata.binance_frames import peek
from components.marketdata.inbox import Inbox
from components.marketdata.instruments import Instruments
from components.marketdata.market import Market
from components.marketdata.pipeline import Pipeline
from components.streams.answers import Ownership
from components.streams.component import StreamPublisher
from components.streams.stream import Streams

RECORDING = "binance-spot-btcusdt-20240808.txt.gz"
RUNS = 5

Messages = list[tuple[int, bytes]]


class NoSession:
    """Takes every event and sends none."""

    def publish(self, topic: str, *args: object, **kwargs: Any) -> "Deferred[Any] | None":  # noqa: ARG002 - sends none
        """Let it go."""
        return None

    def register(self, endpoint: Callable[..., object], procedure: str, options: Any = None) -> "Deferred[Any]":  # noqa: ARG002 - nobody calls
        """Nobody calls."""
        return succeed(None)

    def call(self, procedure: str, *args: object, **kwargs: Any) -> "Deferred[Any]":  # noqa: ARG002 - nobody answers
        """Nobody answers."""
        return succeed(None)


def messages() -> Messages:
    """The recording's messages with the time that each was received, UNIX nanoseconds."""
    with gzip.open(Path(os.environ["TAPECAST_RECORDINGS"]) / RECORDING) as lines:
        split = (line.rstrip(b"\n").partition(b" ") for line in lines)
        return [(int(received_ns), data) for received_ns, _, data in split]


def parse_only(recorded: Messages) -> None:
    """The peer: every message through `json.loads`."""
    for _, data in recorded:
        json.loads(data)


def decode(recorded: Messages) -> None:
    """Ours: every message checked, and made an event of the model."""
    decoder = BinanceDecoder("binance")
    for received_ns, data in recorded:
        decoder.decode(data, received_ns=received_ns)


def publish(recorded: Messages) -> None:
    """Ours, all of it: inbox, decoder, state, numbers and envelopes, up to the session that would publish them."""
    epochs: Iterator[int] = itertools.count()
    streams = Streams(lambda: str(next(epochs)))
    publisher = StreamPublisher(NoSession(), streams, Ownership(owner=Owner.MARKET, now_ns=lambda _topic: 0))
    pipeline = Pipeline(
        Inbox(peek, capacity=10_000),
        BinanceDecoder("binance"),
        venue="binance",
        market=Market(["binance"]),
        numbering=publisher,
        instruments=Instruments(),
    )
    for received_ns, data in recorded:
        pipeline.inbox.offer(data, received_ns=received_ns, arrived_ns=received_ns)
        for message in pipeline.take(1):
            for one in pipeline.process(message):
                publisher.publish(one.topic, one.payload, ts_ns=received_ns, meta=one.meta)


def messages_per_s(work: Callable[[Messages], None], recorded: Messages) -> float:
    """How many messages a second some work takes on."""
    begun_s = time.perf_counter()
    work(recorded)
    return len(recorded) / (time.perf_counter() - begun_s)


def main() -> None:
    """Measure, the runs of all in turn, and print a table of medians."""
    recorded = messages()
    works = {"json.loads": parse_only, "decode": decode, "decode to envelope": publish}
    rates: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(RUNS):
        for name, work in works.items():
            rates[name].append(messages_per_s(work, recorded))
    peer = statistics.median(rates["json.loads"])
    print(f"{machine('benchmarks.decode')}; median of {RUNS} runs over {len(recorded)} messages of {RECORDING}")
    print(f"{'':20}{'messages/s':>12}{'least':>10}{'most':>10}{'to json.loads':>15}")
    for name, values in rates.items():
        median = statistics.median(values)
        print(f"{name:20}{median:12.0f}{min(values):10.0f}{max(values):10.0f}{median / peer:15.2f}")


if __name__ == "__main__":
    main()
