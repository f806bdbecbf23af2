"""CoinGecko on this machine: an HTTP server that answers in its form, and misbehaves when told to."""

import json
from typing import Any

from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Site

from tests.support.conditions import Conditions

COINS = {
    "bitcoin": ("btc", "65900", "50959830800", "67858", "65301", "-1934.0316714941", "-2.85113"),
    "ethereum": ("eth", "2497.6", "26680494714", "2546.39", "2423.07", "-13.372914771002797", "-0.53258"),
    "binancecoin": ("bnb", "601.5", "1200000000", "612", "598.1", "1.5", "0.25"),
    "tether": ("usdt", "0.9984", "62611356060", "1.009", "0.997159", "-0.0002", "-0.02"),
}
"""By id: symbol, price, volume, high, low, change and change in percent, as the JSON has the numbers."""

UPDATED = "2026-11-20T09:00:00.123Z"


def coin_text(coin: str, price: str | None = None, updated: str = UPDATED) -> str:
    """
    One row of `/coins/markets`, numbers as they are written.

    Source: CoinGecko API docs, `/coins/markets`, example of an answer, with numbers of our own.
    """
    symbol, usual_price, volume, high, low, change, percent = COINS[coin]
    return (
        f'{{"id":"{coin}","symbol":"{symbol}","name":"{coin.title()}","image":"https://coin-images.coingecko.com/1.png",'
        f'"current_price":{price or usual_price},"market_cap":1314895863770,"market_cap_rank":1,'
        f'"fully_diluted_valuation":null,"total_volume":{volume},"high_24h":{high},"low_24h":{low},'
        f'"price_change_24h":{change},"price_change_percentage_24h":{percent},"market_cap_change_24h":-40303259016.8396,'
        '"market_cap_change_percentage_24h":-2.97397,"circulating_supply":19953446,"total_supply":19953446.0,'
        '"max_supply":null,"ath":93529,"ath_change_percentage":-29.3548,"ath_date":"2025-10-06T18:57:42.558Z",'
        '"atl":43.9,"atl_change_percentage":150401.46982,"atl_date":"2013-07-05T00:00:00.000Z",'
        '"roi":{"times":57.78779217109387,"currency":"btc","percentage":5778.779217109387},'
        f'"last_updated":"{updated}"}}'
    )


def markets_text(*rows: str) -> bytes:
    """An answer of `/coins/markets`."""
    return f"[{','.join(rows)}]".encode()


class _Endpoint(Resource):
    isLeaf = True

    def __init__(self, server: "CoinGeckoServer") -> None:
        super().__init__()
        self._server = server

    def render_GET(self, request: Any) -> bytes | int:
        """Answer one request."""
        return self._server.receive_request(request)


class CoinGeckoServer:
    """
    CoinGecko. What it does is changed by its attributes at any time.

    Attributes:
        status: What it answers with.
        headers: What goes with the answer.
        refusal: What it says where the status is no success.
        is_silent: Whether it answers nothing at all.
        listed: The coins of its list; None refuses to tell.
        requests: Paths with arguments that were asked, in order.
        keys: The headers that hold a key, of each request.
        url: Base of the API.
    """

    def __init__(self, reactor: Any) -> None:
        self.status = 200
        self.headers: dict[str, str] = {}
        self.refusal = b'{"status":{"error_code":429,"error_message":"You have exceeded the rate limit."}}'
        self.is_silent = False
        self.listed: list[str] | None = [*COINS]
        self.requests: list[str] = []
        self.keys: list[dict[str, str]] = []
        self.conditions = Conditions(reactor)
        self.when = self.conditions.when
        root, coins = Resource(), Resource()
        root.putChild(b"coins", coins)
        coins.putChild(b"markets", _Endpoint(self))
        coins.putChild(b"list", _Endpoint(self))
        self._port: Any = reactor.listenTCP(0, Site(root), interface="127.0.0.1")
        self.url = f"http://127.0.0.1:{self._port.getHost().port}"

    def receive_request(self, request: Any) -> bytes | int:
        """A client asks."""
        self.requests.append(request.uri.decode())
        names = ("x-cg-demo-api-key", "x-cg-pro-api-key")
        self.keys.append({name: request.getHeader(name) for name in names if request.getHeader(name) is not None})
        request.setHeader(b"connection", b"close")
        for name, value in self.headers.items():
            request.setHeader(name.encode(), value.encode())
        self.conditions.changed()
        if self.is_silent:
            return NOT_DONE_YET
        is_list = request.path == b"/coins/list"
        if self.status != 200 or (is_list and self.listed is None):
            request.setResponseCode(self.status if self.status != 200 else 503)
            return self.refusal
        if is_list:
            return json.dumps(
                [{"id": one, "symbol": one[:4], "name": one.title()} for one in self.listed or ()]
            ).encode()
        ids = request.args[b"ids"][0].decode().split(",")
        return markets_text(*(coin_text(one) for one in ids if one in COINS))

    async def stop(self) -> None:
        """Listen no more."""
        await self._port.stopListening()
