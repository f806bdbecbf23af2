"""What a platform tells of accounts becomes facts, once each, or the whole call is refused by a field."""

from decimal import Decimal
from typing import Any

import pytest

from components.contract.envelope import format_time
from components.model.errors import InvalidArgument
from components.model.market import Side
from components.model.orders import Fill, Liquidity, OrderStatus
from components.model.platform_reports import AlertReport, BotReport, BotStatus, Severity
from components.trading.facts import (
    AccountOpened,
    BalanceHandedIn,
    FillHandedIn,
    MarginHandedIn,
    OrderHandedIn,
    PositionHandedIn,
    ToldFact,
)
from components.trading.intake import intake_call
from components.trading.intake.intake import LATE_NS, AccountIntake, Kind, meta_of, read_alerts, read_bots
from components.trading.ledger.ledger import Ledger
from tests.support.handed_in import ALERT, BOT, FILL, MARGIN, ORDER, POSITION, WALLET

NOW_NS = 1_700_000_000_000_000_000
EARLIER, EARLIER_NS = "2023-11-14T22:13:19.5Z", NOW_NS - 500_000_000
GOOD = {
    Kind.ORDER: ORDER,
    Kind.FILL: FILL,
    Kind.POSITION: POSITION,
    Kind.WALLET: WALLET,
    Kind.MARGIN: MARGIN,
}


class Platform:
    """A platform, and what the gateway knows of its accounts."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.intake = AccountIntake("acme", self.ledger)

    def read(self, kind: Kind, *events: object) -> list[ToldFact]:
        """The facts that a call comes to; they are not applied."""
        accepted, facts = self.intake.read(kind, list(events), received_ns=NOW_NS)
        assert accepted == len(events)
        return facts

    def tell(self, kind: Kind, *events: object) -> list[ToldFact]:
        """Hand a call in, and apply what it comes to."""
        facts = self.read(kind, *events)
        for fact in facts:
            self.ledger.apply(fact)
        return facts

    def refused(self, kind: Kind, *events: object) -> tuple[object, str]:
        """The field by which a call is refused, and the words behind it."""
        before = self.ledger.checkpoint()
        with pytest.raises(InvalidArgument) as raised:
            self.read(kind, *events)
        assert self.ledger.checkpoint() == before
        field = str(raised.value.details["field"])
        return field, str(raised.value).removeprefix(f"{field}: ")


@pytest.fixture
def platform() -> Platform:
    """A platform that has told nothing yet."""
    return Platform()


def statuses(facts: list[ToldFact]) -> list[str]:
    """Where the orders are that were told."""
    return [fact.order.status.value for fact in facts if isinstance(fact, OrderHandedIn)]


def test_an_order_becomes_a_fact(platform: Platform) -> None:
    """With the platform's own time, and named as it names it."""
    (fact,) = platform.tell(
        Kind.ORDER,
        {
            **ORDER,
            "event_ts": EARLIER,
            "client_order_id": "mine",
            "status": "partially_filled",
            "filled_quantity": "2",
            "average_price": "2400.25",
            "time_in_force": "GTD",
            "expire_at": "2023-12-01T00:00:00Z",
            "post_only": True,
            "reason": "auction",
        },
    )

    assert isinstance(fact, OrderHandedIn)
    assert (fact.ts_ns, fact.event_ns, fact.sequence) == (NOW_NS, EARLIER_NS, 1)
    order = fact.order
    assert (order.order_id, order.client_order_id, order.user_id, order.venue) == ("o1", "mine", "ann", "acme")
    assert (order.placed_ns, order.updated_ns) == (EARLIER_NS, EARLIER_NS)
    assert (order.average_price, order.remaining_quantity) == (Decimal("2400.25"), Decimal(1))
    assert (order.status, order.reason) == (OrderStatus.PARTIALLY_FILLED, "auction")
    assert (order.post_only, order.reduce_only, order.expire_ns) == (True, False, 1_701_388_800_000_000_000)
    assert platform.ledger.find_order("ann", client_order_id="mine") == order


