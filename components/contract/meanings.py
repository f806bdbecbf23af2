"""What each word of the contract means, in a few words: arguments, errors, closes, roles, classes of delivery."""

import enum
from collections.abc import Mapping

import attrs

from components.contract.errors import Close, ErrorCode
from components.contract.roles import Role
from components.contract.topics import Delivery


class Kind(enum.StrEnum):
    """What a client writes for an argument; the gateway is stricter, and says so."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DECIMAL = "decimal"
    TIME = "time"
    TEXTS = "list of text"
    FIELDS = "fields"
    EVENTS = "events"
    SECRET = "secret"


@attrs.frozen(kw_only=True)
class Argument:
    """
    One argument, which means the same in every procedure that takes it.

    Attributes:
        kind: What it is.
        content: What it says, in a few words.
    """

    kind: Kind
    content: str


def _argument(kind: Kind, content: str) -> Argument:
    return Argument(kind=kind, content=content)


ARGUMENTS: Mapping[str, Argument] = {
    "topic": _argument(Kind.TEXT, "a whole topic"),
    "epoch": _argument(Kind.TEXT, "that of the last event that came"),
    "seq": _argument(Kind.INTEGER, "that of the last event that came"),
    "prefix": _argument(Kind.TEXT, "whole components that the topics begin with; all topics without it"),
    "instrument": _argument(Kind.TEXT, "an instrument, or an alias of it"),
    "instruments": _argument(Kind.TEXTS, "at most 1000 instruments"),
    "venue": _argument(Kind.TEXT, "where it is traded"),
    "interval": _argument(Kind.TEXT, "how long a bar lasts: `1s`, `1m`, `5m`, `15m`, `1h`, `4h` or `1d`"),
    "depth": _argument(Kind.INTEGER, "how many levels a side, 1 to 1000; 100 without it"),
    "limit": _argument(Kind.INTEGER, "how many at most"),
    "before": _argument(Kind.TIME, "only what is before this time, or the `next` of an earlier page"),
    "after": _argument(Kind.TEXT, "only what is behind this, the `next` of an earlier page"),
    "token": _argument(Kind.SECRET, "a new token of the same user"),
    "max_hz": _argument(Kind.NUMBER, "events a second and conflated topic, 0.1 to 100; null is no limit"),
    "background": _argument(Kind.BOOLEAN, "whether gapped topics are held as well"),
    "events": _argument(Kind.EVENTS, "what happened: a list of at most 1000, or one"),
    "client_order_id": _argument(Kind.TEXT, "the caller's own name of the order"),
    "order_id": _argument(Kind.TEXT, "the gateway's name of the order"),
    "side": _argument(Kind.TEXT, "`buy` or `sell`"),
    "type": _argument(Kind.TEXT, "of an order `limit`, `market`, `stop` or `stop_limit`; of a broadcast what it is"),
    "quantity": _argument(Kind.DECIMAL, "how much, in base currency"),
    "price": _argument(Kind.DECIMAL, "in quote currency, where the type has one"),
    "stop_price": _argument(Kind.DECIMAL, "what sets a stop off, where the type has one"),
    "time_in_force": _argument(Kind.TEXT, "`GTC`, `IOC`, `FOK` or `GTD`"),
    "expire_at": _argument(Kind.TIME, "until when, with `GTD`"),
    "post_only": _argument(Kind.BOOLEAN, "rather nothing than take what is there"),
    "reduce_only": _argument(Kind.BOOLEAN, "only make a position smaller"),
    "status": _argument(Kind.TEXT, "of orders `open`, `final` or a status; of a bot how it is"),
    "user_id": _argument(Kind.TEXT, "another's account, for roles that may see it; the own one without it"),
    "state": _argument(Kind.TEXT, "of alerts or of trading"),
    "alert_id": _argument(Kind.TEXT, "which alert"),
    "note": _argument(Kind.TEXT, "what to remember of it"),
    "limits": _argument(Kind.FIELDS, "new values by the limit's name"),
    "reason": _argument(Kind.TEXT, "why, for the record"),
    "bot_id": _argument(Kind.TEXT, "the bot's own name, for ever"),
    "name": _argument(Kind.TEXT, "the name that people read"),
    "performance": _argument(Kind.FIELDS, "`total_pnl`, `win_rate` and `trades_today`, each where it is known"),
    "after_ms": _argument(Kind.INTEGER, "how long after the loss, 1000 to 3600000; 0 disarms"),
    "role": _argument(Kind.TEXT, "only those of this role"),
    "address": _argument(Kind.TEXT, "an address, or a network such as `203.0.113.0/24`"),
    "session": _argument(Kind.INTEGER, "the number of a session"),
    "duration_s": _argument(Kind.INTEGER, "for how many seconds"),
    "token_id": _argument(Kind.TEXT, "the `jti` of a token"),
    "key_id": _argument(Kind.TEXT, "the `kid` of a key"),
    "issued_before": _argument(Kind.TIME, "only tokens that were issued up to then"),
    "confirm": _argument(Kind.TEXT, "the key once more, where it is the operator's own"),
    "roles": _argument(Kind.TEXTS, "who stays connected"),
    "refuse": _argument(Kind.TEXTS, "families of procedures that are refused, such as `orders`"),
    "message": _argument(Kind.TEXT, "for people, 1 to 1000 characters"),
    "severity": _argument(Kind.TEXT, "`info`, `warning` or `critical`"),
    "topic_family": _argument(Kind.TEXT, "which topics it concerns, such as `price`"),
    "level": _argument(Kind.TEXT, "`debug`, `info`, `warn` or `error`"),
    "currency": _argument(Kind.TEXT, "such as `USDT`"),
    "amount": _argument(Kind.DECIMAL, "less than zero takes out"),
    "adjustment_id": _argument(Kind.TEXT, "a name that makes it happen once"),
}

MEANING_OF_ERRORS: Mapping[ErrorCode, str] = {
    ErrorCode.INVALID_ARGUMENT: "an argument is missing, unknown, of another type, out of range; details name `field`",
    ErrorCode.UNKNOWN_INSTRUMENT: "no feed has this instrument, or not on this venue",
    ErrorCode.UNKNOWN_TOPIC: "the contract has no such topic, or none that the pattern could match",
    ErrorCode.UNKNOWN_ORDER: "the account has no such order; another's order is answered the same",
    ErrorCode.NOT_AUTHORIZED: "the session's role or user does not reach that far",
    ErrorCode.AUTHENTICATION_REQUIRED: "the same, to a session without a token",
    ErrorCode.TOKEN_INVALID: "the token is not accepted; why is in the gateway's log only",
    ErrorCode.TOKEN_EXPIRED: "the token was good once; get a new one",
    ErrorCode.TOKEN_REVOKED: "the token would be good, and has been revoked; get a new one",
    ErrorCode.USER_INACTIVE: "the token is good, and its user may not come in",
    ErrorCode.RATE_LIMITED: "asked too often; details have `name`, `limit`, `remaining` and `retry_after_ms`",
    ErrorCode.SUBSCRIPTION_LIMIT: "as many subscriptions as there may be; details have `name` and `limit`",
    ErrorCode.RISK_LIMIT_EXCEEDED: "a limit of the account would be crossed; details: `limit`, `allowed`, `requested`",
    ErrorCode.HALTED: "the account, the instrument or everything is halted; a cancel always passes",
    ErrorCode.MAINTENANCE: "the gateway is worked on, and does not serve this meanwhile",
    ErrorCode.DUPLICATE: "the same id came before with another content",
    ErrorCode.NOT_RECOVERABLE: "not in use yet",
    ErrorCode.UNAVAILABLE: "the process that owns the answer is away, or has nothing on it yet",
    ErrorCode.INTERNAL: "a bug in the gateway; its log has more",
    ErrorCode.NOT_FOUND: "HTTP only: there is nothing at this path",
    ErrorCode.METHOD_NOT_ALLOWED: "HTTP only: another method than GET or HEAD",
}

_MEANING_OF_CLOSES: Mapping[str, str] = {
    "join_timeout": "no session in time after the connection was opened",
    "authentication_required": "a refused join: the gateway wants a token",
    "token_invalid": "a refused join: the token is not accepted",
    "token_expired": "a refused join, or the token of the session has ended",
    "revoked": "a refused join, or the token of the session was revoked",
    "user_inactive": "the user may not be connected any more",
    "too_many_connections": "the user has too many connections",
    "node_full": "the node has as many connections as it takes",
    "invalid_message": "a message that cannot be read, is too big, or cannot come at that point",
    "kicked": "an operator has ended the session",
    "blocked": "an operator has blocked the address",
    "slow_consumer": "what must not be lost has no room any more: come back and resume",
    "shutdown": "the gateway stops; come back after the announced delay, with jitter",
    "maintenance": "the gateway is worked on, and the session's role has no part in it",
    "rate_limited": "the session went on after many a `rate_limited`",
    "internal": "a bug in the gateway",
}


def meaning_of_close(close: Close) -> str:
    """What has happened, in a few words."""
    return _MEANING_OF_CLOSES[close.reason.rsplit(".", 1)[-1]]


MEANING_OF_ROLES: Mapping[Role, str] = {
    Role.PUBLIC: "a session without a token, where the gateway is public",
    Role.TRADER: "has an account: places orders, reads what is its own",
    Role.RISK: "the desk: sees every account, sets limits, halts and cancels; places no order",
    Role.ISSUER: "opens and closes auctions",
    Role.SERVICE: "a back end: hands in data by `intake`, reads no topic",
    Role.ADMIN: "an operator: sessions, tokens, feeds, money put in and taken out; places no order",
    Role.GATEWAY: "the gateway's own processes; no token names it",
}

MEANING_OF_DELIVERIES: Mapping[Delivery, str] = {
    Delivery.CONFLATED: "the newest event of a topic replaces the waiting one; each is complete in itself",
    Delivery.GAPPED: "the oldest waiting events may go; a step in `seq` is a loss: take a new snapshot",
    Delivery.LOSSLESS: "nothing goes; a client that falls too far behind is closed, comes back and resumes",
}
