"""Orders and accounts as callers see them."""

import pytest
from twisted.logger import capturedLogs

from components.contract.roles import Role
from components.model.errors import Halted
from tests.support.trading_floor import TradingFloor


@pytest.fixture
def floor() -> TradingFloor:
    """A floor whose live book bids 99 and asks 101, ten on each side."""
    floor = TradingFloor()
    floor.offer({"99": "10"}, {"101": "10"})
    return floor


def test_an_order_is_answered_as_it_is_and_told_on_its_streams(floor: TradingFloor) -> None:
    """The event of the order carries the call's correlation id, as does that of the balance."""
    answer = floor.place(correlation_id="call-1")

    (event,) = floor.events("orders")
    assert answer == {key: value for key, value in event.items() if key != "event"} | {"correlation_id": "call-1"}
    assert (event["event"], event["status"], event["remaining_quantity"]) == ("new", "new", "1")
    assert [(one["free"], one["locked"], one["reason"]) for one in floor.events("wallet")] == [("910", "90", "order")]
    assert {one["correlation_id"] for one in floor.session.events("tapecast.user.ann.")} == {"call-1"}


def test_an_order_that_meets_the_live_book_is_executed(floor: TradingFloor) -> None:
    """At its prices, told as order, execution, position and balances."""
    answer = floor.place(type="market", price=None)

    assert (answer["status"], answer["average_price"]) == ("filled", "101")
    assert [one["event"] for one in floor.events("orders")] == ["new", "filled"]
    assert [(one["price"], one["liquidity"]) for one in floor.events("fills")] == [("101", "taker")]
    assert [one["quantity"] for one in floor.events("positions")] == ["1"]
    assert {one["currency"]: one["total"] for one in floor.events("wallet")} == {"USDT": "899", "BTC": "1"}


def test_an_execution_of_another_carries_no_ones_correlation_id(floor: TradingFloor) -> None:
    """Who is met hears of the execution, not of the call that met it."""
    floor.place("has", type="market", price=None)
    floor.place("rests", caller="bob", price="100")

    floor.place("takes", side="sell", price="100", correlation_id="of ann's")

    events = floor.session.events("tapecast.user.bob.fills")
    assert [one["payload"]["price"] for one in events] == ["100"]
    assert "correlation_id" not in events[0]


def test_a_market_is_followed_before_its_order_is_decided(floor: TradingFloor) -> None:
    """By the name that the caller gave; once it is, nothing is waited for."""
    floor.place("first", instrument="BTC/USDT")
    floor.place("second", instrument="BTC/USDT")

    assert floor.markets.ensured == ["BTC/USDT"]


def test_the_same_again_is_answered_and_not_done_again(floor: TradingFloor) -> None:
    """And another order of that name is refused."""
    first = floor.place()

    assert floor.place() == first
    assert floor.refusal("orders.place", **order_of("c1", price="91"))["code"] == "duplicate"
    assert len(floor.events("orders")) == 1


def order_of(client_order_id: str, **changes: object) -> dict[str, object]:
    """The arguments of an order."""
    order = {"instrument": "BTCUSDT", "side": "buy", "type": "limit", "quantity": "1", "price": "90"}
    return {"client_order_id": client_order_id, **order, **changes}


def test_an_order_is_changed_and_cancelled(floor: TradingFloor) -> None:
    """Each told once, with what it does to the balance."""
    floor.place()

    changed = floor.ask("orders.amend", client_order_id="c1", price="80")
    cancelled = floor.ask("orders.cancel", order_id=changed["order_id"])

    assert (changed["status"], changed["price"]) == ("new", "80")
    assert (cancelled["status"], cancelled["reason"]) == ("cancelled", "requested")
    assert [one["event"] for one in floor.events("orders")] == ["new", "update", "cancelled"]
    assert [one["free"] for one in floor.events("wallet")] == ["910", "920", "1000"]


def test_all_orders_of_an_instrument_are_cancelled(floor: TradingFloor) -> None:
    """Of the caller, and of nobody else."""
    floor.place("one")
    floor.place("other", caller="bob")

    (cancelled,) = floor.ask("orders.cancel_all", instrument="BTC/USDT")

    assert cancelled["client_order_id"] == "one"
    assert floor.ask("orders.get", caller="bob", client_order_id="other")["status"] == "new"
    assert floor.ask("orders.cancel_all") == []


