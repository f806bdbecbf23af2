"""What the log of security says of a session: that it began and where it comes from, when it ended and why."""

import time
from typing import Any

import attrs
from twisted.logger import Logger

from components.contract.envelope import NS_PER_S
from components.contract.roles import Role

LEFT = "left"
"""Why a session ended that said GOODBYE."""

_UNNAMED = (Role.PUBLIC, Role.GATEWAY)
"""Whose sessions are only counted: they are nobody in particular, or our own."""

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


def report_begin(session: Any, details: Any) -> SessionRecord | None:
    """Tell that a session has begun, where it is somebody's in particular."""
    if details.authrole in _UNNAMED:
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
        "session {session} of {user_id} from {address} has begun, as {role} by {method}, key {key_id}",
        event="session_began",
        session=record.session_id,
        user_id=record.user_id,
        address=record.address,
        role=details.authrole,
        method=details.authmethod,
        key_id=None if session.credential is None else session.credential.key_id,
    )
    return record
