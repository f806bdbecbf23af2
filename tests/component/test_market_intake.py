"""A platform's own events, from the call that hands them in to the streams of the realm."""

from typing import Any

import pytest
import pytest_twisted
from autobahn.wamp.exception import ApplicationError

from tests.support.market import Market, make_market

TRADE = {"instrument": "ACME-1", "trade_id": "7", "price": "100.5", "quantity": "2", "side": "buy"}
SNAPSHOT = {"instrument": "ACME-1", "update_id": 10, "bids": [["100", "1"]], "asks": [["101", "2"]]}
DELTA = {"instrument": "ACME-1", "first_update_id": 11, "last_update_id": 11, "bids": [["100", "0"]], "asks": []}
TRADES = "tapecast.trades.acme.ACME-1"
BOOK = "tapecast.book.acme.ACME-1"


@pytest.fixture
def market() -> Market:
    """A market of the venue `acme`, which is handed in, before two feeds."""
    return make_market(handed_in=("acme",))


async def hand_in(market: Market, kind: str, *events: dict[str, Any], venue: str = "acme") -> Any:
    """What the gateway answers to events."""
    return await market.session.ask(f"tapecast.intake.{kind}", venue=venue, events=list(events))


async def refusal(market: Market, kind: str, *events: dict[str, Any], venue: str = "acme") -> dict[str, Any]:
    """How the gateway refuses events."""
    with pytest.raises(ApplicationError) as raised:
        await hand_in(market, kind, *events, venue=venue)
    body: dict[str, Any] = raised.value.kwargs
    return body


@pytest_twisted.ensureDeferred
async def test_a_trade_that_is_handed_in_is_a_trade_like_any_other(market: Market) -> None:
    """It goes to the trades of the platform's venue, makes the price and the candles, and lists its instrument."""
    answer = await hand_in(market, "trade", {**TRADE, "event_ts": "2023-11-14T22:13:19.9985Z"})

    assert answer == {"accepted": 1}
    (event,) = market.session.events(TRADES)
    assert event["payload"] == {**TRADE, "venue": "acme"}
    assert event["ts"] == "2023-11-14T22:13:20.000000Z"
    assert (event["meta"]["source"], event["meta"]["event_ts"]) == ("acme", "2023-11-14T22:13:19.998500Z")
    price = await market.session.ask("tapecast.market.get_price", "ACME-1")
    assert (price["price"], price["meta"]["source"]) == ("100.5", "acme")
    listed = {one["instrument"]: one["venues"] for one in await market.session.ask("tapecast.market.list_instruments")}
    assert listed["ACME-1"] == ["acme"]
    market.clock.advance(1)
    assert market.session.events("tapecast.candles.acme.1m.ACME-1")[0]["payload"]["bar"]["close"] == "100.5"


@pytest_twisted.ensureDeferred
async def test_a_call_that_comes_again_changes_nothing(market: Market) -> None:
    """Trades and book changes that were taken in before are accepted, and published once."""
    for _ in range(2):
        await hand_in(market, "trade", TRADE, {**TRADE, "trade_id": "8"})
        await hand_in(market, "book_snapshot", SNAPSHOT)
        await hand_in(market, "book_delta", DELTA)

    assert [event["payload"]["trade_id"] for event in market.session.events(TRADES)] == ["7", "8"]
    assert [event["type"] for event in market.session.events(BOOK)] == ["snapshot", "delta"]
    book = await market.session.ask("tapecast.market.get_book", "acme", "ACME-1")
    assert (book["bids"], book["asks"]) == ([], [("101", "2")])


