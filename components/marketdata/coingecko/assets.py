"""Which coin of CoinGecko an asset is: reviewed by hand, as symbols are not unique there."""

from collections.abc import Collection, Iterable, Mapping

import attrs

from components.model.market import Instrument

ASSET_IDS: Mapping[str, str] = {
    "AAVE": "aave",
    "ADA": "cardano",
    "ATOM": "cosmos",
    "AVAX": "avalanche-2",
    "BCH": "bitcoin-cash",
    "BNB": "binancecoin",
    "BTC": "bitcoin",
    "DAI": "dai",
    "DOGE": "dogecoin",
    "DOT": "polkadot",
    "ETC": "ethereum-classic",
    "ETH": "ethereum",
    "LINK": "chainlink",
    "LTC": "litecoin",
    "POL": "polygon-ecosystem-token",
    "SHIB": "shiba-inu",
    "SOL": "solana",
    "TRX": "tron",
    "UNI": "uniswap",
    "USDC": "usd-coin",
    "USDT": "tether",
    "XLM": "stellar",
    "XRP": "ripple",
}
"""
The coins by asset. BNB is `binancecoin`, AVAX `avalanche-2`: nothing is guessed from a symbol, which many coins share.

Source: CoinGecko API docs, `/coins/list`; each id is compared with that list when the gateway runs.
"""

US_DOLLAR = "USD"
STABLE_COINS = frozenset({"DAI", "USDC", "USDT"})
"""Assets whose price in dollars hardly moves within a day: statistics of 24 h can be told in them at today's rate."""

MAX_IDS_PER_REQUEST = 200
"""Below the 250 rows of a page."""


@attrs.frozen
class PricedInstrument:
    """
    An instrument that can be priced by coins.

    Attributes:
        instrument_id: The instrument.
        base_id: Its base asset's coin.
        quote_id: Its quote currency's coin; None for dollars, in which coins are priced.
        is_dollar_like: Whether statistics of 24 h can be told in the quote currency.
    """

    instrument_id: str
    base_id: str
    quote_id: str | None
    is_dollar_like: bool


class CoinBasket:
    """
    The coins to ask for, and the instruments that they price.

    Sans-I/O. A coin is priced in dollars; an instrument is priced where both its assets are known: a price in USDT is
    the coin's in dollars by tether's in dollars. Where the quote currency is not known there is no price.
    """

    def __init__(self, asset_ids: Mapping[str, str]) -> None:
        """Begin without instruments."""
        self._asset_ids = dict(asset_ids)
        self.priced: tuple[PricedInstrument, ...] = ()

    def follow(self, instruments: Iterable[Instrument]) -> None:
        """Price these instruments and no others, as far as their assets are known."""
        priced = (self._priced(one) for one in instruments)
        self.priced = tuple(one for one in priced if one is not None)

    def retire(self, known_ids: Collection[str]) -> dict[str, str]:
        """
        Use coins no more that are not in CoinGecko's list.

        Returns:
            The coins by asset that were given up.
        """
        retired = {asset: coin for asset, coin in self._asset_ids.items() if coin not in known_ids}
        for asset in retired:
            del self._asset_ids[asset]
        return retired

    def requests(self) -> list[tuple[str, ...]]:
        """The coins of each request that is to be made, quote currencies in every one."""
        quotes = sorted({one.quote_id for one in self.priced if one.quote_id is not None})
        bases = sorted({one.base_id for one in self.priced} - set(quotes))
        if not self.priced:
            return []
        size = max(1, MAX_IDS_PER_REQUEST - len(quotes))
        chunks = [bases[start : start + size] for start in range(0, len(bases), size)] or [[]]
        return [(*quotes, *chunk) for chunk in chunks]

    def _priced(self, instrument: Instrument) -> PricedInstrument | None:
        if instrument.base is None or instrument.quote is None:
            return None
        base_id, quote_id = self._asset_ids.get(instrument.base), self._asset_ids.get(instrument.quote)
        if base_id is None or (quote_id is None and instrument.quote != US_DOLLAR):
            return None
        return PricedInstrument(
            instrument_id=instrument.instrument_id,
            base_id=base_id,
            quote_id=None if instrument.quote == US_DOLLAR else quote_id,
            is_dollar_like=instrument.quote == US_DOLLAR or instrument.quote in STABLE_COINS,
        )
