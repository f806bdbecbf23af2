"""What must be true of an account, and of the streams that told of it, after whatever has happened."""

import collections
import random
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
from tapecast_client.errors import UnknownOrder
from tapecast_client.link import Phase

from components.model.money import ZERO, exact
from components.runtime.private_cores import TRADING_JOURNAL_NAME
from components.streams.sqlite_store import SqliteFile
from components.trading.ledger.ledger import Ledger
from components.trading.payloads import balance_body, order_body
from tests.support.stream_logs import WireLog
from tests.support.trader import FINAL, Placed, Trader

Row = Mapping[str, Any]

MOST_ROWS = 1_000
"""So many finished orders and executions of an account are remembered, and told in one answer."""

MOST_ASKED = 30
"""Orders of a trader that are asked for one by one, besides the list of all."""

CURRENCIES = {"BTCUSDT": ("BTC", "USDT"), "ETHUSDT": ("ETH", "USDT")}
"""Base and quote."""


@attrs.frozen(kw_only=True)
class Account:
    """
    What the gateway says of an account when it is asked.

    Attributes:
        orders: What `orders.list` tells, by `client_order_id`.
        fills: What `account.list_fills` tells.
        wallet: What `account.get_wallet` tells, by currency.
        positions: What `account.get_positions` tells, by instrument.
    """

    orders: Mapping[str, Row]
    fills: list[Row]
    wallet: Mapping[str, Row]
    positions: Mapping[str, Row]


async def ask_account(trader: Trader, chance: random.Random) -> Account:
    """Ask about everything that a trader has; orders one by one tell the same as their list."""
    listing, _ = await trader.ask("orders.list", limit=MOST_ROWS)
    fills, _ = await trader.ask("account.list_fills", limit=MOST_ROWS)
    wallet, _ = await trader.ask("account.get_wallet")
    positions, _ = await trader.ask("account.get_positions")
    orders = listing["orders"]
    for listed in chance.sample(orders, min(MOST_ASKED, len(orders))):
        told, _ = await trader.ask("orders.get", client_order_id=listed["client_order_id"])
        assert told == listed
    for name in [name for name, placed in trader.placed.items() if placed.refusal is not None]:
        assert await is_unknown(trader, name), f"{name} was refused, and is there"
    return Account(
        orders=_by(orders, "client_order_id"),
        fills=fills["fills"],
        wallet=_by(wallet["wallet"], "currency"),
        positions=_by(positions["positions"], "instrument"),
    )


async def is_unknown(trader: Trader, client_order_id: str) -> bool:
    """Whether the gateway says that a trader has no order of that name."""
    try:
        await trader.ask("orders.get", client_order_id=client_order_id)
    except UnknownOrder:
        return True
    return False


def check_connections(trader: Trader) -> None:
    """The trader joined once, and stayed."""
    phases = [change.phase for change in trader.changes]
    assert phases == [Phase.OPENING, Phase.LIVE], trader.changes


def check_orders(trader: Trader, account: Account) -> None:
    """Every acknowledged order is there, once, with its terms; and each stream of events is one order's life."""
    lives = _lives(trader)
    ids = [(name, event["order_id"]) for name, events in lives.items() for event in events]
    assert len(set(ids)) == len(lives) == len({order_id for _, order_id in ids}), "two orders of one name"
    expected = {name for name, placed in trader.placed.items() if placed.refusal is None}
    assert set(lives) == expected, set(lives) ^ expected
    forgotten = expected - set(account.orders)
    assert not forgotten or len(account.orders) >= MOST_ROWS, forgotten
    assert set(account.orders) <= expected
    for name, events in lives.items():
        _check_life(events)
        _check_answered(trader.placed[name], events[-1])
        assert name not in account.orders or account.orders[name] == _body(events[-1])


def _lives(trader: Trader) -> dict[str, list[Row]]:
    """The events of each order, by its name."""
    lives: dict[str, list[Row]] = collections.defaultdict(list)
    for event in trader.logs["orders"].events:
        lives[event.payload["client_order_id"]].append(event.payload)
    return lives


def _body(event: Row) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name != "event"}


def _check_life(events: list[Row]) -> None:
    assert events[0]["event"] == "new", events
    assert all(event["status"] not in FINAL for event in events[:-1]), events
    filled = [Decimal(event["filled_quantity"]) for event in events]
    assert filled == sorted(filled), events


def _check_answered(placed: Placed, last: Row) -> None:
    request, answer = placed.request, placed.answer
    assert answer is not None
    assert {name: last[name] for name in ("instrument", "side", "type")} == {
        name: request[name] for name in ("instrument", "side", "type")
    }
    assert (last["quantity"], last["price"]) in placed.terms, (placed, last)
    assert last["order_id"] == answer["order_id"]
    assert Decimal(last["filled_quantity"]) >= Decimal(answer["filled_quantity"])
    assert answer["status"] not in FINAL or answer == _body(last), (answer, last)


