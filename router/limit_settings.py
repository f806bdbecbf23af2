"""The settings of limits: `TAPECAST_LIMIT_` and the limit's name for each, and the lists of addresses."""

import ipaddress
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import attrs

from components.contract.envelope import NS_PER_S
from components.contract.roles import TOKEN_ROLES, Role
from components.model.setting_values import Parse, read_setting, whole_number, words
from router.addresses import AddressList, ListedNetwork
from router.limits import LIMIT_NAMES, UNLIMITED, Limits, points_rate
from router.rate_limits import BurstRate, PointsRate

OFF = "off"
SWITCH = "TAPECAST_LIMITS"

_LARGEST = 1_000_000_000
_number = whole_number(1, _LARGEST)


def _or_off(parse: Parse, expected: str) -> Parse:
    def parse_or_off(text: str) -> object:
        if text == OFF:
            return None
        try:
            return parse(text)
        except ValueError:
            raise ValueError(f"{expected}, or off") from None

    return parse_or_off


def _numbers(text: str) -> list[int]:
    return [int(part) if part == "0" else _number(part) for part in text.split("/")]


def _points(text: str) -> PointsRate:
    points, duration_s, block_s = _numbers(text)
    if not points or not duration_s:
        raise ValueError
    return points_rate(points, duration_s, block_s)


def _burst(text: str) -> BurstRate:
    burst, per_minute = _numbers(text)
    if not burst or not per_minute:
        raise ValueError
    return BurstRate(burst=burst, per_minute=per_minute)


def _factors(text: str) -> dict[Role, int]:
    pairs = [word.partition("=") for word in words(text)]
    factors = {Role(role): _number(factor) for role, _, factor in pairs}
    if not factors or not set(factors) <= TOKEN_ROLES | {Role.PUBLIC}:
        raise ValueError
    return factors


def _switch(text: str) -> Limits:
    if text not in ("on", OFF):
        raise ValueError("on or off")
    return Limits() if text == "on" else UNLIMITED


def _addresses(text: str) -> AddressList:
    try:
        return AddressList(_listed(word) for word in words(text))
    except ValueError:
        raise ValueError(
            "addresses or networks such as 203.0.113.7 or 2001:db8::/32, with commas between them, each until "
            "@ and a time such as 2030-01-01T00:00:00Z where it ends"
        ) from None


def _listed(word: str) -> ListedNetwork:
    network, _, until = word.partition("@")
    return ListedNetwork(network=ipaddress.ip_network(network), expires_at_ns=_time_ns(until) if until else None)


def _time_ns(text: str) -> int:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError
    return int(time.timestamp()) * NS_PER_S


_a_number = _or_off(_number, f"a whole number from 1 to {_LARGEST}")
_some_points = _or_off(
    _points, "points/seconds/seconds of block, such as 100/1/60, a block of 0 being the window's rest"
)
_some_burst = _or_off(_burst, "at once/a minute, such as 1000/100")
_OTHERS: Mapping[str, Parse] = {
    "message_bytes": _or_off(whole_number(1024, 16_777_216), "a whole number from 1024 to 16777216"),
    "join_s": _or_off(whole_number(1, 3600), "a whole number from 1 to 3600"),
    "role_factors": _or_off(_factors, "roles with factors such as service=20, with commas between them"),
}
_BY_ENDING: Mapping[str, Parse] = {"points": _some_points, "burst": _some_burst}


def _parse_of(limit: str) -> Parse:
    return _OTHERS.get(limit) or _BY_ENDING.get(limit.rpartition("_")[2], _a_number)


LIMIT_VARIABLES: Mapping[str, Parse] = {f"TAPECAST_LIMIT_{name.upper()}": _parse_of(name) for name in LIMIT_NAMES}
"""What reads each limit."""

ADDRESS_VARIABLES: Mapping[str, str] = {
    "TAPECAST_TRUSTED_PROXIES": "trusted_proxies",
    "TAPECAST_ALLOWED_ADDRESSES": "allowed_addresses",
    "TAPECAST_BLOCKED_ADDRESSES": "blocked_addresses",
}
"""Which attribute each list of addresses is."""

ALL_VARIABLES = (SWITCH, *LIMIT_VARIABLES, *ADDRESS_VARIABLES)


@attrs.frozen(kw_only=True)
class LimitSettings:
    """
    What is limited, and for whom.

    Attributes:
        limits: The table.
        trusted_proxies: Whose `X-Forwarded-For` is believed.
        allowed_addresses: To whom no limit by address applies.
        blocked_addresses: Who is not let in at all.
    """

    limits: Limits = attrs.field(factory=Limits)
    trusted_proxies: AddressList = attrs.field(factory=AddressList)
    allowed_addresses: AddressList = attrs.field(factory=AddressList)
    blocked_addresses: AddressList = attrs.field(factory=AddressList)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "LimitSettings":
        """
        Read the variables of this module; one that is empty counts as not set.

        Raises:
            ConfigError: A value is not what its setting needs.
        """
        given = {name: environ[name] for name in ALL_VARIABLES if environ.get(name)}
        values: dict[str, Any] = {name: read_setting(name, text, _READERS[name]) for name, text in given.items()}
        base: Limits = values.pop(SWITCH, None) or Limits()
        lists = {ADDRESS_VARIABLES[name]: values.pop(name) for name in list(values) if name in ADDRESS_VARIABLES}
        changes = {name.removeprefix("TAPECAST_LIMIT_").lower(): value for name, value in values.items()}
        return cls(limits=attrs.evolve(base, **changes), **lists)


_READERS: Mapping[str, Callable[[str], object]] = {
    SWITCH: _switch,
    **LIMIT_VARIABLES,
    **dict.fromkeys(ADDRESS_VARIABLES, _addresses),
}
