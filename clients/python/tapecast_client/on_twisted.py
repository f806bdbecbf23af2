"""The client and the publisher for Twisted."""

import inspect
import random
import time
from collections.abc import Callable
from typing import Any

from autobahn.twisted.websocket import WampWebSocketClientFactory, WampWebSocketClientProtocol
from autobahn.websocket.util import parse_url
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.ssl import optionsForClientTLS
from twisted.logger import Logger
from twisted.python.failure import Failure

from tapecast_client.client_core import ClientCore
from tapecast_client.connection import ConnectionChange
from tapecast_client.driver import Attempt, Timer, TokenSource
from tapecast_client.errors import ClientError
from tapecast_client.intake_queue import IntakeQueue
from tapecast_client.link import Phase
from tapecast_client.publisher_core import HandInRefused, PublisherCore
from tapecast_client.transport import GatewayTransport, serializers

_log = Logger(namespace="tapecast_client")


class Client(ClientCore):
    """
    A client of the gateway on a Twisted reactor.

    What it follows and calls, `ClientCore` says; all callbacks come on the reactor's thread.
    """

    def __init__(
        self,
        reactor: Any,
        url: str,
        *,
        token: TokenSource | None = None,
        first_delay_s: float = 0.5,
        longest_delay_s: float = 30.0,
    ) -> None:
        """
        Prepare a client; `start` connects it.

        Args:
            reactor: Twisted's.
            url: Where the gateway is, such as `ws://127.0.0.1:8080/ws`.
            token: Called for a token before each connection and when one expires; it returns text, or a Deferred or
                coroutine of it. None joins as anonymous.
            first_delay_s: The first wait before connecting again.
            longest_delay_s: The longest one.
        """
        driver = _Driver(reactor, url)
        super().__init__(driver, token_source=token, first_delay_s=first_delay_s, longest_delay_s=longest_delay_s)
        self._ended: list[Deferred[ConnectionChange]] = []
        self.on_connection_change(self._tell_end)

    def start(self) -> None:
        """Connect, and stay connected."""
        self.connection.start()

    def stop(self) -> "Deferred[ConnectionChange]":
        """Leave; the Deferred fires when the connection is closed."""
        ended = self.ended()
        self.connection.stop()
        return ended

    def ended(self) -> "Deferred[ConnectionChange]":
        """Wait until the client has ended for good: it was stopped, or told not to come back."""
        ended: Deferred[ConnectionChange] = Deferred()
        if self.connection.has_ended:
            ended.callback(ConnectionChange(phase=Phase.ENDED))
        else:
            self._ended.append(ended)
        return ended

    def call(self, procedure: str, **arguments: Any) -> "Deferred[Any]":
        """
        Call a procedure; the Deferred gives its one value.

        It fails with a `CallRefused`, a `NotConnected` where there is no session, or a `ConnectionLost` where it ended
        before the answer.
        """
        answer: Deferred[Any] = Deferred()

        def done(result: Any, error: ClientError | None) -> None:
            if answer.called:
                return
            if error is None:
                answer.callback(result)
            else:
                answer.errback(error)

        self.ask(procedure, arguments, done)
        return answer

    def _tell_end(self, change: ConnectionChange) -> None:
        if change.phase is Phase.ENDED:
            ended, self._ended = self._ended, []
            for one in ended:
                one.callback(change)


class Publisher(PublisherCore):
    """
    Hands in a platform's own events, in order, whatever becomes of the connection meanwhile.

    What it hands in, `IntakeForms` says.

    Attributes:
        client: Its client.
    """

    def __init__(
        self,
        reactor: Any,
        url: str,
        *,
        venue: str | None = None,
        token: TokenSource,
        max_waiting: int = 10_000,
        on_refused: Callable[[HandInRefused], object] | None = None,
    ) -> None:
        """
        Prepare a publisher; `start` connects it.

        Args:
            reactor: Twisted's.
            url: Where the gateway is.
            venue: The platform's name in topics of its market: 1 to 16 of `a-z0-9`; accounts need none.
            token: As for `Client`; of role `service`.
            max_waiting: How many events may wait; one more raises `QueueFull`.
            on_refused: Takes what the gateway will not have. Without it the log is told.
        """
        self.client = Client(reactor, url, token=token)
        queue = IntakeQueue(max_waiting=max_waiting)
        super().__init__(self.client, venue=venue, queue=queue, on_refused=on_refused)

    def start(self) -> None:
        """Connect, and stay connected."""
        self.client.start()

    def drained(self) -> "Deferred[None]":
        """Wait until everything is acknowledged or refused, or the client has ended for good; `waiting` tells which."""
        drained: Deferred[None] = Deferred()
        self.when_drained(lambda: drained.callback(None))
        return drained

    async def stop(self) -> None:
        """Wait until everything is handed in, then leave."""
        await self.drained()
        await self.client.stop()


class _Protocol(GatewayTransport, WampWebSocketClientProtocol):
    """Autobahn's protocol with ours in front of it."""


class _Driver:
    """Twisted, as the cores see it."""

    def __init__(self, reactor: Any, url: str) -> None:
        self._reactor = reactor
        self._url = url
        self._is_secure, self._host, self._port = parse_url(url)[:3]

    def now_ns(self) -> int:
        """Nanoseconds on the clock that the reactor's timers go by."""
        return int(self._reactor.seconds() * 1e9)

    def wall_clock_ns(self) -> int:
        """What time it is, UNIX nanoseconds."""
        return time.time_ns()

    def random(self) -> float:
        """Chance."""
        return random.random()  # noqa: S311 - it spreads clients, and protects nothing

    def schedule(self, delay_s: float, action: Callable[[], None]) -> Timer:
        """Do something later."""
        timer: Timer = self._reactor.callLater(delay_s, action)
        return timer

    def open(self, attempt: Attempt) -> Callable[[], None]:
        """Connect."""
        factory = WampWebSocketClientFactory(None, url=self._url, serializers=serializers(), reactor=self._reactor)
        factory.noisy = False
        factory.protocol = _Protocol
        factory.attempt, factory.report = attempt, self.report
        endpoint: Any = HostnameEndpoint(self._reactor, self._host, self._port)
        if self._is_secure:
            endpoint = wrapClientTLS(optionsForClientTLS(self._host), endpoint)
        connecting = endpoint.connect(factory)
        protocols: list[Any] = []

        def failed(failure: Failure) -> None:
            error = failure.value
            attempt.closed(None, None, error if isinstance(error, Exception) else ConnectionError(str(error)))

        def abort() -> None:
            connecting.cancel()
            for protocol in protocols:
                protocol.transport.abortConnection()

        connecting.addCallback(protocols.append)
        connecting.addErrback(failed)
        return abort

    def fetch(self, source: TokenSource, done: Callable[[str | None, Exception | None], None]) -> None:
        """Get a token."""

        async def get() -> str | None:
            token = source()
            result: str | None = await token if inspect.isawaitable(token) else token
            return result

        def failed(failure: Failure) -> None:
            error = failure.value
            done(None, error if isinstance(error, Exception) else RuntimeError(str(error)))

        Deferred.fromCoroutine(get()).addCallbacks(lambda token: done(token, None), failed)

    def report(self, what: str, error: object) -> None:
        """Write to Twisted's log."""
        _log.warn("{what}: {error}", what=what, error=error)
