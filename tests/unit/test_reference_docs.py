"""The reference against the code: each table says what the program does, no more and no less."""

import json
from collections.abc import Callable, Iterable, Mapping

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from twisted.internet.task import Clock

from components.contract.errors import CLOSES, ErrorCode
from components.contract.http import HTTP_PATHS, STATUS_OF_ERRORS
from components.contract.procedures import PROCEDURES
from components.contract.roles import (
    ACCOUNT_HOLDER,
    ALL,
    BACK_END,
    ISSUERS,
    OPERATOR,
    OWN_ACCOUNT,
    OWN_CONNECTION,
    OWN_USER,
    RISK_DESK,
    RISK_OFFICER,
    SIGNED_IN_ONLY,
    TRADERS,
    WITH_TOKEN,
    Access,
    Role,
)
from components.contract.topics import TOPIC_FAMILIES
from components.contract.topics import VARIABLES as URI_VARIABLES
from components.marketdata.binance.streams import MAX_CONNECTIONS, MAX_INSTRUMENTS, STREAMS_PER_CONNECTION
from components.metrics.journal import JournalMetrics
from components.metrics.keys import KeysCollector
from components.metrics.market import MarketMetrics
from components.metrics.risk import RiskMetrics
from components.metrics.router import RouterFiguresCollector, RouterMetrics
from components.model.credentials import Credential
from components.model.sessions import JoinedSession
from components.runtime.settings import _ELSEWHERE, BINANCE_INSTRUMENTS, VARIABLES, Settings
from components.wamp.router_view import LANES, RouterFigures, SessionNews, SessionView
from router import waiting_room
from router.component import RouterComponent
from router.demo_answers import TOKEN, USERS
from router.figures import Figures
from router.http import load_documents
from router.logs import LogSettings
from router.pace import STEPS_HZ
from router.refusal import STATUS_OF_REFUSALS
from router.session_queries import FASTEST_HZ, SLOWEST_HZ
from router.site import HEADERS
from tests.support.documents import code, codes, read, table
from tests.support.recording_session import RecordingSession
from tests.support.token_readers import secret_keys, secret_reader

URIS = "docs/reference/uris.md"
ERRORS = "docs/reference/errors.md"
SETTINGS = "docs/reference/settings.md"
METRICS = "docs/reference/metrics.md"
HTTP = "docs/reference/http.md"
WIRE = "docs/reference/wire.md"
NODE = "crossbar-config/README.md"
MIB = 1 << 20

READERS: Mapping[str, Access] = {
    "all": ALL,
    "all, service": OWN_CONNECTION,
    "signed in": SIGNED_IN_ONLY,
    "signed in, service": WITH_TOKEN,
    "that user, risk, admin": OWN_USER,
    "risk, admin": RISK_DESK,
    "admin": OPERATOR,
    "trader, admin": TRADERS,
    "issuer, admin": ISSUERS,
    "service": BACK_END,
    "trader": ACCOUNT_HOLDER,
    "risk": RISK_OFFICER,
    "that trader, risk, admin": OWN_ACCOUNT,
}


class EmptyRouter:
    """Satisfies `RouterView`: nobody is there."""

    def find_session(self, _session_id: int) -> SessionView | None:
        """Nobody."""
        return None

    def list_sessions(self, _user_ids: Iterable[str]) -> list[JoinedSession]:
        """Nobody's."""
        return []

    def count_sessions(self) -> Mapping[Role, int]:
        """None of any role."""
        return {}

    def count_subscribers(self, _topic: str) -> int:
        """None."""
        return 0

    def set_pace(self, _session_id: int, *, max_hz: float | None, background: bool) -> None:
        """Nobody's."""

    def renew(self, _session_id: int, _credential: Credential) -> None:
        """Nobody's."""

    def watch_news(self, _tell: Callable[[SessionNews], None]) -> None:
        """There is none."""

    def refusal_of(self, _procedure: str) -> None:
        """Nothing is refused."""

    def figures(self) -> RouterFigures:
        """Nothing counted."""
        return Figures().read()

    def count_waiting(self) -> Mapping[str, int]:
        """Nothing."""
        return {}


def yes(*, is_so: bool) -> str:
    """As the tables say it."""
    return "yes" if is_so else "no"


