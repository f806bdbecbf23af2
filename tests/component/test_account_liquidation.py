"""The end of an account that has too little: risk, the desk, the ledger and the venue on paper, together."""

from decimal import Decimal
from typing import Any

import attrs
import pytest
from prometheus_client import CollectorRegistry

from components.metrics.risk import RiskMetrics
from components.model.accounts import Mark
from components.risk.component import RiskComponent, RiskSeams
from components.risk.risk import Risk
from components.risk.settings import RiskSettings
from tests.support.trading_floor import TradingFloor


@attrs.define
class MarginFloor:
    """
    A floor of accounts on margin, at ten times what they have, and risk that looks at them every second.

    Attributes:
        floor: All but risk.
        registry: Where risk counts.
        risk: Looks at it.
    """

    floor: TradingFloor = attrs.field(
        factory=lambda: TradingFloor(initial_rate=Decimal("0.1"), risk=Risk(RiskSettings()))
    )
    registry: CollectorRegistry = attrs.field(factory=CollectorRegistry)
    risk: RiskComponent = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        core = self.floor.risk
        assert isinstance(core, Risk)
        self.risk = RiskComponent(
            core,
            RiskSeams(
                publisher=self.floor.publisher,
                metrics=RiskMetrics(self.registry),
                streams=self.floor.streams,
                control=self.floor.settlement,
                wall_clock_ns=self.floor.now_ns,
                resolve_instrument=lambda name: name,
            ),
        )

    def price(self, price: str) -> None:
        """Have everything worth so much, and the live book bid and ask it; then let a second go by."""
        self.floor.markets.marks["BTCUSDT"] = Mark(price=Decimal(price), ts_ns=self.floor.now_ns())
        self.floor.offer({price: "1000"}, {str(Decimal(price) + 1): "1000"})
        self.floor.clock.advance(1)
        self.risk.receive_change("ann")
        self.risk.advance(self.floor.now_ns())

    def alerts(self) -> list[tuple[Any, Any]]:
        """What was told of alerts about the margin level: which, and what happened to it."""
        types = ("margin_warning", "margin_call", "liquidation")
        return [(one["alert_type"], one["event"]) for one in self.floor.events("alerts") if one["alert_type"] in types]


@pytest.fixture
def margin() -> MarginFloor:
    """An account of a thousand that has bought 50 at 101, and has an order that waits."""
    margin = MarginFloor()
    margin.price("100")
    margin.floor.place("long", type="market", price=None, quantity="50")
    margin.floor.place("waits", price="80", quantity="1")
    return margin


def test_an_account_is_warned_called_and_closed(margin: MarginFloor) -> None:
    """Each at its level; what waits is cancelled, the position is closed by an order that says why."""
    margin.price("92")
    assert margin.alerts() == []

    margin.price("87")
    margin.price("86")
    assert [alert_type for alert_type, event in margin.alerts() if event == "raised"] == [
        "margin_warning",
        "margin_call",
    ]
    assert [one["status"] for one in margin.floor.ask("orders.list", status="open")["orders"]] == ["new"]

    margin.price("85")

    assert margin.alerts()[-1][0] == "liquidation"
    assert margin.floor.ask("orders.list", status="open")["orders"] == []
    assert margin.floor.ask("orders.get", client_order_id="waits")["reason"] == "liquidation"
    (closing,) = [one for one in margin.floor.ask("orders.list")["orders"] if one["tag"] == "liquidation"]
    assert (closing["side"], closing["quantity"], closing["status"]) == ("sell", "50", "filled")
    last = margin.floor.events("positions")[-1]
    assert (last["event"], last["quantity"], last["reason"]) == ("liquidated", "0", "margin_level")


def test_who_was_closed_only_makes_positions_smaller(margin: MarginFloor) -> None:
    """Until the desk lets the account trade again."""
    margin.price("85")

    refused = margin.floor.refusal(
        "orders.place",
        client_order_id="again",
        instrument="BTCUSDT",
        side="buy",
        type="limit",
        quantity="1",
        price="80",
    )

    assert (refused["code"], refused["retry"]) == ("halted", True)


def test_risk_is_counted(margin: MarginFloor) -> None:
    """Alerts by kind and severity, accounts at their end, what was refused, and accounts that nobody can judge."""
    margin.price("85")

    figures = {
        (one.name, *one.labels.values()): one.value for family in margin.registry.collect() for one in family.samples
    }
    assert figures["tapecast_risk_alerts", "liquidation", "critical"] == 1
    assert figures["tapecast_risk_liquidations_total", "begun"] == 1
    assert figures["tapecast_risk_accounts", "not_evaluated"] == 0
    ended = figures.get(("tapecast_risk_liquidations_total", "ended"), 0)
    assert figures["tapecast_risk_accounts", "liquidated"] + ended == 1


def test_an_account_without_prices_is_counted_as_one_that_is_not_evaluated(margin: MarginFloor) -> None:
    """From the first look without them to the first with all."""
    margin.floor.markets.marks.clear()
    margin.risk.receive_change("ann")
    margin.risk.advance(margin.floor.now_ns())

    assert margin.registry.get_sample_value("tapecast_risk_accounts", {"state": "not_evaluated"}) == 1
    margin.price("100")
    assert margin.registry.get_sample_value("tapecast_risk_accounts", {"state": "not_evaluated"}) == 0


def test_the_money_is_where_it_went(margin: MarginFloor) -> None:
    """What the account lost the venue has won, to the last digit."""
    margin.price("85")

    ledger = margin.floor.ledger
    assert ledger.balance("ann", "USDT").total + ledger.venue_balances["USDT"] == Decimal(1000)
    assert ledger.balance("ann", "USDT").total == Decimal(1000) - 50 * (Decimal(101) - Decimal(85))
