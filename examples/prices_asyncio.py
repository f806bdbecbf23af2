"""The same on asyncio, and a call: `prices_asyncio.py [URL]`."""

import asyncio
import sys

from tapecast_client.errors import UnknownInstrument
from tapecast_client.on_asyncio import Client


async def main(url: str) -> None:
    """Ask for a price that there is not, and show those that there are until somebody stops us."""
    async with Client(url) as client:
        live = asyncio.Event()
        client.on_connection_change(lambda change: live.set() if change.phase == "live" else None)
        await live.wait()
        try:
            await client.call("tapecast.market.get_price", instrument="NOTHING")
        except UnknownInstrument as error:
            print(error.code)
        client.subscribe_prices(["BTCUSDT"], lambda event: print(event.payload["instrument"], event.payload["price"]))
        await client.ended()


asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "ws://127.0.0.1:8080/ws"))
