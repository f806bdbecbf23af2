"""The contract's topics as data."""

import pytest

from components.contract.procedures import INTERNAL_PROCEDURES, PROCEDURE_BY_URI, PROCEDURES
from components.contract.topics import (
    LONGEST_TOPIC_CHARS,
    TOPIC_FAMILIES,
    Delivery,
    Owner,
    component_fits,
    family_of,
    owners_below,
)


@pytest.mark.parametrize(
    ("topic", "name"),
    [
        ("tapecast.price.BTCUSDT", "price"),
        ("tapecast.quote.binance.BTCUSDT", "quote"),
        ("tapecast.trades.sim.US0378331005", "trades"),
        ("tapecast.candles.binance.1m.BTCUSDT", "candles"),
        ("tapecast.user.google-oauth2_7c1".replace("-", "_2d") + ".orders", "user.orders"),
        ("tapecast.risk.alerts", "risk.alerts"),
        ("tapecast.system.heartbeat", "system.heartbeat"),
    ],
)
def test_a_topic_belongs_to_its_family(topic: str, name: str) -> None:
    """A topic that the contract has is found by its words."""
    family = family_of(topic)

    assert family is not None
    assert family.name == name


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "tapecast",
        "tapecast.",
        "tapecast.price",
        "tapecast.price.",
        "tapecast.price.BTC/USDT",
        "tapecast.price.BTC USDT",
        "tapecast.price." + "x" * 33,
        "tapecast.price.BTCUSDT.more",
        "tapecast.quote.Binance.BTCUSDT",
        "tapecast.quote..BTCUSDT",
        "tapecast.candles.binance.7m.BTCUSDT",
        "tapecast.user.a-b.orders",
        "tapecast.user.u1.secrets",
        "tapecast.price.BTCUSDT\n",
        "other.price.BTCUSDT",
        "wamp.session.on_join",
        "tapecast.price." + "x" * LONGEST_TOPIC_CHARS,
    ],
)
def test_what_the_contract_does_not_have_is_no_topic(topic: str) -> None:
    """Wrong words, shapes and characters belong to no family."""
    assert family_of(topic) is None


def test_a_literal_component_fits_only_itself() -> None:
    """Words of a pattern are compared, variables are matched."""
    assert component_fits("price", "price")
    assert not component_fits("price", "quote")
    assert component_fits("{venue}", "binance")
    assert not component_fits("{venue}", "")


def test_every_family_finds_itself() -> None:
    """Each pattern, with its variables filled in, leads back to its own family."""
    example = {
        "{instrument}": "BTCUSDT",
        "{venue}": "binance",
        "{interval}": "1m",
        "{timeframe}": "1h",
        "{auction_id}": "a-1",
        "{user_id}": "u_401",
    }
    for family in TOPIC_FAMILIES:
        topic = ".".join(example.get(word, word) for word in family.components)
        assert family_of(topic) is family


def test_no_topic_of_the_contract_is_longer_than_what_is_looked_up() -> None:
    """The longest user's topic is found."""
    longest = f"tapecast.user.{'_2d' * 384}.portfolio"

    assert len(longest) < LONGEST_TOPIC_CHARS
    assert family_of(longest) is not None


def test_market_topics_are_delivered_as_the_contract_says() -> None:
    """Quotes, tickers and prices are conflated, trades and books gapped, and the market owns them."""
    families = {family.name: family for family in TOPIC_FAMILIES}

    assert {name: families[name].delivery for name in ("price", "quote", "ticker", "trades", "book", "status")} == {
        "price": Delivery.CONFLATED,
        "quote": Delivery.CONFLATED,
        "ticker": Delivery.CONFLATED,
        "trades": Delivery.GAPPED,
        "book": Delivery.GAPPED,
        "status": Delivery.LOSSLESS,
    }
    assert families["price"].owner is Owner.MARKET


def test_procedures_are_found_by_their_uri() -> None:
    """Each procedure is listed once, and none of the internal ones is public."""
    assert len(PROCEDURE_BY_URI) == len(PROCEDURES)
    assert PROCEDURE_BY_URI["tapecast.market.get_trades"].arguments == ("venue", "instrument", "limit")
    assert not set(INTERNAL_PROCEDURES) & set(PROCEDURE_BY_URI)


@pytest.mark.parametrize(
    ("prefix", "owners"),
    [
        ("", set(Owner)),
        ("tapecast", set(Owner)),
        ("tapecast.", set(Owner)),
        ("tapecast.price", {Owner.MARKET}),
        ("tapecast.price.BTCUSDT", {Owner.MARKET}),
        ("tapecast.price.BTCUSDT.", {Owner.MARKET}),
        ("tapecast.user.alice", {Owner.TRADING}),
        ("tapecast.system", {Owner.ROUTER}),
        ("tapecast.sys", set()),
        ("tapecast.price.BTC/USDT", set()),
        ("tapecast.price.BTCUSDT.more", set()),
        ("wamp", set()),
        (".", set()),
    ],
)
def test_a_prefix_tells_whose_topics_are_below_it(prefix: str, owners: set[Owner]) -> None:
    """Only who can have topics below a prefix needs to be asked for them."""
    assert owners_below(prefix) == owners


def test_only_books_are_merged() -> None:
    """Events that wait become one only where levels take each other's place, and too many of them are a gap."""
    merged = [family for family in TOPIC_FAMILIES if family.is_merged]

    assert [family.name for family in merged] == ["book"]
    assert {family.delivery for family in merged} == {Delivery.GAPPED}
