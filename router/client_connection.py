"""What the connections of clients have in common, over whatever transport: a deadline to join, and a told end."""

from typing import Any

from autobahn.wamp import message
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger

from auth.component import tell_observers
from components.contract.errors import ERROR_PREFIX, JOIN_TIMEOUT, NODE_FULL, Close
from router.figures import CLOSED_BY_PEER, LOST
from router.joining import JoinRefusal, join_refusal
from router.places import Place

_security = Logger(namespace="tapecast.security")


class ClientConnection:
    """
    One client's connection; the protocol of its transport is the other half.

    Never does: stay open without a session, or after it was told to end; tell a client of the node's insides.

    Attributes:
        factory: Makes the protocol; has `reactor`, `turn` and `join_timeout_s`.
        place: The connection's place in the node.
        is_local: Whether the operating system has said who the client is.
    """

    factory: Any
    place: Place | None = None
    is_local = False
    _session: Any
    _deadline: IDelayedCall | None = None
    _opened_ns: int | None = None
    _ended_with: Close | None = None

    def end(self, close: Close) -> None:
        """End the connection, and say why."""
        raise NotImplementedError

    def take_bearer(self) -> str | None:
        """The token that the connection began with, where its transport has a place for one; it is given once."""
        return None

    def own_limits(self) -> dict[str, object]:
        """What holds for this connection because of its transport, by name."""
        raise NotImplementedError

    def begin_to_join(self) -> None:
        """Count a connection that is open, and give the client a deadline to join."""
        self._opened_ns = self.factory.turn.clock_ns()
        self.factory.turn.figures.connection_opened()
        self._await_join()
        if self.place is not None and self.place.is_surplus:
            self.end(NODE_FULL)

    def as_told(self, msg: Any) -> tuple[Any, Close | None]:
        """
        A message of the router's as the client is told it, and the close that comes behind it, if any.

        Deadlines begin and end with what these messages say.
        """
        if isinstance(msg, message.Welcome):
            self._cancel_deadline()
            _hide_node(msg)
        elif isinstance(msg, message.Abort):
            refusal = join_refusal(msg.reason, msg.message)
            if not msg.reason.startswith(ERROR_PREFIX):
                self._report_refusal(refusal, msg.reason)
            return message.Abort(refusal.reason, refusal.text), refusal.close
        elif isinstance(msg, message.Goodbye):
            self._await_join()
        return msg, None

    def forget_connection(self, *, was_clean: bool) -> None:
        """Give its place free, since the connection is gone, and count how it ended."""
        if self.place is not None:
            self.place.leave()
        self._cancel_deadline()
        if self._opened_ns is None:
            return
        turn = self.factory.turn
        turn.figures.connection_closed(turn.clock_ns() - self._opened_ns, self.reason_of_end(was_clean=was_clean))

    def reason_of_end(self, *, was_clean: bool) -> str:
        """Why it is gone: the last word of the close that it was told, or that it was not we who ended it."""
        if self._ended_with is not None:
            return self._ended_with.reason.rpartition(".")[2]
        return CLOSED_BY_PEER if was_clean else LOST

    def _report_refusal(self, refusal: JoinRefusal, crossbars_reason: str) -> None:
        """Count and log what Crossbar refused: the authenticator does so only for what came to it."""
        _security.warn(
            "join refused as {code}, session {session}: {reason}",
            event="join_refused",
            code=refusal.code.value,
            reason=crossbars_reason,
            session=self._session._pending_session_id,
        )
        tell_observers(None, refusal.code.value)

    def _await_join(self) -> None:
        self._cancel_deadline()
        if self.factory.join_timeout_s:
            self._deadline = self.factory.reactor.callLater(self.factory.join_timeout_s, self.end, JOIN_TIMEOUT)

    def _cancel_deadline(self) -> None:
        if self._deadline is not None and self._deadline.active():
            self._deadline.cancel()
        self._deadline = None


def _hide_node(welcome: Any) -> None:
    """Take process and worker ids, which Crossbar tells everyone, out of a WELCOME and the session's own details."""
    welcome.custom = None
    for key in [key for key in welcome.authextra or () if key.startswith("x_cb_")]:
        del welcome.authextra[key]
