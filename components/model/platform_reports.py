"""Alerts and bots that a platform hands in, as the slices that keep them get them: checked, numbered by the sender."""

import enum
from decimal import Decimal
from typing import Protocol

import msgspec


class Severity(enum.StrEnum):
    """How bad an alert is, the least first."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"


class BotStatus(enum.StrEnum):
    """What a bot says of itself."""

    RUNNING = "running"
    PAUSED = "paused"
    ERROR = "error"


class PlatformReport(msgspec.Struct, frozen=True, kw_only=True):
    """
    What all of them say.

    Attributes:
        user_id: Whom it is about.
        sequence: The sender's, which grows: what is not newer than the last of the same alert or bot changes nothing.
        ts_ns: When it happened, by the sender's clock where it told, UNIX nanoseconds.
    """

    user_id: str
    sequence: int
    ts_ns: int


class AlertReport(PlatformReport, frozen=True, kw_only=True):
    """
    An alert of the platform's own rules, as it is now.

    Attributes:
        dedup_key: The sender's name for it: with one user it is one alert from when it opens until it is resolved.
        alert_type: Which rule, in the sender's words.
        is_resolved: Whether it is over.
        message: For people.
        instrument_id: What it is about; None where it is about the account.
        limit_value: What would have been allowed; None where there is no such number.
        current_value: What is there; None where there is no such number.
    """

    dedup_key: str
    alert_type: str
    severity: Severity
    message: str
    is_resolved: bool = False
    instrument_id: str | None = None
    limit_value: Decimal | None = None
    current_value: Decimal | None = None


class BotReport(PlatformReport, frozen=True, kw_only=True):
    """
    How a bot of the platform's is.

    Attributes:
        bot_id: The sender's name for it, unique with the user.
        name: For people.
        total_pnl: What it has brought, in account currency; None where it does not tell.
        win_rate: Share of its trades that brought something, from 0 to 1; None where it does not tell.
        trades_today: None where it does not tell.
    """

    bot_id: str
    name: str
    status: BotStatus
    total_pnl: Decimal | None = None
    win_rate: Decimal | None = None
    trades_today: int | None = None


class AlertKeeper(Protocol):
    """Who keeps alerts."""

    def receive_handed_in(self, reports: list[AlertReport], *, now_ns: int) -> None:
        """
        Take in a call's alerts, all of them or none.

        Raises:
            CommandRejected: One cannot be kept, and nothing has changed.
        """


class BotKeeper(Protocol):
    """Who keeps bots."""

    def receive_handed_in(self, reports: list[BotReport], *, now_ns: int) -> None:
        """
        Take in a call's reports of bots, all of them or none.

        Raises:
            CommandRejected: One cannot be kept, and nothing has changed.
        """
