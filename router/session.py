"""The router's side of one client session: strict about the order of messages, silent about the node."""

import time
from collections.abc import Iterator
from itertools import chain
from typing import Any

import attrs
from autobahn.wamp import message
from autobahn.wamp.exception import ProtocolError
from crossbar.router.session import RouterSessionFactory
from twisted.logger import Logger

from auth.permissions import normalised_prefix
from auth.users import Standing
from components.contract.envelope import NS_PER_S, format_time
from components.contract.errors import RATE_LIMITED, TOKEN_EXPIRED, USER_INACTIVE, ErrorCode
from components.contract.roles import Role
from components.model.credentials import Credential
from components.wamp.router_view import SessionNews
from router.client_connection import ClientConnection
from router.gate import Gate
from router.joining_session import JoiningSession
from router.messages import PlainCall
from router.meters import Meter, Request
from router.rate_limits import Excess
from router.refusal import Refused, error_reply
from router.router import role_of
from router.session_log import LEFT, SessionRecord, report_join
from router.subscription_limits import Subscribed, find_excess
from router.token_watch import TokenHolder
from router.turn import Turn

_BEFORE_JOIN = (message.Hello, message.Authenticate, message.Abort)
_COUNTED_AS = {message.Call: Request.CALL, PlainCall: Request.CALL, message.Subscribe: Request.SUBSCRIPTION}
_ANSWERED = (message.Call, PlainCall, message.Subscribe, message.Unsubscribe, message.Register, message.Unregister)

_security = Logger(namespace="tapecast.security")


