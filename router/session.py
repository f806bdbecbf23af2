"""The router's side of one client session: strict about the order of messages, silent about the node."""

from typing import Any

from autobahn.wamp import message
from autobahn.wamp.exception import ProtocolError
from crossbar.router.session import RouterSession, RouterSessionFactory

from auth.authenticator import ANONYMOUS
from auth.component import tell_observers
from components.contract.roles import Role
from router.turn import Turn

_BEFORE_JOIN = (message.Hello, message.Authenticate, message.Abort)


class GatewayRouterSession(RouterSession):
    """Crossbar's session, except that a message out of order ends the connection instead of being passed over."""

    def onOpen(self, transport: Any) -> None:
        """Begin on a new connection."""
        super().onOpen(transport)
        self._router_factory.connections.add(transport)

    def onClose(self, wasClean: bool) -> None:
        """Forget the connection: it is gone."""
        self._router_factory.connections.discard(self._transport)
        super().onClose(wasClean)

    def onMessage(self, msg: Any) -> None:
        """
        Take one message from the client.

        Raises:
            ProtocolError: It cannot come at this point of a session.
        """
        has_joined = self._session_id is not None
        if has_joined is isinstance(msg, _BEFORE_JOIN):
            raise ProtocolError(f"{type(msg).__name__} cannot come {'after' if has_joined else 'before'} the join")
        if getattr(msg, "forward_for", None):
            raise ProtocolError("forward_for is what routers say to each other; Crossbar would believe it")
        if isinstance(msg, message.Abort):
            # Crossbar would end a session that has not begun. The client has until the join deadline to start anew.
            self._pending_auth = None
        else:
            super().onMessage(msg)

    def onHello(self, realm: str, details: Any) -> Any:
        """Begin a join. What the client says of itself is dropped: Crossbar would tell it on as if it were verified."""
        details.authextra = None
        return super().onHello(realm, details)

    def onJoin(self, details: Any) -> None:
        """Let a client in. Nobody else counts those without a token: the configuration alone makes them `public`."""
        super().onJoin(details)
        if details.authmethod == ANONYMOUS and details.authrole == Role.PUBLIC:
            tell_observers(ANONYMOUS, "accepted")


class GatewayRouterSessionFactory(RouterSessionFactory):
    """Makes our session for each connection."""

    session = GatewayRouterSession

    @property
    def turn(self) -> Turn:
        """The process's turn, at whose end connections send."""
        turn: Turn = self._routerFactory.turn
        return turn
