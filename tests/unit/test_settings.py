"""Settings: what each variable makes, and the one line that a wrong one gives."""

from pathlib import Path

import pytest

from auth.claims import TokenRules
from auth.token_settings import TokenSettings
from components.model.errors import ConfigError
from components.runtime.settings import _ELSEWHERE, VARIABLES, FeedChoice, FeedKind, JournalKind, Settings
from router.logs import LogSettings


def test_nothing_set_is_the_simulated_market_on_the_loopback() -> None:
    """Without any variable a gateway runs, and only this machine reaches it."""
    settings = Settings.from_environment({"PATH": "/bin"})

    assert settings == Settings()
    assert (settings.host, settings.port, settings.metrics_port) == ("127.0.0.1", 8080, 8001)
    assert settings.feeds == (FeedChoice(kind=FeedKind.SIM),)


@pytest.mark.parametrize("name", [*VARIABLES, *_ELSEWHERE])
def test_an_empty_variable_counts_as_not_set(name: str) -> None:
    """What a compose file leaves empty is no mistake."""
    assert Settings.from_environment({name: ""}) == Settings()
    assert LogSettings.from_environment({name: ""}) == LogSettings()


def test_every_variable_reaches_its_attribute() -> None:
    """One value for each variable, all different from the defaults."""
    settings = Settings.from_environment(
        {
            "TAPECAST_HOST": "0.0.0.0",
            "TAPECAST_PORT": "9000",
            "TAPECAST_METRICS_HOST": "10.0.0.1",
            "TAPECAST_METRICS_PORT": "0",
            "TAPECAST_DATA_DIR": "/var/lib/tapecast",
            "TAPECAST_FEED": "sim, replay:/data/market.gz",
            "TAPECAST_INSTRUMENTS": "BTCUSDT, ETHUSDT,BTCUSDT",
            "TAPECAST_REPLAY_SPEED": "2.5",
            "TAPECAST_SIM_SEED": "7",
            "TAPECAST_FEED_QUEUE": "500",
            "TAPECAST_FEED_SILENCE_S": "12",
            "TAPECAST_BINANCE_WEBSOCKET_URL": "wss://data-stream.binance.vision/",
            "TAPECAST_BINANCE_REST_URL": "https://data-api.binance.vision",
            "TAPECAST_ALLOWED_ORIGINS": "https://desk.example, http://localhost:3000",
            "TAPECAST_PING_INTERVAL_S": "20",
            "TAPECAST_PING_TIMEOUT_S": "45",
            "TAPECAST_JWT_ISSUER": "https://id.example",
            "TAPECAST_JWT_AUDIENCE": "tapecast",
            "TAPECAST_JWT_SECRET": 32 * "s",
            "TAPECAST_LOG_FORMAT": "json",
            "TAPECAST_LOG_LEVEL": "debug",
        }
    )

    assert settings.feeds == (
        FeedChoice(kind=FeedKind.SIM),
        FeedChoice(kind=FeedKind.REPLAY, recording=Path("/data/market.gz")),
    )
    assert settings.instruments == ("BTCUSDT", "ETHUSDT")
    assert (settings.replay_speed, settings.sim_seed, settings.feed_queue, settings.silence_s) == (2.5, 7, 500, 12.0)
    assert settings.binance_websocket_url == "wss://data-stream.binance.vision"
    assert settings.allowed_origins == ("https://desk.example", "http://localhost:3000")
    assert (settings.ping_interval_s, settings.ping_timeout_s) == (20, 45)
    assert settings.tokens == TokenSettings(
        has_secret=True, rules=TokenRules(issuer="https://id.example", audience="tapecast")
    )
    assert (settings.host, settings.port, settings.metrics_host, settings.metrics_port) == (
        "0.0.0.0",
        9000,
        "10.0.0.1",
        0,
    )
    assert settings.data_dir == Path("/var/lib/tapecast")
    assert (settings.log.format, settings.log.level) == ("json", "debug")


