"""The simulated exchange: the same seed is the same market, and a market it is."""

import json
import random
import statistics
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.contract.envelope import NS_PER_MS, NS_PER_S
from components.marketdata.sim.simulated_exchange import MAX_SPREAD_TICKS, STEP_NS, Message, SimulatedExchange
from components.marketdata.sim.simulated_instruments import SIMULATED_INSTRUMENTS

START_NS = 1_732_176_000 * NS_PER_S
SYMBOLS = [one.symbol for one in SIMULATED_INSTRUMENTS]
TICKS = {one.symbol: Decimal(one.rules.tick_size or 0) for one in SIMULATED_INSTRUMENTS}
LOTS = {one.symbol: Decimal(one.rules.lot_size or 0) for one in SIMULATED_INSTRUMENTS}


def exchange(seed: int = 1) -> SimulatedExchange:
    """An exchange that has just opened."""
    return SimulatedExchange(random.Random(seed), start_ns=START_NS)


def told(seed: int, seconds: float) -> list[Message]:
    """What an exchange tells in its first seconds."""
    return exchange(seed).advance(START_NS + int(seconds * NS_PER_S))


def data_of(messages: list[Message], symbol: str, kind: str) -> list[dict[str, Any]]:
    """What the messages of one stream say."""
    start = f'{{"stream":"{symbol.lower()}@{kind}"'.encode()
    return [json.loads(message)["data"] for _, message in messages if message.startswith(start)]


@pytest.fixture(scope="module")
def five_minutes() -> list[Message]:
    """Five minutes of a market; nobody changes them."""
    return told(3, 300)


@pytest.fixture(scope="module")
def minute(five_minutes: list[Message]) -> list[Message]:
    """The first of them."""
    return [one for one in five_minutes if one[0] <= START_NS + 60 * NS_PER_S]


@given(st.integers(0, 2**32), st.lists(st.integers(0, NS_PER_S), max_size=20))
@settings(max_examples=10, deadline=None)
def test_one_seed_gives_the_same_bytes_however_time_is_cut(seed: int, cuts_ns: list[int]) -> None:
    """The calls' times decide when something is told, never what."""
    cut = exchange(seed)
    pieces = [message for at_ns in sorted(cuts_ns) for message in cut.advance(START_NS + at_ns)]

    assert pieces + cut.advance(START_NS + NS_PER_S) == told(seed, 1)


def test_another_seed_is_another_market() -> None:
    """The seed decides what happens."""
    assert told(1, 2) != told(2, 2)


def test_the_rate_is_that_of_a_market_to_look_at(minute: list[Message]) -> None:
    """A dozen instruments tell 150 to 250 messages a second, and every stream of each occurs."""
    assert 150 < len(minute) / 60 < 250
    for symbol in SYMBOLS:
        for kind in ("trade", "bookTicker", "depth@100ms", "ticker"):
            assert data_of(minute, symbol, kind), (symbol, kind)


