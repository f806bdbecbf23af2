"""
A bot that buys for the same amount every so often: `TOKEN=... dca_bot.py --help`, with a token of role `trader`.

Each order is named after its interval, so that none is bought twice, whatever is killed or cut off in between. What is
open when the bot is lost the gateway cancels; what is open at Ctrl-C the bot cancels itself.
"""

import argparse
import asyncio
import os
import signal
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from tapecast_client.connection import ConnectionChange
from tapecast_client.errors import CallRefused, ClientError, UnknownOrder
from tapecast_client.events import Event
from tapecast_client.link import Phase
from tapecast_client.on_asyncio import Client

RETRY_S = 1.0
REPORT_S = 20.0
LOST_AFTER_MS = 30_000
ENDED = ("filled", "cancelled", "expired", "rejected", "denied")


class DcaBot:
    """Buys, follows what becomes of it, and reports."""

    def __init__(self, client: Client, plan: argparse.Namespace) -> None:
        self.client = client
        self.plan = plan
        self.bot_id = f"dca-{plan.instrument}"
        self.trouble: str | None = None
        self.open_orders: set[str] = set()
        self.fills: dict[str, Mapping[str, Any]] = {}
        self.tasks: set[asyncio.Task[Any]] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Buy until somebody stops us, then leave nothing behind."""
        user = (await self.ask("tapecast.session.info"))["user"]
        self.client.subscribe(f"tapecast.user.{user}.orders", self.see_orders)
        self.client.subscribe(f"tapecast.user.{user}.fills", self.see_fills)
        self.client.on_connection_change(self.see_connection)
        await self.arm(LOST_AFTER_MS)
        await asyncio.gather(self.buy_until(stop), self.report_until(stop))
        for client_order_id in sorted(self.open_orders):
            await self.cancel(client_order_id)
        await self.arm(0)
        await self.report("paused")

    async def ask(self, procedure: str, **arguments: Any) -> Any:
        """Call until there is an answer: every call of ours may be made twice."""
        while True:
            try:
                return await self.client.call(procedure, **arguments)
            except ClientError as error:
                is_final = isinstance(error, CallRefused) and not error.retry
                if is_final or self.client.connection.has_ended:
                    raise
                await asyncio.sleep(RETRY_S)

    async def arm(self, after_ms: int) -> None:
        """Have the gateway cancel what is open when it has lost us for so long; 0 has it not."""
        await self.ask("tapecast.session.cancel_on_disconnect", after_ms=after_ms)

    def see_connection(self, change: ConnectionChange) -> None:
        """Arm each new session: the switch is the session's own."""
        if change.phase is Phase.LIVE:
            task = asyncio.get_running_loop().create_task(self.arm(LOST_AFTER_MS))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def buy_until(self, stop: asyncio.Event) -> None:
        """Buy once in each interval, beginning with the one that is now."""
        while not stop.is_set():
            interval, passed_s = divmod(time.time(), self.plan.every)
            try:
                await self.buy(f"{self.bot_id}-{self.plan.every}-{interval:.0f}")
                self.trouble = None
            except CallRefused as error:
                self.trouble = str(error)
                print(error)
            await wait(stop, self.plan.every - passed_s)

    async def buy(self, client_order_id: str) -> None:
        """Place the order of an interval, unless it is placed already."""
        try:
            order = await self.ask("tapecast.orders.get", client_order_id=client_order_id)
        except UnknownOrder:
            order = await self.ask("tapecast.orders.place", **await self.make_order(client_order_id))
        self.note(order)
        print(client_order_id, order["status"], flush=True)

    async def make_order(self, client_order_id: str) -> dict[str, Any]:
        """What is to be bought now: for the amount, in whole lots, at the market or below it."""
        name = self.plan.instrument
        rules = {one["instrument"]: one for one in await self.ask("tapecast.market.list_instruments")}[name]
        price = Decimal((await self.ask("tapecast.market.get_price", instrument=name))["price"])
        order = {"client_order_id": client_order_id, "instrument": name, "side": "buy", "type": "market"}
        if self.plan.below:
            price = whole(price * (100 - self.plan.below) / 100, rules["tick_size"])
            order |= {"type": "limit", "price": f"{price:f}"}
        return {**order, "quantity": f"{whole(self.plan.spend / price, rules['lot_size']):f}"}

    async def cancel(self, client_order_id: str) -> None:
        """Cancel an order, unless it has ended by itself."""
        try:
            order = await self.ask("tapecast.orders.cancel", client_order_id=client_order_id)
        except CallRefused as error:
            print(error)
        else:
            print(client_order_id, order["status"], flush=True)

    def see_orders(self, event: Event) -> None:
        """Know which orders of ours are open."""
        if event.is_state:
            self.open_orders.clear()
        for order in event.payload.get("orders", []) if event.is_state else [event.payload]:
            self.note(order)

    def note(self, order: Mapping[str, Any]) -> None:
        """One order as it is now."""
        client_order_id = order["client_order_id"]
        if order["status"] in ENDED:
            self.open_orders.discard(client_order_id)
        elif client_order_id.startswith(f"{self.bot_id}-"):
            self.open_orders.add(client_order_id)

    def see_fills(self, event: Event) -> None:
        """Keep our own executions, each once."""
        for fill in event.payload.get("fills", []) if event.is_state else [event.payload]:
            if fill["client_order_id"].startswith(f"{self.bot_id}-"):
                self.fills[fill["execution_id"]] = fill

    async def report_until(self, stop: asyncio.Event) -> None:
        """Say how we are, often enough not to be stale."""
        while not stop.is_set():
            await self.report("running" if self.trouble is None else "error")
            await wait(stop, REPORT_S)

    async def report(self, status: str) -> None:
        """Say how we are, and what the executions that we know of have brought so far."""
        name = self.plan.instrument
        price = Decimal((await self.ask("tapecast.market.get_price", instrument=name))["price"])
        fills = list(self.fills.values())
        today = datetime.now(UTC).date().isoformat()
        gained = sum(Decimal(one["quantity"]) * (price - Decimal(one["price"])) for one in fills)
        figures = {
            "total_pnl": f"{gained:f}",
            "trades_today": sum(one["executed_at"].startswith(today) for one in fills),
        }
        await self.ask(
            "tapecast.bots.report", bot_id=self.bot_id, name=f"DCA {name}", status=status, performance=figures
        )