@pytest_twisted.ensureDeferred
async def test_a_book_goes_on_from_its_snapshot_or_not_at_all(market: Market) -> None:
    """Changes without a snapshot, and behind a gap, are refused by the field; a new snapshot lets the book go on."""
    first = await refusal(market, "book_delta", DELTA)
    await hand_in(market, "book_snapshot", SNAPSHOT)
    second = await refusal(market, "book_delta", {**DELTA, "first_update_id": 13, "last_update_id": 13})
    await hand_in(market, "book_snapshot", {**SNAPSHOT, "update_id": 13, "bids": [["99", "1"]]})
    await hand_in(market, "book_delta", {**DELTA, "first_update_id": 14, "last_update_id": 14, "bids": [["98", "3"]]})

    assert [one["details"]["field"] for one in (first, second)] == ["events[0].instrument", "events[0].first_update_id"]
    book = await market.session.ask("tapecast.market.get_book", "acme", "ACME-1")
    assert book["bids"] == [("99", "1"), ("98", "3")]


@pytest_twisted.ensureDeferred
async def test_a_batch_is_taken_whole_or_not_at_all(market: Market) -> None:
    """One bad event refuses those before it too, and nothing of them is published."""
    body = await refusal(market, "trade", TRADE, {**TRADE, "trade_id": "8", "price": "-1"})

    assert (body["code"], body["details"], body["retry"]) == (
        "invalid_argument",
        {"field": "events[1].price"},
        False,
    )
    assert market.session.published == []


@pytest.mark.parametrize("venue", ["binance", "other", 5])
@pytest_twisted.ensureDeferred
async def test_only_venues_without_a_feed_are_handed_in(market: Market, venue: Any) -> None:
    """Nobody can speak for a venue that has a feed, nor for one that the operator did not name."""
    body = await refusal(market, "trade", TRADE, venue=venue)

    assert (body["code"], body["details"]) == ("invalid_argument", {"field": "venue"})


@pytest_twisted.ensureDeferred
async def test_without_such_a_venue_every_call_says_how_to_make_one() -> None:
    """A gateway that was started without one refuses by the venue."""
    assert (await refusal(make_market(), "trade", TRADE))["details"] == {"field": "venue"}


@pytest_twisted.ensureDeferred
async def test_more_than_the_router_takes_is_refused_for_now(market: Market) -> None:
    """While acknowledgements are due nothing more is taken in, and the call can be made again."""
    market.session.holds_acknowledgements = True
    await hand_in(market, "trade", *({**TRADE, "trade_id": str(number)} for number in range(1, 601)))

    market.clock.advance(61)
    body = await refusal(market, "trade", TRADE)

    assert (body["code"], body["retry"]) == ("unavailable", True)
    assert [one["age_ms"] for one in market.data.health() if one["name"] == "intake:acme"] == [61_000]


@pytest_twisted.ensureDeferred
async def test_health_says_whether_events_are_handed_in(market: Market) -> None:
    """A venue is degraded until something comes, and again when nothing has come for a minute."""

    def part() -> tuple[object, object]:
        (found,) = [one for one in market.data.health() if one["name"] == "intake:acme"]
        return found["state"], found["age_ms"]

    before = part()
    await hand_in(market, "trade", TRADE)
    fresh = part()
    market.clock.advance(61)

    assert (before, fresh, part()) == (("degraded", None), ("up", 0), ("degraded", 61_000))


@pytest_twisted.ensureDeferred
async def test_own_quotes_go_on_where_a_book_made_them_before(market: Market) -> None:
    """However high the numbers of the book's changes are, the quotes that are handed in later are told."""
    await hand_in(market, "book_snapshot", {**SNAPSHOT, "update_id": 2**63 - 2})
    market.clock.advance(5)
    last = {"first_update_id": 2**63 - 1, "last_update_id": 2**63 - 1, "bids": [["100", "5"]]}
    await hand_in(market, "book_delta", {**DELTA, **last})
    quote = {"instrument": "ACME-1", "bid": "99", "bid_size": "1", "ask": "101", "ask_size": "2"}
    await hand_in(market, "quote", quote)

    quotes = market.session.events("tapecast.quote.acme.ACME-1")
    assert [event["payload"]["bid"] for event in quotes] == ["100", "99"]
