"""A trader who places, changes and cancels orders at random, whatever becomes of the process that answers."""

import random
from collections.abc import Mapping
from typing import Any

import attrs
from tapecast_client.connection import ConnectionChange
from tapecast_client.errors import CallRefused, Unavailable
from tapecast_client.events import Event
from tapecast_client.on_twisted import Client
from twisted.internet import reactor
from twisted.internet.task import deferLater

from components.contract.uris import user_component
from tests.support.stream_logs import TopicLog

Answer = Mapping[str, Any]
Terms = tuple[str, str | None]
"""An order's quantity and price."""

TOPICS = ("orders", "fills", "wallet", "positions")
OPEN = ("untriggered", "new", "partially_filled")
FINAL = ("filled", "cancelled", "expired", "rejected")

RETRY_S = 0.2
LONGEST_PAUSE_S = 0.1
PATIENCE_S = 60.0

LOTS = {"BTCUSDT": 5, "ETHUSDT": 4}
"""Decimals of an instrument's quantities."""

TICK_DECIMALS = 2
LARGEST_NOTIONAL = 2_000.0


@attrs.define
class Prices:
    """The newest price of each instrument."""

    newest: dict[str, float] = attrs.field(factory=dict)

    def receive(self, event: Event) -> None:
        """Take a price."""
        if event.payload.get("price") is not None:
            self.newest[event.payload["instrument"]] = float(event.payload["price"])


@attrs.define
class Placed:
    """
    One order as its trader knows it.

    Attributes:
        request: What was asked for.
        answer: What the gateway said of it last; None until it said anything.
        terms: What it may be now: more than one where a change was never answered.
        refusal: Why there is no such order.
    """

    request: Answer
    answer: Answer | None = None
    terms: list[Terms] = attrs.field(factory=list)
    refusal: CallRefused | None = None

    def take(self, answer: Answer) -> None:
        """Take what the gateway says of it, which cannot be less than what it said before."""
        before = self.answer
        if before is not None:
            assert answer["order_id"] == before["order_id"], (before, answer)
            assert before["status"] not in FINAL or answer == before, (before, answer)
        self.answer = answer


