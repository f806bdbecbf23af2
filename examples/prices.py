"""Prices as they change, over all that may happen to the connection."""

import sys

from tapecast_client.on_twisted import Client
from twisted.internet import reactor

URL = sys.argv[1] if len(sys.argv) > 1 else "ws://127.0.0.1:8080/ws"

client = Client(reactor, URL)
client.on_connection_change(lambda change: print(change.phase, change.reason or ""))
client.subscribe_prices(
    ["BTCUSDT", "ETHUSDT"],
    lambda event: print(event.payload["instrument"], event.payload["price"], event.meta.get("quality")),
)
client.start()
reactor.run()
