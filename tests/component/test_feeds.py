"""What operators see and change of the feeds, over the market's own procedures."""

from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from autobahn.wamp.exception import ApplicationError
from prometheus_client import CollectorRegistry
from twisted.internet.task import Clock

from components.contract.roles import Role
from components.marketdata.binance.feed_client import BinanceFeed
from components.marketdata.component import MarketData
from components.marketdata.feed import AdjustableFeed, ConnectionReport, FeedState
from components.marketdata.following import Following
from components.marketdata.market import Market as MarketCores
from components.marketdata.replay.replay_client import ReplayFeed
from components.marketdata.sim.sim_client import SimFeed
from components.metrics.market import MarketMetrics
from components.model.errors import Unavailable
from components.model.market import Instrument
from components.streams.stream import Streams
from tests.support.binance_text import quote, trade
from tests.support.hand_feed import HandFeed
from tests.support.market import QUOTE, TRADES, Market, completed, keep_nothing, make_market, never
from tests.support.recording_session import RecordingSession

ADD, REMOVE, LIST, PREFER = (f"tapecast.admin.feeds.{verb}" for verb in ("add", "remove", "list", "prefer"))
ETHUSDT = Instrument(instrument_id="ETHUSDT", aliases=("ETH/USDT",))
EVERY_ARGUMENT_BUT_A_LIST_OF_NAMES = [None, "BTCUSDT", [], [1], ["BTCUSDT", None], {"a": 1}, ["A"] * 1001]


@pytest.fixture
def market() -> Market:
    """A market that follows BTCUSDT, and could follow ETHUSDT."""
    made = make_market(instruments=("BTCUSDT",))
    made.feed.listed = (ETHUSDT,)
    return made


async def listed(market: Market) -> list[str]:
    """The instruments that clients are told of."""
    return [row["instrument"] for row in await market.session.ask("tapecast.market.list_instruments")]


@pytest_twisted.ensureDeferred
async def test_a_change_is_reported_for_the_audit_trail(market: Market) -> None:
    """With the reason that was given, if one was; a list is not."""
    await market.session.ask(LIST, role=Role.ADMIN)
    await market.session.ask(ADD, "binance", ["ETHUSDT"], "a new desk", role=Role.ADMIN)
    await market.session.ask(REMOVE, "binance", ["ETHUSDT"], role=Role.ADMIN)

    records: list[Any] = [call[2]["record"] for call in market.session.calls if call[0] == "tapecast.node.audit"]
    assert [(one["action"], one["reason"], one["outcome"]) for one in records] == [
        ("admin.feeds.add", "a new desk", "done"),
        ("admin.feeds.remove", "", "done"),
    ]
    assert records[0]["arguments"] == {"venue": "binance", "instruments": ["ETHUSDT"]}


@pytest.mark.parametrize("procedure", [ADD, REMOVE])
@pytest_twisted.ensureDeferred
async def test_a_reason_is_words(market: Market, procedure: str) -> None:
    """Where one is given."""
    with pytest.raises(ApplicationError) as raised:
        await market.session.ask(procedure, "binance", ["ETHUSDT"], 5)

    assert raised.value.kwargs["details"] == {"field": "reason"}


@pytest_twisted.ensureDeferred
async def test_what_is_added_is_followed_listed_and_written_down(market: Market) -> None:
    """From then on its events are published."""
    market.play(trade(1, s="ETHUSDT"))
    answer = await market.session.ask(ADD, "binance", ["ETHUSDT"])

    market.play(trade(2, s="ETHUSDT"))

    assert answer == {"venue": "binance", "added": ["ETHUSDT"], "instruments": 2, "kept": True}
    assert await listed(market) == ["BTCUSDT", "ETHUSDT"]
    assert market.feed.added == ["ETHUSDT"]
    assert market.kept == [("binance", ("BTCUSDT", "ETHUSDT"))]
    (event,) = market.session.events("tapecast.trades.binance.ETHUSDT")
    assert (event["type"], event["payload"]["trade_id"]) == ("snapshot", "2")