@exact
def check_money(trader: Trader, account: Account, opening: Mapping[str, str]) -> None:
    """Fills on the stream are those of the orders and of the list, and with commissions they are the wallet's whole."""
    fills = [event.payload for event in trader.logs["fills"].events]
    names = [(fill["order_id"], fill["execution_id"]) for fill in fills]
    assert len(set(names)) == len(names), "an execution came twice"
    filled: dict[str, Decimal] = collections.defaultdict(Decimal)
    wallet = collections.defaultdict(Decimal, {name: Decimal(amount) for name, amount in opening.items()})
    held: dict[str, Decimal] = collections.defaultdict(Decimal)
    for fill in fills:
        quantity, price = Decimal(fill["quantity"]), Decimal(fill["price"])
        signed = quantity if fill["side"] == "buy" else -quantity
        base, quote = CURRENCIES[fill["instrument"]]
        filled[fill["client_order_id"]] += quantity
        held[fill["instrument"]] += signed
        wallet[base] += signed
        wallet[quote] -= signed * price
        wallet[fill["commission_currency"]] -= Decimal(fill["commission"])
    last = {event.payload["client_order_id"]: event.payload for event in trader.logs["orders"].events}
    assert {name: Decimal(one["filled_quantity"]) for name, one in last.items() if one["filled_quantity"] != "0"} == (
        filled
    )
    assert {name: Decimal(row["total"]) for name, row in account.wallet.items()} == wallet
    assert {name: Decimal(row["quantity"]) for name, row in account.positions.items()} == held
    told = [{name: value for name, value in fill.items() if name != "is_late"} for fill in reversed(fills)]
    assert account.fills == told[:MOST_ROWS]


@exact
def check_wallet_events(trader: Trader, account: Account) -> None:
    """In every event `total` is `free` and `locked` together, none is less than 0, and the last is what is there."""
    last: dict[str, Row] = {}
    for event in trader.logs["wallet"].events:
        row = event.payload
        total, free, locked = (Decimal(row[name]) for name in ("total", "free", "locked"))
        assert total == free + locked, row
        assert min(free, locked) >= ZERO, row
        last[row["currency"]] = row
    for currency, row in last.items():
        assert account.wallet[currency] == {name: value for name, value in row.items() if name != "reason"}
    assert all(row["locked"] == "0" for row in account.wallet.values()), account.wallet


def check_streams(trader: Trader, wire: WireLog) -> None:
    """What the trader's client delivered is what came over the wire, from its first state on."""
    for log in trader.logs.values():
        log.check()
        received = [(event.epoch, event.seq, dict(event.payload)) for event in log.events]
        first = log.events[0].seq
        sent = [(one["epoch"], one["seq"], dict(one["payload"])) for one in wire.streams[log.topic].behind(first - 1)]
        assert received == sent, log.topic


def _by(rows: Iterable[Row], name: str) -> dict[str, Row]:
    by_name = {row[name]: row for row in rows}
    assert len(by_name) == len(list(rows)), f"two rows of one {name}"
    return by_name


def read_ledger(data_dir: Path) -> Ledger:
    """The ledger that the journal of a gateway that has ended comes to."""
    ledger = Ledger()
    file = SqliteFile(data_dir / TRADING_JOURNAL_NAME)
    content = file.open()
    if content.checkpoint is not None:
        ledger.restore(content.checkpoint.states[ledger.name])
    for record in content.records:
        if record.part == ledger.name:
            ledger.apply_record(record.body)
    file.close()
    return ledger


def check_ledger(ledger: Ledger, accounts: Mapping[str, Account]) -> None:
    """What the journal comes to is what the process before it told of every account."""
    assert set(ledger.user_ids()) == set(accounts)
    for user_id, account in accounts.items():
        orders = [order_body(order) for _, order in ledger.orders(user_id)][:MOST_ROWS]
        assert orders == list(account.orders.values())
        assert [balance_body(one) for one in ledger.balances(user_id)] == list(account.wallet.values())


@exact
def check_conservation(ledger: Ledger) -> None:
    """Of each currency, users, fee account and the venue's own have together what was put in, to the last digit."""
    sums: dict[str, Decimal] = collections.defaultdict(Decimal)
    for user_id in ledger.user_ids():
        for balance in ledger.balances(user_id):
            sums[balance.currency] += balance.total
        for currency, amount in ledger.transferred(user_id).items():
            sums[currency] -= amount
    for balances in (ledger.fee_balances, ledger.venue_balances):
        for currency, amount in balances.items():
            sums[currency] += amount
    assert not any(sums.values()), sums