def whole(amount: Decimal, step: str | None) -> Decimal:
    """An amount in whole steps, rounded down."""
    return amount if step is None else amount // Decimal(step) * Decimal(step)


async def wait(stop: asyncio.Event, delay_s: float) -> None:
    """Wait, unless somebody stops us before."""
    try:
        await asyncio.wait_for(stop.wait(), delay_s)
    except TimeoutError:
        return


async def main(plan: argparse.Namespace, token: str) -> None:
    """Run the bot until Ctrl-C; once more ends it at once."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def end() -> None:
        stop.set()
        loop.remove_signal_handler(signal.SIGINT)

    loop.add_signal_handler(signal.SIGINT, end)
    async with Client(plan.url, token=lambda: token) as client:
        await DcaBot(client, plan).run(stop)


def read_plan() -> argparse.Namespace:
    """What to buy, as the command line says."""
    parser = argparse.ArgumentParser(description="Buy for the same amount every so often.")
    parser.add_argument("--url", default="ws://127.0.0.1:8080/ws")
    parser.add_argument("--instrument", default="BTCUSDT")
    parser.add_argument("--spend", type=Decimal, default=Decimal(100), help="how much each time, in quote currency")
    parser.add_argument("--every", type=int, default=60, help="seconds from one buy to the next")
    parser.add_argument("--below", type=Decimal, default=Decimal(0), help="percent below the price; 0 is at the market")
    return parser.parse_args()


asyncio.run(main(read_plan(), os.environ["TOKEN"]))