def test_an_execution_becomes_a_fact(platform: Platform) -> None:
    """It is told of an order that nobody has heard of, too."""
    facts = platform.tell(Kind.FILL, FILL)

    fill = Fill(
        execution_id="e1",
        order_id="o1",
        client_order_id="o1",
        user_id="ann",
        instrument_id="GOLD",
        venue="acme",
        side=Side.BUY,
        price=Decimal("2400.25"),
        quantity=Decimal(1),
        commission=Decimal("0.5"),
        commission_currency="USD",
        liquidity=Liquidity.MAKER,
        ts_ns=NOW_NS,
    )
    assert facts == [FillHandedIn(ts_ns=NOW_NS, fill=fill)]


def test_the_other_kinds_become_facts(platform: Platform) -> None:
    """Positions, balances and margin are as they were told."""
    liquidated = {**POSITION, "event": "liquidated", "reason": "margin", "mark_price": "2390", "unrealised_pnl": "-5"}
    margin = {**MARGIN, "call_at": "1.6", "liquidation_at": "1.1", "shortfall": "10", "currency": "USD"}
    facts = [
        *platform.tell(Kind.POSITION, liquidated),
        *platform.tell(Kind.WALLET, {**WALLET, "reason": "deposit", "event_ts": EARLIER}),
        *platform.tell(Kind.MARGIN, margin),
    ]

    assert facts == [
        PositionHandedIn(
            ts_ns=NOW_NS,
            user_id="ann",
            instrument_id="GOLD",
            venue="acme",
            quantity=Decimal(-2),
            average_price=Decimal("2400.25"),
            realised_pnl=Decimal(0),
            sequence=1,
            event="liquidated",
            reason="margin",
            mark_price=Decimal(2390),
            unrealised_pnl=Decimal(-5),
        ),
        BalanceHandedIn(
            ts_ns=NOW_NS,
            event_ns=EARLIER_NS,
            user_id="ann",
            currency="USD",
            total=Decimal("100.50"),
            locked=Decimal("0.5"),
            sequence=1,
            reason="deposit",
        ),
        MarginHandedIn(
            ts_ns=NOW_NS,
            user_id="ann",
            margin_level=Decimal("1.5"),
            formula="equity / maintenance_margin",
            equity=Decimal(150),
            maintenance_margin=Decimal(100),
            sequence=1,
            call_at=Decimal("1.6"),
            liquidation_at=Decimal("1.1"),
            shortfall=Decimal(10),
            currency="USD",
        ),
    ]


@pytest.mark.parametrize("kind", GOOD)
def test_what_comes_again_is_accepted_and_leads_to_nothing(platform: Platform, kind: Kind) -> None:
    """In the same call, and in a later one."""
    assert len(platform.tell(kind, GOOD[kind], GOOD[kind])) == 1
    assert platform.tell(kind, GOOD[kind]) == []


@pytest.mark.parametrize("kind", [kind for kind in GOOD if kind is not Kind.FILL])
def test_what_is_older_leads_to_nothing(platform: Platform, kind: Kind) -> None:
    """The sender's number tells; what is newer is news."""
    newer, older = {**GOOD[kind], "sequence": 7}, {**GOOD[kind], "sequence": 6}
    newest = {**GOOD[kind], "sequence": 8}

    assert len(platform.tell(kind, newer, older)) == 1
    assert platform.tell(kind, older) == []
    assert len(platform.tell(kind, newest)) == 1


