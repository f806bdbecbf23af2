"""What a publisher says of accounts, and the form in which it goes."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pytest
from tapecast_client.account_forms import ACCOUNT_KINDS, AccountForms


class Kept(AccountForms):
    """Keeps what is handed in, and counts from 101."""

    def __init__(self) -> None:
        self.put: list[tuple[str, Mapping[str, Any]]] = []

    def _put(self, kind: str, event: Mapping[str, Any]) -> None:
        self.put.append((kind, event))

    def _next_sequence(self) -> int:
        return 101 + len(self.put)


ORDER: dict[str, Any] = {"instrument": "X", "side": "buy", "type": "limit", "quantity": 2, "status": "new"}
FILL: dict[str, Any] = {
    "order_id": "o1",
    "instrument": "X",
    "side": "sell",
    "price": Decimal("1E+2"),
    "quantity": "0.5",
    "commission": 0,
    "commission_currency": "USDT",
    "liquidity": "maker",
}


SAID: list[tuple[Callable[[AccountForms], None], str, dict[str, Any]]] = [
    (
        lambda forms: forms.order("ann", "o1", **ORDER, price="1.50", post_only=False, request_id="r", event_ts="t"),
        "order",
        {
            "order_id": "o1",
            "instrument": "X",
            "side": "buy",
            "type": "limit",
            "quantity": "2",
            "price": "1.50",
            "post_only": False,
            "status": "new",
            "filled_quantity": "0",
            "request_id": "r",
            "event_ts": "t",
            "sequence": 101,
        },
    ),
    (
        lambda forms: forms.fill("ann", "e1", **FILL),
        "fill",
        {**FILL, "execution_id": "e1", "price": "100", "commission": "0"},
    ),
    (
        lambda forms: forms.position("ann", "X", quantity="-2", average_price=3),
        "position",
        {
            "instrument": "X",
            "quantity": "-2",
            "average_price": "3",
            "realised_pnl": "0",
            "event": "update",
            "sequence": 101,
        },
    ),
    (
        lambda forms: forms.wallet("ann", "USDT", total=Decimal("10.0"), locked="4", reason="order"),
        "wallet",
        {"currency": "USDT", "total": "10.0", "locked": "4", "reason": "order", "sequence": 101},
    ),
    (
        lambda forms: forms.margin("ann", margin_level=None, formula="f", equity=5, maintenance_margin=0),
        "margin",
        {"margin_level": None, "formula": "f", "equity": "5", "maintenance_margin": "0", "sequence": 101},
    ),
    (
        lambda forms: forms.bot("ann", "b1", name="Grid", status="running", total_pnl="-1", trades_today=0),
        "bot",
        {
            "bot_id": "b1",
            "name": "Grid",
            "status": "running",
            "performance": {"total_pnl": "-1", "trades_today": 0},
            "sequence": 101,
        },
    ),
    (
        lambda forms: forms.alert("ann", "k1", alert_type="drawdown", severity="error", message="m", limit_value="10"),
        "alert",
        {
            "dedup_key": "k1",
            "alert_type": "drawdown",
            "severity": "error",
            "state": "open",
            "message": "m",
            "limit_value": "10",
            "sequence": 101,
        },
    ),
]


@pytest.mark.parametrize(("say", "kind", "event"), SAID, ids=[kind for _, kind, _ in SAID])
def test_each_kind_has_its_form(say: Callable[[AccountForms], None], kind: str, event: dict[str, Any]) -> None:
    """Numbers as text, exact; what is not given is left out; each but an execution has its number."""
    forms = Kept()

    say(forms)

    assert forms.put == [(kind, {"user_id": "ann", **event})]


def test_every_kind_of_accounts_is_tried() -> None:
    """What needs no venue is what there is a method for."""
    assert {kind for _, kind, _ in SAID} == ACCOUNT_KINDS


def test_a_sender_may_have_numbers_of_its_own() -> None:
    """They go as they are."""
    forms = Kept()

    forms.order("ann", "o1", **ORDER, sequence=7)
    forms.margin("ann", margin_level="1", formula="f", equity=1, maintenance_margin=1, sequence=0)

    assert [event["sequence"] for _, event in forms.put] == [7, 0]


@pytest.mark.parametrize("number", [1.5, True, b"1"])
@pytest.mark.parametrize(
    "say",
    [
        lambda forms, number: forms.order("ann", "o1", **{**ORDER, "quantity": number}),
        lambda forms, number: forms.order("ann", "o1", **ORDER, price=number),
        lambda forms, number: forms.fill("ann", "e1", **{**FILL, "commission": number}),
        lambda forms, number: forms.position("ann", "X", quantity=number),
        lambda forms, number: forms.wallet("ann", "USDT", total=1, locked=number),
        lambda forms, number: forms.margin(
            "ann", margin_level=number, formula="f", equity=1, maintenance_margin=1, sequence=1
        ),
        lambda forms, number: forms.bot("ann", "b1", name="b", status="running", win_rate=number),
        lambda forms, number: forms.alert("ann", "k", alert_type="t", severity="info", message="m", limit_value=number),
    ],
    ids=["quantity", "price", "commission", "position", "locked", "level", "rate", "limit"],
)
def test_what_is_not_exact_is_not_handed_in(say: Callable[[AccountForms, Any], None], number: Any) -> None:
    """A float has lost the number already."""
    forms = Kept()

    with pytest.raises(TypeError):
        say(forms, number)

    assert forms.put == []
