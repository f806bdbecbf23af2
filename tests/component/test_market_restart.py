"""The market over the death of its process, with a journal that outlives it."""

from pathlib import Path

import pytest
import pytest_twisted

from tests.support.binance_text import quote, trade
from tests.support.market import QUOTE, TRADES, Market, completed, make_market
from tests.support.stepped_journal import SteppedJournal

PRICE = "tapecast.price.BTCUSDT"


def numbers(market: Market, topic: str) -> list[tuple[str, str, int]]:
    """Type, epoch and number of every event of a topic."""
    return [(event["type"], event["epoch"], event["seq"]) for event in market.session.events(topic)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the journal is."""
    return tmp_path / "market.journal"


@pytest_twisted.ensureDeferred
async def test_conflated_topics_go_on_and_others_begin_anew(path: Path) -> None:
    """After a kill the price has the next number of its epoch, and trades, whose venue was not heard, a new epoch."""
    journal = SteppedJournal(path)
    market = make_market(journal=journal)
    market.play(quote(1), trade(1), trade(2))
    assert not market.session.published
    journal.write(100)
    assert numbers(market, TRADES) == [("snapshot", "e2", 1), ("delta", "e2", 2)]
    journal.mark_sent(100)
    journal.write(0)
    journal.die()

    again = SteppedJournal(path)
    market = make_market(journal=again, epochs="f")
    again.write(100)
    known = await market.session.ask("tapecast.market.stream_get", PRICE)
    market.play(quote(3), trade(3))
    again.write(100)

    assert (known["epoch"], known["seq"], known["payload"]["price"]) == ("e4", 1, "61837.63000000")
    assert numbers(market, PRICE) == [("delta", "e4", 2)]
    assert numbers(market, QUOTE) == [("delta", "e1", 2)]
    assert [(kind, seq) for kind, _, seq in numbers(market, TRADES)] == [("snapshot", 1)]
    assert numbers(market, TRADES)[0][1] != "e2"
    again.die()


@pytest_twisted.ensureDeferred
async def test_what_was_written_and_not_published_comes_first(path: Path) -> None:
    """Trades of the old epoch that the router may not have come before the new one begins."""
    journal = SteppedJournal(path)
    market = make_market(journal=journal)
    market.play(trade(1), trade(2))
    journal.write(100, is_told=False)
    journal.die()

    again = SteppedJournal(path)
    market = make_market(journal=again, epochs="f")
    market.play(trade(3))
    again.write(100)

    first, second, third = numbers(market, TRADES)
    assert (first, second) == (("snapshot", "e1", 1), ("delta", "e1", 2))
    assert (third[0], third[2]) == ("snapshot", 1)
    again.die()


@pytest_twisted.ensureDeferred
async def test_answers_of_the_market_wait_for_the_journal(path: Path) -> None:
    """A price is told when the event that made it is written, and nothing is told after the journal has failed."""
    journal = SteppedJournal(path)
    market = make_market(journal=journal)
    market.play(quote(1), trade(1))

    asked = market.session.ask("tapecast.market.get_price", "BTCUSDT")
    assert not asked.called
    journal.write(100)
    assert (await asked)["price"] == "61837.63000000"

    journal.fail("the disk is full")
    assert await market.refused("tapecast.market.get_price", "BTCUSDT") == "unavailable"
    assert market.data.health()[-1] == {
        "name": "journal:market",
        "state": "down",
        "reason": "the disk is full",
        "age_ms": None,
    }
    market.clock.advance(0)
    market.feed.send(trade(2))
    assert not market.has_turn_planned
    completed(market.data.stop())