def test_messages_are_in_the_order_of_their_times(minute: list[Message]) -> None:
    """Nothing is told of the past or the future, and the venue's time is that of the message."""
    times = [at_ns for at_ns, _ in minute]

    assert times == sorted(times)
    assert times[0] >= START_NS
    assert times[-1] <= START_NS + 60 * NS_PER_S
    for at_ns, message in minute:
        data = json.loads(message)["data"]
        assert data.get("E", at_ns // NS_PER_MS) == at_ns // NS_PER_MS


@given(st.integers(0, 2**32))
@settings(max_examples=15, deadline=None)
def test_quotes_never_cross_and_stay_close(seed: int) -> None:
    """Whatever the seed, the ask is one to five ticks above the bid, and both sides have a size."""
    messages = told(seed, 5)
    for symbol in SYMBOLS:
        for quote in data_of(messages, symbol, "bookTicker"):
            spread = (Decimal(quote["a"]) - Decimal(quote["b"])) / TICKS[symbol]
            assert 1 <= spread <= MAX_SPREAD_TICKS
            assert Decimal(quote["B"]) > 0
            assert Decimal(quote["A"]) > 0


@given(st.integers(0, 2**32))
@settings(max_examples=15, deadline=None)
def test_ids_go_on_without_a_hole(seed: int) -> None:
    """Trade ids grow by one, each depth message begins where the last ended, and quotes never go back."""
    messages = told(seed, 5)
    for symbol in SYMBOLS:
        trades = [trade["t"] for trade in data_of(messages, symbol, "trade")]
        depths = data_of(messages, symbol, "depth@100ms")
        quotes = [quote["u"] for quote in data_of(messages, symbol, "bookTicker")]
        assert all(after == before + 1 for before, after in pairwise(trades))
        assert all(after["U"] == before["u"] + 1 for before, after in pairwise(depths))
        assert all(depth["U"] <= depth["u"] for depth in depths)
        assert all(after > before for before, after in pairwise(quotes))


def test_depth_messages_alone_build_the_quoted_book(minute: list[Message]) -> None:
    """From the first message on, the best levels after each are those that were quoted last."""
    books: dict[str, tuple[dict[Decimal, Decimal], dict[Decimal, Decimal]]] = {name: ({}, {}) for name in SYMBOLS}
    quotes: dict[str, dict[str, Any]] = {}
    for _, message in minute:
        data = json.loads(message)["data"]
        if "B" in data and "e" not in data:
            quotes[data["s"]] = data
        if data.get("e") != "depthUpdate":
            continue
        bids, asks = books[data["s"]]
        for side, levels in ((bids, data["b"]), (asks, data["a"])):
            for price, size in levels:
                side[Decimal(price)] = Decimal(size)
                if not side[Decimal(price)]:
                    del side[Decimal(price)]
        if data["s"] in quotes:
            quote = quotes[data["s"]]
            assert (max(bids), bids[max(bids)]) == (Decimal(quote["b"]), Decimal(quote["B"]))
            assert (min(asks), asks[min(asks)]) == (Decimal(quote["a"]), Decimal(quote["A"]))


def test_trades_are_at_the_quote_and_on_the_grid(minute: list[Message]) -> None:
    """A buyer pays the ask or more, a seller gets the bid or less, in whole ticks and lots."""
    quotes: dict[str, dict[str, Any]] = {}
    checked = 0
    for _, message in minute:
        data = json.loads(message)["data"]
        symbol = data["s"]
        if data.get("e") == "trade" and symbol in quotes:
            price, quote = Decimal(data["p"]), quotes[symbol]
            assert price <= Decimal(quote["b"]) if data["m"] else price >= Decimal(quote["a"])
            assert price % TICKS[symbol] == 0
            assert Decimal(data["q"]) % LOTS[symbol] == 0
            assert Decimal(data["q"]) > 0
            checked += 1
        elif "B" in data and "e" not in data:
            quotes[symbol] = data
    assert checked > 1000


def test_statistics_agree_with_the_prints(minute: list[Message]) -> None:
    """Between two tickers volume, count and last price change by exactly what was printed."""
    first, *_, last = data_of(minute, "BTCUSDT", "ticker")
    prints = [one for one in data_of(minute, "BTCUSDT", "trade") if first["L"] < one["t"] <= last["L"]]

    assert last["n"] - first["n"] == len(prints) == last["L"] - first["L"]
    assert last["F"] == last["L"] - last["n"] + 1
    assert Decimal(last["v"]) - Decimal(first["v"]) == sum(Decimal(one["q"]) for one in prints)
    assert last["c"] == prints[-1]["p"]
    assert last["Q"] == prints[-1]["q"]
    assert Decimal(last["p"]) == Decimal(last["c"]) - Decimal(last["o"])
    for one in prints:
        assert Decimal(last["l"]) <= Decimal(one["p"]) <= Decimal(last["h"])


def test_trades_come_in_bursts(five_minutes: list[Message]) -> None:
    """Counts of BTCUSDT's trades by second vary far more than if trades came independently of each other."""
    counts = [0] * 300
    for at_ns, message in five_minutes:
        if message.startswith(b'{"stream":"btcusdt@trade"'):
            counts[min(299, (at_ns - START_NS) // NS_PER_S)] += 1

    assert statistics.variance(counts) > 2 * statistics.mean(counts)


def test_moves_are_correlated(five_minutes: list[Message]) -> None:
    """Over five seconds at a time, BTCUSDT and ETHUSDT tend to move the same way."""
    moves = []
    for symbol in ("BTCUSDT", "ETHUSDT"):
        middle: dict[int, float] = {}
        for at_ns, message in five_minutes:
            if message.startswith(b'{"stream":"%s@bookTicker"' % symbol.lower().encode()):
                data = json.loads(message)["data"]
                middle[(at_ns - START_NS) // (5 * NS_PER_S)] = float(data["b"]) + float(data["a"])
        moves.append([after / before - 1 for before, after in pairwise(middle.values())])

    assert statistics.correlation(*moves) > 0.3


def test_after_a_pause_the_market_goes_on_from_there() -> None:
    """Nothing is told of the time that was left out, and the ids go on."""
    paused = exchange()
    before = paused.advance(START_NS + 5 * NS_PER_S)

    paused.resume(START_NS + 3600 * NS_PER_S)
    assert paused.advance(START_NS + 3600 * NS_PER_S) == []
    after = paused.advance(START_NS + 3605 * NS_PER_S)

    assert after[0][0] >= START_NS + 3600 * NS_PER_S
    trades = data_of(before + after, "BTCUSDT", "trade")
    assert trades[-1]["t"] - trades[0]["t"] == len(trades) - 1


def test_time_that_goes_back_tells_nothing() -> None:
    """A clock that was set back by less than a pause is waited for."""
    steady = exchange()
    steady.advance(START_NS + NS_PER_S)

    assert steady.advance(START_NS) == []
    assert steady.advance(START_NS + NS_PER_S + STEP_NS - 1) == []


def test_some_instruments_alone_need_no_others() -> None:
    """ETHBTC without the two that it follows wanders by itself."""
    ethbtc = SIMULATED_INSTRUMENTS[SYMBOLS.index("ETHBTC")]

    alone = SimulatedExchange(random.Random(1), start_ns=START_NS, instruments=(ethbtc,))

    assert data_of(alone.advance(START_NS + 10 * NS_PER_S), "ETHBTC", "bookTicker")
