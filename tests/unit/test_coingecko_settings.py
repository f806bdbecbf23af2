"""How CoinGecko is asked."""

import pytest

from components.marketdata.coingecko.settings import CoinGeckoSettings, Plan
from components.model.errors import ConfigError


def read(**values: str) -> CoinGeckoSettings:
    """Settings of variables by the end of their name; `plan` is the variable without one."""
    names = {"plan": "TAPECAST_COINGECKO"}
    return CoinGeckoSettings.from_environment(
        {names.get(name, f"TAPECAST_COINGECKO_{name.upper()}"): value for name, value in values.items()}
    )


def test_nothing_set_is_off() -> None:
    """CoinGecko is asked only where the operator wants it."""
    assert read() == CoinGeckoSettings()
    assert read().plan is Plan.OFF


@pytest.mark.parametrize(
    ("plan", "url", "header"),
    [
        ("keyless", "https://api.coingecko.com/api/v3", {}),
        ("demo", "https://api.coingecko.com/api/v3", {"x-cg-demo-api-key": "CG-k"}),
        ("pro", "https://pro-api.coingecko.com/api/v3", {"x-cg-pro-api-key": "CG-k"}),
    ],
)
def test_each_plan_has_its_host_and_header(plan: str, url: str, header: dict[str, str]) -> None:
    """CoinGecko refuses a key of one plan on the other's host."""
    settings = read(plan=plan, key="CG-k")

    assert settings.url == url
    assert {name: value for name, value in settings.headers.items() if name.startswith("x-")} == header


def test_everything_can_be_set() -> None:
    """Host, interval and coins of one's own."""
    settings = read(plan="keyless", url="http://127.0.0.1:1/", interval_s="20", assets="PEPE=pepe, BASE=base-protocol")

    assert settings.url == "http://127.0.0.1:1"
    assert (settings.interval_s, settings.stale_ns) == (20, 160_000_000_000)
    assert settings.asset_ids == {"PEPE": "pepe", "BASE": "base-protocol"}


def test_the_key_is_not_shown() -> None:
    """Neither by the settings nor by the error that refuses it."""
    assert "CG-secret" not in repr(read(plan="demo", key="CG-secret"))
    with pytest.raises(ConfigError) as raised:
        read(plan="demo", key="CG-secret\n")

    assert str(raised.value) == "TAPECAST_COINGECKO_KEY: must be letters, digits, - and _, at most 256"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"plan": "free"}, "TAPECAST_COINGECKO='free': must be off, keyless, demo or pro"),
        ({"plan": "pro"}, "TAPECAST_COINGECKO_KEY is not set: TAPECAST_COINGECKO=pro needs a key"),
        ({"url": "ftp://x"}, "TAPECAST_COINGECKO_URL='ftp://x': must be a URL that begins with https:// or http://"),
        ({"interval_s": "5"}, "TAPECAST_COINGECKO_INTERVAL_S='5': must be a whole number from 10 to 3600"),
        (
            {"assets": "PEPE"},
            (
                "TAPECAST_COINGECKO_ASSETS='PEPE': must be assets with coins such as PEPE=pepe,WIF=dogwifcoin, "
                "with commas between them"
            ),
        ),
    ],
)
def test_what_cannot_be_is_refused(values: dict[str, str], message: str) -> None:
    """Each by its name."""
    with pytest.raises(ConfigError) as raised:
        read(**values)

    assert str(raised.value) == message
