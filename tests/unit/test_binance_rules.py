"""Binance's exchange information as rules of instruments."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from components.marketdata.binance.rules import is_unknown_symbol, read_rules, rules_path
from components.model.errors import MalformedMessage
from components.model.market import Instrument, TradingState


def information(**fields: object) -> bytes:
    """An answer about one instrument, with some of its fields replaced."""
    symbol = {"symbol": "ETHBTC", "status": "TRADING", "baseAsset": "ETH", "quoteAsset": "BTC", "filters": []}
    return json.dumps({"rateLimits": [], "symbols": [{**symbol, **fields}]}).encode()


def test_the_query_names_the_instruments_in_upper_case() -> None:
    """The venue wants a JSON list of symbols without blanks."""
    parts = urlsplit(rules_path(("btcusdt", "ETHBTC")))

    assert parts.path == "/api/v3/exchangeInfo"
    assert parse_qs(parts.query) == {"symbols": ['["BTCUSDT","ETHBTC"]']}


@pytest.mark.parametrize("notional", ["NOTIONAL", "MIN_NOTIONAL"])
def test_steps_and_smallest_order_come_from_the_filters(notional: str) -> None:
    """Both forms of the notional filter count, and zeros at the end are dropped."""
    filters = [
        {"filterType": "PRICE_FILTER", "tickSize": "0.00001000"},
        {"filterType": "LOT_SIZE", "stepSize": "1.00000000"},
        {"filterType": notional, "minNotional": "10"},
        {"filterType": "ICEBERG_PARTS", "limit": 10},
    ]

    assert read_rules(information(filters=filters)) == (
        Instrument(
            instrument_id="ETHBTC",
            base="ETH",
            quote="BTC",
            tick_size="0.00001",
            lot_size="1",
            min_notional="10",
            aliases=("ETH/BTC",),
        ),
    )


def test_rules_that_the_venue_does_not_tell_stay_open() -> None:
    """Without filters the steps are unknown, not zero."""
    (instrument,) = read_rules(information())

    assert (instrument.tick_size, instrument.lot_size, instrument.min_notional) == (None, None, None)


def test_a_rule_of_zero_is_none() -> None:
    """A filter whose step is zero is switched off: no price is off the tick, or a multiple of it."""
    filters = [
        {"filterType": "PRICE_FILTER", "tickSize": "0.00000000"},
        {"filterType": "LOT_SIZE", "stepSize": "0"},
        {"filterType": "NOTIONAL", "minNotional": "0.00"},
    ]

    (instrument,) = read_rules(information(filters=filters))

    assert (instrument.tick_size, instrument.lot_size, instrument.min_notional) == (None, None, None)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("TRADING", TradingState.TRADING),
        ("HALT", TradingState.HALTED),
        ("BREAK", TradingState.HALTED),
        ("CANCEL_ONLY", TradingState.HALTED),
    ],
)
def test_whatever_is_not_trading_is_halted(status: str, expected: TradingState) -> None:
    """States that the venue may add later are halts too."""
    (instrument,) = read_rules(information(status=status))

    assert instrument.state is expected


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b'{"symbols":[{}]}', b'{"symbols":"\xff"}', b"[]"])
def test_an_answer_of_another_form_is_the_venues_fault(body: bytes) -> None:
    """Nothing is guessed from what is not of the documented form."""
    with pytest.raises(MalformedMessage, match="exchange information"):
        read_rules(body)


@pytest.mark.parametrize(
    ("body", "is_unknown"),
    [
        (b'{"code":-1121,"msg":"Invalid symbol."}', True),
        (b'{"code":-1100,"msg":"Illegal characters found in parameter"}', True),
        (b'{"code":-1003,"msg":"Too much request weight used"}', False),
        (b"<html>", False),
        (b'{"code":"\xff"}', False),
    ],
)
def test_an_unknown_symbol_is_told_from_other_refusals(body: bytes, *, is_unknown: bool) -> None:
    """Only the venue's own codes for it count; anything else may be different the next time."""
    assert is_unknown_symbol(body) is is_unknown
