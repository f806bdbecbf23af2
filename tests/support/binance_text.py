"""Messages as Binance writes them, by hand."""

import json


def combined(stream: str, data: object) -> bytes:
    """A message in the wrapper of a combined stream."""
    return json.dumps({"stream": stream, "data": data}, separators=(",", ":")).encode()


def raw(data: object) -> bytes:
    """A message as a raw stream has it."""
    return json.dumps(data, separators=(",", ":")).encode()


def trade_fields(trade_id: int, **changes: object) -> dict[str, object]:
    """The fields of a trade."""
    return {
        "e": "trade",
        "E": 1723161255343,
        "s": "BTCUSDT",
        "t": trade_id,
        "p": "61837.63000000",
        "q": "0.02000000",
        "T": 1723161255342,
        "m": True,
        "M": True,
        **changes,
    }


def quote_fields(update_id: int, **changes: object) -> dict[str, object]:
    """The fields of a best bid and ask."""
    return {
        "u": update_id,
        "s": "BTCUSDT",
        "b": "61837.63000000",
        "B": "3.78826000",
        "a": "61837.64000000",
        "A": "1.54698000",
        **changes,
    }


def ticker_fields(**changes: object) -> dict[str, object]:
    """The fields of the 24 h statistics."""
    return {
        "e": "24hrTicker",
        "E": 1592593727005,
        "s": "BTCUSDT",
        "p": "-65.00000000",
        "P": "-0.693",
        "c": "9318.48000000",
        "o": "9383.48000000",
        "h": "9438.30000000",
        "l": "9215.79000000",
        "v": "48745.36667100",
        "q": "455442476.18534620",
        "n": 550340,
        **changes,
    }


def mini_ticker_fields(symbol: str, **changes: object) -> dict[str, object]:
    """The fields of the short 24 h statistics."""
    return {
        "e": "24hrMiniTicker",
        "E": 1592594715455,
        "s": symbol,
        "c": "0.02456700",
        "o": "0.02459800",
        "h": "0.02470900",
        "l": "0.02438100",
        "v": "163116.18600000",
        "q": "4006.04936991",
        **changes,
    }


def kline_fields(**changes: object) -> dict[str, object]:
    """The fields of a bar; the changes are to the bar itself."""
    bar = {
        "t": 1601630220000,
        "T": 1601630279999,
        "s": "BTCUSDT",
        "i": "1m",
        "o": "10437.32000000",
        "c": "10441.80000000",
        "h": "10441.90000000",
        "l": "10437.31000000",
        "v": "20.63957400",
        "n": 183,
        "x": False,
    }
    return {"e": "kline", "E": 1601630228469, "s": "BTCUSDT", "k": {**bar, **changes}}


def depth_fields(symbol: str = "BTCUSDT", **changes: object) -> dict[str, object]:
    """The fields of a change of the book."""
    return {
        "e": "depthUpdate",
        "E": 1723161255208,
        "s": symbol,
        "U": 11,
        "u": 13,
        "b": [["61737.63000000", "0.00000000"]],
        "a": [["61837.64000000", "1.54698000"]],
        **changes,
    }


def trade(trade_id: int, **changes: object) -> bytes:
    """A trade of BTCUSDT on a combined stream, or of the symbol `s`."""
    symbol = str(changes.get("s", "BTCUSDT")).lower()
    return combined(f"{symbol}@trade", trade_fields(trade_id, **changes))


def quote(update_id: int, **changes: object) -> bytes:
    """A best bid and ask of BTCUSDT on a combined stream, or of the symbol `s`."""
    symbol = str(changes.get("s", "BTCUSDT")).lower()
    return combined(f"{symbol}@bookTicker", quote_fields(update_id, **changes))


def ticker(**changes: object) -> bytes:
    """24 h statistics of BTCUSDT on a combined stream."""
    return combined("btcusdt@ticker", ticker_fields(**changes))