def test_each_thing_has_numbers_of_its_own(platform: Platform) -> None:
    """Of each order, position, balance and user."""
    for kind, event, other in (
        (Kind.ORDER, ORDER, {"order_id": "o2"}),
        (Kind.POSITION, POSITION, {"instrument": "SILVER"}),
        (Kind.WALLET, WALLET, {"currency": "EUR"}),
        (Kind.MARGIN, MARGIN, {"user_id": "bob"}),
        (Kind.FILL, FILL, {"order_id": "o3"}),
    ):
        assert len(platform.tell(kind, {**event, "sequence": 5} if kind is not Kind.FILL else event)) == 1
        assert len(platform.tell(kind, {**event, **other})) == 1


def test_one_event_needs_no_list(platform: Platform) -> None:
    """It is handed in as it is."""
    accepted, facts = platform.intake.read(Kind.WALLET, WALLET, received_ns=NOW_NS)

    assert (accepted, len(facts)) == (1, 1)


def test_an_event_of_long_ago_is_taken(platform: Platform) -> None:
    """Money is money; only what has not happened yet is refused."""
    assert len(platform.tell(Kind.FILL, {**FILL, "event_ts": "2020-01-01T00:00:00Z"})) == 1
    assert platform.refused(Kind.WALLET, {**WALLET, "event_ts": "2023-11-14T22:13:26Z"})[0] == "events[0].event_ts"


def test_events_say_how_late_they_came() -> None:
    """What happened more than a minute before is told as stale; what tells no time is live."""

    def meta(event_ns: int | None) -> dict[str, Any]:
        fact = BalanceHandedIn(
            ts_ns=NOW_NS,
            event_ns=event_ns,
            user_id="ann",
            currency="USD",
            total=Decimal(1),
            locked=Decimal(0),
            sequence=1,
        )
        return meta_of(fact, "acme")

    received = {"source": "acme", "received_ts": format_time(NOW_NS)}
    assert meta(None) == {**received, "quality": "live"}
    assert meta(EARLIER_NS) == {**received, "quality": "live", "event_ts": "2023-11-14T22:13:19.500000Z"}
    assert [meta(NOW_NS - LATE_NS - late)["quality"] for late in (0, 1)] == ["live", "stale"]


def test_a_call_is_refused_whole(platform: Platform) -> None:
    """One event that cannot be refuses those before it too."""
    good = [{**WALLET, "sequence": number} for number in range(3)]

    assert platform.refused(Kind.WALLET, *good, {**WALLET, "total": "much"})[0] == "events[3].total"
    assert platform.refused(Kind.WALLET, *good, {**WALLET, "free": "5"})[0] == "events[3].free"
    assert not platform.ledger.has_account("ann")


def test_an_order_lives_its_life(platform: Platform) -> None:
    """In one call or in many, with what the platform left out in between."""
    filled = {"filled_quantity": "3", "average_price": "2400"}
    first = platform.tell(Kind.ORDER, ORDER, {**ORDER, "sequence": 2, "quantity": "4", "price": "2399"})
    second = platform.tell(Kind.ORDER, {**ORDER, **filled, "sequence": 9, "status": "filled"})

    assert statuses(first + second) == ["new", "new", "filled"]
    order = platform.ledger.find_order("ann", order_id="o1")
    assert order is not None
    assert (order.quantity, order.filled_quantity) == (Decimal(3), Decimal(3))


