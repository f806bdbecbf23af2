"""How the parts of the node are, from what each process said last."""

import pytest

from components.contract.envelope import NS_PER_MS, NS_PER_S
from components.model.node_state import Part, PartState
from router.reports import Reports, is_healthy

FEED = Part(name="feed:sim", state=PartState.DEGRADED, reason="reconnecting", age_ms=40)
FAMILY: dict[str, object] = {"name": "tapecast_events"}


@pytest.fixture
def reports() -> Reports:
    """Of a node that has one container."""
    return Reports(("market",))


def states(parts: list[Part]) -> dict[str, str]:
    return {part.name: part.state.value for part in parts}


def test_a_container_is_down_until_it_reports(reports: Reports) -> None:
    """A node that starts is not healthy before each of its containers has spoken; the router itself is up."""
    parts = reports.parts(now_ns=0)

    assert states(parts) == {"router": "up", "market": "down"}
    assert parts[1].reason == "it has not reported yet"
    assert not is_healthy(parts)
    assert reports.families(now_ns=0) == []


def test_a_report_brings_the_container_and_its_parts(reports: Reports) -> None:
    """What a container says of its parts is told on as it is, and degraded is healthy enough for clients."""
    reports.receive("market", (FEED,), [FAMILY], now_ns=0)

    parts = reports.parts(now_ns=1)

    assert states(parts) == {"router": "up", "market": "up", "feed:sim": "degraded"}
    assert parts[2] is FEED
    assert is_healthy(parts)
    assert reports.families(now_ns=1) == [FAMILY]


def test_a_part_that_is_down_makes_the_node_unhealthy(reports: Reports) -> None:
    """One part down is enough for clients to be sent elsewhere."""
    reports.receive("market", (Part(name="feed:sim", state=PartState.DOWN),), [], now_ns=0)

    assert not is_healthy(reports.parts(now_ns=0))


@pytest.mark.parametrize(("silence_ns", "is_up"), [(3 * NS_PER_S, True), (3 * NS_PER_S + 1, False)])
def test_three_seconds_of_silence_are_too_long(reports: Reports, silence_ns: int, is_up: bool) -> None:  # noqa: FBT001 - a parameter
    """A container that has said nothing for more than three seconds is down, and its parts are not told any more."""
    reports.receive("market", (FEED,), [FAMILY], now_ns=100)

    parts = reports.parts(now_ns=100 + silence_ns)

    assert ("feed:sim" in states(parts)) is is_up
    assert is_healthy(parts) is is_up
    assert bool(reports.families(now_ns=100 + silence_ns)) is is_up


def test_silence_tells_its_length(reports: Reports) -> None:
    """Of a silent container its age is told, in milliseconds."""
    reports.receive("market", (), [], now_ns=0)

    part = reports.parts(now_ns=4500 * NS_PER_MS + 999)[1]

    assert part.body() == {"name": "market", "state": "down", "reason": "it is silent", "age_ms": 4500}


def test_the_last_report_counts(reports: Reports) -> None:
    """A report replaces the one before, and ends a silence."""
    reports.receive("market", (FEED,), [FAMILY], now_ns=0)
    reports.receive("market", (), [], now_ns=9 * NS_PER_S)

    assert states(reports.parts(now_ns=10 * NS_PER_S)) == {"router": "up", "market": "up"}
    assert reports.families(now_ns=10 * NS_PER_S) == []


def test_nobody_else_reports(reports: Reports) -> None:
    """A container that the node does not have is not told of."""
    reports.receive("stranger", (FEED,), [FAMILY], now_ns=0)

    assert states(reports.parts(now_ns=0)) == {"router": "up", "market": "down"}
    assert reports.families(now_ns=0) == []


def test_a_router_that_stops_is_down(reports: Reports) -> None:
    """Nobody new is sent to a gateway that is about to end, although every container is well."""
    reports.receive("market", (), [], now_ns=0)

    reports.begin_stop()

    parts = reports.parts(now_ns=0)
    assert states(parts) == {"router": "down", "market": "up"}
    assert parts[0].reason == "it is stopping"
    assert not is_healthy(parts)
