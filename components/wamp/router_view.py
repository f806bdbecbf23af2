"""What a component inside the router worker may know of the router that hosts it."""

from collections.abc import Mapping
from typing import Protocol

import attrs

from components.contract.roles import Role


@attrs.frozen(kw_only=True)
class SessionView:
    """
    One joined session.

    Attributes:
        user_id: The token's user, or the anonymous session's own name.
        expires_at: When the token ends, ISO-8601; None for a session without one.
        serializer: `json`, `msgpack` or `cbor`; None for a session inside the worker.
        subscriptions: How many it holds.
    """

    session_id: int
    user_id: str
    role: Role
    expires_at: str | None
    serializer: str | None
    subscriptions: int


class RouterView(Protocol):
    """The router as its own components see it."""

    def find_session(self, session_id: int) -> SessionView | None:
        """A session that is joined now."""

    def count_sessions(self) -> Mapping[Role, int]:
        """How many sessions are joined, by role; those inside the worker do not count."""

    def count_subscribers(self, topic: str) -> int:
        """How many sessions get the events of a topic, by whatever pattern."""

    def limits(self) -> Mapping[str, int]:
        """What a connection may do: `max_message_bytes`, `join_timeout_ms`, `ping_interval_ms`."""
