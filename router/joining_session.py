"""The router's side of a session until it has joined: the ways in, and what becomes of whoever comes one of them."""

from typing import Any

from autobahn.wamp.exception import ProtocolError
from autobahn.wamp.types import Accept, Challenge, Deny
from crossbar.router.session import RouterSession
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from auth.authenticator import CRYPTOSIGN, GRANT, TICKET, Grant
from auth.component import tell_observers
from auth.service_keys import ServiceAccount
from auth.users import Standing
from components.contract.errors import ErrorCode
from components.contract.roles import Role
from components.model.credentials import Credential
from components.model.errors import InvalidArgument, TokenRejected
from router.client_connection import ClientConnection
from router.device import Device, device_of_headers, device_of_hello
from router.gate import Gate
from router.key_sign_in import KeySignIn, signs_in_by_key
from router.router import role_named

HELLOS_A_CONNECTION = 10
"""How many sessions a connection may try to begin; whoever needs more opens another."""

_security = Logger(namespace="tapecast.security")


class JoiningSession(RouterSession):
    """
    Crossbar's session as far as its join.

    Attributes:
        device: What the client says that it runs on.
        grant: What it was let in for; None without a token.
        account: The service account that it signed in as; None where it signed nothing.
    """

    device = Device()
    grant: Grant | None = None
    account: ServiceAccount | None = None
    _pending_auth: Any
    _hellos = 0
    _decision: "Deferred[Any] | None" = None

    @property
    def credential(self) -> Credential | None:
        """The token that it was let in for, as far as it can be revoked; None without one."""
        return None if self.grant is None else self.grant.credential

    @property
    def standing(self) -> Standing | None:
        """What a directory says of its user; None where nobody was asked."""
        return None if self.grant is None else self.grant.standing

    def count_hello(self) -> None:
        """Let a connection begin a few sessions, one after the other; each costs what hundreds of calls do."""
        self._hellos += 1
        if self._hellos > HELLOS_A_CONNECTION:
            raise ProtocolError(f"expected at most {HELLOS_A_CONNECTION} HELLOs on a connection")

    def onHello(self, realm: str, details: Any) -> Any:
        """Begin a join. Of what the client says of itself only its device is read; the rest Crossbar would believe."""
        try:
            headers = getattr(self._transport, "http_headers", {})
            self.device = device_of_hello(details.authextra, device_of_headers(headers))
        except InvalidArgument as error:
            return self._refuse_join(error.code, str(error))
        self.account = None
        authextra, details.authextra = details.authextra, None
        bearer = self._take_bearer()
        if self._takes_keys() and signs_in_by_key(details.authmethods, self._transport_config["auth"]):
            return self._challenge_key(realm, authextra)
        if bearer is None or TICKET in (details.authmethods or ()):
            return self._answer_join(super().onHello(realm, details))
        details.authmethods = [TICKET]
        return self._answer_join(self._show_bearer(super().onHello(realm, details), bearer))

    def _take_bearer(self) -> str | None:
        transport = self._transport
        return transport.take_bearer() if isinstance(transport, ClientConnection) else None

    def _show_bearer(self, answer: Any, bearer: str) -> Any:
        """Answer the challenge for the client, whose token came with the opening request."""
        if isinstance(answer, Deferred):
            return answer.addCallback(self._show_bearer, bearer)
        return super().onAuthenticate(bearer, {}) if isinstance(answer, Challenge) else answer

    def _takes_keys(self) -> bool:
        transport = self._transport
        takes_them = isinstance(transport, ClientConnection) and not transport.is_local
        return takes_them and self._router_factory.service_keys is not None

    def _challenge_key(self, realm: str, authextra: Any) -> Any:
        try:
            sign_in = KeySignIn.begin(realm, authextra)
        except InvalidArgument as error:
            return self._refuse_join(error.code, str(error))
        self._pending_auth = sign_in
        return sign_in.ask()

    def _admit_key(self, sign_in: KeySignIn, signature: Any) -> Any:
        try:
            answer, self.account = sign_in.admit(signature, self._router_factory.service_keys, self._router_factory)
        except TokenRejected as error:
            text = "the signature is not valid"
            return self._refuse_join(error.code, text, reason=error.reason, method=CRYPTOSIGN)
        return answer

    def onAuthenticate(self, signature: Any, extra: Any) -> Any:
        """Go on with a join, where the client has answered the challenge."""
        if isinstance(self._pending_auth, KeySignIn):
            return self._answer_join(self._admit_key(self._pending_auth, signature))
        return self._answer_join(super().onAuthenticate(signature, extra))

    def _answer_join(self, answer: Any) -> Any:
        if isinstance(answer, Deferred):
            return self._answer_later(answer)
        if not isinstance(answer, Accept):
            return answer
        if self._transport is None or self._transport.is_at_end:
            return None
        # Nobody is to see it: Crossbar sends these extras to the client, and to whoever watches sessions join.
        grant = (answer.authextra or {}).pop(GRANT, None)
        self.grant = grant if isinstance(grant, Grant) else None
        denied = self._router_factory.entry.denial(role_named(answer.authrole), self.credential)
        if denied is not None:
            return self._refuse_join(denied.code, denied.text)
        if self._is_one_too_many(answer):
            self._gate.count_refusal("connections_per_user")
            return self._refuse_join(ErrorCode.RATE_LIMITED, "this user has too many connections")
        return answer

    def _answer_later(self, answer: "Deferred[Any]") -> "Deferred[Any]":
        """Answer when it is decided, where the client has not given up and wants something else by then."""
        self._decision = answer

        def settle(outcome: Any) -> Any:
            if self._decision is not answer:
                return None
            self._decision = None
            return outcome if isinstance(outcome, Failure) else self._answer_join(outcome)

        return answer.addBoth(settle)

    def _is_one_too_many(self, accepted: Any) -> bool:
        router, limit = self._router_factory.get(accepted.realm), self._gate.limits.connections_of(self.standing)
        is_exempt = accepted.authrole in (Role.PUBLIC, Role.GATEWAY) or not router.rules.is_limited
        return limit is not None and not is_exempt and len(router._authid_to_sessions.get(accepted.authid, ())) >= limit

    def _refuse_join(self, code: ErrorCode, text: str, *, reason: str = "", method: str | None = None) -> Deny:
        _security.warn(
            "join refused as {code}, session {session}: {reason}",
            event="join_refused",
            code=code.value,
            reason=reason or text,
            session=self._pending_session_id,
        )
        tell_observers(method, code.value)
        return Deny(code.uri, text)

    @property
    def _gate(self) -> Gate:
        gate: Gate = self._router_factory.gate
        return gate
