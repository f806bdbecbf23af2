"""CoinGecko's answers in, reference prices out."""

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.marketdata.coingecko.assets import ASSET_IDS, CoinBasket
from components.marketdata.coingecko.decoder import (
    CoinGeckoDecoder,
    markets_path,
    peek,
    read_coin_ids,
    retry_after_s,
)
from components.model.errors import MalformedMessage
from components.model.market import Instrument, ReferencePrice
from tests.support.coingecko_server import coin_text, markets_text

UPDATED_NS = 1_795_165_200_123_000_000
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def decode(data: bytes, base: str = "BTC", quote: str = "USDT") -> tuple[ReferencePrice, ...]:
    """What an answer says of one instrument."""
    basket = CoinBasket(ASSET_IDS)
    basket.follow([Instrument(instrument_id=f"{base}{quote}", base=base, quote=quote)])
    return CoinGeckoDecoder("coingecko", basket).decode(data, received_ns=7)


def test_a_price_in_tether_is_converted() -> None:
    """Price, change, high and low are by tether's own price; the volume is in bitcoin; the time is CoinGecko's."""
    (price,) = decode(markets_text(coin_text("bitcoin"), coin_text("tether")))

    assert price == ReferencePrice(
        venue="coingecko",
        instrument_id="BTCUSDT",
        ts_event=UPDATED_NS,
        ts_init=7,
        price="66005.6089744",
        change="-1937.13108122",
        change_percent="-2.85113",
        volume="773290.300455",
        high_24h="67966.7467949",
        low_24h="65405.6490385",
    )


def test_a_price_in_dollars_is_as_it_was_told() -> None:
    """Nothing is converted, and the statistics are CoinGecko's own."""
    (price,) = decode(markets_text(coin_text("bitcoin")), quote="USD")

    assert (price.price, price.high_24h, price.change) == ("65900", "67858", "-1934.03167149")


def test_a_price_in_another_coin_has_no_statistics() -> None:
    """What bitcoin was worth in ether a day ago is not known."""
    (price,) = decode(markets_text(coin_text("ethereum"), coin_text("bitcoin")), base="ETH", quote="BTC")

    assert price.price == "0.0378998482549"
    assert (price.change, price.volume, price.high_24h) == (None, None, None)


def test_small_and_long_numbers_are_decimals() -> None:
    """No digit is made up by a float, and no exponent is written."""
    (price,) = decode(markets_text(coin_text("bitcoin", price="1.23456789012e-07")), quote="USD")

    assert price.price == "0.000000123456789012"


def test_a_price_is_as_old_as_the_older_of_its_coins() -> None:
    """A tether that was not updated for a minute makes an old price."""
    (price,) = decode(
        markets_text(coin_text("bitcoin"), coin_text("tether", updated="2026-11-20T08:59:00.123Z")),
    )

    assert price.ts_event == UPDATED_NS - 60_000_000_000


@pytest.mark.parametrize("updated", ['"2026-11-20T09:00:00.123"', '"2026-11-20T10:00:00.123+01:00"'])
def test_a_time_is_in_utc(updated: str) -> None:
    """With an offset or without a word."""
    row = coin_text("bitcoin").replace('"2026-11-20T09:00:00.123Z"', updated)
    (price,) = decode(markets_text(row), quote="USD")

    assert price.ts_event == UPDATED_NS


def test_what_is_null_is_not_told() -> None:
    """Everything but the id may be missing."""
    bare = '{"id":"bitcoin","current_price":65900,"total_volume":null,"last_updated":null,"price_change_24h":null}'
    (price,) = decode(markets_text(bare), quote="USD")

    assert price == ReferencePrice(venue="coingecko", instrument_id="BTCUSD", ts_event=None, ts_init=7, price="65900")


@pytest.mark.parametrize(
    "rows",
    [
        (),
        (coin_text("bitcoin"),),
        (coin_text("tether"),),
        (coin_text("bitcoin", price="null"), coin_text("tether")),
        (coin_text("bitcoin", price="0"), coin_text("tether")),
        (coin_text("bitcoin"), coin_text("tether", price="-1")),
    ],
)
def test_without_both_prices_there_is_none(rows: tuple[str, ...]) -> None:
    """An id that CoinGecko does not know is absent, a price may be null or nonsense."""
    assert decode(markets_text(*rows)) == ()


@pytest.mark.parametrize("data", [b"", b"{}", b"[1]", b'[{"id":1}]', b"<html>", b"\xff", b"[" * 5000])
def test_what_is_no_list_of_coins_cannot_be_read(data: bytes) -> None:
    """Neither prices nor the list."""
    with pytest.raises(MalformedMessage):
        decode(data)
    with pytest.raises(MalformedMessage):
        read_coin_ids(data)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """Nothing else is raised."""
    with contextlib.suppress(MalformedMessage):
        decode(data)


def test_the_list_of_coins_is_read() -> None:
    """Only the ids count; a list without any would retire all coins, and is refused."""
    assert read_coin_ids(b'[{"id":"bitcoin","symbol":"btc","name":"Bitcoin"},{"id":"tether"}]') == {"bitcoin", "tether"}
    with pytest.raises(MalformedMessage):
        read_coin_ids(b"[]")


def test_prices_are_asked_for_in_dollars_with_all_digits() -> None:
    """The ids are one argument."""
    assert markets_path(["bitcoin", "avalanche-2"]) == (
        "/coins/markets?vs_currency=usd&ids=bitcoin%2Cavalanche-2&per_page=250&precision=full"
    )


def test_a_newer_answer_may_replace_an_older_one() -> None:
    """All are of one stream."""
    assert peek(b"[]") == peek(b"[1]")


@pytest.mark.parametrize(
    ("header", "wait_s"),
    [
        (None, 0),
        ("30", 30),
        ("99999", 3600),
        ("-5", 0),
        ("soon", 0),
        ("Fri, 20 Nov 2026 09:01:00 GMT", 60),
        ("Fri, 20 Nov 2026 08:00:00 GMT", 0),
        ("Fri, 20 Nov 2026 23:00:00 -0000", 3600),
    ],
)
def test_retry_after_is_honoured(header: str | None, wait_s: float) -> None:
    """Seconds or a date, an hour at most, nonsense is nothing."""
    assert retry_after_s(header, now=NOW) == wait_s
