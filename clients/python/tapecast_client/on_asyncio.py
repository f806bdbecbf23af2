"""The client and the publisher for asyncio."""

import asyncio
import inspect
import logging
import random
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import txaio
from autobahn.asyncio.websocket import WampWebSocketClientFactory, WampWebSocketClientProtocol
from autobahn.websocket.util import parse_url

from tapecast_client.client_core import ClientCore
from tapecast_client.connection import ConnectionChange
from tapecast_client.driver import Attempt, Timer, TokenSource
from tapecast_client.errors import ClientError
from tapecast_client.intake_queue import IntakeQueue
from tapecast_client.link import Phase
from tapecast_client.publisher_core import HandInRefused, PublisherCore
from tapecast_client.transport import GatewayTransport, serializers

_log = logging.getLogger("tapecast_client")


class Client(ClientCore):
    """
    A client of the gateway on an asyncio event loop; `async with` starts and stops it.

    What it follows and calls, `ClientCore` says; all callbacks come on the loop's thread, and must not wait.
    """

    def __init__(
        self,
        url: str,
        *,
        token: TokenSource | None = None,
        first_delay_s: float = 0.5,
        longest_delay_s: float = 30.0,
    ) -> None:
        """
        Prepare a client; `start` connects it.

        Args:
            url: Where the gateway is, such as `ws://127.0.0.1:8080/ws`.
            token: Called for a token before each connection and when one expires; it returns text, or something to
                await for it. None joins as anonymous.
            first_delay_s: The first wait before connecting again.
            longest_delay_s: The longest one.
        """
        super().__init__(_Driver(url), token_source=token, first_delay_s=first_delay_s, longest_delay_s=longest_delay_s)
        self._ended: list[asyncio.Future[ConnectionChange]] = []
        self.on_connection_change(self._tell_end)

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def start(self) -> None:
        """Connect, and stay connected; to be called while the loop runs."""
        self.connection.start()

    async def stop(self) -> ConnectionChange:
        """Leave, and wait until the connection is closed."""
        self.connection.stop()
        return await self.ended()

    async def ended(self) -> ConnectionChange:
        """Wait until the client has ended for good: it was stopped, or told not to come back."""
        if self.connection.has_ended:
            return ConnectionChange(phase=Phase.ENDED)
        ended: asyncio.Future[ConnectionChange] = asyncio.get_running_loop().create_future()
        self._ended.append(ended)
        return await ended

    def call(self, procedure: str, **arguments: Any) -> "asyncio.Future[Any]":
        """
        Call a procedure; the Future gives its one value.

        It fails with a `CallRefused`, a `NotConnected` where there is no session, or a `ConnectionLost` where it ended
        before the answer.
        """
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        def done(result: Any, error: ClientError | None) -> None:
            if answer.done():
                return
            if error is None:
                answer.set_result(result)
            else:
                answer.set_exception(error)

        self.ask(procedure, arguments, done)
        return answer

    def _tell_end(self, change: ConnectionChange) -> None:
        if change.phase is Phase.ENDED:
            ended, self._ended = self._ended, []
            for one in ended:
                if not one.done():
                    one.set_result(change)


class Publisher(PublisherCore):
    """
    Hands in a platform's own events, in order, whatever becomes of the connection meanwhile.

    What it hands in, `IntakeForms` says; `async with` starts it, and stops it when everything is handed in.

    Attributes:
        client: Its client.
    """

    def __init__(
        self,
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
            url: Where the gateway is.
            venue: The platform's name in topics of its market: 1 to 16 of `a-z0-9`; accounts need none.
            token: As for `Client`; of role `service`.
            max_waiting: How many events may wait; one more raises `QueueFull`.
            on_refused: Takes what the gateway will not have. Without it the log is told.
        """
        self.client = Client(url, token=token)
        queue = IntakeQueue(max_waiting=max_waiting)
        super().__init__(self.client, venue=venue, queue=queue, on_refused=on_refused)

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            await self.drained()
        await self.client.stop()

    def start(self) -> None:
        """Connect, and stay connected; to be called while the loop runs."""
        self.client.start()

    async def drained(self) -> None:
        """Wait until everything is acknowledged or refused, or the client has ended for good; `waiting` tells which."""
        drained = asyncio.Event()
        self.when_drained(drained.set)
        await drained.wait()

    async def stop(self) -> None:
        """Wait until everything is handed in, then leave."""
        await self.drained()
        await self.client.stop()


class _Protocol(GatewayTransport, WampWebSocketClientProtocol):
    """Autobahn's protocol with ours in front of it."""


class _Driver:
    """asyncio, as the cores see it."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._is_secure, self._host, self._port = parse_url(url)[:3]
        self._tasks: set[asyncio.Task[None]] = set()

    def now_ns(self) -> int:
        """Nanoseconds on the clock that the loop's timers go by."""
        return time.monotonic_ns()

    def wall_clock_ns(self) -> int:
        """What time it is, UNIX nanoseconds."""
        return time.time_ns()

    def random(self) -> float:
        """Chance."""
        return random.random()  # noqa: S311 - it spreads clients, and protects nothing

    def schedule(self, delay_s: float, action: Callable[[], None]) -> Timer:
        """Do something later."""
        return asyncio.get_running_loop().call_later(delay_s, action)

    def open(self, attempt: Attempt) -> Callable[[], None]:
        """Connect."""
        loop = asyncio.get_running_loop()
        txaio.config.loop = loop
        factory = WampWebSocketClientFactory(None, url=self._url, serializers=serializers(), loop=loop)
        factory.protocol = _Protocol
        factory.attempt, factory.report = attempt, self.report
        transports: list[asyncio.Transport] = []

        async def connect() -> None:
            try:
                transport, _ = await loop.create_connection(
                    factory, self._host, self._port, ssl=True if self._is_secure else None
                )
            except OSError as error:
                attempt.closed(None, None, error)
                return
            transports.append(transport)

        task = self._run(connect())

        def abort() -> None:
            task.cancel()
            for transport in transports:
                transport.abort()

        return abort

    def fetch(self, source: TokenSource, done: Callable[[str | None, Exception | None], None]) -> None:
        """Get a token."""

        async def get() -> None:
            try:
                token = source()
                result = await token if inspect.isawaitable(token) else token
            except Exception as error:  # noqa: BLE001 - the user's code; whatever it is, it is tried again
                done(None, error)
                return
            done(result, None)

        self._run(get())

    def report(self, what: str, error: object) -> None:
        """Write to the log."""
        _log.warning("%s: %s", what, error)

    def _run(self, coroutine: Any) -> "asyncio.Task[None]":
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