def test_a_refusal_changes_nothing_and_a_cancel_passes(floor: TradingFloor) -> None:
    """What risk refuses leaves no trace; what makes risk smaller is not asked about."""
    floor.place("open")
    before = floor.ledger.checkpoint()
    floor.refuse(Halted("nothing new now"))

    refused = floor.refusal("orders.place", **order_of("new"))

    assert (refused["code"], refused["retry"]) == ("halted", True)
    assert [type(one) for one in floor.refusals] == [Halted]
    assert floor.ledger.checkpoint() == before
    assert floor.ask("orders.cancel", client_order_id="open")["status"] == "cancelled"


@pytest.mark.parametrize(("procedure", "rows"), [("orders.list", "orders"), ("account.list_fills", "fills")])
def test_pages_lose_nothing_where_all_came_at_once(floor: TradingFloor, procedure: str, rows: str) -> None:
    """One update of the book executes three orders: whoever reads one at a time reads all of them, the newest first."""
    for name in ("first", "second", "third"):
        floor.place(name)
    floor.offer({}, {"90": "3"})

    read, before = [], None
    for _ in range(3):
        page = floor.ask(procedure, limit=1, before=before)
        read += [one["client_order_id"] for one in page[rows]]
        before = page["next"]

    assert read == ["third", "second", "first"]
    assert before is None


def test_what_an_account_has_is_told(floor: TradingFloor) -> None:
    """Orders by status, executions, positions, balances, worth."""
    floor.place("rests")
    floor.place("takes", type="market", price=None)

    assert [one["client_order_id"] for one in floor.ask("orders.list", status="open")["orders"]] == ["rests"]
    assert [one["client_order_id"] for one in floor.ask("orders.list", status="filled")["orders"]] == ["takes"]
    assert [one["client_order_id"] for one in floor.ask("orders.list", limit=1)["orders"]] == ["takes"]
    assert [one["client_order_id"] for one in floor.ask("account.list_fills")["fills"]] == ["takes"]
    assert [one["quantity"] for one in floor.ask("account.get_positions")["positions"]] == ["1"]
    assert {one["currency"]: one["free"] for one in floor.ask("account.get_wallet")["wallet"]} == {
        "USDT": "809",
        "BTC": "1",
    }
    portfolio = floor.ask("account.get_portfolio")
    assert (portfolio["equity"], portfolio["unrealised_pnl"], portfolio["missing_prices"]) == ("999", "-1", [])
    margin = floor.ask("account.get_margin")
    assert (margin["margin_level"], margin["formula"]) == (None, "equity / maintenance_margin")


def test_an_account_begins_with_its_traders_first_question(floor: TradingFloor) -> None:
    """A desk that asks about somebody opens no account."""
    assert floor.ask("account.get_wallet", caller="desk", role=Role.RISK) == {"wallet": [], "epoch": None, "seq": 0}
    assert not floor.ledger.has_account("desk")

    (balance,) = floor.ask("account.get_wallet")["wallet"]

    assert (balance["currency"], balance["total"]) == ("USDT", "1000")
    assert [one["reason"] for one in floor.events("wallet")] == ["opening"]


@pytest.mark.parametrize("user_id", ["ann", "nobody"])
def test_another_s_account_is_for_the_desk(floor: TradingFloor, user_id: str) -> None:
    """To a trader the refusal is the same whether or not there is such an account."""
    floor.place()

    refused = floor.refusal("account.get_wallet", caller="bob", user_id=user_id)

    assert refused == {
        "code": "not_authorized",
        "message": "another's account is for the roles risk and admin",
        "retry": False,
        "details": {},
    }
    assert floor.ask("account.get_wallet", caller="desk", role=Role.RISK, user_id="ann")["seq"] == 1


def test_another_s_order_is_as_one_that_does_not_exist(floor: TradingFloor) -> None:
    """By either of its names, to look at and to cancel."""
    order_id = floor.place()["order_id"]

    for procedure in ("orders.get", "orders.cancel"):
        for name in ({"order_id": order_id}, {"client_order_id": "c1"}):
            others = floor.refusal(procedure, caller="bob", **name)
            nobodys = floor.refusal(procedure, caller="bob", **dict.fromkeys(name, "nothing"))
            assert others == nobodys
            assert others["code"] == "unknown_order"


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({}, "client_order_id"),
        ({"client_order_id": "c1", "order_id": "o1"}, "client_order_id"),
        ({"order_id": 7}, "order_id"),
        ({"client_order_id": "x" * 129}, "client_order_id"),
    ],
)
def test_an_order_is_asked_for_by_one_name(floor: TradingFloor, arguments: dict[str, object], field: str) -> None:
    """Which field is wrong is named."""
    refused = floor.refusal("orders.get", **arguments)

    assert (refused["code"], refused["details"]) == ("invalid_argument", {"field": field})


