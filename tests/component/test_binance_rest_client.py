"""Rules of instruments from a venue on this machine that answers well, badly or not at all."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_twisted
from twisted.internet import reactor as real_reactor

from components.marketdata.binance.rules import MAX_SYMBOLS_PER_REQUEST
from components.marketdata.feed import FeedState
from components.model.errors import Unavailable, UnknownInstrument
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


@pytest_twisted.ensureDeferred
async def test_what_is_looked_up_comes_in_the_order_asked() -> None:
    """More than fit into one request are asked for in several."""
    names = tuple(f"A{number}USDT" for number in range(MAX_SYMBOLS_PER_REQUEST + 1))
    information = ExchangeInformation()
    information.symbols = frozenset(names)
    async with exchange_information(information) as scene:
        rules = await scene.feed.look_up(names)

    assert tuple(one.instrument_id for one in rules) == names
    assert [len(query) for query in information.queries] == [MAX_SYMBOLS_PER_REQUEST, 1]


@pytest.mark.parametrize("position", [0, 3, 6])
@pytest_twisted.ensureDeferred
async def test_the_one_that_the_venue_lacks_is_named(position: int) -> None:
    """The venue refuses all of them and does not say which: a few more requests find it."""
    names = [f"A{number}USDT" for number in range(7)]
    information = ExchangeInformation()
    information.symbols = frozenset(names)
    names[position] = "NONESUCH"
    async with exchange_information(information) as scene:
        with pytest.raises(UnknownInstrument, match="no instrument 'NONESUCH'"):
            await scene.feed.look_up(names)

    assert len(information.queries) <= 4


@pytest_twisted.ensureDeferred
async def test_a_name_in_another_case_is_another_name() -> None:
    """The venue understands it, but what it would send is called otherwise."""
    information = ExchangeInformation()
    information.symbols = frozenset({"BTCUSDT"})
    async with exchange_information(information) as scene:
        with pytest.raises(UnknownInstrument, match="'btcusdt'"):
            await scene.feed.look_up(["btcusdt"])


@pytest.mark.parametrize(("status", "body"), [(500, b"{}"), (400, b"<html>"), (200, b"<html>")])
@pytest_twisted.ensureDeferred
async def test_a_venue_that_does_not_tell_is_unavailable(status: int, body: bytes) -> None:
    """What is looked up is asked for once, and the caller may ask again."""
    information = ExchangeInformation()
    information.status, information.body = status, body
    async with exchange_information(information) as scene:
        with pytest.raises(Unavailable, match="does not tell the rules"):
            await scene.feed.look_up(["BTCUSDT"])

    assert len(information.queries) == 1


@pytest_twisted.ensureDeferred
async def test_a_stop_answers_who_looks_something_up() -> None:
    """Nobody waits for a feed that has ended."""
    information = ExchangeInformation()
    async with exchange_information(information) as scene:
        looking_up = scene.feed.look_up(["BTCUSDT"])

        await scene.feed.stop()

        with pytest.raises(Unavailable):
            await looking_up


@pytest_twisted.ensureDeferred
async def test_an_instrument_of_the_settings_that_the_venue_lacks_is_named() -> None:
    """The operator learns which, and the venue is asked again."""
    information = ExchangeInformation()
    information.symbols = frozenset({"ETHUSDT"})
    async with exchange_information(information) as scene:
        scene.feed.start(scene.output)
        asked = scene.feed.list_instruments()

        await scene.output.when(lambda: "no instrument 'BTCUSDT'" in scene.output.states[-1][1])
        assert not asked.called
        assert "no instrument 'BTCUSDT'" in scene.output.errors[-1]
