"""Prices as they change, whatever happens to the connection: `prices.py [URL]`."""

import sys

from tapecast_client.on_twisted import Client
from twisted.internet import reactor

client = Client(reactor, sys.argv[1] if len(sys.argv) > 1 else "ws://127.0.0.1:8080/ws")
client.on_connection_change(lambda change: print(change.phase, change.reason or ""))
client.subscribe_prices(
    ["BTCUSDT", "ETHUSDT"], lambda event: print(event.payload["instrument"], event.payload["price"])
)
client.start()
reactor.run()
