"""
The authenticator in its two shells: a function inside the router process, and a component that any Crossbar node names.

In process, no call per join: `"ticket": {"type": "function", "create": "auth.component.create", "config": {...}}`.
As a component: `"ticket": {"type": "dynamic", "authenticator": "tapecast.auth.authenticate"}`.
"""

import os
import random
import secrets
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import attrs
from autobahn.twisted.wamp import ApplicationSession
from autobahn.wamp.exception import ApplicationError
from autobahn.wamp.types import ComponentConfig
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from auth.authenticator import GRANT, METHODS, REFUSAL_TEXTS, Admission, Authenticator
from auth.key_sources import check_keys_url
from auth.keys import VerificationKey, secret_key
from auth.rotating_keys_component import RotatingKeys, TokenReader
from auth.secret_store import load_secret
from auth.settings import AuthenticatorSettings
from auth.users import Standing, UserDirectory
from components.contract.errors import ErrorCode, error_body
from components.model.errors import ConfigError, TokenRejected, Unavailable

Observer = Callable[[str, str], None]
"""Takes the method (`ticket`, `anonymous` or `other`) and the result (`accepted` or the code of the refusal)."""

Principal = dict[str, object]
CrossbarAuthenticator = Callable[[str | None, str | None, Mapping[str, Any]], "Principal | Deferred[Principal]"]

_security = Logger(namespace="tapecast.security")
_observers: list[Observer] = []
_directories: list[UserDirectory] = []


def observe_authentications(observer: Observer) -> Callable[[], None]:
    """
    Tell of every authentication in this process from now on.

    Crossbar makes the in-process function from a name and a configuration, so that nothing can be handed to it.

    Returns:
        What ends it.
    """
    _observers.append(observer)
    return lambda: _observers.remove(observer)


def ask_about_users(directory: UserDirectory) -> Callable[[], None]:
    """
    Ask a directory about the users of every token in this process from now on.

    Returns:
        What ends it; while nobody is asked, who is to be asked about is refused as `unavailable`.
    """
    _directories.append(directory)
    return lambda: _directories.remove(directory)


@runtime_checkable
class KeepsTokenReader(Protocol):
    """The worker of a router, where that reads tokens itself and waits for their keys."""

    def token_reader(self) -> TokenReader:
        """What reads them; one for all in the process."""


@attrs.frozen
class AuthenticatorFunction:
    """
    The authenticator as Crossbar calls it, in process and by procedure alike.

    Attributes:
        authenticator: Decides.
        keys: Has its verifier's keys, and waits for newer ones.
        clock: Tells UNIX seconds.
        hands_over_grant: Whether the principal's `extra` has the `Grant`, for a router that takes it out again, and
            tells itself who has joined.
        asks_about_users: Whether a directory says who of those with a token may come in.
    """

    authenticator: Authenticator
    keys: RotatingKeys
    clock: Callable[[], float]
    hands_over_grant: bool = False
    asks_about_users: bool = False

    def __call__(
        self, realm: str | None, _authid: str | None, details: Mapping[str, Any]
    ) -> "Principal | Deferred[Principal]":
        """
        Answer Crossbar with what the session is, later where others are to be heard; HELLO's authid counts for nothing.

        Raises:
            ApplicationError: `tapecast.error.{code}`, with a text that is the same for all of a code.
        """
        with _refusing(details):
            admission = self.keys.settle(lambda: self._admit(details))
        if isinstance(admission, Deferred) or (self.asks_about_users and admission.is_asked_about):
            return Deferred.fromCoroutine(self._answer_later(realm, admission, details))
        return self._answer(realm, admission, details)

    def _admit(self, details: Mapping[str, Any]) -> Admission:
        return self.authenticator.admit(details.get("authmethod"), details.get("ticket"), now_s=self.clock())

    async def _answer_later(
        self, realm: str | None, admission: "Admission | Deferred[Admission]", details: Mapping[str, Any]
    ) -> Principal:
        with _refusing(details):
            known = await admission if isinstance(admission, Deferred) else admission
            if self.asks_about_users and known.is_asked_about:
                known = known.with_standing(await _ask_about(known.authid))
        return self._answer(realm, known, details)

    def _answer(self, realm: str | None, admission: Admission, details: Mapping[str, Any]) -> Principal:
        extra = admission.extra
        if not self.hands_over_grant:
            _report_admission(details, admission)
        elif admission.grant is not None:
            extra[GRANT] = admission.grant
        return {"realm": realm, "authid": admission.authid, "role": admission.role.value, "extra": extra}


async def _ask_about(user_id: str) -> Standing:
    if not _directories:
        raise TokenRejected(ErrorCode.UNAVAILABLE, "no directory of users is there, a bug in the gateway")
    try:
        return await _directories[-1].find(user_id)
    except Unavailable as error:
        raise TokenRejected(ErrorCode.UNAVAILABLE, str(error)) from None


@contextmanager
def _refusing(details: Mapping[str, Any]) -> Iterator[None]:
    """Make of whatever goes wrong in this block a refusal that says nothing but its code."""
    try:
        yield
    except TokenRejected as error:
        _report_refusal(details, error.code, error.reason)
        raise _refusal(error.code) from None
    except Exception as error:  # noqa: BLE001 - whatever it is, its text must not reach the client
        # Nor the log: the text of an error may quote what it tripped over.
        place = "".join(traceback.format_tb(error.__traceback__))
        _report_refusal(details, ErrorCode.INTERNAL, f"{type(error).__name__}, a bug in the gateway, at\n{place}")
        raise _refusal(ErrorCode.INTERNAL) from None


