"""An event loop and a gateway at the seams of the Python client: time moves, and messages come, as the test says."""

from collections.abc import Callable
from typing import Any

import attrs
from autobahn.wamp import message, role
from tapecast_client.client_core import ClientCore
from tapecast_client.connection import ConnectionChange
from tapecast_client.driver import Attempt, Timer, TokenSource
from tapecast_client.events import Event
from tapecast_client.link import Phase
from twisted.internet.task import Clock

ANNOUNCEMENTS, HEARTBEAT = 101, 102
"""Ids of the client's own subscriptions."""

START_NS = 1_700_000_000_000_000_000
"""What time it is when a driver begins, UNIX nanoseconds."""

Token = str | None
FetchDone = Callable[[Token, Exception | None], None]


@attrs.define
class HandDriver:
    """
    Satisfies `Driver`; nothing happens by itself.

    Attributes:
        clock: The time, which only the test moves.
        gateways: The other end of each attempt, oldest first.
        fetches: What waits for a token that does not come at once.
        reports: What the log was told.
        chance: What `random` gives.
        holds_fetches: Whether tokens wait in `fetches`; else the source is asked at once.
    """

    clock: Clock = attrs.field(factory=Clock)
    gateways: "list[HandGateway]" = attrs.field(factory=list)
    fetches: list[FetchDone] = attrs.field(factory=list)
    reports: list[tuple[str, object]] = attrs.field(factory=list)
    chance: float = 0.0
    holds_fetches: bool = False

    def now_ns(self) -> int:
        return round(self.clock.seconds() * 1e9)

    def wall_clock_ns(self) -> int:
        return START_NS + self.now_ns()

    def random(self) -> float:
        return self.chance

    def schedule(self, delay_s: float, action: Callable[[], None]) -> Timer:
        return self.clock.callLater(delay_s, action)

    def open(self, attempt: Attempt) -> Callable[[], None]:
        gateway = HandGateway(attempt)
        self.gateways.append(gateway)
        return gateway.abort

    def fetch(self, source: TokenSource, done: FetchDone) -> None:
        if self.holds_fetches:
            self.fetches.append(done)
            return
        try:
            token = source()
        except RuntimeError as error:
            done(None, error)
        else:
            done(token, None)

    def report(self, what: str, error: object) -> None:
        self.reports.append((what, error))


@attrs.define
class HandGateway:
    """
    The gateway's end of one attempt.

    Attributes:
        sent: Every message of the client that was not taken yet, oldest first.
        is_closed: Whether the client closed in order.
        is_aborted: Whether the client gave it up.
    """

    attempt: Attempt
    sent: list[Any] = attrs.field(factory=list)
    is_closed: bool = False
    is_aborted: bool = False

    def send(self, message: Any) -> None:
        """Take a message of the client."""
        self.sent.append(message)

    def close(self) -> None:
        """The client closes."""
        self.is_closed = True

    def abort(self) -> None:
        """The client gives up."""
        self.is_aborted = True

    def take(self, kind: type) -> Any:
        """The oldest message of a kind that was not taken yet."""
        found = next((one for one in self.sent if isinstance(one, kind)), None)
        assert found is not None, f"no {kind.__name__} among {self.sent}"
        self.sent.remove(found)
        return found

    def take_call(self, procedure: str) -> Any:
        """The oldest call of a procedure that was not taken yet."""
        calls = [one for one in self.sent if isinstance(one, message.Call)]
        found = next((one for one in calls if one.procedure == procedure), None)
        assert found is not None, f"no call of {procedure} among {self.sent}"
        self.sent.remove(found)
        return found

    def open(self) -> Any:
        """The WebSocket is open; what the client says first."""
        self.attempt.opened(self)
        return self.take(message.Hello)

    def welcome(self, authrole: str = "public") -> None:
        """Let the client in."""
        features = {"broker": role.RoleBrokerFeatures(), "dealer": role.RoleDealerFeatures()}
        self.receive(message.Welcome(1, features, realm="tapecast", authrole=authrole))

    def join(self, authrole: str = "public") -> None:
        """Open and let in; the client's own subscriptions stand."""
        self.open()
        self.welcome(authrole)
        for topic, subscription in (("announcements", ANNOUNCEMENTS), ("heartbeat", HEARTBEAT)):
            assert self.grant(subscription).topic == f"tapecast.system.{topic}"

    def grant(self, subscription: int) -> Any:
        """Let the next subscription stand, under an id."""
        subscribe = self.take(message.Subscribe)
        self.receive(message.Subscribed(subscribe.request, subscription))
        return subscribe

    def answer(self, procedure: str, result: Any) -> Any:
        """Answer the oldest call of a procedure."""
        call = self.take_call(procedure)
        self.receive(message.Result(call.request, args=[result]))
        return call

    def refuse(self, request: Any, code: str, *, retry: bool = False, **details: Any) -> None:
        """Answer a call or a subscription with an error."""
        body = {"code": code, "message": "", "retry": retry, "details": details}
        uri = code if "." in code else f"tapecast.error.{code}"
        self.receive(message.Error(request.MESSAGE_TYPE, request.request, uri, kwargs=body))

    def publish(self, subscription: int, envelope: dict[str, Any], topic: str | None = None) -> None:
        """Send an event."""
        self.receive(message.Event(subscription, 1, kwargs=envelope, topic=topic))

    def receive(self, sent: Any) -> None:
        """Send any message to the client."""
        self.attempt.received(sent)

    def cut(self, code: int | None = None, reason: str | None = None, error: Exception | None = None) -> None:
        """End the connection."""
        self.attempt.closed(code, reason, error)


def envelope(seq: int, epoch: str = "a", **more: Any) -> dict[str, Any]:
    """An event's keyword arguments."""
    return {"type": "delta", "epoch": epoch, "seq": seq, "ts": "t", "payload": {"n": seq}, **more}


def ignore(_event: Event) -> None:
    """A subscriber whom nothing interests."""


def snapshot(seq: int, epoch: str = "a", delivery: str = "lossless") -> dict[str, Any]:
    """What `stream.get` answers."""
    return envelope(seq, epoch, type="snapshot", delivery=delivery)


@attrs.define
class ClientUnderTest:
    """
    A client on a hand-driven loop.

    Attributes:
        changes: What became of its connection.
    """

    driver: HandDriver
    client: ClientCore
    changes: list[ConnectionChange] = attrs.field(factory=list)

    @classmethod
    def start(cls, token_source: TokenSource | None = None, **options: Any) -> "ClientUnderTest":
        """A client that has begun to connect."""
        driver = HandDriver()
        under_test = cls(driver, ClientCore(driver, token_source=token_source, **options))
        under_test.client.on_connection_change(under_test.changes.append)
        under_test.client.connection.start()
        return under_test

    @property
    def gateway(self) -> HandGateway:
        """The other end of the newest attempt."""
        return self.driver.gateways[-1]

    @property
    def phases(self) -> list[Phase]:
        """What became of its connection, in words."""
        return [change.phase for change in self.changes]

    def join(self, authrole: str = "public") -> HandGateway:
        """Let the newest attempt in."""
        self.gateway.join(authrole)
        return self.gateway

    def wait(self, seconds: int) -> None:
        """Let time pass on a session that lives."""
        for _ in range(seconds):
            self.driver.clock.advance(1)
            self.gateway.publish(HEARTBEAT, envelope(1))

    def reconnect(self) -> HandGateway:
        """Wait for the next attempt, and let it in."""
        wait_s = self.changes[-1].retry_in_s
        assert wait_s is not None
        self.driver.clock.advance(wait_s)
        return self.join()
