"""The venue on paper on a running gateway: orders meet the live book of the market's process, which may die."""

import itertools
import os
import signal
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest_twisted
from twisted.internet import reactor
from twisted.internet.task import deferLater

from tests.support.node import RunningNode, replaying
from tests.support.people import Outcome, Person, join_as

ON_PAPER = {"EXECUTION": "paper"}
BOOK = "tapecast.book.binance.BTCUSDT"
PAUSE_S = 0.1
ATTEMPTS = 600
"""As many as a container may need that ended and starts again, with a pause behind each."""


class Buyer:
    """Buys a little at any price, again and again."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.outcomes: list[Outcome] = []
        self._names = (f"o{number}" for number in itertools.count(1))

    async def buy(self) -> Outcome:
        """Buy a little."""
        order = {"client_order_id": next(self._names), "instrument": "BTC/USDT", "quantity": "0.001"}
        outcome = await self.person.ask("orders.place", side="buy", type="market", **order)
        self.outcomes.append(outcome)
        return outcome

    async def buy_until(self, is_enough: Callable[[Outcome], bool]) -> Outcome:
        """Buy until that has come of it, and say what came of it."""
        for _ in range(ATTEMPTS):
            outcome = await self.buy()
            if is_enough(outcome):
                return outcome
            await deferLater(reactor, PAUSE_S)
        raise AssertionError(f"it never came: {self.outcomes[-3:]}")


def is_filled(outcome: Outcome) -> bool:
    """Whether an order was executed."""
    return outcome.code == "ok" and outcome.answer["status"] == "filled"


@pytest_twisted.ensureDeferred
async def test_while_the_market_is_dead_nothing_is_bought_at_old_prices_and_then_all_comes_back() -> None:
    """SIGKILL of `market`: orders are refused as their prices are stale, or find no book, until it is there again."""
    with RunningNode(ON_PAPER) as node:
        buyer = Buyer(await join_as(node, "alice"))
        await buyer.buy_until(is_filled)

        os.kill(node.workers()["market"], signal.SIGKILL)
        refused = await buyer.buy_until(lambda outcome: outcome.code == "risk_limit_exceeded")
        await buyer.buy_until(is_filled)

        assert refused.said["details"]["limit"] == "mark_age_s"
        others = [one for one in buyer.outcomes if not is_filled(one) and one.code == "ok"]
        assert all(one.answer["reason"] == "no_liquidity" for one in others)
        await buyer.person.leave()


@pytest_twisted.ensureDeferred
async def test_orders_are_executed_at_the_prices_of_a_recorded_market() -> None:
    """Each at an ask that the book has told, at the speed at which the market was recorded."""
    with RunningNode({**ON_PAPER, **replaying(speed="1")}) as node:
        buyer = Buyer(await join_as(node, "alice"))
        await buyer.buy_until(is_filled)
        await buyer.person.follow(BOOK)
        snapshot: dict[str, Any] = await buyer.person.get("stream.get", topic=BOOK)
        told = {Decimal(price) for price, _ in snapshot["payload"]["asks"]}

        outcomes = []
        for _ in range(20):
            outcomes.append(await buyer.buy())
            await deferLater(reactor, PAUSE_S)

        for _, _, event in buyer.person.events:
            told |= {Decimal(price) for price, _ in event["payload"]["asks"]}
        assert all(is_filled(one) for one in outcomes)
        fills = (await buyer.person.get("account.list_fills", limit=20))["fills"]
        assert {Decimal(one["price"]) for one in fills} <= told
        await buyer.person.leave()