def test_more_can_be_filled_of_an_order_that_was_cancelled(platform: Platform) -> None:
    """The fill was late; the order stays cancelled."""
    cancelled = {**ORDER, "sequence": 2, "status": "cancelled"}
    platform.tell(Kind.ORDER, ORDER, cancelled)

    facts = platform.tell(Kind.ORDER, {**cancelled, "sequence": 3, "filled_quantity": "1", "average_price": "2400"})

    assert statuses(facts) == ["cancelled"]


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"user_id": "bob"}, "order_id", "is an order of another user"),
        ({"client_order_id": "other"}, "client_order_id", "expected o1, as before, received other"),
        ({"instrument": "SILVER"}, "instrument", "expected GOLD, as before, received SILVER"),
        ({"side": "sell"}, "side", "expected buy, as before, received sell"),
        ({"status": "new"}, "status", "cannot be new after partially_filled"),
        ({"status": "rejected"}, "status", "cannot be rejected after partially_filled"),
        (
            {"status": "cancelled", "filled_quantity": "0.5", "average_price": "1"},
            "filled_quantity",
            "expected at least 1, as before, received 0.5",
        ),
    ],
)
@pytest.mark.parametrize("is_one_call", [True, False])
def test_what_contradicts_an_order_is_refused(
    platform: Platform, fields: dict[str, Any], field: str, words: str, *, is_one_call: bool
) -> None:
    """By what was known before the call, and by what the call itself has told."""
    told = {**ORDER, "status": "partially_filled", "filled_quantity": "1", "average_price": "2400"}
    if not is_one_call:
        platform.tell(Kind.ORDER, told)

    assert platform.refused(Kind.ORDER, told, {**ORDER, "sequence": 2, **fields}) == (f"events[1].{field}", words)


@pytest.mark.parametrize("status", ["filled", "cancelled", "expired", "rejected"])
def test_no_order_leaves_a_final_status(platform: Platform, status: str) -> None:
    """Whatever the platform tells of it later."""
    filled = {"filled_quantity": "3", "average_price": "2400"} if status == "filled" else {}
    platform.tell(Kind.ORDER, {**ORDER, **filled, "status": status})

    for other in ("new", "expired" if status == "cancelled" else "cancelled"):
        fields = filled if other != "new" else {}
        assert platform.refused(Kind.ORDER, {**ORDER, **fields, "sequence": 2, "status": other}) == (
            "events[0].status",
            f"cannot be {other} after {status}",
        )


def test_a_users_name_for_an_order_stands_for_one(platform: Platform) -> None:
    """In one call or in two; another user may have the same."""
    first = {**ORDER, "client_order_id": "mine"}
    second = {**first, "order_id": "o2"}

    one_call = platform.refused(Kind.ORDER, first, second)
    platform.tell(Kind.ORDER, first)

    assert one_call == ("events[1].client_order_id", "is that of another order of the user")
    assert platform.refused(Kind.ORDER, second)[0] == "events[0].client_order_id"
    assert len(platform.tell(Kind.ORDER, {**second, "user_id": "bob"})) == 1


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"user_id": "bob"}, "order_id", "is an order of another user"),
        ({"client_order_id": "x"}, "client_order_id", "expected o1, as the order has it, received x"),
        ({"instrument": "SILVER"}, "instrument", "expected GOLD, as the order has it, received SILVER"),
        ({"side": "sell"}, "side", "expected buy, as the order has it, received sell"),
        ({"quantity": "3.1"}, "quantity", "expected at most 3, the quantity of the order"),
    ],
)
def test_an_execution_fits_its_order(platform: Platform, fields: dict[str, Any], field: str, words: str) -> None:
    """Where the order is known."""
    platform.tell(Kind.ORDER, ORDER)

    assert platform.refused(Kind.FILL, FILL, {**FILL, "execution_id": "e2", **fields}) == (f"events[1].{field}", words)


def test_an_account_on_paper_is_nobody_elses(platform: Platform) -> None:
    """What was begun here before a platform came stays as it is."""
    platform.ledger.apply(AccountOpened(ts_ns=0, user_id="ann", balances={}))

    for kind, event in GOOD.items():
        assert platform.refused(kind, event) == (
            "events[0].user_id",
            "has an account on paper, of which no platform can tell",
        )


def test_an_account_that_began_with_an_order_placed_here_is_the_platforms(platform: Platform) -> None:
    """A trader may come before the platform does."""
    platform.ledger.apply(AccountOpened(ts_ns=0, user_id="ann", balances={}, is_external=True))

    assert len(platform.tell(Kind.WALLET, WALLET)) == 1


