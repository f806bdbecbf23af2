"""What callers get when they ask the market data."""

import pytest
import pytest_twisted
from prometheus_client import CollectorRegistry
from twisted.internet.defer import FirstError
from twisted.internet.task import Clock

from components.contract.procedures import INTERNAL_PROCEDURES, PROCEDURES
from components.contract.topics import Owner
from components.marketdata.component import MarketData
from components.marketdata.market import Market as MarketCores
from components.metrics.market import MarketMetrics
from components.streams.stream import Streams
from tests.support.binance_text import quote, ticker, trade
from tests.support.hand_feed import HandFeed
from tests.support.market import QUOTE, TRADES, Market, completed, keep_nothing, make_market, never
from tests.support.recording_session import RecordingSession


@pytest.fixture
def market() -> Market:
    """Market data that follows everything."""
    return make_market()


def test_every_procedure_of_the_market_is_registered(market: Market) -> None:
    """The market answers what the contract says, and what the router asks of it, but what has no handler yet."""
    of_contract = {procedure.uri for procedure in PROCEDURES if procedure.owner is Owner.MARKET}
    of_router = {uri for uri in INTERNAL_PROCEDURES if uri.startswith("tapecast.market.")}
    # The level is of the whole process's log: whoever runs the market answers for it.
    of_router.remove("tapecast.market.set_log_level")

    assert set(market.session.registered) == of_contract | of_router


def test_a_refused_registration_fails_the_start() -> None:
    """No feed begins where the market could not answer."""
    feed, session = HandFeed(), RecordingSession(refused_procedures={"tapecast.market.get_price"})
    data = MarketData(
        session,
        Clock(),
        [feed],
        market=MarketCores(["binance"]),
        keep=keep_nothing,
        on_fault=never,
        streams=Streams(str),
        metrics=MarketMetrics(CollectorRegistry()),
    )

    with pytest.raises(FirstError):
        completed(data.start())

    assert feed._output is None


@pytest_twisted.ensureDeferred
async def test_instruments_are_listed_with_their_rules(market: Market) -> None:
    """What feeds list is told with its venues."""
    (row,) = await market.session.ask("tapecast.market.list_instruments")

    assert (row["instrument"], row["tick_size"], row["venues"]) == ("BTCUSDT", "0.01", ["binance", "sim"])


@pytest_twisted.ensureDeferred
async def test_a_feed_that_cannot_list_is_known_by_its_data() -> None:
    """Without a list, an instrument is known as soon as it was published."""
    market = make_market(listed=RuntimeError("no answer"))
    assert await market.refused("tapecast.market.get_trades", "binance", "BTCUSDT") == "unknown_instrument"

    market.play(trade(1))

    assert (await market.session.ask("tapecast.market.get_trades", "binance", "BTCUSDT"))["seq"] == 1
    assert market.figure("tapecast_feed_errors_total", feed="binance", reason="no_instruments") == 1


@pytest_twisted.ensureDeferred
async def test_the_newest_can_be_asked_for_by_alias(market: Market) -> None:
    """Price, quote and ticker answer with the stream's numbers and the age on the feed's clock."""
    market.play(quote(1), trade(1), ticker())
    market.feed.time_ns += 2_000_000_000

    price = await market.session.ask("tapecast.market.get_price", "BTC/USDT")
    best = await market.session.ask("tapecast.market.get_quote", "binance", "BTC/USDT")
    statistics = await market.session.ask("tapecast.market.get_ticker", "binance", "BTCUSDT")

    assert (price["price"], price["instrument"], price["meta"]["age_ms"]) == ("61837.63000000", "BTCUSDT", 2000)
    assert best == {
        **market.session.events(QUOTE)[0]["payload"],
        "epoch": "e1",
        "seq": 1,
        "ts": "2023-11-14T22:13:20.000000Z",
        "meta": {"source": "binance", "quality": "live", "received_ts": "2023-11-14T22:13:20.000000Z", "age_ms": 2000},
    }
    assert (statistics["trades"], statistics["seq"]) == (550340, 1)


@pytest_twisted.ensureDeferred
async def test_several_prices_leave_out_what_has_none(market: Market) -> None:
    """Prices come in the order asked; an instrument without a price yet is not among them."""
    market.feed.send(trade(1, s="ETHUSDT"), quote(1))
    market.clock.advance(0)

    prices = await market.session.ask("tapecast.market.get_prices", ["BTCUSDT", "ETH/USDT"])

    assert [price["instrument"] for price in prices] == ["ETHUSDT"]


@pytest_twisted.ensureDeferred
async def test_the_last_trades_come_newest_last(market: Market) -> None:
    """As many trades as asked for, with the stream's numbers."""
    market.play(*(trade(number) for number in range(1, 4)))

    told = await market.session.ask("tapecast.market.get_trades", "binance", "BTCUSDT", limit=2)

    assert [one["trade_id"] for one in told["trades"]] == ["2", "3"]
    assert (told["instrument"], told["venue"], told["epoch"], told["seq"]) == ("BTCUSDT", "binance", "e1", 3)


