"""The rules that the one price is made by, and the settings that change them: `TAPECAST_PRICE_` and a name."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import attrs

from components.contract.envelope import NS_PER_S
from components.model.errors import ConfigError
from components.model.setting_values import Parse, read_setting, seconds, whole_number

STALE_FACTOR = 10
VENUE_CONFIRMATIONS = 3
FALLBACK_CONFIRMATIONS = 2

_ONE_DAY_S = 86_400
_LEAST_SWITCHES = 3
"""There, back, and one that is kept for the next time that a source fails."""


def _percent(text: str) -> Decimal:
    return Decimal(whole_number(1, 100)(text)) / 100


@attrs.frozen(kw_only=True)
class PriceRules:
    """
    When a source is left for another, when it is taken back, and which prices are believed.

    Units: nanoseconds; bands are fractions, 0.05 for 5 %.

    Attributes:
        stale_ns: Shortest silence for which a venue counts as stale.
        stale_cap_ns: Longest silence for which it does not.
        fallback_stale_ns: Age at which a fallback's price is stale.
        leave_ns: How long a source must be at fault without a break until it is left.
        return_ns: How long a better source must be good without a break until it is taken back; longer than `leave_ns`.
        return_messages: How many good messages it must bring in that time.
        dwell_ns: Shortest time between two switches.
        switches_per_hour: Most switches in an hour. The last is kept for leaving a source.
        exit_band: Further than this from the other sources a source deviates.
        reentry_band: Within this of the active source a better one is taken back; narrower than `exit_band`.
        outlier_band: A price within this of the median of its source's last ones is no outlier.
    """

    stale_ns: int = 5 * NS_PER_S
    stale_cap_ns: int = 120 * NS_PER_S
    fallback_stale_ns: int = 240 * NS_PER_S
    leave_ns: int = 3 * NS_PER_S
    return_ns: int = 30 * NS_PER_S
    return_messages: int = 10
    dwell_ns: int = 10 * NS_PER_S
    switches_per_hour: int = 8
    exit_band: Decimal = Decimal("0.05")
    reentry_band: Decimal = Decimal("0.02")
    outlier_band: Decimal = Decimal("0.03")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "PriceRules":
        """
        Read all `TAPECAST_PRICE_` variables; one that is empty counts as not set.

        Raises:
            ConfigError: A value is not what its setting needs, or two do not go together.
        """
        values: dict[str, Any] = {
            attribute: read_setting(name, environ[name], parse)
            for name, (attribute, parse) in PRICE_VARIABLES.items()
            if environ.get(name)
        }
        rules = cls(**values)
        _check(rules.stale_ns <= rules.stale_cap_ns, "STALE_S", "not be more", "STALE_CAP_S")
        _check(rules.leave_ns < rules.return_ns, "LEAVE_S", "be less", "RETURN_S")
        _check(rules.reentry_band < rules.exit_band, "REENTRY_PERCENT", "be less", "EXIT_PERCENT")
        return rules


PRICE_VARIABLES: Mapping[str, tuple[str, Parse]] = {
    "TAPECAST_PRICE_STALE_S": ("stale_ns", seconds(1, _ONE_DAY_S)),
    "TAPECAST_PRICE_STALE_CAP_S": ("stale_cap_ns", seconds(1, _ONE_DAY_S)),
    "TAPECAST_PRICE_LEAVE_S": ("leave_ns", seconds(1, _ONE_DAY_S)),
    "TAPECAST_PRICE_RETURN_S": ("return_ns", seconds(1, _ONE_DAY_S)),
    "TAPECAST_PRICE_RETURN_MESSAGES": ("return_messages", whole_number(1, 100_000)),
    "TAPECAST_PRICE_DWELL_S": ("dwell_ns", seconds(1, _ONE_DAY_S)),
    "TAPECAST_PRICE_SWITCHES_PER_HOUR": ("switches_per_hour", whole_number(_LEAST_SWITCHES, 1000)),
    "TAPECAST_PRICE_EXIT_PERCENT": ("exit_band", _percent),
    "TAPECAST_PRICE_REENTRY_PERCENT": ("reentry_band", _percent),
    "TAPECAST_PRICE_OUTLIER_PERCENT": ("outlier_band", _percent),
}
"""Which attribute each variable sets, and what reads it."""


def _check(holds: bool, one: str, relation: str, other: str) -> None:  # noqa: FBT001 - the condition that is checked
    if not holds:
        raise ConfigError(f"TAPECAST_PRICE_{one}: must {relation} than TAPECAST_PRICE_{other}")
