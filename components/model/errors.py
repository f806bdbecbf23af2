"""
Every error Tapecast raises on purpose.

TapecastError
    CommandRejected        the caller asked for something we refuse
        InvalidArgument
        UnknownInstrument
        UnknownTopic
        NotAuthorized
        AuthenticationRequired
        Unavailable
    TokenRejected          a token does not let its bearer in
    VenueFault             a venue broke its own contract with us
        MalformedMessage
    ConfigError            an operator gave us settings we cannot run with

Anything else that escapes is a bug in the gateway.
"""

from components.contract.errors import ErrorCode


class TapecastError(Exception):
    """Anything that Tapecast raises on purpose."""


class CommandRejected(TapecastError):
    """
    The caller asked for something we refuse; the text is the caller's own and may be shown.

    Attributes:
        code: The contract's code for it.
        details: What the code's row in the contract promises, such as `field`.
    """

    code = ErrorCode.INTERNAL

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.details = details


class InvalidArgument(CommandRejected):
    """An argument is missing, of the wrong type or out of range; `details["field"]` names it."""

    code = ErrorCode.INVALID_ARGUMENT

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}", field=field)


class UnknownInstrument(CommandRejected):
    """No such instrument, or not on that venue."""

    code = ErrorCode.UNKNOWN_INSTRUMENT


class UnknownTopic(CommandRejected):
    """The contract has no such topic."""

    code = ErrorCode.UNKNOWN_TOPIC


class NotAuthorized(CommandRejected):
    """The caller's role does not reach that far."""

    code = ErrorCode.NOT_AUTHORIZED


class AuthenticationRequired(CommandRejected):
    """The caller would have to sign in for that."""

    code = ErrorCode.AUTHENTICATION_REQUIRED


class Unavailable(CommandRejected):
    """The process that owns the answer is away, or has no data yet."""

    code = ErrorCode.UNAVAILABLE


class TokenRejected(TapecastError):
    """
    A token does not let its bearer in.

    Attributes:
        code: `token_invalid`, `token_expired`, or `authentication_required` where there is no token; the only thing
            that whoever wants to join learns.
        reason: Why, for the operator's log. It never holds any part of the token.
    """

    def __init__(self, code: ErrorCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class VenueFault(TapecastError):
    """A venue broke its own contract with us."""


class MalformedMessage(VenueFault):
    """A venue's message cannot be read."""


class ConfigError(TapecastError):
    """An operator gave us settings we cannot run with; the text names the setting and the remedy."""
