"""
A program that uses the Python client on asyncio, for a process of its own: Autobahn allows one event loop a process.

It is given the gateway's URL and a token for a trader, and prints what came of each thing that it tried, as JSON.
"""

import asyncio
import json
import sys
from typing import Any

from tapecast_client.errors import CallRefused, ConnectionLost, NotConnected
from tapecast_client.events import Event
from tapecast_client.link import Phase
from tapecast_client.on_asyncio import Client, Publisher

PATIENCE_S = 30.0
ENOUGH = 5


class Trial:
    """A client, and what it was told."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.events: list[Event] = []
        self.losses: list[object] = []
        self.roles: list[str | None] = []
        self.news = asyncio.Event()
        client.on_connection_change(self.change)

    def change(self, change: Any) -> None:
        """Note the role of each session."""
        if change.phase is Phase.LIVE:
            self.roles.append(change.role)
            self.news.set()

    def keep(self, event: Event) -> None:
        """Note an event."""
        self.events.append(event)
        self.news.set()

    async def until(self, is_enough: Any) -> None:
        """Wait for what is to come."""
        while not is_enough():
            await asyncio.wait_for(self.news.wait(), PATIENCE_S)
            self.news.clear()

    def cut(self) -> None:
        """Cut the connection off, as the network does."""
        attempt: Any = self.client.connection._attempt
        attempt._transport.transport.abort()


async def follow(url: str) -> dict[str, Any]:
    """Follow a topic through a cut connection."""
    async with Client(url, first_delay_s=0.01) as client:
        trial = Trial(client)
        client.subscribe("tapecast.quote.sim.BTCUSDT", trial.keep, on_loss=trial.losses.append)
        await trial.until(lambda: len(trial.events) >= ENOUGH)
        trial.cut()
        waiting = client.call("tapecast.session.ping")
        rejected = await asyncio.gather(waiting, return_exceptions=True)
        count = len(trial.events)
        await trial.until(lambda: len(trial.events) >= count + ENOUGH)
        unknown = await asyncio.gather(
            client.call("tapecast.market.get_price", instrument="NOTHING"), return_exceptions=True
        )
        role = (await client.call("tapecast.session.info"))["role"]
    late = await asyncio.gather(client.call("tapecast.session.ping"), return_exceptions=True)
    seqs = [event.seq for event in trial.events]
    return {
        "sessions": len(trial.roles),
        "in_order": seqs == sorted(set(seqs)),
        "role": role,
        "losses": len(trial.losses),
        "rejected": isinstance(rejected[0], ConnectionLost),
        "refused": isinstance(unknown[0], CallRefused) and unknown[0].code,
        "late": isinstance(late[0], NotConnected),
        "ended": (await client.ended()).phase,
    }


async def sign_in(url: str, token: str) -> list[Any]:
    """Sign in with what a coroutine gives, and try again where it fails."""
    answers: list[Any] = [LookupError("not yet"), token]

    async def source() -> str:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return str(answer)

    async with Client(url, token=source, first_delay_s=0.01) as client:
        trial = Trial(client)
        await trial.until(lambda: trial.roles)
    return trial.roles


async def fail() -> str:
    """Try a port where nobody listens, twice."""
    changes: asyncio.Queue[Any] = asyncio.Queue()
    client = Client("ws://127.0.0.1:1", first_delay_s=0.01)
    client.on_connection_change(changes.put_nowait)
    client.start()
    seen = [await asyncio.wait_for(changes.get(), PATIENCE_S) for _ in range(4)]
    await client.stop()
    return type(seen[-1].error).__name__


async def hand_in(url: str, token: str) -> list[Any]:
    """Hand in a price and a balance as somebody who may not."""
    refused: list[Any] = []
    async with Publisher(url, venue="acme", token=lambda: token, on_refused=refused.append) as publisher:
        publisher.price("GOLD", "1")
        publisher.wallet("ann", "USDT", total="1")
    publisher = Publisher(url, token=lambda: token)
    publisher.start()
    await publisher.stop()
    return [refusal.error.code for refusal in refused]


async def main(url: str, token: str) -> None:
    """Try everything."""
    outcome = {
        "follow": await follow(url),
        "sign_in": await sign_in(url, token),
        "fail": await fail(),
        "hand_in": await hand_in(url, token),
    }
    sys.stdout.write(json.dumps(outcome))


asyncio.run(main(*sys.argv[1:]))
