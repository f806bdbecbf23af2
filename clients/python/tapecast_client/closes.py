"""Why a connection ended, and whether to come back: the contract's table of closes as a client sees it."""

import enum

import attrs

from tapecast_client.errors import (
    AuthenticationRequired,
    CallRefused,
    InvalidArgument,
    NotAuthorized,
    TokenExpired,
    TokenInvalid,
    TokenRevoked,
    UserInactive,
)


class ComeBack(enum.StrEnum):
    """What to do after a close."""

    YES = "yes"
    NEW_TOKEN = "with a new token"
    LATER = "later"
    NO = "no"


@attrs.frozen(kw_only=True)
class Ending:
    """
    How a connection, or an attempt at one, ended.

    Attributes:
        reason: The close's URI where the gateway gave one, else words.
        come_back: What to do.
        error: The refusal, where the gateway refused the join, or whatever kept the attempt from becoming one.
    """

    reason: str
    come_back: ComeBack
    error: Exception | None = None


COME_BACK: dict[str, ComeBack] = {
    "tapecast.close.join_timeout": ComeBack.YES,
    "tapecast.close.authentication_required": ComeBack.NEW_TOKEN,
    "tapecast.close.token_invalid": ComeBack.NEW_TOKEN,
    "tapecast.close.token_expired": ComeBack.NEW_TOKEN,
    "tapecast.close.revoked": ComeBack.NEW_TOKEN,
    "tapecast.close.user_inactive": ComeBack.NO,
    "tapecast.close.too_many_connections": ComeBack.LATER,
    "tapecast.close.node_full": ComeBack.LATER,
    "tapecast.close.invalid_message": ComeBack.NO,
    "tapecast.close.kicked": ComeBack.NO,
    "tapecast.close.blocked": ComeBack.NO,
    "tapecast.close.slow_consumer": ComeBack.YES,
    "tapecast.close.shutdown": ComeBack.YES,
    "tapecast.close.maintenance": ComeBack.LATER,
    "tapecast.close.rate_limited": ComeBack.LATER,
    "tapecast.error.internal": ComeBack.LATER,
}
"""By the reason, which is the text of the close frame."""

COME_BACK_BY_CODE: dict[int, ComeBack] = {
    1009: ComeBack.NO,
    1011: ComeBack.LATER,
    4000: ComeBack.YES,
    4001: ComeBack.NEW_TOKEN,
    4002: ComeBack.NO,
    4003: ComeBack.LATER,
    4004: ComeBack.NO,
    4005: ComeBack.NO,
    4008: ComeBack.YES,
    4012: ComeBack.YES,
    4013: ComeBack.LATER,
    4029: ComeBack.LATER,
}
"""By the close code, where a proxy lost the text."""


def ending_of_close(code: int | None, reason: str | None, *, goodbye: str | None = None) -> Ending:
    """
    What a closed connection tells.

    Args:
        code: The close code; None where there was no close frame.
        reason: Its text.
        goodbye: The reason of the GOODBYE that came before, where one did.
    """
    for said in (reason, goodbye):
        if said in COME_BACK:
            return Ending(reason=said, come_back=COME_BACK[said])
    come_back = COME_BACK_BY_CODE.get(code or 0, ComeBack.YES)
    return Ending(reason=reason or goodbye or "the connection was cut", come_back=come_back)


def ending_of_refusal(error: CallRefused, code: int | None, reason: str | None) -> Ending:
    """What a refused join tells; the close behind it says whether to come back, where it came."""
    come_back = COME_BACK.get(reason or "") or COME_BACK_BY_CODE.get(code or 0)
    if come_back is None:
        come_back = ComeBack.LATER
        if isinstance(error, TokenInvalid | TokenExpired | TokenRevoked | AuthenticationRequired):
            come_back = ComeBack.NEW_TOKEN
        elif isinstance(error, InvalidArgument | NotAuthorized | UserInactive):
            come_back = ComeBack.NO
    return Ending(reason=error.uri, come_back=come_back, error=error)
