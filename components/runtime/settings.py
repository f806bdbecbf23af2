"""The settings of a gateway, read from the environment and checked before anything starts."""

import enum
import ipaddress
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs

from auth.demo_users import DemoUser, read_demo_users
from auth.service_key_store import load_service_keys
from auth.token_settings import ALL_TOKEN_VARIABLES, TokenSettings
from auth.user_list_store import load_user_list
from auth.user_settings import USER_VARIABLES, UserSettings
from components.bots.settings import BOT_VARIABLES, BotSettings
from components.contract.uris import INSTRUMENT_PATTERN, VENUE_PATTERN
from components.marketdata.binance.streams import check_instruments_fit, check_url
from components.marketdata.coingecko.settings import COINGECKO_VARIABLES, CoinGeckoSettings
from components.marketdata.price.price_rules import PRICE_VARIABLES, PriceRules
from components.marketdata.replay.replay_client import check_recording
from components.model.errors import ConfigError
from components.model.setting_values import Parse, choice, read_setting, whole_number, words
from components.risk.settings import RISK_VARIABLES, RiskSettings
from components.trading.settings import TRADING_VARIABLES, TradingSettings
from router.limit_settings import ALL_VARIABLES as LIMIT_VARIABLES
from router.limit_settings import LimitSettings
from router.logs import LogSettings
from router.nearness import is_loopback
from router.tls import load_certificate

LARGEST_PORT = 65_535
LONGEST_SOCKET_PATH_BYTES = 107
SERVICE_KEYS_VARIABLE = "TAPECAST_SERVICE_KEYS"
DEMO_USERS_VARIABLE = "TAPECAST_DEMO_USERS"
SOCKET_NAME = "services.sock"
BINANCE_INSTRUMENTS = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "BNBUSDT", "XRPUSDT", "ADAUSDT", "DOGEUSDT", "AVAXUSDT")
"""What the live feed follows where the operator does not say."""

VENUES_OF_OUR_OWN = ("binance", "sim", "paper", "coingecko")
"""Names that nobody can hand events in for."""


class FeedKind(enum.StrEnum):
    """Where market data comes from."""

    SIM = "sim"
    BINANCE = "binance"
    REPLAY = "replay"
    INTAKE = "intake"


class JournalKind(enum.StrEnum):
    """Where events are written before they are published."""

    MEMORY = "memory"
    SQLITE = "sqlite"


@attrs.frozen(kw_only=True)
class FeedChoice:
    """
    One feed that the operator chose.

    Attributes:
        recording: File of a replay; None for any other kind.
        handed_in: Venue whose events a platform hands in by call; None for any other kind.
    """

    kind: FeedKind
    recording: Path | None = None
    handed_in: str | None = None

    @property
    def setting(self) -> str:
        """The choice as `TAPECAST_FEED` has it."""
        detail = self.recording or self.handed_in
        return str(self.kind) if detail is None else f"{self.kind}:{detail}"

    @property
    def venue(self) -> str:
        """The venue whose messages the feed brings."""
        return self.handed_in or ("sim" if self.kind is FeedKind.SIM else "binance")