@pytest.mark.parametrize(
    ("bound", "kind", "name", "field"),
    [
        ("MAX_ACCOUNTS", Kind.MARGIN, "user_id", "user_id"),
        ("MAX_OPEN_ORDERS", Kind.ORDER, "order_id", "order_id"),
        ("MAX_POSITIONS", Kind.POSITION, "instrument", "instrument"),
        ("MAX_BALANCES", Kind.WALLET, "currency", "currency"),
    ],
)
def test_what_a_platform_can_name_is_bounded(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, bound: str, kind: Kind, name: str, field: str
) -> None:
    """Over all calls; what is known may still change, and what was refused does not count."""
    monkeypatch.setattr(intake_call, bound, 3)
    events = [{**GOOD[kind], name: f"A{number}"} for number in range(4)]
    platform.tell(kind, events[0])

    in_one_call = platform.refused(kind, *events)
    platform.tell(kind, *events[:3])
    in_two = platform.refused(kind, events[3])

    assert (in_one_call[0], in_two[0]) == (f"events[3].{field}", f"events[0].{field}")
    assert in_two[1].startswith("expected at most 3 ")
    assert len(platform.tell(kind, {**events[2], "sequence": 2})) == 1


def test_finished_orders_are_not_counted(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of those the ledger keeps the last ones."""
    monkeypatch.setattr(intake_call, "MAX_OPEN_ORDERS", 1)

    platform.tell(Kind.ORDER, ORDER, *({**ORDER, "order_id": f"x{number}", "status": "expired"} for number in range(5)))

    assert platform.refused(Kind.ORDER, {**ORDER, "order_id": "o2"})[0] == "events[0].order_id"


def test_alerts_become_reports() -> None:
    """Each with its own time, or that of the call."""
    resolved = {**ALERT, "state": "resolved", "event_ts": EARLIER, "limit_value": "0.1", "instrument": "GOLD"}

    assert read_alerts([ALERT, resolved], received_ns=NOW_NS) == [
        AlertReport(
            user_id="ann",
            sequence=1,
            ts_ns=ts_ns,
            dedup_key="drawdown:ann",
            alert_type="drawdown",
            severity=Severity.WARNING,
            message="Down 10 % since Monday",
            is_resolved=is_resolved,
            instrument_id=instrument_id,
            limit_value=limit_value,
        )
        for ts_ns, is_resolved, instrument_id, limit_value in (
            (NOW_NS, False, None, None),
            (EARLIER_NS, True, "GOLD", Decimal("0.1")),
        )
    ]


def test_bots_become_reports() -> None:
    """Each with its own time, or that of the call."""
    without = {key: value for key, value in BOT.items() if key != "performance"}

    assert read_bots([BOT, {**without, "event_ts": EARLIER, "status": "error"}], received_ns=NOW_NS) == [
        BotReport(
            user_id="ann",
            sequence=1,
            ts_ns=NOW_NS,
            bot_id="b1",
            name="Grid",
            status=BotStatus.RUNNING,
            total_pnl=Decimal("-1.5"),
            win_rate=Decimal("0.5"),
            trades_today=3,
        ),
        BotReport(user_id="ann", sequence=1, ts_ns=EARLIER_NS, bot_id="b1", name="Grid", status=BotStatus.ERROR),
    ]


@pytest.mark.parametrize(("read", "event"), [(read_alerts, ALERT), (read_bots, BOT)])
def test_reports_are_checked(read: Any, event: dict[str, Any]) -> None:
    """By the same rules as everything else."""
    for fields, field in (
        ({"user_id": "\n"}, "user_id"),
        ({"event_ts": "soon"}, "event_ts"),
        ({"sequence": "1"}, "sequence"),
    ):
        with pytest.raises(InvalidArgument) as raised:
            read([event, {**event, **fields}], received_ns=NOW_NS)

        assert raised.value.details == {"field": f"events[1].{field}"}
