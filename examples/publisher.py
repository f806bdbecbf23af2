"""A platform's own market, handed in: `TOKEN=... publisher.py [URL]`, with a token of role `service`."""

import asyncio
import os
import sys
from decimal import Decimal

from tapecast_client.connection import ConnectionChange
from tapecast_client.on_asyncio import Publisher


def report(change: ConnectionChange) -> None:
    """Say why there is no connection."""
    if change.reason is not None:
        print(f"{change.phase}: {change.reason}", file=sys.stderr)


async def main(url: str, token: str) -> int:
    """Hand in a price, a trade and a book, and wait until the gateway has them or refuses them."""
    refused: list[object] = []
    async with Publisher(url, venue="acme", token=lambda: token, on_refused=refused.append) as publisher:
        publisher.client.on_connection_change(report)
        publisher.price("GOLD", Decimal("2401.50"))
        publisher.trade("GOLD", trade_id=1, price="2401.50", quantity="3", side="buy")
        publisher.book_snapshot("GOLD", update_id=1, bids=[("2401.00", "5")], asks=[("2402.00", "7")])
    print(*refused or ["handed in"], sep="\n")
    return len(refused)


sys.exit(asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "ws://127.0.0.1:8080/ws", os.environ["TOKEN"])))
