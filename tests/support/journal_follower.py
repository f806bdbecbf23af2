"""A subscriber over a connection that is cut again and again, and what it got compared with the publisher's journal."""

import collections
import os
import random
import re
import signal
from pathlib import Path
from typing import Any

import attrs
from tapecast_client.errors import ClientError
from tapecast_client.events import ContinuityLost, Event
from tapecast_client.live_book import LiveBook
from tapecast_client.on_twisted import Client
from twisted.internet import reactor
from twisted.internet.task import deferLater

from components.contract.topics import Owner
from components.streams.sqlite_store import SqliteFile
from components.streams.stream import decoded
from tests.support.cuttable_proxy import CuttableProxy
from tests.support.journal_container import BOOK, INSTRUMENT, ORDERS, QUIET_NAME, VENUE, journal_path
from tests.support.node import RunningNode

Log = list[tuple[str, int, str]]
"""Epoch, number and order of every event."""

Snapshot = dict[str, Any]

PATIENCE_S = 60.0
POLL_S = 0.1


RESUMES = re.compile(r'tapecast_stream_resumes_total{result="(\w+)",topic="user.orders"} (\S+)')
AGAIN = " events published again"


@attrs.frozen(kw_only=True)
class Figures:
    """
    What a run came to.

    Attributes:
        events: Events of orders that arrived.
        cuts: How often the connection was cut.
        kills: How often the container was killed.
        published_again: Events that a new process published again, as it did not know that they had been sent.
        losses: How often a topic of orders went on with a snapshot.
        resumes: By how they ended, how often the client resumed a topic of orders.
    """

    events: int
    cuts: int
    kills: int
    published_again: int
    losses: int
    resumes: dict[str, int]


@attrs.define
class Follower:
    """
    Follows all that the container publishes.

    Attributes:
        states: By topic, where its log begins: the epoch and number of the first state.
        logs: By topic, every event behind that.
        losses: What the client said is missing.
        cuts: How often its connection was cut.
        kills: How often the container was killed.
        resumes: By how they ended, how often the client resumed a topic of orders.
    """

    node: RunningNode
    proxy: CuttableProxy
    client: Client
    book: LiveBook
    states: dict[str, tuple[str, int]] = attrs.field(factory=dict)
    logs: dict[str, Log] = attrs.field(factory=lambda: collections.defaultdict(list))
    losses: list[ContinuityLost] = attrs.field(factory=list)
    cuts: int = 0
    kills: int = 0
    resumes: dict[str, int] = attrs.field(factory=dict)

    @classmethod
    def start(cls, node: RunningNode) -> "Follower":
        """Connect by a proxy and follow everything."""
        proxy = CuttableProxy(reactor, node.port)
        token = node.token("desk", "risk", lifetime_s=3600)
        url = f"ws://127.0.0.1:{proxy.port}/ws"
        client = Client(reactor, url, token=lambda: token, first_delay_s=0.05, longest_delay_s=0.5)
        follower = cls(node, proxy, client, client.follow_book(VENUE, INSTRUMENT))
        for topic in ORDERS:
            client.subscribe(topic, follower.receive, on_loss=follower.losses.append)
        client.start()
        return follower

    def receive(self, event: Event) -> None:
        """Keep one event."""
        if event.is_state:
            self.states[event.topic] = (event.epoch, event.seq)
            self.logs[event.topic].clear()
        else:
            self.logs[event.topic].append((event.epoch, event.seq, event.payload["order_id"]))

    async def cut(self, moments: random.Random) -> None:
        """Lose the connection, and for a moment the way to a new one."""
        self.cuts += self.proxy.cut()
        self.proxy.is_closed = True
        await pause(moments.uniform(0, 0.5))
        self.proxy.is_closed = False

    async def kill(self) -> None:
        """SIGKILL the container, as soon as there is one."""
        await until(lambda: "market" in self.node.workers())
        os.kill(self.node.workers()["market"], signal.SIGKILL)
        self.kills += 1

    async def is_following(self, *, events: int = 1) -> None:
        """Wait until every topic has its first state, and so many more events have come of each."""
        wanted = {topic: len(self.logs[topic]) + events for topic in ORDERS}
        await until(lambda: self.book.is_synchronised and all(len(self.logs[one]) >= wanted[one] for one in ORDERS))

    async def come_to_rest(self) -> Snapshot:
        """Have nothing published any more, wait until everything has come, and give the book as its owner tells it."""
        (self.node.directory / "data" / QUIET_NAME).touch()
        for _ in range(int(PATIENCE_S / POLL_S)):
            await pause(POLL_S)
            try:
                rows = await self.client.call("tapecast.stream.list", prefix="tapecast.user")
                snapshot: Snapshot = await self.client.call("tapecast.stream.get", topic=BOOK)
            except ClientError:
                continue
            owned = {row["topic"]: (row["epoch"], row["seq"]) for row in rows}
            if all(owned.get(topic) == self.place(topic) for topic in ORDERS) and self.has_book_of(snapshot):
                return snapshot
        raise AssertionError("what was published does not arrive")

    def has_book_of(self, snapshot: Snapshot) -> bool:
        """Whether the local book is as new as a snapshot."""
        return (self.book.epoch, self.book.seq) == (snapshot["epoch"], snapshot["seq"])

    def place(self, topic: str) -> tuple[str, int]:
        """Where a topic of orders is."""
        log = self.logs[topic]
        return log[-1][:2] if log else self.states[topic]

    async def stop(self) -> None:
        """Leave, and note how the router says that the client's resumes ended."""
        for found in RESUMES.finditer(self.node.metrics()):
            self.resumes[found[1]] = int(float(found[2]))
        await self.client.stop()
        await self.proxy.stop()