def test_every_topic_is_in_the_table() -> None:
    """Pattern, content, class, readers and owner, in the contract's order."""
    told = [
        (code(row["topic"]), row["content"], row["delivery"], READERS[row["readers"]], row["owner"])
        for row in table(URIS, "topic")
    ]

    assert told == [
        (
            family.pattern,
            family.content,
            family.delivery.value + (", merged" if family.is_merged else ""),
            family.readers,
            family.owner.value,
        )
        for family in TOPIC_FAMILIES
    ]


def test_every_topic_says_whether_it_is_published() -> None:
    """A reader need not find out by waiting."""
    assert {row["published"] for row in table(URIS, "topic")} == {"yes", "not yet"}


def test_every_variable_component_is_in_the_table() -> None:
    """A client can check a URI before it sends it."""
    assert {code(row["component"]): code(row["may hold"]) for row in table(URIS, "component")} == URI_VARIABLES


def test_every_procedure_is_in_the_table() -> None:
    """Arguments in order, callers, owner and content."""
    told = [
        (
            code(row["procedure"]),
            tuple(codes(row["arguments"])),
            READERS[row["callers"]],
            row["owner"],
            row["content"],
        )
        for row in table(URIS, "procedure")
    ]

    assert told == [(one.uri, one.arguments, one.callers, one.owner.value, one.content) for one in PROCEDURES]


def test_the_words_for_readers_name_their_roles() -> None:
    """What `all` and the other words mean is said with the roles' own names."""
    told = {
        row["in the tables"]: set(codes(row["roles"])) - {"{user_id}", "user_id"}
        for row in table(URIS, "in the tables")
    }

    assert told.pop("all, service") == told.pop("signed in, service") == {"service"}
    assert told == {
        word: {str(role) for role in access.any_of | access.own}
        for word, access in READERS.items()
        if access not in (OWN_CONNECTION, WITH_TOKEN)
    }


def test_every_error_is_in_the_table() -> None:
    """Code, whether to try again, and the HTTP status."""
    told = [(code(row["code"]), row["retry"], row["HTTP status"]) for row in table(ERRORS, "code")]

    assert STATUS_OF_REFUSALS.items() <= STATUS_OF_ERRORS.items()
    assert told == [
        (one.value, yes(is_so=one.is_worth_a_retry), str(STATUS_OF_ERRORS.get(one, ""))) for one in ErrorCode
    ]


def test_every_close_is_in_the_table() -> None:
    """Reason, code, what to do, and whether a GOODBYE goes first."""
    told = [
        (code(row["reason"]), int(row["code"]), row["come back"], row["GOODBYE first"])
        for row in table(ERRORS, "reason")
    ]

    assert told == [
        (close.reason, close.code, close.come_back.value, yes(is_so=close.says_goodbye)) for close in CLOSES
    ]


def test_every_setting_is_in_the_table() -> None:
    """All variables are told of, each with a unit where it has one, and none that does not exist."""
    rows = {code(row["variable"]): row for row in table(SETTINGS, "variable")}

    assert set(rows) == {*VARIABLES, *_ELSEWHERE}
    assert {row["unit"] for name, row in rows.items() if name.endswith("_S")} == {"s"}


@pytest.mark.parametrize("name", VARIABLES)
def test_a_settings_default_is_the_codes(name: str) -> None:
    """What the table gives as default, read as the variable's value, is what the settings have without it."""
    default = getattr(Settings(), VARIABLES[name].attribute)
    told = next(row["default"] for row in table(SETTINGS, "variable") if code(row["variable"]) == name)

    if told == "not set":
        assert default in (None, ())
    else:
        assert VARIABLES[name].parse(code(told)) == default


def test_the_logs_defaults_are_the_codes() -> None:
    """Format and level, which the log reads itself."""
    told = {code(row["variable"]): code(row["default"]) for row in table(SETTINGS, "variable")}

    assert LogSettings() == LogSettings(format=told["TAPECAST_LOG_FORMAT"], level=told["TAPECAST_LOG_LEVEL"])


def test_the_live_feeds_own_instruments_are_told() -> None:
    """Which instruments are followed where the operator does not say."""
    told = next(row["effect"] for row in table(SETTINGS, "variable") if code(row["variable"]) == "TAPECAST_INSTRUMENTS")

    assert all(instrument in told for instrument in BINANCE_INSTRUMENTS)


