"""What the log of security says of a session: that it began and where it comes from, when it ended and why."""

import time
from typing import Any

import attrs
from twisted.logger import Logger

from auth.authenticator import ANONYMOUS, LOCAL
from auth.component import tell_observers
from components.contract.envelope import NS_PER_S
from components.contract.roles import Role

LEFT = "left"
"""Why a session ended that said GOODBYE."""

ACCEPTED = "accepted"
"""What becomes of a join that is not refused, as it is counted."""

_security = Logger(namespace="tapecast.security")


@attrs.frozen(kw_only=True)
class SessionRecord:
    """
    A session of somebody in particular that has begun, as its end is told.

    Attributes:
        address: Where it comes from, behind our own proxies; None over a local socket.
        began_ns: Monotonic time.
    """

    session_id: int
    user_id: str
    address: str | None
    began_ns: int

    def report_end(self, reason: str) -> None:
        """Tell that it has ended, and why: by the last word of a close, or since it `left`, or by its peer."""
        _security.info(
            "session {session} of {user_id} from {address} has ended: {reason}, after {seconds} s",
            event="session_ended",
            session=self.session_id,
            user_id=self.user_id,
            address=self.address,
            reason=reason,
            seconds=(time.monotonic_ns() - self.began_ns) // NS_PER_S,
        )


def report_join(session: Any, details: Any) -> SessionRecord | None:
    """
    Count a session that has joined, and tell of it where it is somebody's in particular.

    Returns:
        What tells its end; None where that is not told.
    """
    role = details.authrole
    if role == Role.GATEWAY:
        return None
    is_local = details.authmethod == ANONYMOUS and role != Role.PUBLIC
    method = LOCAL if is_local else details.authmethod
    tell_observers(method, ACCEPTED)
    if role == Role.PUBLIC:
        return None
    place = session._transport.place
    client = None if place is None else place.client
    record = SessionRecord(
        session_id=details.session,
        user_id=details.authid,
        address=None if client is None else str(client),
        began_ns=time.monotonic_ns(),
    )
    _security.info(
        "joined as {role} by {method}, session {session}, user {user_id}, from {address}, key {key_id}",
        event="joined",
        role=role,
        method=method,
        session=record.session_id,
        user_id=record.user_id,
        address=record.address or "this machine",
        key_id=session.credential and session.credential.key_id,
    )
    return record
