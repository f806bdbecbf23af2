"""A running gateway with people of every role, and an account of ann's with something of everything."""

import json
from typing import Any

import attrs
from twisted.internet import reactor
from twisted.internet.task import deferLater

from tests.support.node import RunningNode
from tests.support.people import Person, join_as

NAMES = ("public", "bob", "desk", "house", "platform", "operator")
LIMIT = "instrument=BTCUSDT side=buy type=limit quantity=0.001 price=80000"
ALERT = {
    "user_id": "ann",
    "sequence": 1,
    "dedup_key": "a",
    "alert_type": "a",
    "severity": "warning",
    "message": "a",
}
ADJUSTMENT = "adjustment_id=a-1 reason=a"
NEVER = "0" * 24
"""An id that nothing has."""

PLAIN = {"events", "limits", "after_ms", "seq"}
"""Arguments that are no text."""

STILL = ("orders", "fills", "positions", "wallet", "session", "bots")
"""Topics of an account that holds no position, on which nothing happens by itself."""

PATIENCE_S = 90.0
POLL_S = 0.05


@attrs.define
class World:
    """
    A gateway with everybody connected, and an account of ann's with something of everything.

    Attributes:
        people: By name.
        known: What the tables' words in braces stand for.
    """

    node: RunningNode
    people: dict[str, Person] = attrs.field(factory=dict)
    known: dict[str, str] = attrs.field(factory=dict)

    async def begin(self) -> None:
        """Let everybody join, and ann trade; a platform tells her an alert."""
        for name in (*NAMES, "ann"):
            self.people[name] = await join_as(self.node, name)
        ann = self.people["ann"]
        for side in ("buy", "sell"):
            order = f"client_order_id=hers-{side} instrument=BTCUSDT side={side} type=market quantity=0.001"
            assert (await ann.get("orders.place", **self.arguments(order)))["status"] == "filled"
        placed = await ann.get("orders.place", **self.arguments(f"client_order_id=hers-1 {LIMIT}"))
        await self.people["platform"].get("intake.alert", events=[ALERT])
        (alert,) = (await ann.get("risk.list_alerts"))["alerts"]
        state = await ann.get("stream.get", topic="tapecast.user.ann.orders")
        self.known = {
            "limit": LIMIT,
            "id": ADJUSTMENT,
            "limits": '{"open_orders":"100"}',
            "order_id": placed["order_id"],
            "alert_id": alert["alert_id"],
            "never": NEVER,
            "place": f"epoch={state['epoch']} seq={state['seq']}",
        }

    async def end(self) -> None:
        """Let everybody leave."""
        for person in self.people.values():
            await person.leave()

    def arguments(self, text: str) -> dict[str, Any]:
        """The arguments that a table writes as `name=value`."""
        for name, value in self.known.items():
            text = text.replace(f"{{{name}}}", value)
        pairs = (word.split("=", 1) for word in text.split())
        return {name: json.loads(value) if name in PLAIN else value for name, value in pairs}

    async def account(self, name: str) -> dict[str, Any]:
        """All that is of an account and does not move with prices."""
        person = self.people[name]
        states = {one: await person.get("stream.get", topic=f"tapecast.user.{name}.{one}") for one in STILL}
        places = {one: (state["epoch"], state["seq"]) for one, state in states.items()}
        return {**places, "open": states["orders"]["payload"], "balances": await person.get("account.get_wallet")}


def rows_of(table: str) -> tuple[list[str], list[list[str]]]:
    """The head and the rows of a table; the last column may have several words."""
    head, *rows = [line for line in table.splitlines() if line]
    columns = head.split()
    return columns, [line.split(maxsplit=len(columns) - 1) for line in rows]


async def until_arrived(person: Person, *names: str) -> None:
    """Wait until a follower of all of an own account's topics has had the newest event of these."""
    for name in names:
        topic = f"tapecast.user.{person.name}.{name}"
        state = await person.get("stream.get", topic=topic)
        for _ in range(int(PATIENCE_S / POLL_S)):
            if any((one, event["seq"]) == (topic, state["seq"]) for _, one, event in person.events):
                break
            await deferLater(reactor, POLL_S)
        else:
            raise AssertionError(f"{topic} {state['seq']} does not come")