@attrs.define
class Trader:
    """
    One user with one connection, who makes one call after the other.

    A call that is `unavailable` is made again, word for word, until it is answered.

    Attributes:
        logs: By the last word of the topic.
        placed: By `client_order_id`, every order that was ever asked for.
        changes: Whatever became of the connection.
        unavailable: How often a call was.
        is_done: Whether it is to stop.
    """

    user_id: str
    client: Client
    prices: Prices
    chance: random.Random
    logs: dict[str, TopicLog] = attrs.field(init=False)
    placed: dict[str, Placed] = attrs.field(factory=dict)
    changes: list[ConnectionChange] = attrs.field(factory=list)
    acknowledged: int = 0
    unavailable: int = 0
    is_done: bool = False

    @logs.default
    def _make_logs(self) -> dict[str, TopicLog]:
        head = f"tapecast.user.{user_component(self.user_id)}"
        return {name: TopicLog(f"{head}.{name}") for name in TOPICS}

    def start(self) -> None:
        """Connect, and follow the account."""
        self.client.on_connection_change(self.changes.append)
        for log in self.logs.values():
            self.client.subscribe(log.topic, log.receive, on_loss=log.losses.append)
        self.client.start()

    async def trade(self) -> None:
        """Do one thing after the other until it is done."""
        steps = {
            self._rest: 25,
            self._rest_near: 20,
            self._cross: 20,
            self._buy_or_sell: 8,
            self._wait_for_price: 6,
            self._amend: 12,
            self._cancel: 12,
            self._cancel_all: 1,
        }
        while not self.is_done:
            (step,) = self.chance.choices(list(steps), list(steps.values()))
            await step()
            await deferLater(reactor, self.chance.uniform(0, LONGEST_PAUSE_S))

    async def ask(self, procedure: str, **arguments: Any) -> tuple[Any, int]:
        """
        What a procedure answers, and how often it was unavailable before.

        Raises:
            CallRefused: It is refused for another reason.
        """
        for failures in range(int(PATIENCE_S / RETRY_S)):
            try:
                return await self.client.call(f"tapecast.{procedure}", **arguments), failures
            except Unavailable:
                self.unavailable += 1
            await deferLater(reactor, RETRY_S)
        raise AssertionError(f"{procedure} stays unavailable")

    async def place(self, **request: Any) -> Placed:
        """Place an order, and have it acknowledged or refused."""
        name = f"{self.user_id}-{len(self.placed) + 1}"
        placed = self.placed[name] = Placed({"client_order_id": name, **request})
        try:
            answer, _ = await self.ask("orders.place", **placed.request)
        except CallRefused as refusal:
            placed.refusal = refusal
        else:
            self.acknowledged += 1
            placed.terms = [(request["quantity"], request.get("price"))]
            placed.take(answer)
        return placed

    async def _rest(self) -> None:
        """A limit order far from the market."""
        await self._place_limit(away=self.chance.uniform(0.02, 0.2))

    async def _rest_near(self) -> None:
        """A limit order that others may come to."""
        await self._place_limit(away=self.chance.uniform(0, 0.0005))

    async def _cross(self) -> None:
        """A limit order that meets what is there, and waits with the rest."""
        force = self.chance.choice(("GTC", "GTC", "IOC", "FOK"))
        await self._place_limit(away=-self.chance.uniform(0.0002, 0.002), time_in_force=force)

    async def _buy_or_sell(self) -> None:
        """A market order."""
        instrument = self._instrument()
        side = self.chance.choice(("buy", "sell"))
        await self.place(instrument=instrument, side=side, type="market", quantity=self._quantity(instrument))

    async def _wait_for_price(self) -> None:
        """A market order once the market has moved against it a little, or a lot."""
        instrument, side = self._instrument(), self.chance.choice(("buy", "sell"))
        await self.place(
            instrument=instrument,
            side=side,
            type="stop",
            quantity=self._quantity(instrument),
            stop_price=self._price(instrument, side, -self.chance.uniform(0.0001, 0.05)),
        )

    async def _place_limit(self, *, away: float, time_in_force: str = "GTC") -> None:
        instrument = self._instrument()
        side = self.chance.choice(("buy", "sell"))
        await self.place(
            instrument=instrument,
            side=side,
            type="limit",
            quantity=self._quantity(instrument),
            price=self._price(instrument, side, away),
            time_in_force=time_in_force,
        )

    async def _amend(self) -> None:
        """Give an open order another quantity, and perhaps another price."""
        placed = self._open_order()
        if placed is None or placed.request["type"] != "limit":
            return
        request = placed.request
        quantity = self._quantity(request["instrument"])
        price = self._price(request["instrument"], request["side"], self.chance.uniform(0.0001, 0.1))
        terms = quantity, price if self.chance.random() < 0.5 else placed.terms[-1][1]
        name = request["client_order_id"]
        failures = self.unavailable
        try:
            answer, _ = await self.ask("orders.amend", client_order_id=name, quantity=terms[0], price=terms[1])
        except CallRefused:
            # Made once before, and not answered, it may have been carried out.
            if self.unavailable > failures:
                placed.terms.append(terms)
            return
        self.acknowledged += 1
        placed.terms = [(answer["quantity"], answer["price"])]
        placed.take(answer)

    async def _cancel(self) -> None:
        placed = self._open_order()
        if placed is not None:
            answer, _ = await self.ask("orders.cancel", client_order_id=placed.request["client_order_id"])
            self.acknowledged += 1
            assert answer["status"] in FINAL, answer
            placed.take(answer)

    async def _cancel_all(self) -> None:
        answers, _ = await self.ask("orders.cancel_all")
        self.acknowledged += 1
        for answer in answers:
            self.placed[answer["client_order_id"]].take(answer)

    def _open_order(self) -> Placed | None:
        known = [one for one in self.placed.values() if one.answer is not None and one.answer["status"] in OPEN]
        return self.chance.choice(known[-20:]) if known else None

    def _instrument(self) -> str:
        return self.chance.choice(list(LOTS))

    def _quantity(self, instrument: str) -> str:
        quantity = self.chance.uniform(20, LARGEST_NOTIONAL) / self.prices.newest[instrument]
        return plain(quantity, LOTS[instrument])

    def _price(self, instrument: str, side: str, away: float) -> str:
        """A price on the passive side of the market by a share of it; less than 0 is on the other."""
        sign = -1 if side == "buy" else 1
        return plain(self.prices.newest[instrument] * (1 + sign * away), TICK_DECIMALS)


def plain(number: float, decimals: int) -> str:
    """A number as decimal text of so many places, without zeros at the end."""
    return f"{number:.{decimals}f}".rstrip("0").rstrip(".")
