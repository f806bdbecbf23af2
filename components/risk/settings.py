"""The settings of risk: `TAPECAST_RISK_` and a name."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import attrs

from components.contract.envelope import NS_PER_S
from components.model.errors import ConfigError, InvalidArgument
from components.model.setting_values import Parse, read_setting, seconds, whole_number
from components.risk.limits import KINDS, OFF, LimitKind, Limits

PREFIX = "TAPECAST_RISK_"
_ONE_DAY_S = 86_400
_MOST_PERCENT = 50
_LAST_HOUR = 23


@attrs.frozen(kw_only=True)
class RiskSettings:
    """
    How accounts are watched.

    Units: nanoseconds.

    Attributes:
        limits: What holds where the desk has set nothing else.
        day_hour: The hour, UTC, at which the day begins that a daily loss is counted from.
        hysteresis_percent: How far a figure must be on the good side of a level again until its alert is resolved.
        hold_ns: How long an alert is kept at least, once it was raised or has risen.
        acknowledge_ns: How long an acknowledgement counts.
        escalate_ns: How soon an error or a critical alert that nobody acknowledges escalates, and again.
    """

    limits: Limits = attrs.field(factory=Limits)
    day_hour: int = 0
    hysteresis_percent: Decimal = Decimal(5)
    hold_ns: int = 30 * NS_PER_S
    acknowledge_ns: int = 4 * 3600 * NS_PER_S
    escalate_ns: int = 300 * NS_PER_S

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "RiskSettings":
        """
        Read all `TAPECAST_RISK_` variables; one that is empty counts as not set.

        Raises:
            ConfigError: A value is not what its setting needs, or the margin levels are not in order.
        """
        values: dict[str, Any] = {
            attribute: read_setting(name, environ[name], parse)
            for name, (attribute, parse) in _PARSED.items()
            if environ.get(name)
        }
        limits: dict[str, Any] = {
            kind.name: read_setting(name, environ[name], _limit(kind))
            for name, kind in _LIMITS.items()
            if environ.get(name)
        }
        settings = cls(limits=Limits(**limits), **values)
        if not settings.limits.is_in_order:
            raise ConfigError(
                f"{PREFIX}MARGIN_LIQUIDATION_LEVEL: must be less than {PREFIX}MARGIN_CALL_LEVEL, "
                f"and that less than {PREFIX}MARGIN_WARNING_LEVEL"
            )
        return settings


def _limit(kind: LimitKind) -> Parse:
    def parse(text: str) -> Decimal | None:
        try:
            value = kind.value_of("", text)
        except InvalidArgument:
            number = "a whole number" if kind.is_whole else "a number"
            raise ValueError(f"{number} above 0 and at most {kind.most:f}, or {OFF}") from None
        return None if value == OFF else Decimal(value)

    return parse


_PARSED: Mapping[str, tuple[str, Parse]] = {
    f"{PREFIX}DAY_HOUR": ("day_hour", whole_number(0, _LAST_HOUR)),
    f"{PREFIX}HYSTERESIS_PERCENT": (
        "hysteresis_percent",
        lambda text: Decimal(whole_number(0, _MOST_PERCENT)(text)),
    ),
    f"{PREFIX}HOLD_S": ("hold_ns", seconds(1, _ONE_DAY_S)),
    f"{PREFIX}ACKNOWLEDGE_S": ("acknowledge_ns", seconds(1, _ONE_DAY_S)),
    f"{PREFIX}ESCALATE_S": ("escalate_ns", seconds(1, _ONE_DAY_S)),
}
_LIMITS: Mapping[str, LimitKind] = {f"{PREFIX}{kind.name.upper()}": kind for kind in KINDS}

RISK_VARIABLES = (*_LIMITS, *_PARSED)
"""Every variable that this module reads."""
