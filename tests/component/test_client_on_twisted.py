"""The Python client's Twisted shell, over real sockets to a real router."""

import time
from typing import Any

import pytest_twisted
from autobahn.wamp.types import PublishOptions
from tapecast_client.errors import CallRefused, ConnectionLost, NotConnected
from tapecast_client.events import ContinuityLost, Event
from tapecast_client.link import Phase
from tapecast_client.on_twisted import Client, Publisher
from twisted.internet import reactor
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.logger import capturedLogs

from tests.support.client_driver import envelope, snapshot
from tests.support.node import free_port
from tests.support.role_tickets import TICKET
from tests.support.routers import OURS, RouterUnderTest, running

PATIENCE_S = 30
TOPIC = "tapecast.status.BTCUSDT"
DOUBLE, NEVER = "tapecast.market.get_price", "tapecast.market.get_ticker"
"""What the test answers in the market's place: a double word, and nothing."""


class Owner:
    """Publishes a topic, and answers for it."""

    def __init__(self, router: RouterUnderTest) -> None:
        self._gateway = router.gateway
        self.seq = 0

    async def begin(self) -> None:
        """Register what a client asks."""
        await self._gateway.joined
        await self._gateway.register(lambda **_topic: snapshot(self.seq), "tapecast.stream.get")
        await self._gateway.register(self._resume, "tapecast.stream.resume")

    def _resume(self, *, seq: int, **_place: str) -> dict[str, Any]:
        return {"recovered": True, "events": [envelope(number) for number in range(seq + 1, self.seq + 1)]}

    async def publish(self, count: int) -> None:
        """Publish so many events."""
        for _ in range(count):
            self.seq += 1
            await self._gateway.publish(TOPIC, options=PublishOptions(acknowledge=True), **envelope(self.seq))


class Seen:
    """What a client was told, for waiting until there is enough of it."""

    def __init__(self) -> None:
        self.news: list[Any] = []
        self._waiting: list[tuple[Any, Deferred[None]]] = []

    def keep(self, news: Any) -> None:
        """Take one."""
        self.news.append(news)
        for is_enough, waiting in list(self._waiting):
            if is_enough(self.news):
                self._waiting.remove((is_enough, waiting))
                waiting.callback(None)

    async def until(self, is_enough: Any) -> None:
        """Wait."""
        if not is_enough(self.news):
            waiting: Deferred[None] = Deferred()
            self._waiting.append((is_enough, waiting))
            await waiting.addTimeout(PATIENCE_S, reactor)


def last_is(phase: Phase) -> Any:
    return lambda changes: bool(changes) and changes[-1].phase is phase


def follow(port: int, **options: Any) -> tuple[Client, Seen, Seen]:
    """A client of this router with a topic to follow, what it tells of its connection, and what of the topic."""
    client = Client(reactor, f"ws://127.0.0.1:{port}", first_delay_s=0.001, **options)
    changes, events = Seen(), Seen()
    client.on_connection_change(changes.keep)
    client.subscribe(TOPIC, events.keep, on_loss=events.keep)
    client.start()
    return client, changes, events


def cut(client: Client) -> None:
    """Cut its connection off, as the network does."""
    attempt: Any = client.connection._attempt
    attempt._transport.transport.abortConnection()


@pytest_twisted.ensureDeferred
async def test_a_topic_is_followed_through_cut_connections() -> None:
    """Whatever is published while there is no connection comes when there is one again, each event once."""
    async with running(OURS) as router:
        owner = Owner(router)
        await owner.begin()
        client, changes, events = follow(router.port)
        await changes.until(last_is(Phase.LIVE))
        for count in (3, 4, 5):
            await owner.publish(count)
            await events.until(lambda news: news and news[-1].seq == owner.seq)
            cut(client)
            await owner.publish(count)
            await events.until(lambda news: news[-1].seq == owner.seq)
        await client.stop()

    assert not any(isinstance(event, ContinuityLost) for event in events.news)
    seqs = [event.seq for event in events.news if isinstance(event, Event) and not event.is_state]
    assert seqs == list(range(seqs[0], 25))


@pytest_twisted.ensureDeferred
async def test_calls_are_answered_refused_or_rejected() -> None:
    """A value, an error with its code, and an error of our own where the connection ends before the answer."""
    never: Deferred[None] = Deferred()
    async with running(OURS) as router:
        await router.gateway.joined
        await router.gateway.register(lambda instrument: instrument * 2, DOUBLE)
        await router.gateway.register(lambda: never, NEVER)
        client, changes, _ = follow(router.port)
        await changes.until(last_is(Phase.LIVE))

        assert await client.call(DOUBLE, instrument="x") == "xx"
        refusal = await client.call("tapecast.market.get_quote").addErrback(lambda failure: failure.value)
        waiting = client.call(NEVER).addErrback(lambda failure: failure.value)
        given_up = client.call(NEVER)
        given_up.addErrback(lambda _cancelled: None)
        given_up.cancel()
        cut(client)
        unsent = client.call(DOUBLE, instrument="x").addErrback(lambda failure: failure.value)
        rejected = await waiting
        await client.stop()
        never.callback(None)
        late = await client.call(DOUBLE, instrument="x").addErrback(lambda failure: failure.value)

    assert isinstance(refusal, CallRefused)
    assert isinstance(rejected, ConnectionLost)
    assert isinstance(await unsent, ConnectionLost)
    assert isinstance(late, NotConnected)