def test_an_operator_puts_money_in_once(floor: TradingFloor) -> None:
    """The same adjustment again is answered, and not done again."""
    adjustment = {"user_id": "ann", "currency": "BTC", "amount": "2", "adjustment_id": "a1", "reason": "a gift"}

    for _ in range(2):
        balances = floor.ask("admin.accounts.adjust", caller="op", role=Role.ADMIN, **adjustment)

        assert {one["currency"]: one["total"] for one in balances} == {"USDT": "1000", "BTC": "2"}
    assert [one["reason"] for one in floor.events("wallet")] == ["opening", "adjustment"]
    (row,) = floor.ask("admin.accounts.list", caller="op", role=Role.ADMIN)
    assert (row["user_id"], row["open_orders"], row["equity"]) == ("ann", 0, "1200")


def test_accounts_are_listed_page_by_page(floor: TradingFloor) -> None:
    """In order of their users, behind the one that is named."""
    for user_id in ("cid", "ann", "bob"):
        floor.ask("account.get_wallet", caller=user_id)

    first = floor.ask("admin.accounts.list", caller="op", role=Role.ADMIN, limit=2)
    rest = floor.ask("admin.accounts.list", caller="op", role=Role.ADMIN, after="bob")

    assert [[one["user_id"] for one in page] for page in (first, rest)] == [["ann", "bob"], ["cid"]]


def test_a_snapshot_is_what_the_account_has(floor: TradingFloor) -> None:
    """Open orders, positions, balances and the last executions, as of the stream's number."""
    floor.place("rests")
    floor.place("takes", type="market", price=None)

    state = {
        name: floor.ask("trading.stream_get", role=Role.GATEWAY, topic=f"tapecast.user.ann.{name}")
        for name in ("orders", "positions", "wallet", "fills")
    }

    assert {name: one["seq"] for name, one in state.items()} == {"orders": 3, "positions": 1, "wallet": 3, "fills": 1}
    assert [one["client_order_id"] for one in state["orders"]["payload"]["orders"]] == ["rests"]
    assert [one["quantity"] for one in state["positions"]["payload"]["positions"]] == ["1"]
    assert {one["currency"] for one in state["wallet"]["payload"]["wallet"]} == {"USDT", "BTC"}
    assert [one["quantity"] for one in state["fills"]["payload"]["fills"]] == ["1"]


def test_the_snapshot_of_nobodys_topic_is_empty(floor: TradingFloor) -> None:
    """Its first event continues it."""
    snapshot = floor.ask("trading.stream_get", role=Role.GATEWAY, topic="tapecast.user.nobody.orders")

    assert (snapshot["seq"], snapshot["payload"]) == (0, {})


def test_a_request_that_takes_its_time_is_told_when_it_has_effect() -> None:
    """An order waits for its venue, then rests there; nobody has to ask."""
    floor = TradingFloor(latency_ns=50_000_000)

    answer = floor.place()
    floor.clock.advance(0.1)

    assert answer["status"] == "pending_new"
    assert [(one["event"], one["status"]) for one in floor.events("orders")] == [
        ("new", "pending_new"),
        ("update", "new"),
    ]


def test_nothing_is_decided_for_callers_while_the_router_is_behind(floor: TradingFloor) -> None:
    """But a cancel is."""
    floor.place()
    floor.session.is_lost = True
    floor.ask("orders.cancel", client_order_id="c1")

    refused = floor.refusal("orders.place", **order_of("c2"))

    assert (refused["code"], refused["retry"]) == ("unavailable", True)


def test_a_bug_ends_the_process(floor: TradingFloor) -> None:
    """It is told once; the caller learns no word of it, and nobody anything of what was decided."""
    floor.refuse(KeyError("secret"))

    with capturedLogs():
        refused = floor.refusal("orders.place", **order_of("c1"))

    assert refused["code"] == "internal"
    assert floor.faults == ["fault"]
    assert floor.session.published == []
