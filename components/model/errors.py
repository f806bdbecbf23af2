"""
Every error Tapecast raises on purpose.

TapecastError
    CommandRejected        the caller asked for something we refuse
        InvalidArgument
        UnknownInstrument
        UnknownTopic
        UnknownOrder
        NotAuthorized
        AuthenticationRequired
        RiskLimitExceeded
        Halted
        Duplicate
        RateLimited
        Unavailable
    TokenRejected          a token does not let its bearer in
        UnknownKey
    VenueFault             a venue broke its own contract with us
        MalformedMessage
    ProviderFault          who signs people in answers with what cannot be used
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


class UnknownOrder(CommandRejected):
    """The account has no such order; another's is exactly as one that does not exist."""

    code = ErrorCode.UNKNOWN_ORDER


class NotAuthorized(CommandRejected):
    """The caller's role does not reach that far."""

    code = ErrorCode.NOT_AUTHORIZED


class AuthenticationRequired(CommandRejected):
    """The caller would have to sign in for that."""

    code = ErrorCode.AUTHENTICATION_REQUIRED


class RiskLimitExceeded(CommandRejected):
    """
    A limit would be crossed.

    Its details are `limit`, the limit's name in the reference, `allowed` and `requested` in the limit's own unit.
    """

    code = ErrorCode.RISK_LIMIT_EXCEEDED

    def __init__(self, limit: str, *, allowed: str, requested: str) -> None:
        super().__init__(
            f"{limit}: expected at most {allowed}, received {requested}",
            limit=limit,
            allowed=allowed,
            requested=requested,
        )


class Halted(CommandRejected):
    """Nothing new is traded now, or only what makes a position smaller; a cancel always passes."""

    code = ErrorCode.HALTED


class Duplicate(CommandRejected):
    """The same id came before with another content."""

    code = ErrorCode.DUPLICATE


class RateLimited(CommandRejected):
    """
    It was asked for too often.

    Its details are `name`, the limit's, `limit`, `remaining` and `retry_after_ms`.
    """

    code = ErrorCode.RATE_LIMITED

    def __init__(self, name: str, *, limit: int, retry_after_ms: int) -> None:
        super().__init__(
            f"{name}: too many; try again in {retry_after_ms} ms",
            name=name,
            limit=limit,
            remaining=0,
            retry_after_ms=retry_after_ms,
        )


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


class UnknownKey(TokenRejected):
    """A token names a key that is none of ours; it may be one that its issuer has only just begun to use."""


class VenueFault(TapecastError):
    """A venue broke its own contract with us."""


class MalformedMessage(VenueFault):
    """A venue's message cannot be read."""


class ProviderFault(TapecastError):
    """Who signs people in, or knows them, broke its contract with us; the text quotes nothing of the answer."""


class ConfigError(TapecastError):
    """An operator gave us settings we cannot run with; the text names the setting and the remedy."""