def create(config: Mapping[str, object], controller: object = None) -> CrossbarAuthenticator:
    """
    Make the function for `type: function`; Crossbar calls this at the first HELLO and keeps what it returns.

    It reads tokens with the reader of the router's worker, where that is exposed and has one, else with its own. With
    a configuration that nobody can be let in with, the function refuses everybody as `unavailable`.
    """
    try:
        settings = AuthenticatorSettings.from_config(config)
        if isinstance(controller, KeepsTokenReader):
            return _function(settings, controller.token_reader())
        return _function(settings, _started_reader(settings))
    except ConfigError as error:
        _security.critical("nobody can join with a token until the node starts again: {error}", error=error)
        return _refuse_everybody


class TokenAuthenticator(ApplicationSession):
    """
    The authenticator as a component, for `type: dynamic` on any Crossbar node.

    Its `extra` holds the keys of `AuthenticatorSettings.from_config`. Grant the call to nobody: Crossbar's own session
    needs no permission, and any other caller could try tokens.

    Raises:
        ConfigError: Nobody could be let in with that `extra`; the node does not start.
    """

    def __init__(self, config: ComponentConfig | None = None) -> None:
        super().__init__(config)
        # Crossbar adds its directory to what the operator wrote.
        extra = {key: value for key, value in (self.config.extra or {}).items() if key != "cbdir"}
        settings = AuthenticatorSettings.from_config(extra)
        self._procedure = settings.procedure
        own = attrs.evolve(settings, hands_over_grant=False, asks_about_users=False)
        self._authenticate = _function(own, _started_reader(own))

    async def onJoin(self, _details: Any) -> None:
        """Answer the node from now on."""
        await self.register(self._authenticate, self._procedure)

    def onLeave(self, details: Any) -> None:
        """Fetch no more keys."""
        self._authenticate.keys.stop()
        super().onLeave(details)


def make_token_reader(settings: AuthenticatorSettings, reactor: IReactorTime) -> TokenReader:
    """
    What reads tokens, for whoever is to read one; to be started.

    Raises:
        ConfigError: It could read none with these settings.
    """
    keys = RotatingKeys(
        reactor,
        secrets=secret_keys(settings),
        files=[Path(file) for file in settings.key_files],
        url=_checked(settings.jwks_url),
        random=random.random,
    )
    return TokenReader(keys, settings.rules)


def secret_keys(settings: AuthenticatorSettings) -> tuple[VerificationKey, ...]:
    """
    The secret as a key; none where there is no secret, and need not be one.

    Raises:
        ConfigError: There is none, or it cannot be used.
    """
    if not (settings.needs_secret or settings.secret_file or os.environ.get(settings.secret_variable)):
        return ()
    path = None if settings.secret_file is None else Path(settings.secret_file)
    return (secret_key(load_secret(os.environ, variable=settings.secret_variable, path=path)),)


def _checked(url: str | None) -> str | None:
    try:
        return url and check_keys_url(url)
    except ValueError as error:
        raise ConfigError(f"authenticator: jwks_url: expected {error}") from None


def _started_reader(settings: AuthenticatorSettings) -> TokenReader:
    from twisted.internet import reactor  # noqa: PLC0415 - on another's node nobody hands it over

    tokens = make_token_reader(settings, reactor)
    tokens.keys.start()
    return tokens


def _function(settings: AuthenticatorSettings, tokens: TokenReader) -> AuthenticatorFunction:
    authenticator = Authenticator(
        verifier=tokens.verifier,
        new_public_name=lambda: f"public-{secrets.token_hex(8)}",
        allows_public=settings.allow_public,
    )
    return AuthenticatorFunction(
        authenticator, tokens.keys, time.time, settings.hands_over_grant, settings.asks_about_users
    )


def _refuse_everybody(_realm: str | None, _authid: str | None, details: Mapping[str, Any]) -> Principal:
    _report_refusal(details, ErrorCode.UNAVAILABLE, "the authenticator has no settings that it can run with")
    raise _refusal(ErrorCode.UNAVAILABLE)


def _refusal(code: ErrorCode) -> ApplicationError:
    # Crossbar makes the text of ABORT from the first positional argument, and a caller reads the keywords.
    text = REFUSAL_TEXTS[code]
    return ApplicationError(code.uri, text, **error_body(code, text))


def _report_refusal(details: Mapping[str, Any], code: ErrorCode, reason: str) -> None:
    _security.warn(
        "join refused as {code}, session {session}: {reason}",
        event="join_refused",
        code=code.value,
        reason=reason,
        session=_session_id(details),
    )
    tell_observers(details.get("authmethod"), code.value)


def _report_admission(details: Mapping[str, Any], admission: Admission) -> None:
    _security.info(
        "joined as {role}, session {session}, user {user_id}",
        event="joined",
        role=admission.role.value,
        user_id=admission.authid,
        session=_session_id(details),
    )
    tell_observers(details.get("authmethod"), "accepted")


def tell_observers(method: object, result: str) -> None:
    """Tell those who observe of one authentication; the router decides those without a token itself."""
    for observer in _observers:
        observer(method if method in METHODS else "other", result)


def _session_id(details: Mapping[str, Any]) -> int | None:
    session_id = details.get("session")
    return session_id if isinstance(session_id, int) else None