@pytest.mark.parametrize(
    ("procedure", "args", "code"),
    [
        ("get_price", ("NOPE",), "unknown_instrument"),
        ("get_price", (7,), "invalid_argument"),
        ("get_price", ("BTCUSDT",), "unavailable"),
        ("get_prices", ("BTCUSDT",), "invalid_argument"),
        ("get_prices", ([7],), "invalid_argument"),
        ("get_prices", (["BTCUSDT"] * 1001,), "invalid_argument"),
        ("get_prices", (["NOPE"],), "unknown_instrument"),
        ("get_quote", ("nasdaq", "BTCUSDT"), "unknown_instrument"),
        ("get_quote", (None, "BTCUSDT"), "invalid_argument"),
        ("get_quote", ("binance", "BTCUSDT"), "unavailable"),
        ("get_ticker", ("binance", "NOPE"), "unknown_instrument"),
        ("get_ticker", ("binance", "BTCUSDT"), "unavailable"),
        ("get_trades", ("binance", "BTCUSDT"), "unavailable"),
        ("get_trades", ("binance", "BTCUSDT", 0), "invalid_argument"),
        ("get_trades", ("binance", "BTCUSDT", 101), "invalid_argument"),
        ("get_trades", ("binance", "BTCUSDT", True), "invalid_argument"),
        ("get_trades", ("binance", "BTCUSDT", "5"), "invalid_argument"),
        ("stream_get", (5,), "invalid_argument"),
        ("stream_get", ("tapecast.weather.London",), "unknown_topic"),
        ("stream_get", ("tapecast.system.status",), "unknown_topic"),
        ("stream_get", ("tapecast.price.NOPE",), "unknown_instrument"),
        ("stream_get", ("tapecast.quote.nasdaq.BTCUSDT",), "unknown_instrument"),
        ("stream_list", (5,), "invalid_argument"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_what_cannot_be_answered_is_refused_with_a_code(
    market: Market, procedure: str, args: tuple[object, ...], code: str
) -> None:
    """Wrong types, unknown names and what has no data yet are three different errors."""
    assert await market.refused(f"tapecast.market.{procedure}", *args) == code


@pytest_twisted.ensureDeferred
async def test_a_snapshot_before_the_first_event_is_empty_and_continued(market: Market) -> None:
    """A topic without events yet is at number zero of the epoch in which the first will come."""
    empty = await market.session.ask("tapecast.market.stream_get", TRADES)
    market.play(trade(1))

    assert (empty["type"], empty["seq"], empty["payload"], empty["delivery"]) == ("snapshot", 0, {}, "gapped")
    assert market.session.events(TRADES)[0]["epoch"] == empty["epoch"]


@pytest_twisted.ensureDeferred
async def test_a_snapshot_is_the_whole_state(market: Market) -> None:
    """A snapshot of trades lists them, a snapshot of the price is the last one."""
    market.play(trade(1), trade(2))

    trades = await market.session.ask("tapecast.market.stream_get", TRADES)
    price = await market.session.ask("tapecast.market.stream_get", "tapecast.price.BTCUSDT")

    assert [one["trade_id"] for one in trades["payload"]["trades"]] == ["1", "2"]
    assert (price["payload"]["price"], price["seq"], price["delivery"]) == ("61837.63000000", 1, "conflated")


@pytest_twisted.ensureDeferred
async def test_a_snapshot_of_the_price_without_any_data_is_empty(market: Market) -> None:
    """A price that no venue made yet is told by the first feed's clock."""
    empty = await market.session.ask("tapecast.market.stream_get", "tapecast.price.BTCUSDT")

    assert (empty["seq"], empty["ts"]) == (0, "2023-11-14T22:13:20.000000Z")


@pytest.mark.parametrize(
    ("prefix", "topics"),
    [
        ("", [QUOTE, TRADES, "tapecast.status.BTCUSDT", "tapecast.price.BTCUSDT"]),
        ("tapecast", [QUOTE, TRADES, "tapecast.status.BTCUSDT", "tapecast.price.BTCUSDT"]),
        ("tapecast.trades.", [TRADES]),
        ("tapecast.trades", [TRADES]),
        (TRADES, [TRADES]),
        ("tapecast.tr", []),
    ],
)
@pytest_twisted.ensureDeferred
async def test_streams_are_listed_by_whole_components(market: Market, prefix: str, topics: list[str]) -> None:
    """A prefix matches whole words of the topic, and each row has the stream's numbers."""
    market.play(quote(1), trade(1))

    rows = await market.session.ask("tapecast.market.stream_list", prefix)

    assert [row["topic"] for row in rows] == topics
    assert all(set(row) == {"topic", "delivery", "epoch", "seq"} for row in rows)


@pytest_twisted.ensureDeferred
async def test_candles_join_their_stream(market: Market) -> None:
    """The snapshot of the topic and the list of bars say the same, and count from the same number."""
    market.play(trade(1, T=1_700_000_000_000))
    market.clock.advance(0.1)
    topic = "tapecast.candles.binance.1m.BTCUSDT"

    snapshot = await market.session.ask("tapecast.market.stream_get", topic)
    listed = await market.session.ask("tapecast.market.get_candles", "binance", "BTCUSDT", "1m")

    assert [event["payload"] for event in market.session.events(topic)] == [snapshot["payload"]]
    assert listed["bars"] == [snapshot["payload"]["bar"]]
    assert (listed["epoch"], listed["seq"]) == (snapshot["epoch"], snapshot["seq"])
    assert await market.refused("tapecast.market.get_candles", "binance", "BTCUSDT", "1y") == "invalid_argument"
