"""The router: every action of every session passes one synchronous permission check."""

from collections.abc import Callable
from typing import Any

from autobahn.wamp import message
from autobahn.wamp.exception import ProtocolError
from autobahn.wamp.serializer import Serializer
from crossbar.router.role import RouterRole
from crossbar.router.router import Router, RouterFactory
from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger

from auth.permissions import Action, Match
from auth.service_keys import ServiceKeys
from components.contract.errors import ErrorCode
from components.contract.roles import Role
from components.contract.uris import shown_uri
from components.wamp.router_view import SessionNews
from router.broker import GatewayBroker
from router.connections import PlacedConnection
from router.dealer import GatewayDealer
from router.endings import Endings
from router.entrance import open_gate
from router.entry import Entry
from router.figures import Figures
from router.limit_settings import LimitSettings
from router.messages import PlainCall, PlainInvocation, PlainPublish, PlainResult, PlainYield
from router.refusal import NoSuchProcedure, Refused
from router.rules import rules_of
from router.token_watch import TokenWatch
from router.turn import Turn
from router.user_watch import UserWatch

_TEXTS = {
    ErrorCode.AUTHENTICATION_REQUIRED: "sign in to do this",
    ErrorCode.NOT_AUTHORIZED: "your role does not allow this",
    ErrorCode.UNKNOWN_TOPIC: "there is no such topic",
    ErrorCode.INVALID_ARGUMENT: "this is not a valid URI or pattern",
}

_security = Logger(namespace="tapecast.security")
_ROLES = {role.value: role for role in Role}


def _refuse(_session: Any, msg: Any) -> None:
    raise ProtocolError(f"unexpected {type(msg).__name__}")


_SESSION_EVENTS = ("wamp.session.on_join", "wamp.session.on_leave", "wamp.session.on_stats")
_UNEXPECTED = ("unexpected", _refuse)
_KINDS = {
    **{kind: kind.__name__.lower() for kind in Serializer.MESSAGE_TYPE_MAP.values()},
    PlainInvocation: "invocation",
    PlainResult: "result",
}