@pytest_twisted.ensureDeferred
async def test_any_kind_of_token_source_signs_in() -> None:
    """Text, a Deferred of it, or a coroutine; one that fails is told, and asked again."""

    async def coroutine() -> str:
        return "trader"

    def broken() -> str:
        raise LookupError("no token")

    async with running(OURS, ticket=TICKET) as router:
        for source in (lambda: "trader", lambda: succeed("trader"), coroutine):
            client, changes, _ = follow(router.port, token=source)
            await changes.until(last_is(Phase.LIVE))
            assert changes.news[-1].role == "trader"
            await client.stop()
        client, changes, _ = follow(router.port, token=broken)
        await changes.until(lambda news: [one.phase for one in news].count(Phase.WAITING) == 3)
        await client.stop()

    assert isinstance(changes.news[1].error, LookupError)


@pytest_twisted.ensureDeferred
async def test_a_port_where_nobody_listens_is_tried_again() -> None:
    """With the operating system's words for it; also where encryption was expected."""
    for scheme in ("ws", "wss"):
        client = Client(reactor, f"{scheme}://127.0.0.1:{free_port()}", first_delay_s=0.001)
        changes = Seen()
        client.on_connection_change(changes.keep)
        client.start()
        await changes.until(lambda news: [one.phase for one in news].count(Phase.WAITING) == 3)
        await client.stop()

        assert isinstance(changes.news[1].error, OSError | Exception)
        assert "refused" in changes.news[1].reason
        assert (await client.ended()).phase is Phase.ENDED


@pytest_twisted.ensureDeferred
async def test_a_message_that_cannot_be_read_ends_the_connection() -> None:
    """It is reported, and the next connection begins anew."""
    async with running(OURS) as router:
        client, changes, _ = follow(router.port)
        await changes.until(last_is(Phase.LIVE))
        transport: Any = client.connection._attempt._transport  # type: ignore[union-attr]  # it is live
        with capturedLogs() as reports:
            transport.onMessage(b"garbage", isBinary=True)
        await changes.until(lambda news: [one.phase for one in news].count(Phase.LIVE) == 2)
        transport.send("into the void")
        await client.stop()

    assert [report["what"] for report in reports if report.get("log_namespace") == "tapecast_client"] == [
        "a message cannot be read"
    ]


@pytest_twisted.ensureDeferred
async def test_a_publisher_hands_in_and_leaves() -> None:
    """In order, in as few calls as there were turns, and it stops when the gateway has everything."""
    handed_in: list[Any] = []
    async with running(OURS, ticket=TICKET) as router:
        await router.gateway.joined
        keep = lambda venue, events: handed_in.append((venue, events))  # noqa: E731 - an endpoint in one line
        await router.gateway.register(keep, "tapecast.intake.price")
        publisher = Publisher(reactor, f"ws://127.0.0.1:{router.port}", venue="acme", token=lambda: "service")
        publisher.start()
        publisher.price("X", "1")
        publisher.price("X", "2")
        await publisher.stop()

    assert [(venue, [event["price"] for event in events]) for venue, events in handed_in] == [("acme", ["1", "2"])]


@pytest_twisted.ensureDeferred
async def test_a_publisher_of_accounts_needs_no_venue() -> None:
    """Its numbers are of the time."""
    handed_in: list[Any] = []
    before_us = time.time_ns() // 1000

    def keep(events: list[Any]) -> None:
        handed_in.extend(events)

    async with running(OURS, ticket=TICKET) as router:
        await router.gateway.joined
        await router.gateway.register(keep, "tapecast.intake.wallet")
        publisher = Publisher(reactor, f"ws://127.0.0.1:{router.port}", token=lambda: "service")
        publisher.start()
        publisher.wallet("ann", "USDT", total="10")
        await publisher.stop()

    assert [(event["user_id"], event["total"]) for event in handed_in] == [("ann", "10")]
    assert before_us <= handed_in[0]["sequence"] <= time.time_ns() // 1000


def test_time_is_the_reactors() -> None:
    """Waits are made and measured by one clock."""
    clock: Any = Clock()
    client = Client(clock, "ws://127.0.0.1:1")
    clock.advance(2.5)

    assert client.driver.now_ns() == 2_500_000_000
    assert 0 <= client.driver.random() < 1
