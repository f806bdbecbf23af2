"""Rules of instruments from a venue on this machine that answers well, badly or not at all."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_twisted
from twisted.internet import reactor as real_reactor

from components.marketdata.feed import FeedState
from components.model.market import Instrument
from tests.support.live_feed import Scene, playing
from tests.support.venue_server import EXCHANGE_INFORMATION, ExchangeInformation, recorded_messages, serve_http


@asynccontextmanager
async def exchange_information(information: ExchangeInformation) -> AsyncIterator[Scene]:
    """A feed that is not started, with a venue that answers for rules by HTTP."""
    rest_url, port = serve_http(real_reactor, information)
    scene = Scene(rest_url=rest_url)
    yield scene
    await scene.feed.stop()
    await scene.venue.stop()
    await port.stopListening()


@pytest_twisted.ensureDeferred
async def test_rules_come_from_the_venue() -> None:
    """Currencies, steps, smallest order, state and alias are what the venue says; it is asked once."""
    information = ExchangeInformation()
    async with exchange_information(information) as scene:
        rules = await scene.feed.list_instruments()

        assert rules == (
            Instrument(
                instrument_id="BTCUSDT",
                base="BTC",
                quote="USDT",
                tick_size="0.01",
                lot_size="0.00001",
                min_notional="5",
                aliases=("BTC/USDT",),
            ),
        )
        assert await scene.feed.list_instruments() == rules
        assert information.queries == [["BTCUSDT"]]


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (400, EXCHANGE_INFORMATION, "status 400"),
        (200, b"<html>", "cannot be read"),
        (200, b" " * (8 * 1024 * 1024 + 1), "longer than"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_rules_that_cannot_be_had_are_asked_for_again(status: int, body: bytes, reason: str) -> None:
    """An error, nonsense or too much is told, and tried again until the venue tells the rules."""
    information = ExchangeInformation()
    good_body = information.body
    information.status, information.body = status, body
    async with exchange_information(information) as scene:
        scene.feed.start(scene.output)
        await scene.connected(1)

        asked = scene.feed.list_instruments()
        await scene.output.when(lambda: "instrument rules are not known" in scene.output.states[-1][1])
        assert scene.output.states[-1][0] is FeedState.CONNECTING
        assert reason in scene.output.states[-1][1]
        assert not asked.called
        information.status, information.body = 200, good_body
        scene.clock.advance(1.0)

        assert len(await asked) == 1
        assert scene.output.states[-1][1] == "instrument rules received"


@pytest_twisted.ensureDeferred
async def test_a_venue_without_rules_holds_nothing_up() -> None:
    """While rules are not to be had, messages come all the same; a stop answers who still waits."""
    async with playing() as scene:
        await scene.connected(1)
        asked = scene.feed.list_instruments()

        scene.venue.connections[0].play(recorded_messages(3))
        await scene.received(3)
        assert not asked.called
        await scene.feed.stop()

        assert await asked == ()


@pytest_twisted.ensureDeferred
async def test_an_answer_that_is_cut_off_is_asked_for_again() -> None:
    """Half an answer is none: the length that was promised did not come."""
    information = ExchangeInformation()
    information.promised_bytes = len(information.body) + 1
    async with exchange_information(information) as scene:
        scene.feed.start(scene.output)
        asked = scene.feed.list_instruments()

        await scene.output.when(lambda: "instrument rules are not known" in scene.output.states[-1][1])
        information.promised_bytes = None
        scene.clock.advance(1.0)

        assert len(await asked) == 1
