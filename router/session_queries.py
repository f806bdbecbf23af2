"""`tapecast.session.*`: what a session may know of itself and its connection, and how fast it wants events."""

import time

import attrs
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from auth.authenticator import REFUSAL_TEXTS
from auth.rotating_keys_component import TokenReader
from auth.tokens import Principal
from components.contract.envelope import format_time
from components.contract.uris import user_component
from components.model.credentials import Credential
from components.model.errors import InvalidArgument, NotAuthorized, TokenRejected, Unavailable
from components.wamp.procedures import Caller, Handler, application_error
from components.wamp.router_view import ConnectionFigures, Renewal, RouterView, SessionView

SLOWEST_HZ, FASTEST_HZ = 0.1, 100

_security = Logger(namespace="tapecast.security")


class SessionQueries:
    """Answers each session about itself, and nobody about another."""

    def __init__(self, router: RouterView, tokens: TokenReader) -> None:
        self._router = router
        self._tokens = tokens

    def handlers(self) -> dict[str, Handler]:
        """What answers which procedure."""
        return {
            "tapecast.session.ping": self._ping,
            "tapecast.session.info": self._info,
            "tapecast.session.refresh": self._refresh,
            "tapecast.session.pace": self._pace,
        }

    def _ping(self, _caller: Caller) -> dict[str, object]:
        return {"ts": format_time(time.time_ns())}

    def _info(self, caller: Caller) -> dict[str, object]:
        session = self._find(caller)
        return {
            "session": session.session_id,
            "user_id": session.user_id,
            "user": user_component(session.user_id),
            "role": session.role.value,
            "expires_at": session.expires_at,
            "serializer": session.serializer,
            "subscriptions": session.subscriptions,
            "device": session.device and dict(session.device),
            "connection": session.connection and _body(session.connection),
            "limits": dict(session.limits),
        }

    def _pace(self, caller: Caller, max_hz: object, background: object = False) -> dict[str, object]:
        pace_hz = _read_pace(max_hz)
        if not isinstance(background, bool):
            raise InvalidArgument("background", "expected true or false")
        self._router.set_pace(caller.session_id, max_hz=pace_hz, background=background)
        connection = self._find(caller).connection
        if connection is None:
            raise Unavailable("this session has no connection")
        return {"max_hz": connection.max_hz, "background": connection.background}

    async def _refresh(self, caller: Caller, token: object) -> dict[str, object]:
        principal = await self._read_token(caller, token)
        if principal.user_id != caller.user_id:
            raise NotAuthorized("token: it is another user's; join anew with it")
        renewal = self._renew(caller, principal.credential)
        _security.info(
            "token renewed, session {session}, now {role}",
            event="token_renewed",
            session=caller.session_id,
            role=renewal.role.value,
        )
        return {
            "expires_at": renewal.expires_at,
            "role": renewal.role.value,
            "ended_subscriptions": list(renewal.ended_subscriptions),
        }

    def _renew(self, caller: Caller, credential: Credential) -> Renewal:
        self._find(caller)
        try:
            renewal = self._router.renew(caller.session_id, credential)
        except TokenRejected as error:
            self._report_refusal(caller, error)
            raise application_error(error.code, error.reason) from None
        if renewal is None:
            raise NotAuthorized("token: this session did not come with one")
        return renewal

    async def _read_token(self, caller: Caller, token: object) -> Principal:
        if not isinstance(token, str):
            raise InvalidArgument("token", "expected a string")
        try:
            principal = self._tokens.read(token, now_s=time.time)
            return await principal if isinstance(principal, Deferred) else principal
        except TokenRejected as error:
            self._report_refusal(caller, error)
            raise application_error(error.code, REFUSAL_TEXTS[error.code]) from None

    def _report_refusal(self, caller: Caller, error: TokenRejected) -> None:
        _security.warn(
            "token refused as {code}, session {session}: {reason}",
            event="refresh_refused",
            code=error.code.value,
            reason=error.reason,
            session=caller.session_id,
        )

    def _find(self, caller: Caller) -> SessionView:
        session = self._router.find_session(caller.session_id)
        if session is None:
            raise Unavailable("this session is at its end")
        return session


def _read_pace(value: object) -> float | None:
    if value is None:
        return None
    # JSON's true is a number to Python.
    if not isinstance(value, int | float) or isinstance(value, bool) or not SLOWEST_HZ <= value <= FASTEST_HZ:
        raise InvalidArgument("max_hz", f"expected a number from {SLOWEST_HZ} to {FASTEST_HZ}, or null")
    return float(value)


def _body(connection: ConnectionFigures) -> dict[str, object]:
    return {**attrs.asdict(connection), "waiting": dict(connection.waiting)}