@attrs.frozen(kw_only=True)
class Settings:
    """
    Settings of one gateway.

    Attributes:
        host: Address that pages, HTTP and WebSocket are served on.
        port: Port of the same.
        metrics_port: Port of `/metrics`; 0 is off.
        metrics_host: Address of the same.
        data_dir: Where keys, the node's configuration, its pid and the services' socket are; mode 0700.
        feeds: Where market data comes from, the first with the highest priority.
        instruments: Instruments to follow; empty is all that the feed has.
        replay_speed: How many times faster than recorded a replay goes; None is as fast as it can.
        sim_seed: The simulated market's seed; the same seed is the same market.
        feed_queue: How many messages wait between a feed and its decoder.
        market_journal: Where the market's events are written before they are published.
        silence_s: A live feed without data for so long is connected anew.
        binance_websocket_url: Base of Binance's streams.
        binance_rest_url: Base of Binance's REST API.
        allowed_origins: Origins besides the gateway's own whose pages may connect.
        public: Whether sessions without a token may join, and HTTP tells everyone of the market.
        tls_certificate: File of the node's certificate; None where the node does not encrypt.
        tls_key: File of its private key.
        service_keys: File of the service accounts; None where there are none.
        compression: Whether messages go compressed to clients that offer it.
        ping_interval_s: A connection that was silent for so long is pinged.
        ping_timeout_s: How long it then has to answer.
        demo_users: Whom a development gateway makes tokens for, for whoever asks at its machine.
        tokens: Whose tokens are taken, and what they must say.
        prices: How the one price is made of several sources.
        coingecko: Whether and how CoinGecko is asked for prices.
        trading: How accounts are kept and orders executed.
        risk: How accounts are watched.
        bots: How bots are watched.
        users: Who says which users may come in, and with what limits.
        limits: What clients may have and do.
        log: How processes log.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    metrics_port: int = 8001
    metrics_host: str = "127.0.0.1"
    data_dir: Path = Path(".data")
    feeds: tuple[FeedChoice, ...] = (FeedChoice(kind=FeedKind.SIM),)
    instruments: tuple[str, ...] = ()
    replay_speed: float | None = 1.0
    sim_seed: int = 1
    feed_queue: int = 10_000
    market_journal: JournalKind = JournalKind.MEMORY
    silence_s: float = 30.0
    binance_websocket_url: str = "wss://stream.binance.com:9443"
    binance_rest_url: str = "https://api.binance.com"
    allowed_origins: tuple[str, ...] = ()
    public: bool = True
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    service_keys: Path | None = None
    compression: bool = False
    ping_interval_s: int = 10
    ping_timeout_s: int = 5
    demo_users: tuple[DemoUser, ...] = ()
    tokens: TokenSettings = attrs.field(factory=TokenSettings)
    prices: PriceRules = attrs.field(factory=PriceRules)
    coingecko: CoinGeckoSettings = attrs.field(factory=CoinGeckoSettings)
    trading: TradingSettings = attrs.field(factory=TradingSettings)
    risk: RiskSettings = attrs.field(factory=RiskSettings)
    bots: BotSettings = attrs.field(factory=BotSettings)
    users: UserSettings = attrs.field(factory=UserSettings)
    limits: LimitSettings = attrs.field(factory=LimitSettings)
    log: LogSettings = attrs.field(factory=LogSettings)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Settings":
        """
        Read all `TAPECAST_` variables; one that is empty counts as not set.

        Raises:
            ConfigError: A value is not what its setting needs, or there is no such setting.
        """
        given = {name: value for name, value in environ.items() if name.startswith("TAPECAST_") and value}
        unknown = sorted(set(given) - set(VARIABLES) - set(_ELSEWHERE))
        if unknown:
            raise ConfigError(f"{unknown[0]}: there is no such setting; see docs/reference/settings.md")
        values: dict[str, Any] = {
            variable.attribute: read_setting(name, given[name], variable.parse)
            for name, variable in VARIABLES.items()
            if name in given
        }
        return cls(
            **values,
            tokens=TokenSettings.from_environment(given),
            prices=PriceRules.from_environment(given),
            coingecko=CoinGeckoSettings.from_environment(given),
            trading=TradingSettings.from_environment(given),
            risk=RiskSettings.from_environment(given),
            bots=BotSettings.from_environment(given),
            users=UserSettings.from_environment(given),
            limits=LimitSettings.from_environment(given),
            log=LogSettings.from_environment(given),
        )

    def check(self) -> None:
        """
        Look at what the settings name outside of themselves.

        Raises:
            ConfigError: A recording cannot be replayed, a file of users, of service accounts or of TLS cannot be used,
                a venue cannot be asked for so many instruments, two ports are the same, there are demo users where
                others than somebody at this machine could be them, or the data directory's path is too long for a
                socket.
        """
        self._check_ports_differ()
        self._check_tls()
        self._check_demo_users()
        if self.service_keys is not None:
            load_service_keys(self.service_keys)
        for feed in self.feeds:
            if feed.recording is not None:
                check_recording(feed.recording)
            elif feed.kind is FeedKind.BINANCE:
                check_instruments_fit(self.instruments or BINANCE_INSTRUMENTS)
        if self.users.directory.path is not None:
            load_user_list(self.users.directory.path)
        socket = str(self.data_dir.absolute() / SOCKET_NAME)
        if len(socket.encode()) > LONGEST_SOCKET_PATH_BYTES:
            raise ConfigError(
                f"TAPECAST_DATA_DIR={str(self.data_dir)!r}: the path of {SOCKET_NAME} in it is longer than the "
                f"{LONGEST_SOCKET_PATH_BYTES} bytes that a socket can have; choose a shorter one"
            )

    def _check_demo_users(self) -> None:
        if not self.demo_users:
            return
        if not self.tokens.has_development_secret:
            raise ConfigError(
                f"{DEMO_USERS_VARIABLE}: expected a gateway that signs tokens with a secret of its own making, "
                f"received keys of yours; demo users are for development alone"
            )
        if self.host.lower() != "localhost" and not is_loopback(self.host):
            raise ConfigError(
                f"{DEMO_USERS_VARIABLE}: expected TAPECAST_HOST to be of the loopback interface, received "
                f"{self.host!r}; whoever reaches a gateway with demo users may be any of them"
            )
        if self.limits.trusted_proxies.entries:
            raise ConfigError(
                f"{DEMO_USERS_VARIABLE}: expected no TAPECAST_TRUSTED_PROXIES; "
                f"whoever a proxy lets through to a gateway with demo users may be any of them"
            )

    def _check_tls(self) -> None:
        if self.tls_certificate is not None and self.tls_key is not None:
            load_certificate(self.tls_certificate, self.tls_key)
        elif self.tls_certificate is not None or self.tls_key is not None:
            raise ConfigError("TAPECAST_TLS_CERTIFICATE and TAPECAST_TLS_KEY: expected both or neither, received one")

    def _check_ports_differ(self) -> None:
        hosts = {self.host, self.metrics_host}
        if self.metrics_port == self.port and (len(hosts) == 1 or any(_is_every_address(host) for host in hosts)):
            raise ConfigError(f"TAPECAST_METRICS_PORT: expected another port than TAPECAST_PORT, received {self.port}")


@attrs.frozen
class Variable:
    """
    One environment variable.

    Attributes:
        attribute: The attribute of `Settings` that it sets.
        parse: Makes the attribute's value of the text; raises ValueError saying what the text must be.
    """

    attribute: str
    parse: Parse


def is_ipv6(host: str) -> bool:
    """Whether a host is an IPv6 address; a name is none."""
    try:
        return ipaddress.ip_address(host).version == 6  # noqa: PLR2004 - the version's own name
    except ValueError:
        return False


def _is_every_address(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise ValueError("a number above 0")
    return value


def _speed(text: str) -> float | None:
    if text == "max":
        return None
    try:
        return _positive(text)
    except ValueError:
        raise ValueError("a number above 0, or max") from None


def _file(text: str) -> Path:
    return Path(text).absolute()


def _switch(text: str) -> bool:
    if text not in ("on", "off"):
        raise ValueError("on or off")
    return text == "on"


def _url(*schemes: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        try:
            return check_url(text, schemes=schemes)
        except ConfigError:
            raise ValueError(f"a URL that begins with {' or '.join(f'{scheme}://' for scheme in schemes)}") from None

    return parse


def _instruments(text: str) -> tuple[str, ...]:
    names = words(text)
    if not all(re.fullmatch(INSTRUMENT_PATTERN, name) for name in names):
        raise ValueError("names such as BTCUSDT, with commas between them")
    return tuple(dict.fromkeys(names))


def _origins(text: str) -> tuple[str, ...]:
    origins = words(text)
    if not all(re.fullmatch(r"\*|https?://[^/\s]+", origin) for origin in origins):
        raise ValueError("origins such as https://desk.example, with commas between them, or *")
    return origins


def _feeds(text: str) -> tuple[FeedChoice, ...]:
    feeds = tuple(_feed(word) for word in words(text))
    venues = [feed.venue for feed in feeds]
    if not feeds or len(set(venues)) < len(venues):
        raise ValueError("sim, binance, replay:FILE or intake:NAME, or several with commas, each venue once")
    return feeds


def _feed(word: str) -> FeedChoice:
    kind, _, rest = word.partition(":")
    if kind == FeedKind.REPLAY and rest:
        return FeedChoice(kind=FeedKind.REPLAY, recording=Path(rest).absolute())
    if word in (FeedKind.SIM, FeedKind.BINANCE):
        return FeedChoice(kind=FeedKind(word))
    if kind == FeedKind.INTAKE:
        if not re.fullmatch(VENUE_PATTERN, rest) or rest in VENUES_OF_OUR_OWN:
            raise ValueError(f"intake:NAME with a NAME of 1 to 16 of a-z0-9, none of {', '.join(VENUES_OF_OUR_OWN)}")
        return FeedChoice(kind=FeedKind.INTAKE, handed_in=rest)
    raise ValueError("sim, binance, replay:FILE or intake:NAME, with commas where there are several")


VARIABLES: dict[str, Variable] = {
    "TAPECAST_HOST": Variable("host", str),
    "TAPECAST_PORT": Variable("port", whole_number(1, LARGEST_PORT)),
    "TAPECAST_METRICS_HOST": Variable("metrics_host", str),
    "TAPECAST_METRICS_PORT": Variable("metrics_port", whole_number(0, LARGEST_PORT)),
    "TAPECAST_DATA_DIR": Variable("data_dir", Path),
    "TAPECAST_FEED": Variable("feeds", _feeds),
    "TAPECAST_INSTRUMENTS": Variable("instruments", _instruments),
    "TAPECAST_REPLAY_SPEED": Variable("replay_speed", _speed),
    "TAPECAST_SIM_SEED": Variable("sim_seed", whole_number(0, 2**63 - 1)),
    "TAPECAST_FEED_QUEUE": Variable("feed_queue", whole_number(1, 1_000_000)),
    "TAPECAST_MARKET_JOURNAL": Variable("market_journal", choice(JournalKind)),
    "TAPECAST_FEED_SILENCE_S": Variable("silence_s", _positive),
    "TAPECAST_BINANCE_WEBSOCKET_URL": Variable("binance_websocket_url", _url("ws", "wss")),
    "TAPECAST_BINANCE_REST_URL": Variable("binance_rest_url", _url("http", "https")),
    "TAPECAST_ALLOWED_ORIGINS": Variable("allowed_origins", _origins),
    "TAPECAST_PUBLIC": Variable("public", _switch),
    "TAPECAST_TLS_CERTIFICATE": Variable("tls_certificate", _file),
    "TAPECAST_TLS_KEY": Variable("tls_key", _file),
    SERVICE_KEYS_VARIABLE: Variable("service_keys", _file),
    DEMO_USERS_VARIABLE: Variable("demo_users", read_demo_users),
    "TAPECAST_COMPRESSION": Variable("compression", _switch),
    "TAPECAST_PING_INTERVAL_S": Variable("ping_interval_s", whole_number(1, 3_600)),
    "TAPECAST_PING_TIMEOUT_S": Variable("ping_timeout_s", whole_number(1, 3_600)),
}
"""Every variable but those of `_ELSEWHERE`, which other modules read."""

_ELSEWHERE = (
    *ALL_TOKEN_VARIABLES,
    *USER_VARIABLES,
    *LIMIT_VARIABLES,
    *PRICE_VARIABLES,
    *COINGECKO_VARIABLES,
    *TRADING_VARIABLES,
    *RISK_VARIABLES,
    *BOT_VARIABLES,
    "TAPECAST_LOG_FORMAT",
    "TAPECAST_LOG_LEVEL",
    "TAPECAST_RECORDINGS",
)
