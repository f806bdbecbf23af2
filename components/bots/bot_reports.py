"""What a bot reports by call, checked; and how bots are told of."""

import re

from components.bots.bots import Bot
from components.bots.facts import Told
from components.contract.envelope import Payload, format_time
from components.model.arguments import Sign, decimal_of, integer_of, one_of, text_of
from components.model.errors import InvalidArgument
from components.model.money import amount_or_none
from components.model.platform_reports import BotStatus

MAX_TRADES = 2**63 - 1
STALE = "stale"
"""What a bot is in the contract's words that has been silent for too long; no report says so."""

_FIGURES = ("total_pnl", "win_rate", "trades_today")
_is_id = re.compile(r"[!-~]{1,128}").fullmatch
_is_name = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]{1,256}").fullmatch


def bot_id_of(value: object) -> str:
    """
    A bot's id.

    Raises:
        InvalidArgument: It is none.
    """
    text = text_of("bot_id", value)
    if not _is_id(text):
        raise InvalidArgument("bot_id", "expected 1 to 128 printable ASCII characters without spaces")
    return text


def read_report(name: object, status: object, performance: object = None) -> Told:
    """
    What a bot says of itself.

    Raises:
        InvalidArgument: Something in it cannot be; a bot does not say that it is stale.
    """
    text = text_of("name", name)
    if not _is_name(text):
        raise InvalidArgument("name", "expected 1 to 256 printable characters")
    spoken = BotStatus(one_of("status", status, list(BotStatus)))
    figures = {} if performance is None else performance
    if not isinstance(figures, dict):
        raise InvalidArgument("performance", f"expected an object, received {type(performance).__name__}")
    for field in figures:
        if field not in _FIGURES:
            raise InvalidArgument(f"performance.{str(field)[:64]}", "there is no such field")
    pnl, rate, trades = (figures.get(field) for field in _FIGURES)
    win_rate = None if rate is None else decimal_of("performance.win_rate", rate, sign=Sign.NOT_NEGATIVE)
    if win_rate is not None and win_rate > 1:
        raise InvalidArgument("performance.win_rate", f"expected a number from 0 to 1, received {rate}")
    return Told(
        name=text,
        status=spoken,
        total_pnl=None if pnl is None else decimal_of("performance.total_pnl", pnl, sign=Sign.ANY),
        win_rate=win_rate,
        trades_today=None
        if trades is None
        else integer_of("performance.trades_today", trades, least=0, most=MAX_TRADES),
    )


def bot_body(bot: Bot) -> Payload:
    """A bot as it is now."""
    told = bot.told
    return {
        "bot_id": bot.bot_id,
        "name": told.name,
        "status": STALE if bot.is_stale else told.status.value,
        "performance": {
            "total_pnl": amount_or_none(told.total_pnl),
            "win_rate": amount_or_none(told.win_rate),
            "trades_today": told.trades_today,
        },
        "reported_at": format_time(bot.reported_ns),
    }


def bots_body(changed: Bot, bots: list[Bot]) -> Payload:
    """An event: the bot that it is about, and all of its user's, so that each event is complete in itself."""
    return {**bot_body(changed), "bots": [bot_body(bot) for bot in bots]}
