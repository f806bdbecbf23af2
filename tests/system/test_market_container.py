"""What clients notice of the process behind the market's topics: that it numbers, that it dies, that it is back."""

import os
import signal
from collections import Counter
from typing import Any

import pytest
import pytest_twisted
from autobahn.twisted.websocket import WampWebSocketClientFactory
from autobahn.wamp.exception import ApplicationError
from autobahn.wamp.serializer import MsgPackSerializer
from autobahn.wamp.types import ComponentConfig
from twisted.internet import reactor

from benchmarks.poller import Poller
from components.marketdata.binance.decoder import BinanceDecoder
from components.marketdata.book.book_requests import RequestPace
from components.marketdata.book.book_sync import BookSync
from components.model.market import BookDeltas, BookSnapshot
from tests.support.book_follower import BookFollower
from tests.support.fast_reader import FastReader
from tests.support.node import RunningNode, replaying
from tests.support.recordings import BTCUSDT, messages
from tests.support.routers import REALM, Client
from tests.support.sockets import cut_unix_connection

RESTART_PATIENCE_S = 60.0
"""A container that has ended often waits up to 36 seconds, and then starts."""

EPOCH_PATIENCE_S = 60.0

BTC_PRICE = "tapecast.price.BTCUSDT"
BTC_TRADES = "tapecast.trades.binance.BTCUSDT"
BTC_QUOTES = "tapecast.quote.binance.BTCUSDT"
BTC_BOOK = "tapecast.book.binance.BTCUSDT"


async def join(node: RunningNode, realm: str = REALM) -> Client:
    """An anonymous client of a node."""
    client = Client(ComponentConfig(realm))
    factory = WampWebSocketClientFactory(lambda: client, node.websocket_url, serializers=[MsgPackSerializer()])
    reactor.connectTCP("127.0.0.1", node.port, factory)
    await client.joined
    return client


@pytest_twisted.ensureDeferred
async def test_a_killed_container_costs_no_client_its_connection() -> None:
    """SIGKILL of `market`: clients stay joined, calls are `unavailable`, and streams go on in a new epoch."""
    with RunningNode() as node:
        client = await join(node)
        await client.follow(BTC_PRICE)
        await client.has_events(1)
        old_epochs = {payload["epoch"] for _, _, payload in client.events}

        os.kill(node.workers()["market"], signal.SIGKILL)
        refused = await refusal_of(client, "tapecast.market.get_prices", instruments=["BTCUSDT"])

        assert refused.error == "tapecast.error.unavailable"
        assert (refused.kwargs["code"], refused.kwargs["retry"]) == ("unavailable", True)
        await epoch_beyond(client, old_epochs)
        first_of_new = next(payload for _, _, payload in client.events if payload["epoch"] not in old_epochs)
        assert (first_of_new["type"], first_of_new["seq"]) == ("snapshot", 1)
        assert client.is_attached()
        await client.leave()


@pytest_twisted.ensureDeferred
async def test_a_container_without_a_connection_is_as_good_as_dead() -> None:
    """Where its connection is cut and its process lives, the process ends and streams go on in a new epoch."""
    with RunningNode() as node:
        client = await join(node)
        await client.follow(BTC_PRICE)
        await client.has_events(1)
        old_epochs = {payload["epoch"] for _, _, payload in client.events}
        old_process = node.workers()["market"]

        cut_unix_connection(old_process, node.directory / "data" / "services.sock")

        await epoch_beyond(client, old_epochs)
        assert node.workers()["market"] != old_process
        await client.leave()


def recorded_book() -> tuple[dict[str, str], dict[str, str]]:
    """The book at the end of the recording, as far as it can be trusted."""
    decoder, sync = BinanceDecoder("binance"), BookSync(Counter(), RequestPace())
    for received_ns, data in messages(BTCUSDT):
        for event in decoder.decode(data, received_ns=received_ns):
            if isinstance(event, BookDeltas):
                sync.apply(event)
            elif isinstance(event, BookSnapshot):
                sync.join(event, now_ns=0)
    assert sync.book is not None
    whole = sync.book.whole()
    return dict(whole.bids), dict(whole.asks)


async def refusal_of(client: Client, procedure: str, **arguments: Any) -> ApplicationError:
    """The first error that a procedure answers with; calls go one behind the other."""
    while True:
        try:
            await client.call(procedure, **arguments)
        except ApplicationError as error:
            return error


async def epoch_beyond(client: Client, known: set[object]) -> None:
    """Wait for an event of an epoch that is not known."""
    while all(payload["epoch"] in known for _, _, payload in client.events):
        await client.has_events(len(client.events) + 1, patience_s=RESTART_PATIENCE_S)


def test_the_whole_recording_arrives_in_order_without_a_hole() -> None:
    """
    A subscriber that keeps up gets 9757 trades and 28 040 quotes of one replay, numbered from 1 without a hole.

    Who applies the events of the book has the book that the recording ends with.
    """
    poller = Poller()
    with (
        RunningNode(replaying()) as node,
        FastReader(poller, node.port, BTC_TRADES) as trades,
        FastReader(poller, node.port, BTC_QUOTES) as quotes,
        FastReader(poller, node.port, BTC_BOOK) as book,
    ):
        assert poller.run_until(lambda: trades.has_epoch and quotes.has_epoch and book.has_epoch, EPOCH_PATIENCE_S)

    trade_events, quote_events, book_events = trades.epoch(), quotes.epoch(), book.epoch()

    assert [event["seq"] for event in trade_events] == list(range(1, 9758))
    assert [event["seq"] for event in quote_events] == list(range(1, 28_041))
    trade_ids = [int(event["payload"]["trade_id"]) for event in trade_events]
    assert trade_ids == sorted(trade_ids)
    copy = BookFollower()
    copy.follow(*book_events)
    assert (copy.bids, copy.asks) == recorded_book()


@pytest.mark.parametrize("procedure", ["tapecast.market.stream_get", "tapecast.node.report", "tapecast.nothing"])
@pytest_twisted.ensureDeferred
async def test_what_is_between_our_processes_does_not_exist_outside(node: RunningNode, procedure: str) -> None:
    """Procedures of the gateway's own processes are no procedures to anybody else."""
    client = await join(node)

    refused = await refusal_of(client, procedure)

    assert refused.error == "wamp.error.no_such_procedure"
    await client.leave()


@pytest_twisted.ensureDeferred
async def test_a_snapshot_joins_its_stream(node: RunningNode) -> None:
    """`stream.get` after SUBSCRIBED: nothing between its seq and the events that follow is missing."""
    topic = "tapecast.quote.sim.BTCUSDT"
    client = await join(node)
    await client.follow(topic)

    snapshot = await client.call("tapecast.stream.get", topic)
    await client.has_events(len(client.events) + 3)

    newer = [payload["seq"] for _, _, payload in client.events if payload["seq"] > snapshot["seq"]]
    assert newer == list(range(snapshot["seq"] + 1, snapshot["seq"] + 1 + len(newer)))
    assert (snapshot["type"], snapshot["delivery"]) == ("snapshot", "conflated")
    assert {payload["epoch"] for _, _, payload in client.events} == {snapshot["epoch"]}
    await client.leave()