@pytest_twisted.ensureDeferred
async def test_what_is_removed_is_silent_forgotten_and_written_down(market: Market) -> None:
    """Neither what waits nor what comes is published, and nothing can be asked for; the other venue goes on."""
    market.play(trade(1), quote(1))
    market.feed.send(trade(2))

    answer = await market.session.ask(REMOVE, "binance", ["BTCUSDT"])
    market.play(trade(3), quote(2))

    assert answer == {"venue": "binance", "removed": ["BTCUSDT"], "instruments": 0, "kept": True}
    assert len(market.session.events(TRADES)) == 1
    assert market.session.events("tapecast.status.BTCUSDT")[-1]["payload"] == {
        "instrument": "BTCUSDT",
        "source": "binance",
        "state": "suspect",
        "reason": "removed",
        "trading_status": "trading",
    }
    assert market.feed.removed == ["BTCUSDT"]
    assert market.kept == [("binance", ())]
    assert await market.refused("tapecast.market.get_trades", "binance", "BTCUSDT") == "unknown_instrument"
    assert await market.refused("tapecast.market.stream_get", QUOTE) == "unknown_instrument"
    assert await market.session.ask("tapecast.market.stream_list", "tapecast.trades") == []
    ((row),) = await market.session.ask("tapecast.market.list_instruments")
    assert row["venues"] == ["sim"]


@pytest_twisted.ensureDeferred
async def test_what_comes_back_begins_anew(market: Market) -> None:
    """The first event is the snapshot of a new epoch, also where its number at the venue is an old one."""
    market.feed.listed = (Instrument(instrument_id="BTCUSDT"),)
    market.play(trade(5))
    await market.session.ask(REMOVE, "binance", ["BTCUSDT"])
    await market.session.ask(ADD, "binance", ["BTCUSDT"])

    market.play(trade(5))

    first, second = market.session.events(TRADES)
    assert first["epoch"] != second["epoch"]
    assert (second["type"], second["seq"]) == ("snapshot", 1)


@pytest_twisted.ensureDeferred
async def test_a_change_that_is_made_already_changes_nothing(market: Market) -> None:
    """Nothing is asked of the venue, and nothing written."""
    added = await market.session.ask(ADD, "binance", ["BTCUSDT"])
    removed = await market.session.ask(REMOVE, "binance", ["ETHUSDT", "no name at all"])

    assert (added["added"], removed["removed"]) == ([], [])
    assert market.kept == []


@pytest_twisted.ensureDeferred
async def test_names_may_be_aliases_and_come_twice(market: Market) -> None:
    """An instrument that is listed is known under its other names too."""
    await market.session.ask(ADD, "binance", ["ETHUSDT", "ETHUSDT"])

    again = await market.session.ask(ADD, "binance", ["ETH/USDT"])
    removed = await market.session.ask(REMOVE, "binance", ["ETH/USDT", "ETHUSDT"])

    assert (again["added"], removed["removed"]) == ([], ["ETHUSDT"])
    assert market.feed.added == ["ETHUSDT"]


@pytest.mark.parametrize("name", ["XXXUSDT", "XXX/USDT", "", "A" * 33])
@pytest_twisted.ensureDeferred
async def test_an_instrument_that_the_venue_lacks_is_refused(market: Market, name: str) -> None:
    """Nothing of the same call is followed."""
    assert await market.refused(ADD, "binance", ["ETHUSDT", name]) == "unknown_instrument"
    assert market.feed.added == []
    assert await listed(market) == ["BTCUSDT"]


@pytest_twisted.ensureDeferred
async def test_a_venue_that_does_not_tell_is_unavailable(market: Market) -> None:
    """The same call can succeed later."""
    market.feed.listed = Unavailable("the venue is away")

    assert await market.refused(ADD, "binance", ["ETHUSDT"]) == "unavailable"