class GatewayRouter(Router):
    """
    Crossbar's router with permissions from the rules of its realm.

    It asks nobody and remembers nothing: role, user id, action, URI and match policy decide, each time. Crossbar's own
    service session is let through because it is that very object, not because of the name of its role.

    Attributes:
        rules: What holds in this realm.
        figures: What is counted.
        turn: The process's turn, at whose end connections send.
        entry: What an operator has said of who may be connected.
    """

    broker = GatewayBroker
    dealer = GatewayDealer

    def __init__(self, factory: Any, realm: Any, *arguments: Any, **options: Any) -> None:
        self.rules = rules_of(realm.config["name"])
        self.turn = factory.turn
        super().__init__(factory, realm, *arguments, **options)
        self.figures = factory.figures
        self.entry: Entry = factory.entry
        broker, dealer = self._broker, self._dealer
        self._handlers = {
            PlainPublish: ("publish", broker.processPublish),
            message.Publish: ("publish", broker.processPublish),
            message.Subscribe: ("subscribe", broker.processSubscribe),
            message.Unsubscribe: ("unsubscribe", broker.processUnsubscribe),
            message.Register: ("register", dealer.processRegister),
            message.Unregister: ("unregister", dealer.processUnregister),
            PlainCall: ("call", dealer.processCall),
            message.Call: ("call", dealer.processCall),
            message.Cancel: ("cancel", dealer.processCancel),
            PlainYield: ("yield", dealer.processYield),
            message.Yield: ("yield", dealer.processYield),
            message.Error: ("error", dealer.processInvocationError),
        }

    def process(self, session: Any, msg: Any) -> None:
        """
        Do what a session's message asks for.

        Raises:
            ProtocolError: It is not one that a client can send, or cannot come now.
        """
        begun_ns = self.turn.clock_ns()
        kind, handler = self._handlers.get(type(msg), _UNEXPECTED)
        handler(session, msg)
        self.figures.count_received(kind)
        self.figures.observe_processing(kind, self.turn.clock_ns() - begun_ns)

    def send(self, session: Any, msg: Any) -> None:
        """Send a message to a session, where it is not gone."""
        transport = session._transport
        if transport:
            transport.send(msg)
            self.figures.count_sent(_KINDS[type(msg)])

    def detach(self, session: Any = None) -> list[int]:
        """Forget a session that has ended, or all, without the line of the log that Crossbar makes of each."""
        return [self._detach(one) for one in ([session] if session else list(self._session_id_to_session.values()))]

    @property
    def service_session(self) -> Any:
        """Crossbar's session that publishes meta events; None while the realm starts."""
        return self._realm.session

    def watches_sessions(self) -> bool:
        """Whether anybody subscribes to what becomes of sessions."""
        return bool(self._broker._subscription_map.observed(_SESSION_EVENTS))

    def permit(self, session: Any, action: Action, uri: str, match: Match = Match.EXACT) -> None:
        """
        Let an action pass.

        Raises:
            Refused: The session may not do this, or there is no such thing.
        """
        if self._is_crossbars_own(session):
            return
        role = role_of(session)
        if role is None:
            raise Refused(ErrorCode.NOT_AUTHORIZED, f"{shown_uri(uri)}: {_TEXTS[ErrorCode.NOT_AUTHORIZED]}")
        decision = self.rules.decide(role, session._authid, action, uri, match)
        if decision.is_allowed:
            return
        if decision.error is None:
            raise NoSuchProcedure(uri)
        _security.debug(
            "{action} of {uri} refused to {role}, session {session}: {code}",
            action=action.value,
            uri=shown_uri(uri),
            role=role.value,
            session=session._session_id,
            code=decision.error.value,
        )
        raise Refused(decision.error, f"{shown_uri(uri)}: {_TEXTS[decision.error]}")

    def change_role(self, session: Any, role: Role) -> list[str]:
        """
        Let a session be of another role from now on, with all rights of it and no others; its calls go on.

        Returns:
            What it followed and may not any more, which has ended.
        """
        self._authrole_to_sessions[session._authrole].discard(session)
        self._authrole_to_sessions.setdefault(role.value, set()).add(session)
        # Crossbar looks here when the session leaves, and when somebody asks about it.
        session._authrole = session._session_details._authrole = role.value
        ended: list[str] = self._broker.end_forbidden(session)
        return ended

    def authorize(self, session: Any, uri: str, action: str, options: dict[str, Any]) -> "Deferred[dict[str, object]]":
        """Say the same in the form that Crossbar's own code asks for; callers are disclosed, publishers never."""
        try:
            self.permit(session, Action(action), uri, Match(options.get("match", "exact")))
        except Refused:
            is_allowed = False
        else:
            is_allowed = True
        discloses = action == "call" or self._is_crossbars_own(session)
        return succeed({"allow": is_allowed, "disclose": discloses, "cache": False})

    def _is_crossbars_own(self, session: Any) -> bool:
        return session is self.service_session


def role_named(name: object) -> Role | None:
    """The role of a name; None where the contract has none, as Crossbar's own `trusted`."""
    return _ROLES.get(name) if isinstance(name, str) else None


def role_of(session: Any) -> Role | None:
    """A session's role; None where the contract has none of that name."""
    return _ROLES.get(session._authrole)


class GatewayRouterFactory(RouterFactory):
    """
    Makes our router for each realm; a role of it is a name and nothing else.

    Attributes:
        connections: All that are open in this process.
        figures: What is counted of them.
        turn: The turn at whose end they send.
        gate: What they may have and do.
        token_watch: Ends the sessions whose tokens end.
        endings: Ends the connections that an operator wants ended.
        entry: What an operator has said of who may be connected.
        service_keys: Gives the keys of service accounts; None where there are none.
        user_watch: Tells sessions what a directory says of their users.
        tell_news: Takes what users are to be told of their sessions; it goes nowhere until somebody takes it.
    """

    router = GatewayRouter

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.connections: set[PlacedConnection] = set()
        self.figures = Figures()
        self.turn = Turn(self._reactor, self.figures)
        self.token_watch = TokenWatch(self._reactor)
        self.endings = Endings(self._reactor)
        self.entry = Entry()
        self.service_keys: Callable[[], ServiceKeys] | None = None
        self.user_watch = UserWatch()
        self.tell_news: Callable[[SessionNews], None] = lambda _news: None
        self.limit(LimitSettings())

    def limit(self, settings: LimitSettings) -> None:
        """Hold clients to other limits than the defaults, from the next one on."""
        self.gate = open_gate(settings, self.entry, self.figures)

    def add_role(self, realm: str, config: dict[str, Any]) -> RouterRole:
        """Add a role; what it may do is in the contract's table, so a configuration cannot say otherwise."""
        router = self._routers[realm]
        role = RouterRole(router, config["name"], allow_by_default=False)
        router.add_role(role)
        return role