def journal_logs(directory: Path) -> dict[str, Log]:
    """By topic of orders, all events that the journal has; nobody must use it now."""
    file = SqliteFile(journal_path(directory, Owner.TRADING))
    logs: dict[str, Log] = collections.defaultdict(list)
    for entry in file.open().entries:
        if entry.body is not None:
            payload: Any = decoded(entry.body)["payload"]
            logs[entry.topic].append((entry.epoch, entry.seq, payload["order_id"]))
    file.close()
    return logs


async def pause(duration_s: float) -> None:
    """Let time go by: what is tested happens in other processes."""
    await deferLater(reactor, duration_s)


async def until(condition: Any) -> None:
    """Wait until something is so."""
    for _ in range(int(PATIENCE_S / POLL_S)):
        if condition():
            return
        await pause(POLL_S)
    raise AssertionError("it has not come about")


def levels(book: LiveBook) -> dict[str, dict[str, str]]:
    """The levels of a local book, as text."""
    return {
        "bids": {str(price): str(size) for price, size in book.bids.levels()},
        "asks": {str(price): str(size) for price, size in book.asks.levels()},
    }


def told_levels(snapshot: Snapshot) -> dict[str, dict[str, str]]:
    """The levels of a snapshot."""
    return {side: dict(snapshot["payload"][side]) for side in ("bids", "asks")}


def check_against_journal(follower: Follower) -> Figures:
    """
    The follower's logs are the journal's, each event once and in order.

    Only once the node has ended: the journal is opened.
    """
    logs = journal_logs(follower.node.directory / "data")
    for topic in ORDERS:
        there = logs[topic]
        begins = next((place for place, one in enumerate(there, start=1) if one[:2] == follower.states[topic]), 0)
        assert follower.logs[topic] == there[begins:], topic
    again = [int(line.split(AGAIN)[0].split()[-1]) for line in follower.node.log if AGAIN in line]
    return Figures(
        events=sum(map(len, follower.logs.values())),
        cuts=follower.cuts,
        kills=follower.kills,
        published_again=sum(again),
        losses=len(follower.losses),
        resumes=follower.resumes,
    )
