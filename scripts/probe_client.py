"""A client of the gateway that is made to look at it closely: sessions, what comes on a subscription, and HTTP."""

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import attrs
import treq
from autobahn.twisted.wamp import ApplicationSession
from autobahn.twisted.websocket import WampWebSocketClientFactory
from autobahn.wamp.exception import TransportLost
from autobahn.wamp.types import ComponentConfig, SubscribeOptions
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.ssl import optionsForClientTLS

REALM = "tapecast"

Envelope = dict[str, Any]
TopicEvent = tuple[str, Envelope]


class CheckFailed(Exception):
    """The gateway did not answer as it should."""


@attrs.frozen(kw_only=True)
class Gateway:
    """
    The gateway under test.

    Attributes:
        url: Where its pages are, without a slash at the end.
        timeout_s: How long it may take to answer, and an event to come.
    """

    url: str
    timeout_s: float

    @property
    def websocket_url(self) -> str:
        """Where WAMP is."""
        return f"ws{self.url.removeprefix('http')}/ws"

    async def in_time(self, waiting: "Deferred[Any]", what: str = "an answer") -> Any:
        """
        What a Deferred comes to.

        Raises:
            CheckFailed: It did not within the timeout.
        """

        def fail(_result: object, _timeout_s: float) -> None:
            raise CheckFailed(f"waited {self.timeout_s:g} s for {what}")

        return await waiting.addTimeout(self.timeout_s, reactor, onTimeoutCancel=fail)

    async def get(self, path: str) -> tuple[int, str, Any]:
        """The status, the content type, and the JSON of a path's answer; None where it is no JSON."""
        answer = await self.in_time(treq.get(f"{self.url}{path}", persistent=False))
        body = await self.in_time(answer.content())
        content_type = (answer.headers.getRawHeaders("content-type") or [""])[0]
        return answer.code, content_type, json.loads(body) if content_type == "application/json" else None

    async def join(self, token: str | None = None) -> "Client":
        """
        Join the realm: by ticket where there is a token, else as anonymous.

        Raises:
            CheckFailed: The gateway refused the join; the text begins with the error's URI.
        """
        parts = urlsplit(self.url)
        is_secure = parts.scheme == "https"
        host = parts.hostname or ""
        endpoint: Any = HostnameEndpoint(reactor, host, parts.port or (443 if is_secure else 80))
        if is_secure:
            endpoint = wrapClientTLS(optionsForClientTLS(host), endpoint)
        client = Client(self, token)
        await self.in_time(endpoint.connect(WampWebSocketClientFactory(lambda: client, url=self.websocket_url)))
        await self.in_time(client.joined, "the join")
        return client


class Client(ApplicationSession):
    """
    One session with the gateway.

    Attributes:
        joined: Fires with what WELCOME tells, or fails with what ABORT does.
    """

    def __init__(self, gateway: Gateway, token: str | None) -> None:
        super().__init__(ComponentConfig(REALM))
        self.joined: Deferred[Any] = Deferred()
        self._gateway = gateway
        self._token = token
        self._gone: Deferred[None] = Deferred()

    async def ask(self, procedure: str, **arguments: object) -> Any:
        """Call one of the gateway's procedures."""
        return await self._gateway.in_time(self.call(f"tapecast.{procedure}", **arguments))

    async def follow(self, topic: str, match: str = "exact") -> "Tape":
        """Subscribe, and keep what comes."""
        tape = Tape(self._gateway)
        options = SubscribeOptions(match=match, details=True)
        await self._gateway.in_time(self.subscribe(tape.receive, topic, options))
        return tape

    async def end(self) -> None:
        """Leave, and wait until the connection is gone."""
        with suppress(TransportLost):
            self.leave()
        await self._gateway.in_time(self._gone, "the connection to close")

    def onConnect(self) -> None:
        """Say hello."""
        self.join(REALM, ["anonymous" if self._token is None else "ticket"])

    def onChallenge(self, _challenge: object) -> str | None:
        """Show the token."""
        return self._token

    def onJoin(self, details: Any) -> None:
        """Tell who waits for the join."""
        if not self.joined.called:
            self.joined.callback(details)

    def onLeave(self, details: Any) -> None:
        """Tell who waits for the join that it was refused."""
        if not self.joined.called:
            self.joined.errback(CheckFailed(f"{details.reason}: {details.message}"))
        self.disconnect()

    def onDisconnect(self) -> None:
        """Tell who waits for the end, or still for the join."""
        if not self.joined.called:
            self.joined.errback(CheckFailed("the connection closed before the join"))
        self._gone.callback(None)


class Tape:
    """What came on one subscription, oldest first."""

    def __init__(self, gateway: Gateway) -> None:
        self.events: list[TopicEvent] = []
        self._gateway = gateway
        self._news: Deferred[None] = Deferred()

    def receive(self, *_args: object, details: Any, **envelope: Any) -> None:
        """Keep one event."""
        self.events.append((details.topic, envelope))
        news, self._news = self._news, Deferred()
        news.callback(None)

    async def until(self, is_enough: Callable[[list[TopicEvent]], bool], what: str) -> list[TopicEvent]:
        """
        All events, once they are enough.

        Raises:
            CheckFailed: They were not, and nothing more came within the timeout.
        """
        while not is_enough(self.events):
            await self._gateway.in_time(self._news, what)
        return self.events


def find_hole(events: Iterable[TopicEvent]) -> str | None:
    """Where `seq` does not go up in steps of one within an epoch, topic by topic; None where it does everywhere."""
    last: dict[str, tuple[str, int]] = {}
    for topic, event in events:
        epoch, seq = last.get(topic, (event["epoch"], event["seq"] - 1))
        if event["epoch"] == epoch and event["seq"] != seq + 1:
            return f"{topic}: seq {event['seq']} came after {seq}"
        last[topic] = event["epoch"], event["seq"]
    return None


def is_newer(event: Envelope, snapshot: Envelope) -> bool:
    """Whether an event comes after a snapshot of its topic."""
    return bool(event["epoch"] != snapshot["epoch"] or event["seq"] > snapshot["seq"])
