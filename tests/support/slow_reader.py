"""A client over a real socket that stops reading when the test says so, and reads on."""

from collections.abc import Callable
from typing import Any

from tests.support.raw_websocket import CALL, ERROR, EVENT, SUBSCRIBE, SUBSCRIBED, RawWebSocket
from tests.support.routers import RouterUnderTest, turns

PRICE, OTHER_PRICE = "tapecast.price.BTCUSDT", "tapecast.price.ETHUSDT"
TRADES = "tapecast.trades.sim.BTCUSDT"
NEWS = "tapecast.system.announcements"
"""A conflated topic and another, a gapped one and a lossless one."""

FILLER = "tapecast.price.FILLER"
_FILLER_TEXT = "x" * 60_000
_STILL_ROUNDS = 50


class SlowReader:
    """
    One client that has joined as anonymous.

    Attributes:
        socket: Its end of the connection.
        server: The router's end.
        topics: What it subscribes to, by subscription id.
    """

    def __init__(self, router: RouterUnderTest, socket: RawWebSocket, server: Any) -> None:
        self.socket = socket
        self.server = server
        self.topics: dict[int, str] = {}
        self._router = router
        self._requests = 0

    @classmethod
    async def join(cls, router: RouterUnderTest, *topics: str) -> "SlowReader":
        """A client of a router that has subscribed to topics."""
        before = set(router.router._session_id_to_session)
        socket = await RawWebSocket.join(router.port)
        sessions = router.router._session_id_to_session
        (session_id,) = set(sessions) - before
        reader = cls(router, socket, sessions[session_id]._transport)
        for topic in (FILLER, *topics):
            await reader.subscribe(topic)
        return reader

    async def subscribe(self, topic: str, match: str = "exact") -> int:
        """Subscribe, and return the subscription id."""
        self._requests += 1
        self.socket.send(SUBSCRIBE, self._requests, {"match": match}, topic)
        kind, request, subscription_id = await self.socket.message()
        assert (kind, request) == (SUBSCRIBED, self._requests)
        self.topics[subscription_id] = topic
        return int(subscription_id)

    async def stop(self) -> None:
        """Read no more, until neither sockets nor kernel take anything of what the router sends."""
        self._transport.pauseProducing()
        await fill(self._router, self.server.outbox)

    def read(self) -> None:
        """Read on."""
        self._transport.resumeProducing()

    async def events(self, last: Callable[[str, int], bool]) -> list[tuple[str, int]]:
        """Topic and number of the events that come, up to the one that is the last."""
        events: list[tuple[str, int]] = []
        while not events or not last(*events[-1]):
            message = await self.socket.message()
            if message[0] == EVENT and self.topics[message[1]] != FILLER:
                events.append((message[3].get("topic") or self.topics[message[1]], message[5]["seq"]))
        return events

    async def kwargs_of(self, topic: str, *, count: int) -> list[dict[str, Any]]:
        """The keyword arguments of the next events of a topic."""
        events: list[dict[str, Any]] = []
        while len(events) < count:
            message = await self.socket.message()
            if message[0] == EVENT and self.topics[message[1]] == topic:
                events.append(message[5])
        return events

    async def settle(self) -> list[list[Any]]:
        """Everything that comes before the answer to a call, and before those to two more behind it."""
        messages: list[list[Any]] = []
        for number in range(3):
            self.socket.send(CALL, 1000 + number, {}, "tapecast.nothing")
            message = await self.socket.message()
            while message[0] != ERROR:
                messages.append(message)
                message = await self.socket.message()
        return messages

    @property
    def waiting(self) -> dict[str, int]:
        """How many messages wait for it in the router, by lane."""
        waiting: dict[str, int] = self.server.outbox.room.waiting()
        return waiting

    @property
    def _transport(self) -> Any:
        return self.socket.transport


async def fill(router: RouterUnderTest, outbox: Any) -> None:
    """Publish on `FILLER` until a connection that follows it, and does not read, takes nothing any more."""
    still_rounds = 0
    while still_rounds < _STILL_ROUNDS:
        sent_bytes = outbox.figures(0).sent_bytes
        router.gateway.publish(FILLER, text=_FILLER_TEXT)
        await turns()
        still_rounds = still_rounds + 1 if outbox.figures(0).sent_bytes == sent_bytes else 0


async def until(condition: Callable[[], bool]) -> None:
    """Let the reactor go around until a condition holds, which has to be soon."""
    for _ in range(100_000):
        if condition():
            return
        await turns(1)
    raise TimeoutError
