"""What the probe tries of a user's account: what it tells, and an order that rests and is cancelled."""

import time
import uuid
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from scripts.probe_client import CheckFailed, Client, Envelope, Tape, find_hole

PRICE_SHARE = Decimal("0.8")
"""How far below the market an order is placed: it is not executed, and not so far away that a limit refuses it."""

FINAL = frozenset({"filled", "cancelled", "rejected", "expired"})
"""Events with which an order is over."""


async def tells_snapshot(client: Client, topic: str) -> str:
    """
    The state of one of a user's topics is told.

    Raises:
        ApplicationError: It is not.
    """
    snapshot = await client.ask("stream.get", topic=topic)
    return f"seq {snapshot['seq']}, {snapshot['delivery']}"


async def tells_wallet(client: Client) -> str:
    """
    The account has balances, which are free and locked to the last digit.

    Raises:
        ApplicationError: Nobody tells.
        CheckFailed: A balance does not add up.
    """
    wallet = (await client.ask("account.get_wallet"))["wallet"]
    for balance in wallet:
        if Decimal(balance["total"]) != Decimal(balance["free"]) + Decimal(balance["locked"]):
            raise CheckFailed(f"expected a total of free and locked, received {balance}")
    return ", ".join(f"{balance['total']} {balance['currency']}" for balance in wallet) or "nothing in it"


async def rests_and_is_cancelled(client: Client, tape: Tape) -> str:
    """
    An order below the market is accepted, cancelled, and both are told on its owner's topic.

    Args:
        client: The owner's session.
        tape: What comes on the owner's orders.

    Raises:
        ApplicationError: It is refused, or its cancel is.
        CheckFailed: What is told is something else, or not told in time.
    """
    order = {**await _order_below_the_market(client), "client_order_id": f"probe-{uuid.uuid4()}"}
    begun_s = time.monotonic()
    placed = await client.ask("orders.place", **order)
    took_s = time.monotonic() - begun_s
    await client.ask("orders.cancel", order_id=placed["order_id"])

    def told() -> list[Envelope]:
        payloads = [event["payload"] for _topic, event in tape.events]
        return [payload for payload in payloads if payload["order_id"] == placed["order_id"]]

    await tape.until(lambda _events: any(one["event"] in FINAL for one in told()), "the order's end")
    last = told()[-1]
    if last["event"] != "cancelled":
        raise CheckFailed(f"expected it to be cancelled, received {last['event']}: {last['reason']}")
    hole = find_hole(tape.events)
    if hole is not None:
        raise CheckFailed(hole)
    terms = f"{order['quantity']} {order['instrument']} at {order['price']}"
    return f"{terms} placed in {took_s * 1000:.1f} ms, cancelled, {len(told())} events with seq in steps of one"


async def _order_below_the_market(client: Client) -> Envelope:
    """The smallest order of the first instrument that can be traded, and that the account has enough for."""
    wallet = (await client.ask("account.get_wallet"))["wallet"]
    free = {balance["currency"]: Decimal(balance["free"]) for balance in wallet}
    for instrument in await client.ask("market.list_instruments"):
        if not _can_be_traded(instrument):
            continue
        name = instrument["instrument"]
        market = Decimal((await client.ask("market.get_price", instrument=name))["price"])
        price = _in_steps(market * PRICE_SHARE, instrument["tick_size"], ROUND_FLOOR)
        least = max(Decimal(instrument["lot_size"]), Decimal(instrument["min_notional"] or 0) / price)
        quantity = _in_steps(least, instrument["lot_size"], ROUND_CEILING)
        if free.get(instrument["quote"], 0) > 2 * price * quantity:
            terms = {"instrument": name, "price": f"{price:f}", "quantity": f"{quantity:f}"}
            return {**terms, "side": "buy", "type": "limit", "post_only": True}
    raise CheckFailed("the account has too little for an order of any instrument that trades")


def _can_be_traded(instrument: Envelope) -> bool:
    steps = [Decimal(instrument[name] or 0) for name in ("tick_size", "lot_size")]
    return bool(instrument["state"] == "trading" and instrument["venues"] and all(steps))


def _in_steps(amount: Decimal, step: str, rounding: str) -> Decimal:
    return (amount / Decimal(step)).to_integral_value(rounding) * Decimal(step)
