"""Which coins are asked for, and which instruments they price."""

import pytest

from components.marketdata.coingecko.assets import ASSET_IDS, MAX_IDS_PER_REQUEST, CoinBasket, PricedInstrument
from components.marketdata.instruments import WELL_KNOWN
from components.model.market import Instrument


def instrument(base: str | None, quote: str | None) -> Instrument:
    """One of these two."""
    return Instrument(instrument_id=f"{base}{quote}", base=base, quote=quote)


def test_every_well_known_asset_has_a_coin() -> None:
    """All that is listed without a venue can be priced without one."""
    basket = CoinBasket(ASSET_IDS)

    basket.follow(WELL_KNOWN)

    assert [one.instrument_id for one in basket.priced] == [one.instrument_id for one in WELL_KNOWN]


def test_no_two_assets_are_one_coin() -> None:
    """A coin that stands twice in the table would be a slip of the pen."""
    assert len(set(ASSET_IDS.values())) == len(ASSET_IDS)


@pytest.mark.parametrize(
    ("quote", "priced"),
    [
        ("USD", PricedInstrument("BTCUSD", "bitcoin", None, is_dollar_like=True)),
        ("USDT", PricedInstrument("BTCUSDT", "bitcoin", "tether", is_dollar_like=True)),
        ("ETH", PricedInstrument("BTCETH", "bitcoin", "ethereum", is_dollar_like=False)),
    ],
)
def test_a_price_is_converted_by_the_quote_currencys_own(quote: str, priced: PricedInstrument) -> None:
    """Coins are priced in dollars; every other quote currency is a coin itself."""
    basket = CoinBasket(ASSET_IDS)

    basket.follow([instrument("BTC", quote)])

    assert basket.priced == (priced,)


@pytest.mark.parametrize(("base", "quote"), [("BTC", "EUR"), ("NOPE", "USDT"), (None, "USDT"), ("BTC", None)])
def test_what_cannot_be_converted_is_not_priced(base: str | None, quote: str | None) -> None:
    """Without a coin for an asset there is no price, and nothing to ask for."""
    basket = CoinBasket(ASSET_IDS)

    basket.follow([instrument(base, quote)])

    assert basket.priced == ()
    assert basket.requests() == []


def test_a_request_has_each_coin_once_and_the_quote_currencies() -> None:
    """Bitcoin is a base and a quote here."""
    basket = CoinBasket(ASSET_IDS)

    basket.follow([instrument("BTC", "USDT"), instrument("ETH", "USDT"), instrument("ETH", "BTC")])

    assert basket.requests() == [("bitcoin", "tether", "ethereum")]


def test_a_quote_currency_alone_can_be_asked_for() -> None:
    """Where every base is a quote currency as well there is one request."""
    basket = CoinBasket(ASSET_IDS)

    basket.follow([instrument("BTC", "USDT"), instrument("USDT", "BTC")])

    assert basket.requests() == [("bitcoin", "tether")]


def test_many_coins_take_several_requests() -> None:
    """None has more coins than a page has rows, and each has the quote currency."""
    assets = {f"A{number}": f"a{number}" for number in range(500)}
    basket = CoinBasket({**assets, "USDT": "tether"})

    basket.follow(instrument(asset, "USDT") for asset in assets)

    requests = basket.requests()
    assert all(len(ids) <= MAX_IDS_PER_REQUEST and "tether" in ids for ids in requests)
    assert {coin for ids in requests for coin in ids} == {*assets.values(), "tether"}


def test_a_coin_that_is_not_listed_is_not_used() -> None:
    """It is named, and its instruments are not priced from then on."""
    basket = CoinBasket({"BTC": "bitcoin", "BASE": "base", "USDT": "tether"})

    retired = basket.retire({"bitcoin", "tether"})
    basket.follow([instrument("BASE", "USDT"), instrument("BTC", "USDT")])

    assert retired == {"BASE": "base"}
    assert [one.instrument_id for one in basket.priced] == ["BTCUSDT"]