class GatewayRouterSession(JoiningSession):
    """
    Crossbar's session, strict and limited.

    A message out of order ends the connection instead of being passed over; what is one too many is refused.

    Attributes:
        joined_ns: When it joined, UNIX nanoseconds.
    """

    joined_ns = 0
    _meter: Meter | None = None
    _watched: int | None = None
    _watched_user: str | None = None
    _record: SessionRecord | None = None
    _ended_by: str | None = None
    # Crossbar sets it where somebody watches a session join, and asks for it where somebody watches it leave.
    _stats_enabled = False

    def onOpen(self, transport: Any) -> None:
        """Begin on a new connection."""
        super().onOpen(transport)
        own_config = getattr(transport, "session_config", None)
        if own_config is not None:
            # Crossbar has one for all connections of a transport.
            self._transport_config = own_config
        self._router_factory.connections.add(transport)

    def onClose(self, wasClean: bool) -> None:
        """Forget the connection: it is gone."""
        transport = self._transport
        self._router_factory.connections.discard(transport)
        if isinstance(transport, ClientConnection):
            self._ended_by = transport.reason_of_end(was_clean=wasClean)
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
        if self._decision is not None and not isinstance(msg, message.Abort):
            raise ProtocolError(f"{type(msg).__name__} cannot come before the answer to the one before")
        if isinstance(msg, message.Hello):
            self.count_hello()
        if isinstance(msg, message.Abort):
            # Crossbar would end a session that has not begun. The client has until the join deadline to start anew.
            self._pending_auth = self._decision = None
        elif not has_joined or isinstance(msg, message.Goodbye):
            super().onMessage(msg)
        elif self._meter is None or self._is_within_limits(msg):
            self._router.process(self, msg)

    def onJoin(self, details: Any) -> None:
        """Let a client in."""
        self.joined_ns = time.time_ns()
        # It has the token.
        self._pending_auth = None
        super().onJoin(details)
        self._record = report_join(self, details)
        self._meter = self._make_meter()
        self._watch_token(details.session)
        if self.standing is not None:
            self._watched_user = details.authid
            self._router_factory.user_watch.follow(details.authid, self)
        outbox, pace_hz, is_background = self._transport.outbox, self.device.starting_pace_hz, self.device.background
        # A room is only made where something is to wait; one that is there may be of another session's pace.
        if outbox.room is not None or pace_hz is not None or is_background:
            outbox.set_pace(pace_hz, is_background)

    def _make_meter(self) -> Meter | None:
        role = role_of(self)
        if not self._router.rules.is_limited or role is None or role is Role.GATEWAY:
            return None
        owner = self._session_id if role is Role.PUBLIC else self._authid
        is_mobile = self.device.is_mobile
        return self._gate.meters.meter(role, owner, self._address, is_mobile=is_mobile, standing=self.standing)

    def onLeave(self, details: Any) -> None:
        """Forget the session; another may begin on the same connection."""
        self._meter = self.grant = self.account = None
        if self._record is not None:
            self._record.report_end(self._ended_by or LEFT)
            self._record = None
        if self._watched is not None:
            self._router_factory.token_watch.forget(self._watched)
            self._watched = None
        if self._watched_user is not None:
            self._router_factory.user_watch.forget(self._watched_user, self)
            self._watched_user = None
        super().onLeave(details)

    def take_standing(self, standing: Standing) -> None:
        """Have this from now on: other limits, or the end."""
        self.grant = self.grant and attrs.evolve(self.grant, standing=standing)
        if standing.is_active:
            self._meter = self._make_meter()
        else:
            self._router_factory.endings.end(self._transport, USER_INACTIVE)

    @property
    def expires_at(self) -> str | None:
        """When its token ends, ISO-8601; None where it has none."""
        return None if self.credential is None else format_time(self.credential.expires_at_s * NS_PER_S)

    def take_credential(self, credential: Credential) -> None:
        """Go on with another token of the same user."""
        self.grant = self.grant and attrs.evolve(self.grant, credential=credential)
        self._authextra["expires_at"] = self.expires_at
        if self._watched is not None:
            self._router_factory.token_watch.renew(self._watched, credential.expires_at_s)

    def take_role(self, role: Role) -> list[str]:
        """
        Be of another role from now on, with its rights and limits; calls that are on their way go on.

        Returns:
            What it followed and may not any more, which has ended.
        """
        ended: list[str] = self._router.change_role(self, role)
        self._meter = self._make_meter()
        return ended

    def tell(self, event: str, **body: object) -> None:
        """Let its user know what has happened to it."""
        news = SessionNews(session_id=self._session_id, user_id=self._authid, event=event, body=body)
        self._router_factory.tell_news(news)

    def _watch_token(self, session_id: int) -> None:
        credential, transport = self.credential, self._transport
        if credential is None:
            return
        # At a GOODBYE Crossbar forgets the session's number before it says that the session leaves.
        self._watched = session_id
        holder = TokenHolder(
            warn=lambda: self.tell("token_expiring", expires_at=self.expires_at),
            end=lambda: transport.end(TOKEN_EXPIRED),
        )
        self._router_factory.token_watch.follow(session_id, credential.expires_at_s, holder)

    def _take(self, kind: type, uri: str) -> Refused | None:
        """
        Count one message against all the rates that hold for this session.

        Args:
            kind: Class of the message.
            uri: What it is about; empty where it names nothing.

        Returns:
            What to answer where it is one too many; the connection is at its end where there were too many of those.
        """
        if self._meter is None:
            return None
        now_ns = time.monotonic_ns()
        excess = self._meter.take(_COUNTED_AS.get(kind, Request.MESSAGE), uri, now_ns=now_ns)
        return None if excess is None else self._refuse_for_rate(excess, now_ns)

    @property
    def _service_session(self) -> Any:
        """Crossbar's session that publishes what becomes of this one; None where nobody watches."""
        router = self._router
        return router.service_session if router is not None and router.watches_sessions() else None

    @_service_session.setter
    def _service_session(self, _session: object) -> None:
        """Crossbar sets it at every join, whoever watches."""

    @property
    def _address(self) -> str | None:
        """What the connection's address is limited by."""
        place = self._transport.place
        return None if place is None else place.address

    def _is_within_limits(self, msg: Any) -> bool:
        kind = type(msg)
        refused: Refused | None = None
        if not (kind is message.Unsubscribe and self._holds(msg.subscription)):
            refused = self._take(kind, getattr(msg, "topic", None) or getattr(msg, "procedure", None) or "")
        if refused is None and kind is message.Subscribe:
            refused = self._refuse_for_subscriptions(msg)
        if refused is not None and (isinstance(msg, _ANSWERED) or getattr(msg, "acknowledge", False)):
            self._router.send(self, error_reply(msg, refused))
        return refused is None

    def _refuse_for_rate(self, excess: Excess, now_ns: int) -> Refused:
        if self._gate.note_refusal(excess.name, self._session_id, self._address, now_ns=now_ns):
            self._transport.end(RATE_LIMITED)
        text = f"{excess.name}: too many; try again in {excess.retry_after_ms} ms"
        return Refused(ErrorCode.RATE_LIMITED, text, **excess.details)

    def _refuse_for_subscriptions(self, subscribe: Any) -> Refused | None:
        is_prefix = subscribe.match == message.Subscribe.MATCH_PREFIX
        uri = normalised_prefix(subscribe.topic) if is_prefix else subscribe.topic
        own = self._subscriptions_of(self)
        excess = find_excess(self._gate.limits, uri, subscribe.match, own=own, of_user=self._subscriptions_of_user)
        if excess is None:
            return None
        self._gate.count_refusal(excess.name)
        text = f"{excess.name}: {excess.limit} are held, and no more can be"
        return Refused(ErrorCode.SUBSCRIPTION_LIMIT, text, name=excess.name, limit=excess.limit)

    def _holds(self, subscription_id: int) -> bool:
        subscription = self._router._broker._subscription_map.get_observation_by_id(subscription_id)
        return subscription is not None and self in subscription.observers

    def _subscriptions_of(self, session: Any) -> set[Any]:
        held: set[Any] = self._router._broker._session_to_subscriptions.get(session, set())
        return held

    def _subscriptions_of_user(self) -> Iterator[Subscribed]:
        sessions = self._router._authid_to_sessions.get(self._authid, ())
        return chain.from_iterable(map(self._subscriptions_of, sessions))


class GatewayRouterSessionFactory(RouterSessionFactory):
    """Makes our session for each connection."""

    session = GatewayRouterSession

    @property
    def turn(self) -> Turn:
        """The process's turn, at whose end connections send."""
        turn: Turn = self._routerFactory.turn
        return turn

    @property
    def gate(self) -> Gate:
        """What the process lets its clients do."""
        gate: Gate = self._routerFactory.gate
        return gate