@pytest.mark.parametrize("procedure", [ADD, REMOVE])
@pytest.mark.parametrize("venue", [None, 1, "", "nasdaq"])
@pytest_twisted.ensureDeferred
async def test_a_venue_without_a_feed_is_an_invalid_argument(market: Market, procedure: str, venue: object) -> None:
    """Only venues that have a feed can be named."""
    assert await market.refused(procedure, venue, ["BTCUSDT"]) == "invalid_argument"


@pytest.mark.parametrize("procedure", [ADD, REMOVE])
@pytest.mark.parametrize("names", EVERY_ARGUMENT_BUT_A_LIST_OF_NAMES, ids=lambda names: str(names)[:20])
@pytest_twisted.ensureDeferred
async def test_what_is_no_list_of_names_is_an_invalid_argument(market: Market, procedure: str, names: object) -> None:
    """Neither too many nor none are taken."""
    assert await market.refused(procedure, "binance", names) == "invalid_argument"


@pytest_twisted.ensureDeferred
async def test_more_than_the_feed_can_follow_are_refused(market: Market) -> None:
    """Nothing is followed of them."""
    market.feed.room = 0

    assert await market.refused(ADD, "binance", ["ETHUSDT"]) == "invalid_argument"
    assert await listed(market) == ["BTCUSDT"]


@pytest_twisted.ensureDeferred
async def test_what_cannot_be_written_down_holds_until_the_end() -> None:
    """The answer says that a new start will not know of it."""
    market = make_market(instruments=("BTCUSDT",), is_disk_full=True)

    answer = await market.session.ask(REMOVE, "binance", ["BTCUSDT"])

    assert (answer["removed"], answer["kept"]) == (["BTCUSDT"], False)


@pytest_twisted.ensureDeferred
async def test_every_feed_is_told_with_its_connections_and_errors(market: Market) -> None:
    """An operator sees which connection is in trouble, and what went wrong last."""
    market.feed.reports = (
        ConnectionReport(number=1, state=FeedState.LIVE, reason="data flows", instruments=1, streams=3, age_s=1.5),
    )
    market.feed.output.receive_state(FeedState.LIVE, "data flows")
    for number in range(11):
        market.feed.output.receive_error(f"error {number}")
    market.play(trade(1))

    binance, sim = await market.session.ask(LIST)

    assert market.figure("tapecast_feed_connections", feed="binance", state="live") == 1
    assert market.figure("tapecast_feed_connections", feed="binance", state="silent") == 0
    errors = binance.pop("last_errors")
    assert binance == {
        "venue": "binance",
        "feed": "binance",
        "state": "up",
        "reason": "data flows",
        "age_ms": 0,
        "clock_offset_ms": -23161255342.0,
        "instruments": 1,
        "preferred_until": None,
        "is_adjustable": True,
        "connections": [
            {
                "connection": 1,
                "state": "live",
                "reason": "data flows",
                "instruments": 1,
                "streams": 3,
                "age_ms": 1500,
            }
        ],
    }
    assert [one["error"] for one in errors] == [f"error {number}" for number in range(1, 11)]
    assert errors[0]["ts"] == "2023-11-14T22:13:20.000000Z"
    assert (sim["venue"], sim["connections"], sim["last_errors"]) == ("sim", [], [])


def priced(market: Market) -> Market:
    """The market, once both feeds have told a price."""
    market.play(trade(1))
    market.other.send(trade(1))
    market.clock.advance(0)
    return market


def sources(market: Market) -> list[tuple[str, str]]:
    """Which source the price was said to be taken from, and why."""
    told = [event["payload"] for event in market.session.events("tapecast.status.BTCUSDT")]
    return [(one["source"], one["reason"]) for one in told]


@pytest_twisted.ensureDeferred
async def test_a_source_is_preferred_for_a_while(market: Market) -> None:
    """Its price is told at once, operators see until when, and then the first source comes back."""
    priced(market)

    answer = await market.session.ask(PREFER, "sim", 60, "binance is late", role=Role.ADMIN)
    binance, sim = await market.session.ask(LIST)
    for _ in range(60):
        market.clock.advance(1)
    _, sim_then = await market.session.ask(LIST)

    assert answer == {"venue": "sim", "until": "2023-11-14T22:14:20.000000Z", "taken": 1, "instruments": 1}
    assert (binance["preferred_until"], sim["preferred_until"]) == (None, "2023-11-14T22:14:20.000000Z")
    assert sources(market)[:2] == [("binance", "started"), ("sim", "preferred")]
    assert ("sim", "preference_ended") in sources(market)
    assert sim_then["preferred_until"] is None


