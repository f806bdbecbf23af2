"""A local order book, level by level: `order_book.py [URL [VENUE INSTRUMENT]]`."""

import sys

from tapecast_client.live_book import LiveBook
from tapecast_client.on_twisted import Client
from twisted.internet import reactor


def show(book: LiveBook) -> None:
    """Print the best prices, or that they are not known just now."""
    if book.best_bid and book.best_ask:
        print(book.seq, "{1} at {0}".format(*book.best_bid), "/", "{1} at {0}".format(*book.best_ask))
    else:
        print("no book")


url, venue, instrument = (*sys.argv[1:], *["ws://127.0.0.1:8080/ws", "sim", "BTCUSDT"][len(sys.argv) - 1 :])
client = Client(reactor, url)
client.follow_book(venue, instrument, show)
client.start()
reactor.run()