def test_the_lanes_bounds_are_told() -> None:
    """Every lane of a connection with what it holds, and the pace's bounds and steps."""
    told = {code(row["lane"]): row["at its bound"] for row in table(WIRE, "lane")}

    assert tuple(told) == LANES
    assert (waiting_room.CONTROL_BYTES, waiting_room.LOSSLESS_BYTES) == (MIB, MIB)
    assert told["control"].startswith("1 MiB")
    assert told["lossless"].startswith(f"{waiting_room.LOSSLESS_EVENTS} events or 1 MiB")
    assert told["gapped"].startswith(
        f"{waiting_room.GAPPED_EVENTS_A_TOPIC} events a topic and {waiting_room.GAPPED_EVENTS} together"
    )
    text = " ".join(read(WIRE).split())
    assert f"from {SLOWEST_HZ} to {FASTEST_HZ}" in text
    *first, second_last, last = (f"{step_hz:g}" for step_hz in STEPS_HZ)
    assert (
        f"{first[0]} events a second and conflated topic, then {', '.join(first[1:])}, {second_last} and {last}" in text
    )


def test_every_metric_is_in_the_table() -> None:
    """Name as scraped, type and labels of every family that a process registers."""
    registry = CollectorRegistry()
    MarketMetrics(registry)
    RouterMetrics(registry)
    JournalMetrics(registry, owner="market")
    RiskMetrics(registry)

    told = {(code(row["metric"]), row["type"], tuple(codes(row["labels"]))) for row in table(METRICS, "metric")}

    registered, families = set(), list(RouterFiguresCollector(EmptyRouter()).collect())
    families += KeysCollector(secret_keys()).collect()
    for collector in registry._collector_to_names:
        if isinstance(collector, Counter | Gauge | Histogram):
            suffix = "_total" if isinstance(collector, Counter) else ""
            registered.add((collector._name + suffix, collector._type, tuple(collector._labelnames)))
        else:
            families += collector.collect()
    for family in families:
        suffix = "_total" if family.type == "counter" else ""
        registered.add((family.name + suffix, family.type, tuple(vars(family)["_labelnames"])))
    assert told == registered


def test_every_path_is_in_the_table() -> None:
    """What is answered over HTTP by the contract's own table, which is what the router answers, pages and WebSocket."""
    component = RouterComponent(
        RecordingSession(),
        EmptyRouter(),
        Clock(),
        containers=(),
        registry=CollectorRegistry(),
        tokens=secret_reader(),
        versions={},
        new_epoch=lambda: "e",
    )

    told = {code(row["path"]) for row in table(HTTP, "path")}

    heads = {f"/{path.head}" for path in HTTP_PATHS}
    answered = (*component.http_answers(), *load_documents(), USERS, TOKEN)
    assert heads == {f"/{head}" for head in answered}
    assert told == {"/", "/docs", "/embed/tapecast-prices.js", "/ws", *heads}


def test_every_header_is_in_the_table() -> None:
    """The headers that every answer carries."""
    assert {code(row["header"]): code(row["value"]) for row in table(HTTP, "header")} == HEADERS


def test_the_nodes_roles_and_transports_are_in_the_tables() -> None:
    """Roles, transports, paths and workers of the template, and every role of the contract."""
    config = json.loads(read("crossbar-config/node.json"))
    router, *_containers = config["workers"]
    (realm,) = router["realms"]
    clients = next(one for one in router["transports"] if one["id"] == "clients")

    roles = [code(row["role"]) for row in table(NODE, "role")]
    assert roles == [role["name"] for role in realm["roles"]] == [role.value for role in Role]
    assert [(code(row["transport"]), row["type"]) for row in table(NODE, "transport")] == [
        (one["id"], one["type"]) for one in router["transports"]
    ]
    assert [(code(row["path of `clients`"]), row["type"]) for row in table(NODE, "path of `clients`")] == [
        (path, service["type"]) for path, service in clients["paths"].items()
    ]
    assert [(code(row["worker"]), row["type"]) for row in table(NODE, "worker")] == [
        (one["id"], one["type"]) for one in config["workers"]
    ]
    for row, worker in zip(table(NODE, "worker"), config["workers"], strict=True):
        assert all(component["classname"] in row["runs"] for component in worker["components"])


def test_how_many_instruments_a_feed_follows_is_told() -> None:
    """The numbers of the pool of connections are the code's."""
    (row,) = (row for row in table("docs/reference/settings.md", "variable") if "INSTRUMENTS" in row["variable"])

    assert (
        f"For `binance` {MAX_INSTRUMENTS} at most, spread over up to {MAX_CONNECTIONS} connections with "
        f"{STREAMS_PER_CONNECTION} of the venue's streams each"
    ) in row["effect"]
