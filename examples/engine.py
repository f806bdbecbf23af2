"""
A platform's own engine that executes the gateway's orders: `TOKEN=... engine.py [URL]`, with a token of role `service`.

It lets limit orders rest, executes all others at one price, and does as it is asked with a cancel or a change.
"""

import asyncio
import os
import sys
from typing import Any

from tapecast_client.errors import ClientError
from tapecast_client.on_asyncio import Publisher

PRICE = "50000"
INTERVAL_S = 0.2
AS_IT_IS = ("instrument", "side", "type", "quantity", "price", "stop_price")


def answer(publisher: Publisher, request: dict[str, Any]) -> None:
    """Say what becomes of an order by one request."""
    user_id, order = request["user_id"], request["order"]
    told: dict[str, Any] = {
        name: order[name] for name in ("instrument", "side", "type", "quantity", "price", "stop_price")
    }
    done: dict[str, Any] = {name: order[name] for name in ("filled_quantity", "average_price")}
    told["request_id"] = request["request_id"]
    if request["request"] == "cancel":
        publisher.order(user_id, order["order_id"], **told, **done, status="cancelled")
    elif request["request"] == "amend":
        told |= {"quantity": request["quantity"], "price": request["price"]}
        publisher.order(user_id, order["order_id"], **told, **done, status="new")
    elif order["type"] == "limit":
        publisher.order(user_id, order["order_id"], **told, status="new")
    else:
        execute(publisher, user_id, order, told)


def execute(publisher: Publisher, user_id: str, order: dict[str, Any], told: dict[str, Any]) -> None:
    """Execute all of an order at once: the execution first, then the order as it is after it."""
    publisher.fill(
        user_id,
        f"{order['order_id']}-1",
        order_id=order["order_id"],
        client_order_id=order["client_order_id"],
        instrument=order["instrument"],
        side=order["side"],
        price=PRICE,
        quantity=order["quantity"],
        commission=0,
        commission_currency="USDT",
        liquidity="taker",
    )
    executed = {"filled_quantity": order["quantity"], "average_price": PRICE}
    publisher.order(user_id, order["order_id"], **told, **executed, status="filled")


async def main(url: str, token: str) -> None:
    """Ask what is to be done, and do it, until the connection has ended for good."""
    async with Publisher(url, token=lambda: token, on_refused=print) as publisher:
        while not publisher.client.connection.has_ended:
            try:
                requests = await publisher.client.call("tapecast.intake.requests", limit=100)
            except ClientError as error:
                print(error, file=sys.stderr)
                requests = []
            for request in requests:
                print(request["request"], request["order"]["client_order_id"])
                answer(publisher, request)
            await publisher.drained()
            await asyncio.sleep(INTERVAL_S)


asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "ws://127.0.0.1:8080/ws", os.environ["TOKEN"]))
