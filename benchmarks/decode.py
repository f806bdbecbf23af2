"""
The feed's path: venue messages a second, ours against the standard library's JSON alone, and what each stage takes.

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
from components.marketdata.binance.decoder import BinanceDecoder
from components.marketdata.binance.frames import peek
from components.marketdata.candle.candles import Candles
from components.marketdata.component import ADVANCE_INTERVAL_S
from components.marketdata.inbox import Inbox
from components.marketdata.instruments import Instruments
from components.marketdata.market import Market
from components.marketdata.pipeline import Pipeline
from components.model.market import BookDeltas, BookSnapshot, MarketEvent, TradeTick
from components.streams.answers import Ownership
from components.streams.component import StreamPublisher
from components.streams.stream import Streams

RECORDING = "binance-spot-btcusdt-20240808.txt.gz"
RUNS = 5
ADVANCE_NS = int(ADVANCE_INTERVAL_S * 1e9)

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


def new_publisher() -> StreamPublisher:
    """Streams with a journal in memory, and nobody who hears of them."""
    epochs: Iterator[int] = itertools.count()
    streams = Streams(lambda: str(next(epochs)))
    return StreamPublisher(NoSession(), streams, Ownership(owner=Owner.MARKET, now_ns=lambda _topic: 0))


def publish(recorded: Messages) -> None:
    """Ours, all of it: inbox, decoder, books, numbers and envelopes, up to the session that would publish them."""
    publisher = new_publisher()
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


def stage_seconds(recorded: Messages) -> dict[str, float]:
    """How long each stage of `publish` takes for all messages, the clock itself included."""
    publisher, market, decoder = new_publisher(), Market(["binance"]), BinanceDecoder("binance")
    inbox, clock = Inbox(peek, capacity=10_000), time.perf_counter
    spent = dict.fromkeys(("inbox", "decode", "book", "other cores", "publish"), 0.0)
    for received_ns, data in recorded:
        begun = clock()
        inbox.offer(data, received_ns=received_ns, arrived_ns=received_ns)
        (message,) = inbox.take(1)
        taken = clock()
        events = decoder.decode(message.data, received_ns=received_ns)
        decoded = clock()
        spent["inbox"] += taken - begun
        spent["decode"] += decoded - taken
        for event in events:
            if not isinstance(event, MarketEvent):
                continue
            before = clock()
            publications = market.apply(event, now_ns=received_ns)
            applied = clock()
            for one in publications:
                publisher.publish(one.topic, one.payload, ts_ns=received_ns, meta=one.meta)
            spent["book" if isinstance(event, BookDeltas | BookSnapshot) else "other cores"] += applied - before
            spent["publish"] += clock() - applied
    return spent


def candle_seconds(recorded: Messages) -> float:
    """How long all bars of a trade take, those that are published and the passing of time included."""
    decoder, candles = BinanceDecoder("binance"), Candles(["binance"])
    trades = [
        event
        for received_ns, data in recorded
        for event in decoder.decode(data, received_ns=received_ns)
        if isinstance(event, TradeTick)
    ]
    next_ns = 0
    begun = time.perf_counter()
    for trade in trades:
        candles.apply(trade)
        if trade.ts_init >= next_ns:
            candles.advance({"binance": trade.ts_init}, {"binance": 0})
            next_ns = trade.ts_init + ADVANCE_NS
    return (time.perf_counter() - begun) / len(trades)


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
    runs = [stage_seconds(recorded) for _ in range(RUNS)]
    seconds = {stage: statistics.median(run[stage] for run in runs) for stage in runs[0]}
    print(f"\n{'stage':20}{'us a message':>14}{'share':>8}")
    for stage, value in seconds.items():
        print(f"{stage:20}{value / len(recorded) * 1e6:14.2f}{value / sum(seconds.values()):8.0%}")
    candles_us = statistics.median(candle_seconds(recorded) for _ in range(RUNS)) * 1e6
    print(f"\nall bars of a trade, of which `other cores` has the part that no clock brings: {candles_us:.2f} us")


if __name__ == "__main__":
    main()
