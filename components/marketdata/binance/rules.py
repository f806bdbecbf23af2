"""Binance's exchange information, read into the rules of instruments."""

import json
from urllib.parse import urlencode

import msgspec

from components.model.errors import MalformedMessage
from components.model.market import Instrument, TradingState


class _Filter(msgspec.Struct):
    filterType: str
    tickSize: str | None = None
    stepSize: str | None = None
    minNotional: str | None = None


class _Symbol(msgspec.Struct):
    symbol: str
    status: str
    baseAsset: str
    quoteAsset: str
    filters: tuple[_Filter, ...] = ()


class _ExchangeInformation(msgspec.Struct):
    symbols: tuple[_Symbol, ...]


_decode = msgspec.json.Decoder(_ExchangeInformation).decode


UNKNOWN_SYMBOL_CODES = (-1121, -1100)
"""The venue's codes for a symbol that it does not have, and for one with a character that none has."""

MAX_SYMBOLS_PER_REQUEST = 200
"""Keeps a request's path below 4 KiB, which every proxy on the way takes."""


class _Refusal(msgspec.Struct):
    code: int


_decode_refusal = msgspec.json.Decoder(_Refusal).decode


def rules_path(instruments: tuple[str, ...]) -> str:
    """Path and query that ask for the rules of some instruments; an unknown one fails the whole request."""
    symbols = json.dumps([instrument.upper() for instrument in instruments], separators=(",", ":"))
    return f"/api/v3/exchangeInfo?{urlencode({'symbols': symbols})}"


def read_rules(body: bytes) -> tuple[Instrument, ...]:
    """
    The instruments that an answer to `rules_path` describes.

    Source: Binance spot API docs, rest-api.md, "Exchange information", and filters.md.

    Raises:
        MalformedMessage: The answer is not of the documented form.
    """
    try:
        information = _decode(body)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise MalformedMessage(f"the exchange information cannot be read: {error}") from None
    return tuple(_instrument(symbol) for symbol in information.symbols)


def is_unknown_symbol(body: bytes) -> bool:
    """
    Whether a refusal means that one of the symbols asked for does not exist; the venue does not say which.

    Source: Binance spot API docs, errors.md.
    """
    try:
        return _decode_refusal(body).code in UNKNOWN_SYMBOL_CODES
    except (msgspec.MsgspecError, UnicodeError):
        return False


def _instrument(symbol: _Symbol) -> Instrument:
    filters = {one.filterType: one for one in symbol.filters}
    none = _Filter(filterType="")
    notional = filters.get("NOTIONAL") or filters.get("MIN_NOTIONAL", none)
    return Instrument(
        instrument_id=symbol.symbol,
        base=symbol.baseAsset,
        quote=symbol.quoteAsset,
        tick_size=_short(filters.get("PRICE_FILTER", none).tickSize),
        lot_size=_short(filters.get("LOT_SIZE", none).stepSize),
        min_notional=_short(notional.minNotional),
        state=TradingState.TRADING if symbol.status == "TRADING" else TradingState.HALTED,
        aliases=(f"{symbol.baseAsset}/{symbol.quoteAsset}",),
    )


def _short(number: str | None) -> str | None:
    """A rule as it is told; one of zero is none, says filters.md."""
    short = number.rstrip("0").rstrip(".") if number is not None and "." in number else number
    return None if short == "0" else short
