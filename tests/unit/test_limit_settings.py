"""The settings of limits: what each variable makes, and what it says to a wrong value."""

import ipaddress

import pytest

from components.contract.roles import Role
from components.model.errors import ConfigError
from router.limit_settings import ALL_VARIABLES, LIMIT_VARIABLES, LimitSettings
from router.limits import LIMIT_NAMES, UNLIMITED, Limits, points_rate
from router.rate_limits import BurstRate


def limits(**given: str) -> Limits:
    return LimitSettings.from_environment({f"TAPECAST_{name}": value for name, value in given.items()}).limits


def test_nothing_set_is_the_table() -> None:
    """And nobody is trusted, allowed or blocked; an empty variable is one that is not set."""
    for environ in ({}, dict.fromkeys(ALL_VARIABLES, "")):
        settings = LimitSettings.from_environment(environ)
        assert settings.limits == Limits()
        assert not settings.trusted_proxies.holds(ipaddress.ip_address("127.0.0.1"))


def test_every_limit_has_a_variable() -> None:
    """By its own name."""
    assert [name.removeprefix("TAPECAST_LIMIT_").lower() for name in LIMIT_VARIABLES] == list(LIMIT_NAMES)


@pytest.mark.parametrize("name", LIMIT_NAMES)
def test_every_limit_can_be_switched_off(name: str) -> None:
    """By the same word."""
    assert getattr(limits(**{f"LIMIT_{name.upper()}": "off"}), name) is None


def test_values_are_read_in_their_form() -> None:
    """Numbers, points with duration and block, bursts with what refills them, factors of roles."""
    given = limits(
        LIMIT_MARKET_POINTS="10/2/0",
        LIMIT_MARKET_BURST="5/1",
        LIMIT_CONNECTIONS_PER_ADDRESS="100",
        LIMIT_ROLE_FACTORS="service=50, admin=2",
        LIMIT_MESSAGE_BYTES="2048",
        LIMIT_JOIN_S="60",
    )

    assert given.market_points == points_rate(10, 2, 0)
    assert given.market_burst == BurstRate(burst=5, per_minute=1)
    assert given.connections_per_address == 100
    assert given.role_factors == {Role.SERVICE: 50, Role.ADMIN: 2}
    assert (given.message_bytes, given.join_s) == (2048, 60)


def test_one_word_switches_all_off_but_what_is_set() -> None:
    """Whoever wants a single limit need not name the others."""
    assert limits(LIMITS="off") == UNLIMITED
    assert limits(LIMITS="on") == Limits()
    assert limits(LIMITS="off", LIMIT_CONNECTIONS_PER_USER="3").connections_per_user == 3


def test_lists_hold_addresses_networks_and_times() -> None:
    """Of both versions, each for ever or until a time."""
    settings = LimitSettings.from_environment(
        {
            "TAPECAST_TRUSTED_PROXIES": "10.0.0.0/8, ::1",
            "TAPECAST_ALLOWED_ADDRESSES": "203.0.113.7",
            "TAPECAST_BLOCKED_ADDRESSES": "203.0.113.0/24@1970-01-01T00:00:10Z,198.51.100.1@1970-01-01T02:00:10+02:00",
        }
    )

    assert settings.trusted_proxies.holds(ipaddress.ip_address("10.1.2.3"))
    assert settings.trusted_proxies.holds(ipaddress.ip_address("::1"))
    assert settings.allowed_addresses.holds(ipaddress.ip_address("203.0.113.7"))
    for address in ("203.0.113.9", "198.51.100.1"):
        assert settings.blocked_addresses.holds(ipaddress.ip_address(address), now_ns=9_999_999_999)
        assert not settings.blocked_addresses.holds(ipaddress.ip_address(address), now_ns=10_000_000_000)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("LIMITS", "no", "on or off"),
        ("LIMIT_CONNECTIONS", "0", "a whole number from 1 to 1000000000, or off"),
        ("LIMIT_TOPICS_PER_SESSION", "many", "a whole number from 1 to 1000000000, or off"),
        ("LIMIT_MARKET_POINTS", "100", "points/seconds/seconds of block"),
        ("LIMIT_MARKET_POINTS", "0/1/60", "points/seconds/seconds of block"),
        ("LIMIT_MARKET_POINTS", "100/0/60", "points/seconds/seconds of block"),
        ("LIMIT_MARKET_POINTS", "100/1/-1", "points/seconds/seconds of block"),
        ("LIMIT_MARKET_BURST", "100", "at once/a minute"),
        ("LIMIT_MARKET_BURST", "0/1", "at once/a minute"),
        ("LIMIT_MARKET_BURST", "1/0", "at once/a minute"),
        ("LIMIT_MESSAGE_BYTES", "10", "a whole number from 1024"),
        ("LIMIT_JOIN_S", "0", "a whole number from 1 to 3600"),
        ("LIMIT_ROLE_FACTORS", "service", "roles with factors"),
        ("LIMIT_ROLE_FACTORS", "gateway=2", "roles with factors"),
        ("LIMIT_ROLE_FACTORS", ",", "roles with factors"),
        ("TRUSTED_PROXIES", "proxy.example", "addresses or networks"),
        ("BLOCKED_ADDRESSES", "10.0.0.1/8", "addresses or networks"),
        ("BLOCKED_ADDRESSES", "10.0.0.1@tomorrow", "addresses or networks"),
        ("BLOCKED_ADDRESSES", "10.0.0.1@2030-01-01T00:00:00", "addresses or networks"),
    ],
)
def test_a_wrong_value_is_named_with_what_it_must_be(name: str, value: str, expected: str) -> None:
    """The line names the variable, shows the value, and says what would do."""
    with pytest.raises(ConfigError) as raised:
        limits(**{name: value})

    text = str(raised.value)
    assert text.startswith(f"TAPECAST_{name}={value!r}: must be ")
    assert expected in text
