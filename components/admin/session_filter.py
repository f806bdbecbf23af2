"""Which sessions an operator means."""

import attrs

from components.admin.arguments import is_in, network_of, role_of, session_id_of
from components.contract.roles import Role
from components.model.arguments import user_id_of
from components.model.entry import Network
from components.model.errors import InvalidArgument
from components.wamp.router_control import ConnectedSession


@attrs.frozen(kw_only=True)
class SessionFilter:
    """
    Sessions for which all holds that is said; nothing said is all sessions.

    Attributes:
        network: Where they come from.
    """

    session_id: int | None = None
    user_id: str | None = None
    role: Role | None = None
    network: Network | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is said."""
        return self == SessionFilter()

    def matches(self, session: ConnectedSession) -> bool:
        """Whether a session is one of those."""
        return (
            self.session_id in (None, session.session_id)
            and self.user_id in (None, session.user_id)
            and self.role in (None, session.role)
            and (self.network is None or (session.address is not None and is_in(session.address, self.network)))
        )

    def names(self, session: ConnectedSession) -> bool:
        """Whether it says who, by session or user, and not only of what kind."""
        return self.session_id == session.session_id or self.user_id == session.user_id


def filter_of(
    *, session: object = None, user_id: object = None, role: object = None, address: object = None
) -> SessionFilter:
    """
    What an operator says of sessions.

    Raises:
        InvalidArgument: Something has not the form that it needs.
    """
    return SessionFilter(
        session_id=None if session is None else session_id_of("session", session),
        user_id=None if user_id is None else user_id_of("user_id", user_id),
        role=None if role is None else role_of(role),
        network=None if address is None else network_of(address),
    )


def named_filter(chosen: SessionFilter) -> SessionFilter:
    """
    The same, where it says anything.

    Raises:
        InvalidArgument: It would mean everybody.
    """
    if chosen.is_empty:
        raise InvalidArgument("session", "expected at least one of session, user_id, role and address")
    return chosen
