"""Many clients that join at once, and stay."""

import time
from collections.abc import Callable, Sequence

from benchmarks.client import Client, ClientOptions, Script, UnexpectedAnswerError, expect
from benchmarks.encodings import JSON, Code, Encoding
from benchmarks.poller import Poller

REALM = "bench"
OPENING_AT_ONCE = 32
PATIENCE_S = 120.0

_ROLES: dict[str, dict[str, object]] = {"publisher": {}, "subscriber": {}, "caller": {}, "callee": {}}
_DETAILS = {"roles": _ROLES, "authmethods": ["anonymous"]}


def joining(client: Client, topics: Sequence[str] = (), *, realm: str = REALM) -> Script:
    """What a client says to join and to subscribe, one message after the other; a dot at a topic's end is a prefix."""
    client.send(Code.HELLO, realm, _DETAILS)
    expect(Code.WELCOME, (yield))
    for request, topic in enumerate(topics, start=1):
        client.send(Code.SUBSCRIBE, request, {"match": "prefix"} if topic.endswith(".") else {}, topic)
        expect(Code.SUBSCRIBED, (yield))


class Fleet:
    """
    Clients of one node.

    Attributes:
        clients: All that were opened, in order.
    """

    def __init__(
        self,
        poller: Poller,
        port: int,
        encoding: Encoding = JSON,
        *,
        options: Sequence[ClientOptions] = (ClientOptions(),),
    ) -> None:
        self.clients: list[Client] = []
        self._poller = poller
        self._port = port
        self._encoding = encoding
        self._options = options

    def begin(self, topics: Sequence[str] = ()) -> Client:
        """Begin to open one client, and do not wait for it."""
        options = self._options[len(self.clients) % len(self._options)]
        client = Client(self._poller, ("127.0.0.1", self._port), self._encoding, options)
        client.run(joining(client, topics))
        self.clients.append(client)
        return client

    def open(
        self, count: int, topics: Callable[[int], Sequence[str]] = lambda _place: (), *, at_once: int = OPENING_AT_ONCE
    ) -> list[Client]:
        """
        Open clients, and wait until all have joined and subscribed.

        Args:
            count: How many.
            topics: What each subscribes to, by its place.
            at_once: How many are on their way at any time.

        Raises:
            UnexpectedAnswerError: Not all were let in.
        """
        opened: list[Client] = []
        waiting: list[Client] = []
        deadline_s = time.monotonic() + PATIENCE_S
        while (waiting or len(opened) < count) and time.monotonic() < deadline_s:
            while len(opened) < count and len(waiting) < at_once:
                client = self.begin(topics(len(opened)))
                opened.append(client)
                waiting.append(client)
            self._poller.turn(0.05)
            waiting = [client for client in waiting if not client.ready_ns and client.close_code is None]
        ready = sum(client.ready_ns > 0 for client in opened)
        if ready < count:
            refusals = {client.refusal for client in opened if client.refusal}
            raise UnexpectedAnswerError(f"expected {count} clients to join, received {ready}; {refusals}")
        return opened

    def close(self) -> None:
        """End all connections."""
        for client in self.clients:
            client.close()
        self.clients.clear()
