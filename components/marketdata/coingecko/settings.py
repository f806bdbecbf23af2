"""The settings of the fallback: `TAPECAST_COINGECKO` and what goes with it."""

import enum
import re
from collections.abc import Mapping
from typing import Any

import attrs

from components.contract.envelope import NS_PER_S
from components.marketdata.binance.streams import check_url
from components.model.errors import ConfigError
from components.model.setting_values import Parse, choice, read_setting, whole_number, words

CACHE_S = 120
KEY_VARIABLE = "TAPECAST_COINGECKO_KEY"

_is_pair = re.compile(r"[A-Za-z0-9]{1,32}=[a-z0-9][a-z0-9._-]{0,127}").fullmatch
_is_key = re.compile(r"[A-Za-z0-9_-]{1,256}").fullmatch


class Plan(enum.StrEnum):
    """Which of CoinGecko's plans is used."""

    OFF = "off"
    KEYLESS = "keyless"
    DEMO = "demo"
    PRO = "pro"


_PUBLIC_URL = "https://api.coingecko.com/api/v3"
_PRO_URL = "https://pro-api.coingecko.com/api/v3"
_KEY_HEADERS = {Plan.DEMO: "x-cg-demo-api-key", Plan.PRO: "x-cg-pro-api-key"}


@attrs.frozen(kw_only=True)
class CoinGeckoSettings:
    """
    How CoinGecko is asked.

    Attributes:
        plan: Whether, and as whom.
        key: The key of the plan; never shown.
        base_url: Base of the API; None is the plan's own.
        interval_s: How often prices are asked for.
        asset_ids: Coins by asset, besides those that are known.
    """

    plan: Plan = Plan.OFF
    key: str | None = attrs.field(default=None, repr=False)
    base_url: str | None = None
    interval_s: int = 60
    asset_ids: Mapping[str, str] = attrs.field(factory=dict)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "CoinGeckoSettings":
        """
        Read all `TAPECAST_COINGECKO` variables; one that is empty counts as not set.

        Raises:
            ConfigError: A value is not what its setting needs, or the plan needs a key.
        """
        values: dict[str, Any] = {
            attribute: read_setting(name, environ[name], parse)
            for name, (attribute, parse) in _PARSED.items()
            if environ.get(name)
        }
        settings = cls(key=environ.get(KEY_VARIABLE) or None, **values)
        if settings.key is not None and not _is_key(settings.key):
            # The key is a secret: it is not shown, and read_setting would.
            raise ConfigError(f"{KEY_VARIABLE}: must be letters, digits, - and _, at most 256")
        if settings.plan in _KEY_HEADERS and settings.key is None:
            raise ConfigError(f"{KEY_VARIABLE} is not set: TAPECAST_COINGECKO={settings.plan.value} needs a key")
        return settings

    @property
    def stale_ns(self) -> int:
        """How old a price may be: the next answer is due, and CoinGecko itself keeps prices for up to two minutes."""
        return (2 * self.interval_s + CACHE_S) * NS_PER_S

    @property
    def url(self) -> str:
        """Where the API is."""
        return self.base_url or (_PRO_URL if self.plan is Plan.PRO else _PUBLIC_URL)

    @property
    def headers(self) -> dict[str, str]:
        """What goes with every request: the key, in a header and never in a URL, which would be logged on the way."""
        header = _KEY_HEADERS.get(self.plan)
        key = {} if header is None or self.key is None else {header: self.key}
        return {"accept": "application/json", "user-agent": "tapecast", **key}


def _url(text: str) -> str:
    try:
        return check_url(text, schemes=("https", "http"))
    except ConfigError:
        raise ValueError("a URL that begins with https:// or http://") from None


def _asset_ids(text: str) -> dict[str, str]:
    pairs = words(text)
    if not all(_is_pair(pair) for pair in pairs):
        raise ValueError("assets with coins such as PEPE=pepe,WIF=dogwifcoin, with commas between them")
    return dict(pair.split("=", 1) for pair in pairs)


_PARSED: Mapping[str, tuple[str, Parse]] = {
    "TAPECAST_COINGECKO": ("plan", choice(Plan)),
    "TAPECAST_COINGECKO_URL": ("base_url", _url),
    "TAPECAST_COINGECKO_INTERVAL_S": ("interval_s", whole_number(10, 3600)),
    "TAPECAST_COINGECKO_ASSETS": ("asset_ids", _asset_ids),
}

COINGECKO_VARIABLES = (*_PARSED, KEY_VARIABLE)
"""Every variable that this module reads."""
