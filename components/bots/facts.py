"""
What has happened to bots: the facts that the journal keeps.

Fields may be added with a default; none goes or changes its meaning, as journals hold old ones.
"""

from decimal import Decimal

import msgspec

from components.model.platform_reports import BotStatus


class Told(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """
    What a bot says of itself.

    Attributes:
        name: For people.
        total_pnl: What it has brought, in account currency; None where it does not tell.
        win_rate: Share of its trades that brought something, from 0 to 1; None where it does not tell.
        trades_today: None where it does not tell.
    """

    name: str
    status: BotStatus
    total_pnl: Decimal | None = None
    win_rate: Decimal | None = None
    trades_today: int | None = None


class BotFact(msgspec.Struct, frozen=True, kw_only=True, tag=True, omit_defaults=True):
    """
    One thing that has happened to a bot.

    Attributes:
        ts_ns: When, UNIX nanoseconds.
        bot_id: Unique with the user.
    """

    ts_ns: int
    user_id: str
    bot_id: str


class BotReported(BotFact, frozen=True, kw_only=True):
    """
    A bot said something else than before, or for the first time.

    Attributes:
        sequence: The number of the platform that handed it in; None where the bot reported itself.
    """

    told: Told
    sequence: int | None = None


class BotSilent(BotFact, frozen=True, kw_only=True):
    """
    A bot has not reported for too long.

    Attributes:
        heard_ns: When it did last.
    """

    heard_ns: int


class BotForgotten(BotFact, frozen=True, kw_only=True):
    """A silent bot is not told of any more."""


AnyBotFact = BotReported | BotSilent | BotForgotten

encode_fact = msgspec.msgpack.Encoder().encode
decode_fact = msgspec.msgpack.Decoder(AnyBotFact).decode
