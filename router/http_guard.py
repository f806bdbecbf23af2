"""Who may ask over HTTP what is not for everyone: the bearer of a token whose role may call the same over WAMP."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import attrs
from twisted.logger import Logger

from auth.authenticator import REFUSAL_TEXTS
from auth.permissions import Action, Match, decide
from auth.tokens import Principal, TokenVerifier
from components.contract.errors import ErrorCode
from components.model.errors import TokenRejected
from components.wamp.procedures import application_error
from router.opening import bearer_tokens

SAME_OVER_WAMP: Mapping[str, str] = {
    "api/prices": "tapecast.market.get_price",
    "api/topics": "tapecast.stream.list",
}
"""Of each path that is closed where the gateway is not public, the procedure that answers the same."""

_security = Logger(namespace="tapecast.security")


class HttpGuard(Protocol):
    """Lets requests pass, or not."""

    def check(self, head: str, authorizations: Sequence[str]) -> None:
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

    def check(self, _head: str, _authorizations: Sequence[str]) -> None:
        """Let a request pass."""


@attrs.frozen
class TokenGuard:
    """
    Closes the paths of `SAME_OVER_WAMP` to whoever shows no token that may call the same over WAMP.

    Attributes:
        verifier: Reads the tokens.
        now_s: Tells UNIX seconds.
    """

    verifier: TokenVerifier
    now_s: Callable[[], float] = time.time

    def check(self, head: str, authorizations: Sequence[str]) -> None:
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
        principal = self._read(tokens[0])
        if not decide(principal.role, principal.user_id, Action.CALL, procedure, Match.EXACT).is_allowed:
            raise application_error(ErrorCode.NOT_AUTHORIZED, "your role does not allow this")

    def _read(self, token: str) -> Principal:
        try:
            return self.verifier.verify(token, now_s=self.now_s())
        except TokenRejected as error:
            _security.warn(
                "HTTP request refused as {code}: {reason}",
                event="http_refused",
                code=error.code.value,
                reason=error.reason,
            )
            raise application_error(error.code, REFUSAL_TEXTS[error.code]) from None
