"""What a client learns when it is not let in: one of the contract's errors, and the close that follows."""

import attrs

from components.contract.errors import (
    AUTHENTICATION_REQUIRED,
    ERROR_PREFIX,
    INTERNAL_FAULT,
    INVALID_MESSAGE,
    MAINTENANCE,
    REVOKED,
    TOKEN_EXPIRED,
    TOKEN_INVALID,
    TOO_MANY_CONNECTIONS,
    USER_INACTIVE,
    Close,
    ErrorCode,
)

SIGN_IN = "a token is required: sign in with one, by ticket"
"""What a client is told that offers no way in which is open."""

_FROM_CROSSBAR = {
    "wamp.error.no_such_realm": (ErrorCode.INVALID_ARGUMENT, "realm: there is no such realm"),
    "wamp.error.no_auth_method": (ErrorCode.AUTHENTICATION_REQUIRED, SIGN_IN),
    "wamp.error.not_authorized": (ErrorCode.AUTHENTICATION_REQUIRED, SIGN_IN),
    "wamp.error.no_such_role": (ErrorCode.NOT_AUTHORIZED, "this sign-in is not accepted here"),
}
_INTERNAL = (ErrorCode.INTERNAL, "the gateway failed to let you in")
_CLOSES = {
    ErrorCode.TOKEN_INVALID: TOKEN_INVALID,
    ErrorCode.TOKEN_EXPIRED: TOKEN_EXPIRED,
    ErrorCode.TOKEN_REVOKED: REVOKED,
    ErrorCode.USER_INACTIVE: USER_INACTIVE,
    ErrorCode.AUTHENTICATION_REQUIRED: AUTHENTICATION_REQUIRED,
    ErrorCode.NOT_AUTHORIZED: AUTHENTICATION_REQUIRED,
    ErrorCode.RATE_LIMITED: TOO_MANY_CONNECTIONS,
    ErrorCode.MAINTENANCE: MAINTENANCE,
    ErrorCode.UNAVAILABLE: INTERNAL_FAULT,
    ErrorCode.INTERNAL: INTERNAL_FAULT,
}
_KNOWN_CODES = frozenset(ErrorCode)


@attrs.frozen(kw_only=True)
class JoinRefusal:
    """
    A refused join as the client sees it.

    Attributes:
        code: The contract's code for it.
        text: The ABORT's message; no text of an exception is ever in it.
        close: How the socket ends right after.
    """

    code: ErrorCode
    text: str
    close: Close

    @property
    def reason(self) -> str:
        """The ABORT's reason, a `tapecast.error` URI."""
        return self.code.uri


def join_refusal(reason: str, text: str | None) -> JoinRefusal:
    """What a client is told, given the reason for which Crossbar or our authenticator refuses it."""
    name = reason.removeprefix(ERROR_PREFIX)
    if reason.startswith(ERROR_PREFIX) and name in _KNOWN_CODES:
        code, shown = ErrorCode(name), text or name
    else:
        code, shown = _FROM_CROSSBAR.get(reason, _INTERNAL)
    return JoinRefusal(code=code, text=shown, close=_CLOSES.get(code, INVALID_MESSAGE))
