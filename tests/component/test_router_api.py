"""What is answered over HTTP: how the gateway is, what it has counted, topics and prices."""

from typing import Any

import pytest
import pytest_twisted

from components.contract.envelope import NS_PER_S
from components.streams.stream import Streams
from router.api import LARGEST_LISTING
from router.component import HEARTBEAT, STATUS
from tests.support.gateway import AWAY, FEED, Gateway, refusal


@pytest.mark.parametrize(("rest", "instrument"), [(["BTCUSDT"], "BTCUSDT"), (["BTC", "USDT"], "BTC/USDT")])
@pytest_twisted.ensureDeferred
async def test_a_price_is_asked_of_the_market(gateway: Gateway, rest: list[str], instrument: str) -> None:
    """Over HTTP a price has the same answer as by call, by name or alias."""
    gateway.session.results["tapecast.market.get_price"] = {"price": "1"}

    assert await gateway.http("api/prices", *rest) == (200, {"price": "1"})
    assert gateway.session.calls == [("tapecast.market.get_price", (), {"instrument": instrument})]


@pytest_twisted.ensureDeferred
async def test_a_price_of_no_instrument_is_a_wrong_question(gateway: Gateway) -> None:
    """Whoever names no instrument is told which argument is missing, and the market is not asked."""
    error = await refusal(gateway.http("api/prices"))

    assert (error.error, error.kwargs["details"]) == ("tapecast.error.invalid_argument", {"field": "instrument"})
    assert not gateway.session.calls


@pytest.mark.parametrize("head", ["health", "api/status", "api/stats", "api/performance"])
@pytest_twisted.ensureDeferred
async def test_there_is_nothing_below_what_is_one_path(gateway: Gateway, head: str) -> None:
    """Health and its like have nothing below them."""
    assert (await refusal(gateway.http(head, "x"))).error == "tapecast.error.not_found"


@pytest_twisted.ensureDeferred
async def test_status_tells_parts_uptime_and_queues(later: Any, gateway: Gateway) -> None:
    """As health, and 200 whatever is down; what waits for clients by lane, and in front of the decoder by feed."""
    status, body = await gateway.http("api/status")
    assert (status, body["status"], body["uptime"], body["queues"]["feeds"]) == (200, "down", 0, {})

    inbox = {"name": "tapecast_inbox_messages", "documentation": "M.", "type": "gauge"}
    samples = [["tapecast_inbox_messages", {"feed": "sim"}, 3]]
    gateway.router.waiting["conflated"] = 12
    later(90 * NS_PER_S)
    await gateway.report(FEED, families=({**inbox, "samples": samples},))
    status, body = await gateway.http("api/status")

    assert (status, body["status"], body["uptime"]) == (200, "up", 90)
    assert [part["name"] for part in body["parts"]] == ["router", "market", "feed:sim"]
    assert body["queues"] == {
        "clients": {"control": 0, "lossless": 0, "gapped": 0, "conflated": 12},
        "feeds": {"sim": 3},
    }


@pytest_twisted.ensureDeferred
async def test_stats_tell_totals_and_rates(later: Any, gateway: Gateway) -> None:
    """Connections, subscriptions and messages, as the last tick read them, and a second in the last five."""
    counted = gateway.router.counted
    counted.connection_opened()
    counted.count_subscription("price", 1)
    counted.count_received("call")
    counted.count_sent("event", 1000)
    counted.count_sent("error")
    later(2 * NS_PER_S)
    gateway.clock.advance(1)

    status, body = await gateway.http("api/stats")

    assert status == 200
    assert (body["total_connections"], body["active_subscriptions"], body["uptime"]) == (1, 1, 2)
    assert body["messages"] == {
        "received": {"total": 1, "per_second": 0.5},
        "sent": {"total": 1001, "per_second": 500.5},
    }
    assert body["errors"] == {"total": 1, "per_second": 0.5}


@pytest_twisted.ensureDeferred
async def test_performance_tells_latencies_by_family(later: Any, gateway: Gateway) -> None:
    """Of the last minute and since the start, in milliseconds; null where nothing came."""
    gateway.router.counted.observe_delivery("price", 3_000_000, 100)
    gateway.clock.advance(1)
    summary = {"count": 100, "avg_ms": 3.0, "p50_ms": 2.5, "p95_ms": 2.95, "p99_ms": 2.99}
    assert await gateway.http("api/performance") == (
        200,
        {"delivery": {"price": {"last_minute": summary, "since_start": summary}}},
    )

    later(61 * NS_PER_S)
    gateway.clock.advance(1)
    _, body = await gateway.http("api/performance")

    nothing = {"count": 0, **dict.fromkeys(("avg_ms", "p50_ms", "p95_ms", "p99_ms"))}
    assert body["delivery"]["price"] == {"last_minute": nothing, "since_start": summary}


@pytest_twisted.ensureDeferred
async def test_topics_are_those_that_everyone_may_read(gateway: Gateway) -> None:
    """Nobody's private topics are listed over HTTP, and no more than so many at once."""
    owned = Streams(lambda: "e")
    for number in range(LARGEST_LISTING):
        owned.open(f"tapecast.price.X{number}")
    for topic in ("tapecast.user.u1.orders", "tapecast.risk.alerts", "tapecast.admin.stats"):
        owned.open(topic)
    gateway.session.results["tapecast.market.stream_list"] = owned.rows("")

    status, body = await gateway.http("api/topics")

    assert (status, len(body["topics"]), body["more"], body["away"]) == (200, LARGEST_LISTING, True, [])
    assert {row["topic"].split(".")[1] for row in body["topics"]} == {"system", "price"}
    assert set(body["topics"][0]) == {"topic", "delivery", "epoch", "seq", "subscribers"}


@pytest_twisted.ensureDeferred
async def test_topics_are_listed_below_a_prefix(gateway: Gateway) -> None:
    """The prefix is the path's last part; an owner that is away is named."""
    gateway.session.results["tapecast.market.stream_list"] = AWAY

    _, ours = await gateway.http("api/topics", "tapecast.system")
    _, theirs = await gateway.http("api/topics", "tapecast.price")

    assert ([row["topic"] for row in ours["topics"]], ours["away"]) == ([HEARTBEAT, STATUS], [])
    assert theirs == {"topics": [], "more": False, "away": ["market"]}
    assert (await refusal(gateway.http("api/topics", "tapecast", "price"))).error == "tapecast.error.not_found"


@pytest.mark.parametrize(
    ("procedure", "path"),
    [
        ("tapecast.market.get_price", ["api/prices", "BTCUSDT"]),
        ("tapecast.stream.list", ["api/topics"]),
    ],
)
@pytest_twisted.ensureDeferred
async def test_what_is_refused_in_maintenance_is_refused_over_http(
    gateway: Gateway, procedure: str, path: list[str]
) -> None:
    """With the operator's message, and nobody is asked."""
    gateway.router.refused[procedure] = "we move house"

    error = await refusal(gateway.http(*path))

    assert (error.error, error.kwargs["message"]) == ("tapecast.error.maintenance", "we move house")
    assert error.kwargs["retry"] is True
    assert not [call for call in gateway.session.calls if call[0] == procedure]


@pytest_twisted.ensureDeferred
async def test_a_price_without_a_market_is_unavailable(gateway: Gateway) -> None:
    """Over HTTP an owner that is away has the same code as by call."""
    gateway.session.results["tapecast.market.get_price"] = AWAY

    error = await refusal(gateway.http("api/prices", "BTCUSDT"))

    assert (error.error, error.kwargs["code"]) == ("tapecast.error.unavailable", "unavailable")
