"""What a component inside the router worker may do with the sessions that the router has."""

from collections.abc import Callable, Iterable
from typing import Protocol

import attrs

from components.contract.errors import Close
from components.contract.roles import Role
from components.model.credentials import Credential
from components.model.entry import EntryRules
from components.model.paging import Place
from components.wamp.router_view import ConnectionFigures


@attrs.frozen(kw_only=True)
class ConnectedSession:
    """
    One client's session, as an operator sees it.

    Attributes:
        user_id: The token's user, or a name that nobody else has.
        address: Where it comes from, behind our own proxies; None over a local socket.
        joined_ns: Since when, UNIX nanoseconds.
        credential: What it was let in for; None without a token.
        subscriptions: How many it holds.
        connection: How its connection gets along; None inside the worker.
    """

    session_id: int
    user_id: str
    role: Role
    address: str | None
    joined_ns: int
    credential: Credential | None
    subscriptions: int
    connection: ConnectionFigures | None


class RouterControl(Protocol):
    """The router as the admin component moves it; the gateway's own sessions are not among what it sees."""

    def connected_sessions(self, behind: Place | None = None) -> Iterable[ConnectedSession]:
        """
        All clients' sessions that are joined now, in the order in which they joined.

        Args:
            behind: Leaves out those up to this place, and costs next to nothing for each of them.
        """

    def subscriptions_of(self, session_id: int) -> list[str]:
        """What a session follows: topics, and patterns with `*` or a trailing dot; empty for one that is gone."""

    def end_sessions(self, chosen: Callable[[ConnectedSession], bool], close: Close) -> list[ConnectedSession]:
        """End the connections of the chosen sessions, really and at once; returns whom it concerned."""

    def set_entry_rules(self, rules: EntryRules) -> None:
        """
        Hold from now on to what the operator has said.

        Whoever may not be connected any more is ended within a second: as `revoked`, `blocked` or `maintenance`.
        """
