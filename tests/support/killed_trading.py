"""Traders on a gateway whose container `trading` is killed again and again, and what they must find afterwards."""

import os
import random
import signal
from collections.abc import Callable
from typing import Any

import attrs
from tapecast_client.link import Phase
from tapecast_client.on_twisted import Client
from twisted.internet import reactor
from twisted.internet.defer import DeferredList, ensureDeferred
from twisted.internet.task import deferLater

from tests.support.node import RunningNode
from tests.support.stream_logs import WireLog
from tests.support.trader import LOTS, Prices, Trader

TRADERS = 10
SETTINGS = {"EXECUTION": "paper", "INSTRUMENTS": "BTCUSDT,ETHUSDT", "PAPER_BALANCE": "USDT:200000,BTC:2,ETH:60"}
OPENING = {"USDT": "200000", "BTC": "2", "ETH": "60"}

CONTAINER = "trading"
PATIENCE_S = 60.0
POLL_S = 0.02
KILLS_DURING_START = 0.25
"""Share of the kills that hit a process that has answered nothing yet."""

LONGEST_START_S = 1.0
MOST_ACKNOWLEDGED = 40
LONGEST_BACK = 200
"""How far back a resume goes: less than what the owner keeps of a topic."""


@attrs.frozen
class Resumed:
    """What one who was away since a number of a topic was told."""

    topic: str
    seq: int
    answer: Any


@attrs.frozen
class Told:
    """The whole state of a topic, as somebody who joins is told it."""

    topic: str
    answer: Any


@attrs.define
class KilledTrading:
    """
    A gateway with traders, a desk that sees all that comes over the wire, and a hand that kills.

    Attributes:
        wire: All events of all users as they came over the wire to one connection.
        kills: How often the container was killed.
        resumed: What `stream.resume` told between the kills.
        states: What `stream.get` told.
    """

    node: RunningNode
    chance: random.Random
    prices: Prices = attrs.field(factory=Prices)
    wire: WireLog = attrs.field(factory=WireLog)
    desk: Client = attrs.field(init=False)
    traders: list[Trader] = attrs.field(init=False)
    kills: int = 0
    resumed: list[Resumed] = attrs.field(factory=list)
    states: list[Told] = attrs.field(factory=list)
    _killed: int = 0
    _trading: Any = None

    @desk.default
    def _make_desk(self) -> Client:
        return self._client("desk", "risk")

    @traders.default
    def _make_traders(self) -> list[Trader]:
        names = [f"user{number}" for number in range(TRADERS)]
        return [
            Trader(name, self._client(name, "trader"), self.prices, random.Random(self.chance.random()))
            for name in names
        ]

    def _client(self, user_id: str, role: str) -> Client:
        token = self.node.token(user_id, role)
        return Client(reactor, self.node.websocket_url, token=lambda: token)

    async def start(self) -> None:
        """Connect everybody, and let each trade once, so that every topic has begun."""
        self.desk.on_connection_change(self._listen)
        self.desk.subscribe_prices(LOTS, self.prices.receive)
        self.desk.start()
        for trader in self.traders:
            trader.start()
        await until(lambda: len(self.prices.newest) == len(LOTS))
        await until(lambda: all(trader.client.connection.session is not None for trader in self.traders))
        for trader in self.traders:
            await trader.place(instrument="BTCUSDT", side="buy", type="market", quantity="0.001")
        await until(lambda: all(log.events for trader in self.traders for log in trader.logs.values()))
        self._trading = DeferredList(
            [ensureDeferred(trader.trade()) for trader in self.traders], fireOnOneErrback=True, consumeErrors=True
        )

    async def kill(self) -> None:
        """SIGKILL the container: soon after it was started, or in the middle of its work."""
        await until(lambda: self.node.workers().get(CONTAINER, self._killed) != self._killed)
        if self.chance.random() < KILLS_DURING_START:
            await pause(self.chance.uniform(0, LONGEST_START_S))
        else:
            await self.is_busy(self.chance.randint(1, MOST_ACKNOWLEDGED))
            await self._resume()
            await self._ask_state()
        self._killed = self.node.workers()[CONTAINER]
        os.kill(self._killed, signal.SIGKILL)
        self.kills += 1

    async def is_busy(self, acknowledged: int) -> None:
        """Wait until so many more calls are acknowledged."""
        wanted = self.acknowledged + acknowledged
        await until(lambda: self.acknowledged >= wanted or self._trading.called)
        if self._trading.called:
            await self._trading

    @property
    def acknowledged(self) -> int:
        """How many calls of all traders were answered."""
        return sum(trader.acknowledged for trader in self.traders)

    async def stop_trading(self) -> None:
        """Let everybody finish, take what is open off, and wait until all has arrived."""
        for trader in self.traders:
            trader.is_done = True
        await self._trading
        for trader in self.traders:
            await trader.ask("orders.cancel_all")
        for trader in self.traders:
            for log in trader.logs.values():
                state, _ = await trader.ask("stream.get", topic=log.topic)
                await until(_has_come(log, state))

    async def stop(self) -> None:
        """Everybody leaves."""
        for client in (self.desk, *(trader.client for trader in self.traders)):
            await client.stop()

    async def _resume(self) -> None:
        """Ask what came since some number of some topic, without having been away."""
        trader = self.chance.choice(self.traders)
        log = self.chance.choice(list(trader.logs.values()))
        epoch, newest = log.place
        seq = max(0, newest - self.chance.randint(0, LONGEST_BACK))
        answer, _ = await trader.ask("stream.resume", topic=log.topic, epoch=epoch, seq=seq)
        self.resumed.append(Resumed(log.topic, seq, answer))

    async def _ask_state(self) -> None:
        """Ask for the whole state of open orders or balances."""
        trader = self.chance.choice(self.traders)
        topic = trader.logs[self.chance.choice(("orders", "wallet"))].topic
        answer, _ = await trader.ask("stream.get", topic=topic)
        self.states.append(Told(topic, answer))

    def _listen(self, change: Any) -> None:
        session = self.desk.connection.session
        if change.phase is Phase.LIVE and session is not None:
            session.subscribe("tapecast.user", "prefix", self.wire.receive, on_revoked=_fail, done=_subscribed)


def _has_come(log: Any, state: Any) -> Callable[[], bool]:
    return lambda: bool(log.place == (state["epoch"], state["seq"]))


def _fail() -> None:
    raise AssertionError("a subscription was taken away")


def _subscribed(_subscription: object, error: object) -> None:
    assert error is None, error


async def pause(duration_s: float) -> None:
    """Let time go by: what is tested happens in other processes."""
    await deferLater(reactor, duration_s)


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    for _ in range(int(PATIENCE_S / POLL_S)):
        if condition():
            return
        await pause(POLL_S)
    raise AssertionError("it has not come about")
