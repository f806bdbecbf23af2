"""All figures of router and node in one body."""

import math

import pytest

from components.contract.envelope import NS_PER_MS, NS_PER_S
from components.contract.roles import Role
from components.model.node_state import Part, PartState
from components.model.processes import ProcessReading
from router.node_figures import NodeFigures
from router.processes import Processes
from router.readings import Readings
from router.reports import Reports
from tests.support.gateway import FakeRouter, session_of

FEED = Part(name="feed:sim", state=PartState.DEGRADED, reason="silent", age_ms=40)


class Node:
    """A node in the test's hands, with all that its figures are made of."""

    def __init__(self) -> None:
        self.router = FakeRouter()
        self.reports = Reports(("market",))
        self.readings = Readings()
        self.processes = Processes(("router", "market"))
        self.figures = NodeFigures(
            self.router,
            self.reports,
            self.readings,
            self.processes,
            versions={"tapecast": "1.2.3"},
            started_ns=-7 * NS_PER_S,
        )

    def read(self, now_ns: int) -> None:
        """Take a reading."""
        self.readings.take(self.router.figures(), now_ns=now_ns)


@pytest.fixture
def node() -> Node:
    """A node that has been read once."""
    node = Node()
    node.read(0)
    return node


def gauge(name: str, **values: float) -> dict[str, object]:
    """A family of a container's report, by its feeds."""
    return {"name": name, "samples": [[name, {"feed": feed}, value] for feed, value in values.items()]}


def test_nothing_yet_is_every_field(node: Node) -> None:
    """A reader finds the same fields from the first second on."""
    body = node.figures.body(now_ns=0)

    market = {"name": "market", "state": "down", "reason": "it has not reported yet", "age_ms": None}
    router = {"name": "router", "state": "up", "reason": "", "age_ms": None}
    assert body == {
        "uptime_s": 7,
        "versions": {"tapecast": "1.2.3"},
        "status": "down",
        "parts": [router, market],
        "processes": [],
        "feeds": {},
        "sessions": dict.fromkeys(["public", "trader", "risk", "issuer", "service", "admin"], 0),
        "joins": {"accepted": 0, "refused": {}},
        "connections": 0,
        "closes": {},
        "subscriptions": {},
        "messages": {"received": {}, "sent": {}},
        "delivery": {
            "all": {"count": 0, "avg_ms": None, "p50_ms": None, "p95_ms": None, "p99_ms": None},
            "families": {},
        },
        "waiting": {"control": 0, "lossless": 0, "gapped": 0, "conflated": 0},
        "thinned": {},
        "refusals": {},
    }


def test_counters_are_totals_and_rates(node: Node) -> None:
    """Messages by type, closes by reason, refusals by limit, and what was thinned by class and fate."""
    counted = node.router.counted
    for _ in range(10):
        counted.count_received("call")
    counted.count_sent("event", 50)
    counted.connection_opened()
    counted.connection_opened()
    counted.connection_closed(NS_PER_S, "slow_consumer")
    counted.count_refusal("market_points")
    counted.count_thinned("gapped", "dropped", 5)
    node.read(5 * NS_PER_S)

    body = node.figures.body(now_ns=5 * NS_PER_S)

    assert body["messages"] == {
        "received": {"call": {"total": 10, "per_second": 2.0}},
        "sent": {"event": {"total": 50, "per_second": 10.0}},
    }
    assert body["connections"] == 1
    assert body["closes"] == {"slow_consumer": {"total": 1, "per_second": 0.2}}
    assert body["refusals"] == {"market_points": {"total": 1, "per_second": 0.2}}
    assert body["thinned"] == {"gapped.dropped": {"total": 5, "per_second": 1.0}}


def test_deliveries_are_told_together_and_by_family(node: Node) -> None:
    """How late events are is of the last seconds, of all topics and of each family."""
    counted = node.router.counted
    counted.observe_delivery("trades", 50 * NS_PER_MS, 1)
    node.read(NS_PER_S)
    counted.observe_delivery("price", NS_PER_MS, 3)
    counted.observe_delivery("book", 3 * NS_PER_MS, 1)
    node.read(7 * NS_PER_S)

    delivery = node.figures.body(now_ns=7 * NS_PER_S)["delivery"]

    assert delivery == {
        "all": {"count": 4, "avg_ms": 1.5, "p50_ms": 0.9, "p95_ms": 2.8, "p99_ms": 2.96},
        "families": {
            "book": {"count": 1, "avg_ms": 3.0, "p50_ms": 2.5, "p95_ms": 2.95, "p99_ms": 2.99},
            "price": {"count": 3, "avg_ms": 1.0, "p50_ms": 0.85, "p95_ms": 0.985, "p99_ms": 0.997},
        },
    }


def test_subscriptions_that_are_gone_are_not_told(node: Node) -> None:
    """A family that nobody reads any more is no row."""
    for family, change in (("price", 1), ("book", 1), ("book", -1)):
        node.router.counted.count_subscription(family, change)
    node.read(NS_PER_S)

    assert node.figures.body(now_ns=NS_PER_S)["subscriptions"] == {"price": 1}


def test_our_own_sessions_are_not_clients(node: Node) -> None:
    """Sessions are counted by role, those of the gateway's own processes left out."""
    node.router.sessions = {1: session_of("alice", Role.TRADER), 2: session_of("market", Role.GATEWAY)}

    sessions = node.figures.body(now_ns=0)["sessions"]

    assert isinstance(sessions, dict)
    assert (sessions["trader"], "gateway" in sessions) == (1, False)


def test_joins_are_counted_by_what_came_of_them(node: Node) -> None:
    """How many were let in, and how many were refused for what."""
    for result in ("accepted", "token_invalid", "accepted", "maintenance", "token_invalid"):
        node.figures.count_join(result)

    assert node.figures.body(now_ns=0)["joins"] == {
        "accepted": 2,
        "refused": {"maintenance": 1, "token_invalid": 2},
    }


def test_feeds_tell_their_age_and_what_waits(node: Node) -> None:
    """A feed that has not brought anything yet has no age; NaN is nothing that every serializer can write."""
    families = [
        gauge("tapecast_feed_age_seconds", sim=0.0421, binance=math.nan),
        gauge("tapecast_inbox_messages", sim=3),
    ]
    node.reports.receive("market", (FEED,), families, now_ns=0)

    body = node.figures.body(now_ns=0)

    assert body["feeds"] == {"sim": {"age_ms": 42, "undecoded": 3}, "binance": {"age_ms": None, "undecoded": 0}}
    assert body["status"] == "up"


def test_processes_are_told(node: Node) -> None:
    """What each of them uses, as it says itself."""
    reading = ProcessReading(pid=42, uptime_ns=NS_PER_S, cpu_ns=0, memory_bytes=None)
    node.processes.take("market", reading, now_ns=0)

    assert node.figures.body(now_ns=0)["processes"] == node.processes.bodies(now_ns=0) != []
