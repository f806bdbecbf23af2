"""What a component inside the router worker may know of the router that hosts it."""

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

import attrs

from components.contract.roles import Role
from components.metrics.histogram import Histogram
from components.model.credentials import Credential
from components.model.sessions import JoinedSession

LANES = ("control", "lossless", "gapped", "conflated")
"""What waits for a connection, by class: messages that are no events, and events by their topic's delivery."""


@attrs.frozen(kw_only=True)
class ConnectionFigures:
    """
    How one connection gets along.

    Attributes:
        lag_ms: Age of the oldest event that waits; 0 where none does.
        waiting: How many messages wait, by lane, see `LANES`.
        waiting_bytes: How large they are together.
        conflated: Events that a newer one replaced while they waited.
        dropped: Events of gapped topics that went to make room.
        sent_messages: Messages that went out.
        sent_bytes: Bytes that went out, with what is around the messages.
        max_hz: Events a second and conflated topic that the connection gets now; None is no limit.
        background: Whether gapped topics are held until the client comes back.
    """

    lag_ms: int
    waiting: Mapping[str, int]
    waiting_bytes: int
    conflated: int
    dropped: int
    sent_messages: int
    sent_bytes: int
    max_hz: float | None
    background: bool


@attrs.frozen(kw_only=True)
class RouterFigures:
    """
    What a router process has counted since its start.

    Attributes:
        received: Messages by WAMP type, `publish`.
        sent: The same of messages to clients.
        processing: How long a message took, by WAMP type.
        deliveries: From an event's arrival to its receivers' sockets, by topic family.
        connections: How many are open now.
        lifetimes: How long those lived that are gone.
        closes: Connections that ended, by reason.
        refusals: What was one too many, by limit.
        thinned: Events that a client did not get because it was slow, by delivery class and fate.
        subscriptions: How many are held now, by topic family.
    """

    received: Mapping[str, int]
    sent: Mapping[str, int]
    processing: Mapping[str, Histogram]
    deliveries: Mapping[str, Histogram]
    connections: int
    lifetimes: Histogram
    closes: Mapping[str, int]
    refusals: Mapping[str, int]
    thinned: Mapping[tuple[str, str], int]
    subscriptions: Mapping[str, int]


@attrs.frozen(kw_only=True)
class SessionView:
    """
    One joined session.

    Attributes:
        user_id: The token's user, or the anonymous session's own name.
        expires_at: When the token ends, ISO-8601; None for a session without one.
        serializer: `json`, `msgpack` or `cbor`; None for a session inside the worker.
        subscriptions: How many it holds.
        connection: How its connection gets along; None for a session inside the worker.
        device: What the client said of what it runs on: `type`, `version`, `background`.
        limits: What it may do, by the name of the limit.
    """

    session_id: int
    user_id: str
    role: Role
    expires_at: str | None
    serializer: str | None
    subscriptions: int
    connection: ConnectionFigures | None
    device: Mapping[str, object] | None
    limits: Mapping[str, object]


@attrs.frozen(kw_only=True)
class SessionNews:
    """
    What a user is to be told of one of the user's sessions.

    Attributes:
        user_id: Whom it concerns.
        event: What has happened, `token_expiring`.
        body: More of it, as it is told.
    """

    session_id: int
    user_id: str
    event: str
    body: Mapping[str, object]


@attrs.frozen(kw_only=True)
class Renewal:
    """
    What a session is with another token.

    Attributes:
        expires_at: When the token ends, ISO-8601.
        ended_subscriptions: What it followed and may not any more, sorted.
    """

    expires_at: str
    role: Role
    ended_subscriptions: tuple[str, ...] = ()


class RouterView(Protocol):
    """The router as its own components see it."""

    def find_session(self, session_id: int) -> SessionView | None:
        """A session that is joined now."""

    def list_sessions(self, user_ids: Iterable[str]) -> list[JoinedSession]:
        """The sessions of some users that are joined now; of those with a token, as any other can have any name."""

    def count_sessions(self) -> Mapping[Role, int]:
        """How many sessions are joined, by role; those inside the worker do not count."""

    def count_subscribers(self, topic: str) -> int:
        """How many sessions get the events of a topic, by whatever pattern."""

    def set_pace(self, session_id: int, *, max_hz: float | None, background: bool) -> None:
        """Send a session so many events a second and conflated topic; in background hold its gapped topics."""

    def renew(self, session_id: int, credential: Credential) -> Renewal | None:
        """
        Let a session go on with another token of its user, and be of that token's role at once.

        Returns:
            What it is now; None where there is no such session, or it came without a token.

        Raises:
            TokenRejected: The operator lets nobody in with this token; the session is as it was.
        """

    def watch_news(self, tell: Callable[[SessionNews], None]) -> None:
        """Hand over what users are to be told of their sessions, from now on."""

    def refusal_of(self, procedure: str) -> str | None:
        """What whoever calls a procedure is told while the gateway is worked on; None where it is answered."""

    def figures(self) -> RouterFigures:
        """What the process has counted."""

    def count_waiting(self) -> Mapping[str, int]:
        """How many messages wait for all connections together, by lane."""
