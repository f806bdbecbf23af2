"""The settings of trading: who executes orders, and what accounts on paper begin with and pay."""

import enum
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import attrs

from components.contract.envelope import NS_PER_MS, NS_PER_S
from components.model.errors import ConfigError
from components.model.money import exact
from components.model.setting_values import Parse, choice, read_setting, seconds, whole_number, words
from components.trading.paper.paper_rules import CommissionIn

_is_currency = re.compile(r"[A-Za-z0-9]{1,16}").fullmatch
_is_amount = re.compile(r"[0-9]{1,20}(\.[0-9]{1,18})?").fullmatch
_is_percent = re.compile(r"[0-9]{1,3}(\.[0-9]{1,6})?").fullmatch
_WHOLE_PERCENT = Decimal(100)


class Execution(enum.StrEnum):
    """Who executes orders: the venue on paper, an engine that hands in what becomes of them, or nobody."""

    PAPER = "paper"
    INTAKE = "intake"
    OFF = "off"


@attrs.frozen(kw_only=True)
class TradingSettings:
    """
    How accounts are kept and orders executed.

    Attributes:
        execution: Who executes orders; where nobody does there are no private streams.
        currency: What accounts are valued in.
        opening_balances: What an account on paper begins with, by currency.
        latency_ns: How long a request takes to the venue on paper.
        maker_rate: Commission of an order that was there before, as a share of its notional.
        taker_rate: Commission of an order that came to it.
        commission_in: Which currency it is taken in.
        initial_rate: Share of a position's notional that has to be there to open it; None for cash accounts.
        maintenance_rate: Share of a position's notional that has to stay there.
        unknown_after_ns: How long an engine may leave a request without an answer.
    """

    execution: Execution = Execution.PAPER
    currency: str = "USDT"
    opening_balances: Mapping[str, Decimal] = attrs.field(factory=lambda: {"USDT": Decimal(100_000)})
    latency_ns: int = 0
    maker_rate: Decimal = Decimal("0.001")
    taker_rate: Decimal = Decimal("0.001")
    commission_in: CommissionIn = CommissionIn.QUOTE
    initial_rate: Decimal | None = None
    maintenance_rate: Decimal = Decimal("0.05")
    unknown_after_ns: int = 10 * NS_PER_S

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "TradingSettings":
        """
        Read all variables of `TRADING_VARIABLES`; one that is empty counts as not set.

        Raises:
            ConfigError: A value is not what its setting needs, or two do not go together.
        """
        values: dict[str, Any] = {
            attribute: read_setting(name, environ[name], parse)
            for name, (attribute, parse) in TRADING_VARIABLES.items()
            if environ.get(name)
        }
        settings = cls(**values)
        if settings.initial_rate is not None and settings.maintenance_rate >= settings.initial_rate:
            raise ConfigError("TAPECAST_PAPER_MAINTENANCE_PERCENT: must be less than TAPECAST_PAPER_MARGIN_PERCENT")
        return settings


def _currency(text: str) -> str:
    if not _is_currency(text):
        raise ValueError("a currency such as USDT")
    return text


def _balances(text: str) -> dict[str, Decimal]:
    pairs = [word.partition(":") for word in words(text)]
    if not pairs or not all(_is_currency(currency) and _is_amount(amount) for currency, _, amount in pairs):
        raise ValueError("currencies with amounts such as USDT:100000,BTC:1, with commas between them")
    return {currency: Decimal(amount) for currency, _, amount in pairs}


def _percent(text: str) -> Decimal:
    if not _is_percent(text) or not Decimal(text) <= _WHOLE_PERCENT:
        raise ValueError("a number from 0 to 100")
    return _share(text)


def _margin_percent(text: str) -> Decimal | None:
    if text == "off":
        return None
    if not _is_percent(text) or not 0 < Decimal(text) <= _WHOLE_PERCENT:
        raise ValueError("off, or a number above 0 and up to 100")
    return _share(text)


@exact
def _share(text: str) -> Decimal:
    return Decimal(text) / _WHOLE_PERCENT


def _milliseconds(text: str) -> int:
    return whole_number(0, 60_000)(text) * NS_PER_MS


TRADING_VARIABLES: Mapping[str, tuple[str, Parse]] = {
    "TAPECAST_EXECUTION": ("execution", choice(Execution)),
    "TAPECAST_ACCOUNT_CURRENCY": ("currency", _currency),
    "TAPECAST_PAPER_BALANCE": ("opening_balances", _balances),
    "TAPECAST_PAPER_LATENCY_MS": ("latency_ns", _milliseconds),
    "TAPECAST_PAPER_MAKER_PERCENT": ("maker_rate", _percent),
    "TAPECAST_PAPER_TAKER_PERCENT": ("taker_rate", _percent),
    "TAPECAST_PAPER_COMMISSION_IN": ("commission_in", choice(CommissionIn)),
    "TAPECAST_PAPER_MARGIN_PERCENT": ("initial_rate", _margin_percent),
    "TAPECAST_PAPER_MAINTENANCE_PERCENT": ("maintenance_rate", _percent),
    "TAPECAST_UNKNOWN_AFTER_S": ("unknown_after_ns", seconds(1, 3_600)),
}
"""Which attribute each variable sets, and what reads it."""