def test_the_fastest_replay_has_no_factor() -> None:
    """`max` is as fast as it goes."""
    assert Settings.from_environment({"TAPECAST_REPLAY_SPEED": "max"}).replay_speed is None


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("PORT", "0", "a whole number from 1 to 65535"),
        ("PORT", "65536", "a whole number from 1 to 65535"),
        ("PORT", "8080.5", "a whole number from 1 to 65535"),
        ("PORT", "\u0661", "a whole number from 1 to 65535"),
        ("METRICS_PORT", "-1", "a whole number from 0 to 65535"),
        ("MARKET_JOURNAL", "redis", "memory or sqlite"),
        ("FEED_QUEUE", "0", "a whole number from 1 to 1000000"),
        ("FEED_SILENCE_S", "0", "a number above 0"),
        ("FEED_SILENCE_S", "inf", "a number above 0"),
        ("FEED_SILENCE_S", "nan", "a number above 0"),
        ("FEED_SILENCE_S", "soon", "a number above 0"),
        ("REPLAY_SPEED", "-2", "a number above 0, or max"),
        ("FEED", "kraken", "sim, binance, replay:FILE or intake:NAME"),
        ("FEED", "intake:Acme", "intake:NAME with a NAME of 1 to 16 of a-z0-9"),
        ("FEED", "intake:binance", "none of binance, sim, paper, coingecko"),
        ("FEED", "replay:", "sim, binance, replay:FILE or intake:NAME"),
        ("FEED", ",", "sim, binance, replay:FILE or intake:NAME"),
        ("FEED", "binance,replay:/x.gz", "each venue once"),
        ("INSTRUMENTS", "BTC/USDT", "names such as BTCUSDT"),
        ("ALLOWED_ORIGINS", "desk.example", "origins such as https://desk.example"),
        ("ALLOWED_ORIGINS", "https://desk.example/path", "origins such as https://desk.example"),
        ("BINANCE_WEBSOCKET_URL", "https://x", "a URL that begins with ws:// or wss://"),
        ("BINANCE_REST_URL", "ftp://x", "a URL that begins with http:// or https://"),
        ("LOG_FORMAT", "xml", "one of text, json"),
    ],
)
def test_a_wrong_value_is_named_with_what_it_must_be(name: str, value: str, expected: str) -> None:
    """The line names the variable, shows the value, and says what would do."""
    with pytest.raises(ConfigError) as raised:
        Settings.from_environment({f"TAPECAST_{name}": value})

    text = str(raised.value)
    assert text.startswith(f"TAPECAST_{name}={value!r}: must be ")
    assert expected in text


def test_a_misspelt_variable_is_an_error() -> None:
    """A setting that does not exist would otherwise be off in silence."""
    with pytest.raises(ConfigError, match="TAPECAST_INSTRUMENT: there is no such setting"):
        Settings.from_environment({"TAPECAST_INSTRUMENT": "BTCUSDT"})


def test_a_data_directory_that_no_socket_fits_in_is_an_error() -> None:
    """The services' socket must fit the kernel's limit for its path."""
    with pytest.raises(ConfigError, match=r"TAPECAST_DATA_DIR=.*choose a shorter one"):
        Settings(data_dir=Path("/", 120 * "x")).check()


@pytest.mark.parametrize(
    ("host", "metrics_host"), [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("localhost", "::")]
)
def test_one_port_for_two_things_is_an_error(host: str, metrics_host: str) -> None:
    """On the same address, or where one of them is every address."""
    with pytest.raises(ConfigError, match="TAPECAST_METRICS_PORT: expected another port than TAPECAST_PORT"):
        Settings(host=host, metrics_host=metrics_host, port=9000, metrics_port=9000).check()


def test_one_port_on_two_addresses_is_fine() -> None:
    """Each has its own."""
    Settings(host="10.0.0.1", metrics_host="127.0.0.1", port=9000, metrics_port=9000).check()


@pytest.mark.parametrize("kind", JournalKind)
def test_every_kind_of_journal_can_be_chosen(kind: JournalKind) -> None:
    """The market's journal is chosen by its word."""
    assert Settings.from_environment({"TAPECAST_MARKET_JOURNAL": kind.value}).market_journal is kind
