"""
Every error that this package raises on purpose, or hands to a callback.

ClientError
    CallRefused                the gateway refused a call, a subscription or a join
        InvalidArgument
        UnknownInstrument
        UnknownTopic
        UnknownOrder
        NotAuthorized
        AuthenticationRequired
        TokenInvalid
        TokenExpired
        TokenRevoked
        UserInactive
        RateLimited
        SubscriptionLimit
        RiskLimitExceeded
        Halted
        Maintenance
        Duplicate
        NotRecoverable
        Unavailable
        InternalFault
        NoSuchProcedure
    NotConnected               the call was never sent
    ConnectionLost             the call was sent; whether it was carried out is not known
    MalformedEvent             an event or an answer is not of the contract's form
    BookFault                  book levels that are no prices and sizes
    QueueFull                  a publisher has as many events waiting as it may
    EventTooBig                an event has no room in a message
"""

from collections.abc import Mapping
from typing import Any

ERROR_PREFIX = "tapecast.error."
LONGEST_WAIT_MS = 3_600_000
"""No gateway has us wait longer, whatever it says."""


class ClientError(Exception):
    """Whatever this package raises on purpose."""


class CallRefused(ClientError):
    """
    The gateway refused a call, a subscription or a join.

    Attributes:
        uri: The WAMP error, such as `tapecast.error.rate_limited`.
        code: Its last part, such as `rate_limited`.
        message: For a person.
        retry: Whether the very same call can succeed later.
        details: What the error tells besides; empty as a rule.
    """

    def __init__(self, uri: str, *, message: str, retry: bool, details: Mapping[str, Any]) -> None:
        super().__init__(f"{uri}: {message}" if message else uri)
        self.uri = uri
        self.code = uri.rpartition(".")[2]
        self.message = message
        self.retry = retry
        self.details = dict(details)


class InvalidArgument(CallRefused):
    """An argument is missing, unknown, of the wrong type or out of range."""

    @property
    def field(self) -> str | None:
        """The argument's name, such as `limit` or `events[3].price`."""
        field = self.details.get("field")
        return field if isinstance(field, str) else None


class UnknownInstrument(CallRefused):
    """No feed has this instrument, or not on this venue."""


class UnknownTopic(CallRefused):
    """The contract has no such topic, or none that the pattern could match."""


class UnknownOrder(CallRefused):
    """There is no such order, or it is somebody else's."""


class NotAuthorized(CallRefused):
    """The session's role or user does not reach that far."""


class AuthenticationRequired(CallRefused):
    """The same, to a session without a token."""


class TokenInvalid(CallRefused):
    """The token is not accepted."""


class TokenExpired(CallRefused):
    """The token was good once."""


class TokenRevoked(CallRefused):
    """The token was good once, until it was taken back."""


class UserInactive(CallRefused):
    """The user may not come in, with whatever token."""


class RateLimited(CallRefused):
    """Asked too often."""

    @property
    def retry_after_ms(self) -> int | None:
        """Whoever waits as long gets through; None where it is not for time to decide."""
        return wait_of(self.details.get("retry_after_ms"))


class SubscriptionLimit(CallRefused):
    """The session, or its user, holds as many subscriptions as it may."""


class RiskLimitExceeded(CallRefused):
    """A limit of the account would be crossed."""


class Halted(CallRefused):
    """Trading is halted."""


class Maintenance(CallRefused):
    """The gateway is under maintenance."""


class Duplicate(CallRefused):
    """The sender's id was used before."""


class NotRecoverable(CallRefused):
    """The journal does not reach back so far."""


class Unavailable(CallRefused):
    """The process that owns the answer is away, or has no data on it yet."""


class InternalFault(CallRefused):
    """A bug in the gateway."""


class NoSuchProcedure(CallRefused):
    """This gateway has no such procedure."""


class NotConnected(ClientError):
    """There is no session: the call was never sent."""


class ConnectionLost(ClientError):
    """The connection ended before the answer: whether the call was carried out is not known."""


class MalformedEvent(ClientError):
    """An event or an answer is not of the contract's form."""


class BookFault(ClientError):
    """Levels of a book that are no prices and sizes, or a change to a book that has no snapshot."""


class QueueFull(ClientError):
    """A publisher has as many events waiting as it may: nothing was taken."""


class EventTooBig(ClientError):
    """An event has no room in a message: the gateway would end the connection for good, so nothing was taken."""


_KINDS: dict[str, type[CallRefused]] = {
    f"{ERROR_PREFIX}invalid_argument": InvalidArgument,
    f"{ERROR_PREFIX}unknown_instrument": UnknownInstrument,
    f"{ERROR_PREFIX}unknown_topic": UnknownTopic,
    f"{ERROR_PREFIX}unknown_order": UnknownOrder,
    f"{ERROR_PREFIX}not_authorized": NotAuthorized,
    f"{ERROR_PREFIX}authentication_required": AuthenticationRequired,
    f"{ERROR_PREFIX}token_invalid": TokenInvalid,
    f"{ERROR_PREFIX}token_expired": TokenExpired,
    f"{ERROR_PREFIX}token_revoked": TokenRevoked,
    f"{ERROR_PREFIX}user_inactive": UserInactive,
    f"{ERROR_PREFIX}rate_limited": RateLimited,
    f"{ERROR_PREFIX}subscription_limit": SubscriptionLimit,
    f"{ERROR_PREFIX}risk_limit_exceeded": RiskLimitExceeded,
    f"{ERROR_PREFIX}halted": Halted,
    f"{ERROR_PREFIX}maintenance": Maintenance,
    f"{ERROR_PREFIX}duplicate": Duplicate,
    f"{ERROR_PREFIX}not_recoverable": NotRecoverable,
    f"{ERROR_PREFIX}unavailable": Unavailable,
    f"{ERROR_PREFIX}internal": InternalFault,
    "wamp.error.no_such_procedure": NoSuchProcedure,
}


def wait_of(value: object) -> int | None:
    """How long the gateway has us wait, in ms, at most `LONGEST_WAIT_MS`; None where a value is no such number."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        return None
    return min(value, LONGEST_WAIT_MS)


def refusal_of(uri: str, body: Mapping[str, Any] | None) -> CallRefused:
    """
    The error that a WAMP error is.

    Args:
        uri: Its URI.
        body: Its keyword arguments, `{code, message, retry, details}`; whatever is missing is taken as not said.
    """
    said = body or {}
    message, details = said.get("message"), said.get("details")
    return _KINDS.get(uri, CallRefused)(
        uri,
        message=message if isinstance(message, str) else "",
        retry=said.get("retry") is True,
        details=details if isinstance(details, Mapping) else {},
    )
