"""Who may ask over HTTP what is not for everyone: the bearer of a token whose role may call the same over WAMP."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import attrs
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from auth.authenticator import REFUSAL_TEXTS
from auth.permissions import Action, Match, decide
from auth.tokens import Principal
from auth.users import ASKED_ROLES, UserDirectory
from components.contract.errors import ErrorCode
from components.model.errors import TokenRejected, Unavailable
from components.wamp.procedures import application_error
from router.entry import Entry
from router.opening import bearer_tokens

SAME_OVER_WAMP: Mapping[str, str] = {
    "api/prices": "tapecast.market.get_price",
    "api/topics": "tapecast.stream.list",
}
"""Of each path that is closed where the gateway is not public, the procedure that answers the same."""

_security = Logger(namespace="tapecast.security")


class HttpGuard(Protocol):
    """Lets requests pass, or not."""

    async def check(self, head: str, authorizations: Sequence[str]) -> None:
        """
        Let a request pass.

        Args:
            head: The path's head, as in `SAME_OVER_WAMP`.
            authorizations: The request's headers `Authorization`.

        Raises:
            ApplicationError: It does not; the error is one of the contract's.
        """


class OpenToAll:
    """Lets everybody ask for everything."""

    async def check(self, _head: str, _authorizations: Sequence[str]) -> None:
        """Let a request pass."""


class ReadsTokens(Protocol):
    """Says who the bearer of a token is, at once or later."""

    def read(self, token: str, *, now_s: Callable[[], float]) -> "Principal | Deferred[Principal]":
        """
        Say who the bearer of a token is.

        Raises:
            TokenRejected: It is not to be believed.
        """


@attrs.frozen(kw_only=True)
class TokenGuard:
    """
    Closes the paths of `SAME_OVER_WAMP` to whoever shows no token that could join and call the same over WAMP.

    Attributes:
        tokens: Reads the tokens.
        entry: What the operator has said of who may come in.
        users: What is said of users.
        now_s: Tells UNIX seconds.
    """

    tokens: ReadsTokens
    entry: Entry
    users: UserDirectory
    now_s: Callable[[], float] = time.time

    async def check(self, head: str, authorizations: Sequence[str]) -> None:
        """
        Let a request pass.

        Raises:
            ApplicationError: It does not; the error is one of the contract's.
        """
        procedure = SAME_OVER_WAMP.get(head)
        if procedure is None:
            return
        tokens = bearer_tokens(authorizations)
        if len(tokens) > 1:
            text = "Authorization: expected one token"
            raise application_error(ErrorCode.INVALID_ARGUMENT, text, {"field": "Authorization"})
        if not tokens:
            text = "this gateway is not public: a token is required, as Authorization: Bearer"
            raise application_error(ErrorCode.AUTHENTICATION_REQUIRED, text)
        try:
            principal = await self._admit(tokens[0])
        except TokenRejected as error:
            _report(error)
            raise application_error(error.code, REFUSAL_TEXTS[error.code]) from None
        denied = self.entry.denial(principal.role, principal.credential)
        if denied is not None:
            raise application_error(denied.code, denied.text)
        if not decide(principal.role, principal.user_id, Action.CALL, procedure, Match.EXACT).is_allowed:
            raise application_error(ErrorCode.NOT_AUTHORIZED, "your role does not allow this")

    async def _admit(self, token: str) -> Principal:
        read = self.tokens.read(token, now_s=self.now_s)
        principal = await read if isinstance(read, Deferred) else read
        if principal.role in ASKED_ROLES:
            try:
                standing = await self.users.find(principal.user_id)
            except Unavailable as error:
                raise TokenRejected(ErrorCode.UNAVAILABLE, str(error)) from None
            if not standing.is_active:
                raise TokenRejected(ErrorCode.USER_INACTIVE, standing.reason or "the user is not active")
        return principal


def _report(error: TokenRejected) -> None:
    _security.warn(
        "HTTP request refused as {code}: {reason}", event="http_refused", code=error.code.value, reason=error.reason
    )
