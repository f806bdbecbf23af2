"""CoinGecko's answers in, reference prices out."""

import email.utils
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal
from urllib.parse import quote

import msgspec

from components.marketdata.coingecko.assets import CoinBasket, PricedInstrument
from components.marketdata.frames import Frame, MessageKind
from components.model.errors import MalformedMessage
from components.model.market import ReferencePrice

MAX_WAIT_S = 3600
COINS_LIST_PATH = "/coins/list"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_ZERO, _ONE = Decimal(0), Decimal(1)
_ROUNDED = Context(prec=12)
"""Twelve digits are finer than any tick, and do not pretend to know what a quotient of two averages does not."""

_BAD_JSON = (msgspec.MsgspecError, UnicodeError, RecursionError)


class _Coin(msgspec.Struct):
    id: str
    current_price: Decimal | None = None
    total_volume: Decimal | None = None
    high_24h: Decimal | None = None
    low_24h: Decimal | None = None
    price_change_24h: Decimal | None = None
    price_change_percentage_24h: Decimal | None = None
    last_updated: datetime | None = None


class _Listed(msgspec.Struct):
    id: str


_decode_coins = msgspec.json.Decoder(list[_Coin]).decode
_decode_list = msgspec.json.Decoder(list[_Listed]).decode


class CoinGeckoDecoder:
    """
    Make reference prices of `/coins/markets`.

    Sans-I/O. Numbers are decimals from text to text. A price is as old as the older of the two coins' prices that it is
    made of. Statistics of 24 h are told where the quote currency is a dollar or a stable coin, at today's rate; the
    volume is that of all venues, in units of the base asset.

    Source: CoinGecko API docs, `/coins/markets`.
    """

    def __init__(self, venue: str, basket: CoinBasket) -> None:
        self._venue = venue
        self._basket = basket

    def decode(self, data: bytes, *, received_ns: int) -> tuple[ReferencePrice, ...]:
        """
        The prices of the basket's instruments that the answer tells.

        Raises:
            MalformedMessage: It is no list of coins.
        """
        try:
            told = _decode_coins(data)
        except _BAD_JSON as error:
            raise MalformedMessage(f"CoinGecko's answer cannot be read: {error}") from None
        coins = {coin.id: coin for coin in told}
        dollars = {coin.id: coin.current_price for coin in told if coin.current_price is not None}
        prices: list[ReferencePrice] = []
        for one in self._basket.priced:
            base, rate = dollars.get(one.base_id, _ZERO), dollars.get(one.quote_id, _ZERO) if one.quote_id else _ONE
            if base > 0 and rate > 0:
                prices.append(self._price(one, coins, base / rate, rate, received_ns))
        return tuple(prices)

    def _price(
        self, priced: PricedInstrument, coins: dict[str, _Coin], price: Decimal, rate: Decimal, received_ns: int
    ) -> ReferencePrice:
        base = coins[priced.base_id]
        quotes = () if priced.quote_id is None else (coins[priced.quote_id],)
        times = [_ns(coin.last_updated) for coin in (base, *quotes) if coin.last_updated is not None]
        return ReferencePrice(
            venue=self._venue,
            instrument_id=priced.instrument_id,
            ts_event=min(times, default=None),
            ts_init=received_ns,
            price=_text(price),
            **(_statistics(base, rate) if priced.is_dollar_like else {}),
        )


def peek(_data: bytes) -> Frame:
    """Every answer is of one stream: a newer one is worth more than an older one."""
    return Frame(MessageKind.TICKER, "coingecko", "")


def markets_path(ids: Sequence[str]) -> str:
    """What `/coins/markets` is asked with: some coins in dollars, with all digits."""
    return f"/coins/markets?vs_currency=usd&ids={quote(','.join(ids))}&per_page=250&precision=full"


def read_coin_ids(data: bytes) -> frozenset[str]:
    """
    The ids of all coins, of `/coins/list`.

    Raises:
        MalformedMessage: It is no list of coins, or an empty one.
    """
    try:
        ids = frozenset(one.id for one in _decode_list(data))
    except _BAD_JSON as error:
        raise MalformedMessage(f"CoinGecko's list of coins cannot be read: {error}") from None
    if not ids:
        raise MalformedMessage("CoinGecko's list of coins is empty")
    return ids


def retry_after_s(header: str | None, *, now: datetime) -> float:
    """
    How long `Retry-After` asks to wait, in seconds, an hour at most; 0 where it asks for nothing that can be read.

    Source: RFC 9110, 10.2.3: a number of seconds, or a date.
    """
    if header is None:
        return 0.0
    if header.isascii() and header.isdigit():
        return float(min(int(header), MAX_WAIT_S))
    try:
        until = email.utils.parsedate_to_datetime(header)
    except ValueError:
        return 0.0
    until = until if until.tzinfo is not None else until.replace(tzinfo=UTC)
    return min(max((until - now).total_seconds(), 0.0), MAX_WAIT_S)


def _statistics(coin: _Coin, rate: Decimal) -> dict[str, str]:
    price = coin.current_price or _ONE
    values = {
        "change": None if coin.price_change_24h is None else coin.price_change_24h / rate,
        "change_percent": coin.price_change_percentage_24h,
        "volume": None if coin.total_volume is None else coin.total_volume / price,
        "high_24h": None if coin.high_24h is None else coin.high_24h / rate,
        "low_24h": None if coin.low_24h is None else coin.low_24h / rate,
    }
    return {name: _text(value) for name, value in values.items() if value is not None}


def _text(number: Decimal) -> str:
    return format(_ROUNDED.plus(number).normalize(), "f")


def _ns(time: datetime) -> int:
    aware = time if time.tzinfo is not None else time.replace(tzinfo=UTC)
    return (aware - _EPOCH) // _MICROSECOND * 1000
