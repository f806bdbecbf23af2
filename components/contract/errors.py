"""Every error a caller can get, and every reason for which the gateway ends a connection."""

import enum

import attrs

ERROR_PREFIX = "tapecast.error."
CLOSE_PREFIX = "tapecast.close."


class ErrorCode(enum.StrEnum):
    """
    Codes of `tapecast.error.{code}` and of HTTP errors.

    The last two occur over HTTP only, where a path or method takes the place of a procedure.
    """

    INVALID_ARGUMENT = "invalid_argument"
    UNKNOWN_INSTRUMENT = "unknown_instrument"
    UNKNOWN_TOPIC = "unknown_topic"
    UNKNOWN_ORDER = "unknown_order"
    NOT_AUTHORIZED = "not_authorized"
    AUTHENTICATION_REQUIRED = "authentication_required"
    TOKEN_INVALID = "token_invalid"
    TOKEN_EXPIRED = "token_expired"
    TOKEN_REVOKED = "token_revoked"
    USER_INACTIVE = "user_inactive"
    RATE_LIMITED = "rate_limited"
    SUBSCRIPTION_LIMIT = "subscription_limit"
    RISK_LIMIT_EXCEEDED = "risk_limit_exceeded"
    HALTED = "halted"
    MAINTENANCE = "maintenance"
    DUPLICATE = "duplicate"
    NOT_RECOVERABLE = "not_recoverable"
    UNAVAILABLE = "unavailable"
    INTERNAL = "internal"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"

    @property
    def uri(self) -> str:
        """The WAMP error URI."""
        return ERROR_PREFIX + self.value

    @property
    def is_worth_a_retry(self) -> bool:
        """Whether the very same call can succeed later."""
        return self in _RETRY


_RETRY = frozenset({ErrorCode.RATE_LIMITED, ErrorCode.HALTED, ErrorCode.MAINTENANCE, ErrorCode.UNAVAILABLE})


class ComeBack(enum.StrEnum):
    """What a client should do after a close."""

    YES = "yes"
    NEW_TOKEN = "with a new token"
    LATER = "later"
    NO = "no"


@attrs.frozen(kw_only=True)
class Close:
    """
    One reason for which the gateway ends a connection.

    Attributes:
        reason: URI, sent as the close text, and in GOODBYE where that is sent.
        code: WebSocket close code.
        come_back: What the client should do.
    """

    reason: str
    code: int
    come_back: ComeBack

    @property
    def says_goodbye(self) -> bool:
        """Clients stop reconnecting after a GOODBYE, so only those that shall not come back get one."""
        return self.come_back is ComeBack.NO


def _close(name: str, code: int, come_back: ComeBack) -> Close:
    return Close(reason=CLOSE_PREFIX + name, code=code, come_back=come_back)


JOIN_TIMEOUT = _close("join_timeout", 4000, ComeBack.YES)
AUTHENTICATION_REQUIRED = _close("authentication_required", 4001, ComeBack.NEW_TOKEN)
TOKEN_INVALID = _close("token_invalid", 4001, ComeBack.NEW_TOKEN)
TOKEN_EXPIRED = _close("token_expired", 4001, ComeBack.NEW_TOKEN)
REVOKED = _close("revoked", 4001, ComeBack.NEW_TOKEN)
USER_INACTIVE = _close("user_inactive", 4002, ComeBack.NO)
TOO_MANY_CONNECTIONS = _close("too_many_connections", 4003, ComeBack.LATER)
NODE_FULL = _close("node_full", 4003, ComeBack.LATER)
INVALID_MESSAGE = _close("invalid_message", 4004, ComeBack.NO)
TOO_BIG = _close("invalid_message", 1009, ComeBack.NO)
KICKED = _close("kicked", 4005, ComeBack.NO)
BLOCKED = _close("blocked", 4005, ComeBack.NO)
SLOW_CONSUMER = _close("slow_consumer", 4008, ComeBack.YES)
SHUTDOWN = _close("shutdown", 4012, ComeBack.YES)
MAINTENANCE = _close("maintenance", 4013, ComeBack.LATER)
INTERNAL_FAULT = Close(reason=ERROR_PREFIX + "internal", code=1011, come_back=ComeBack.LATER)
RATE_LIMITED = _close("rate_limited", 4029, ComeBack.LATER)

CLOSES: tuple[Close, ...] = (
    JOIN_TIMEOUT,
    AUTHENTICATION_REQUIRED,
    TOKEN_INVALID,
    TOKEN_EXPIRED,
    REVOKED,
    USER_INACTIVE,
    TOO_MANY_CONNECTIONS,
    NODE_FULL,
    INVALID_MESSAGE,
    TOO_BIG,
    KICKED,
    BLOCKED,
    SLOW_CONSUMER,
    SHUTDOWN,
    MAINTENANCE,
    RATE_LIMITED,
    INTERNAL_FAULT,
)


def error_body(code: ErrorCode, message: str, details: dict[str, object] | None = None) -> dict[str, object]:
    """The keyword arguments of a WAMP error: `{code, message, retry, details}`."""
    return {
        "code": code.value,
        "message": message,
        "retry": code.is_worth_a_retry,
        "details": details or {},
    }
