"""
A platform's own market, handed in: `TOKEN=... publisher.py [URL]`, with a token of role `service`.

The gateway has the venue by `TAPECAST_FEED=intake:acme`.
"""

import asyncio
import os
import sys
from decimal import Decimal

from tapecast_client.on_asyncio import Publisher


async def main(url: str) -> None:
    """Hand in a price, a trade and a book, and wait until the gateway has them."""
    async with Publisher(url, venue="acme", token=lambda: os.environ["TOKEN"], on_refused=print) as publisher:
        publisher.price("GOLD", Decimal("2401.50"))
        publisher.trade("GOLD", trade_id=1, price="2401.50", quantity="3", side="buy")
        publisher.book_snapshot("GOLD", update_id=1, bids=[("2401.00", "5")], asks=[("2402.00", "7")])
    print("handed in")


asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "ws://127.0.0.1:8080/ws"))
