"""One run of kills with all that is checked of it."""

import random
from collections.abc import Callable
from typing import Any

import attrs

from tests.support import restarting_node
from tests.support.killed_trading import OPENING, SETTINGS, KilledTrading, Resumed, Told
from tests.support.node import RunningNode
from tests.support.stream_logs import WireLog
from tests.support.trader import FINAL, Trader
from tests.support.trading_checks import (
    Account,
    ask_account,
    check_connections,
    check_conservation,
    check_ledger,
    check_money,
    check_orders,
    check_streams,
    check_wallet_events,
    read_ledger,
)

STATE_KEYS = {"orders": ("order_id", "event"), "wallet": ("currency", "reason")}
"""By what a topic's rows are told apart, and what only its events say."""


@attrs.frozen(kw_only=True)
class Survived:
    """
    What a run came to.

    Attributes:
        acknowledged: Calls that were answered.
        unavailable: Calls that were not, and were made again.
        again: Events that came over the wire a second time.
    """

    kills: int
    orders: int
    fills: int
    acknowledged: int
    unavailable: int
    again: int
    resumed: int
    states: int


async def survive(kills: int, *, seed: int) -> Survived:
    """Kill the container so often under load, and check that nothing is lost and nothing doubled."""
    chance = random.Random(seed)
    with RunningNode(SETTINGS, command=restarting_node.COMMAND, started_in=restarting_node.PROJECT) as node:
        run = KilledTrading(node, chance)
        await run.start()
        for _ in range(kills):
            await run.kill()
        await run.is_busy(1)
        await run.stop_trading()
        accounts = {trader.user_id: await ask_account(trader, chance) for trader in run.traders}
        for trader in run.traders:
            check_connections(trader)
        await run.stop()
        node.stop()
        ledger = read_ledger(node.directory / "data")

    run.wire.check()
    for trader in run.traders:
        _check(trader, accounts[trader.user_id], run.wire)
    check_resumed(run.resumed, run.wire)
    check_states(run.states, run.wire)
    check_ledger(ledger, accounts)
    check_conservation(ledger)
    return _figures(run)


def _check(trader: Trader, account: Account, wire: WireLog) -> None:
    check_streams(trader, wire)
    check_orders(trader, account)
    check_money(trader, account, OPENING)
    check_wallet_events(trader, account)


def check_resumed(resumed: list[Resumed], wire: WireLog) -> None:
    """Whoever asked what came since a number was told all of it, as it came over the wire."""
    for one in resumed:
        assert one.answer["recovered"], one
        told = one.answer["events"]
        assert told == wire.streams[one.topic].behind(one.seq)[: len(told)]
        assert [event["seq"] for event in told] == list(range(one.seq + 1, one.seq + 1 + len(told)))


def check_states(states: list[Told], wire: WireLog) -> None:
    """Whoever asked for a state was told what all events up to its number come to."""
    for one in states:
        rows: dict[str, dict[str, Any]] = {}
        key, left_out = STATE_KEYS[one.topic.rpartition(".")[2]]
        for number, event in wire.streams[one.topic].events.items():
            if number <= one.answer["seq"]:
                row = event["payload"]
                rows[row[key]] = {name: value for name, value in row.items() if name != left_out}
        expected = [row for row in rows.values() if row.get("status") not in FINAL]
        (told,) = one.answer["payload"].values()
        assert sorted(told, key=_by_name(key)) == sorted(expected, key=_by_name(key)), one


def _by_name(key: str) -> Callable[[dict[str, Any]], str]:
    return lambda row: str(row[key])


def _figures(run: KilledTrading) -> Survived:
    return Survived(
        kills=run.kills,
        orders=sum(len(trader.placed) for trader in run.traders),
        fills=sum(len(trader.logs["fills"].events) for trader in run.traders),
        acknowledged=run.acknowledged,
        unavailable=sum(trader.unavailable for trader in run.traders),
        again=run.wire.again,
        resumed=len(run.resumed),
        states=len(run.states),
    )