@pytest_twisted.ensureDeferred
async def test_a_preference_is_a_quarter_of_an_hour_unless_it_is_said(market: Market) -> None:
    """It is on the audit trail with why, and no time at all ends it."""
    priced(market)

    begun = await market.session.ask(PREFER, venue="sim", reason="a test", role=Role.ADMIN)
    ended = await market.session.ask(PREFER, venue="sim", duration_s=0, reason="done with it", role=Role.ADMIN)

    records: list[Any] = [call[2]["record"] for call in market.session.calls if call[0] == "tapecast.node.audit"]
    assert [(one["action"], one["reason"], one["outcome"]) for one in records] == [
        ("admin.feeds.prefer", "a test", "done"),
        ("admin.feeds.prefer", "done with it", "done"),
    ]
    assert (begun["until"], ended["until"]) == ("2023-11-14T22:28:20.000000Z", None)


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (("nowhere", 60, "x"), "venue"),
        ((None, 60, "x"), "venue"),
        (("sim", -1, "x"), "duration_s"),
        (("sim", 86_401, "x"), "duration_s"),
        (("sim", 60), "reason"),
        (("sim", 60, ""), "reason"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_what_cannot_be_preferred(market: Market, arguments: tuple[object, ...], field: str) -> None:
    """The field is named, and the price stays where it is."""
    priced(market)

    with pytest.raises(ApplicationError) as refused:
        await market.session.ask(PREFER, *arguments, role=Role.ADMIN)

    assert refused.value.kwargs["details"] == {"field": field}
    assert sources(market) == [("binance", "started")]


@pytest_twisted.ensureDeferred
async def test_what_waits_was_said_when_it_came(market: Market) -> None:
    """A source is not taken for silent because its messages wait to be read."""
    priced(market)
    market.session.holds_acknowledgements = True
    market.play(*(trade(number) for number in range(2, 2001)))
    market.clock.pump([5.0] * 30)

    await market.session.ask(PREFER, "sim", 60, "x", role=Role.ADMIN)

    assert sources(market)[-1] == ("sim", "preferred")


@pytest.mark.parametrize("procedure", [ADD, REMOVE])
@pytest_twisted.ensureDeferred
async def test_a_recording_refuses_to_be_changed(procedure: str, tmp_path: Path) -> None:
    """It plays what it holds; the other feeds change all the same."""
    session, clock = RecordingSession(), Clock()
    data = MarketData(
        session,
        clock,
        [ReplayFeed(clock, path=tmp_path / "recording", speed=None), HandFeed(venue="sim")],
        market=MarketCores(["binance", "sim"], Following({"binance": None, "sim": ("BTCUSDT",)})),
        keep=keep_nothing,
        on_fault=never,
        streams=Streams(str),
        metrics=MarketMetrics(CollectorRegistry()),
    )
    completed(data.start())

    with pytest.raises(ApplicationError) as refused:
        await session.ask(procedure, "binance", ["BTCUSDT"])

    assert refused.value.kwargs["details"] == {"field": "venue"}
    assert "recording" in refused.value.kwargs["message"]
    binance, sim = await session.ask(LIST)
    assert (binance["is_adjustable"], sim["is_adjustable"]) == (False, True)
    assert (binance["instruments"], sim["instruments"]) == (None, 1)


def test_the_live_and_the_simulated_feed_can_be_changed() -> None:
    """Which feeds can is told by what they can do."""
    clock = Clock()
    feeds = (SimFeed(clock, seed=1), BinanceFeed(clock, instruments=(), random=lambda: 0.0))

    assert all(isinstance(feed, AdjustableFeed) for feed in feeds)
