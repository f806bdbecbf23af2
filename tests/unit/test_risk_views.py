"""What risk tells."""

import itertools
from decimal import Decimal
from typing import Any

import attrs
import pytest

from components.contract.envelope import NS_PER_S
from components.model.alerts import Alarm
from components.model.platform_reports import Severity
from components.risk.facts import Alert, AlertChanged
from components.risk.limits import KINDS, Limits
from components.risk.risk import Risk
from components.risk.settings import RiskSettings
from components.risk.trading_state import Turn
from components.risk.views import (
    MOST_ALERTS,
    account_view,
    alert_payload,
    alerts_state,
    audit_rows,
    limit_rows,
    newest_alerts,
    override_rows,
    state_view,
    view_gist,
)
from tests.support.alert_desk import make_report
from tests.support.risk_cases import BTC, ETH, FRESH, NOW_NS, make_exposure, make_figures, make_mark, make_request

DESK: dict[str, Any] = {"by": "desk", "reason": "because", "now_ns": NOW_NS}


@pytest.fixture
def risk() -> Risk:
    """Nothing has happened yet."""
    return Risk(RiskSettings())


def raise_alert(risk: Risk, user_id: str = "alice", *, after_s: int = 0, **fields: Any) -> Alert:
    """One alarm, a while later."""
    alarm = Alarm(
        **{"user_id": user_id, "alert_type": "late_fill", "severity": Severity.ERROR, "message": "came late", **fields}
    )
    risk.raise_alert(alarm, now_ns=NOW_NS + after_s * NS_PER_S)
    fact = risk.take()[-1]
    assert isinstance(fact, AlertChanged)
    return fact.alert


def test_an_alert_is_told_whole(risk: Risk) -> None:
    """Amounts as text, times in ISO-8601, what is absent as null."""
    alert = raise_alert(risk, instrument_id=BTC, current_value=Decimal("1.50"), limit_value=Decimal("1E+2"))
    risk.acknowledge("alice", alert.alert_id, by="desk", note="on it", now_ns=NOW_NS + NS_PER_S)
    (fact,) = risk.take()
    assert isinstance(fact, AlertChanged)

    assert alert_payload(fact.alert, fact.event) == {
        "event": "acknowledged",
        "alert_id": alert.alert_id,
        "dedup_key": alert.dedup_key,
        "user_id": "alice",
        "instrument": BTC,
        "alert_type": "late_fill",
        "severity": "error",
        "state": "acknowledged",
        "message": "came late",
        "limit_value": "100",
        "current_value": "1.5",
        "count": 1,
        "first_seen": "2023-11-14T22:13:20.000000Z",
        "last_seen": "2023-11-14T22:13:20.000000Z",
        "escalation_level": 0,
        "escalates_at": None,
        "acknowledged_by": "desk",
        "acknowledged_at": "2023-11-14T22:13:21.000000Z",
        "acknowledged_until": "2023-11-15T02:13:21.000000Z",
        "note": "on it",
        "resolved_at": None,
        "reason": None,
        "source": "gateway",
    }


def test_the_state_of_alerts_is_what_is_not_resolved(risk: Risk) -> None:
    """Of one account, or of all; the newest first."""
    for second, user_id in enumerate(["alice", "bob"]):
        raise_alert(risk, user_id, after_s=second)
        raise_alert(risk, user_id, after_s=second + 5, alert_type="other")
    risk.resolve_alert("alice", "other", now_ns=NOW_NS + 60 * NS_PER_S)
    risk.receive_handed_in([make_report(1, user_id="carol")], now_ns=NOW_NS)

    own, everybodys = alerts_state(risk, "alice"), alerts_state(risk, None)

    assert [row["alert_type"] for row in rows(own["alerts"])] == ["late_fill"]
    assert [(row["user_id"], row["source"]) for row in rows(everybodys["alerts"])] == [
        ("bob", "gateway"),
        ("bob", "gateway"),
        ("alice", "gateway"),
        ("carol", "platform"),
    ]
    assert (own["unresolved"], everybodys["unresolved"]) == (1, 4)
    assert alerts_state(risk, "nobody") == {"alerts": [], "unresolved": 0}


def rows(value: object) -> list[dict[str, Any]]:
    """A list of rows."""
    assert isinstance(value, list)
    return value


def test_a_state_is_bounded_and_says_so(risk: Risk) -> None:
    """The newest are told, and how many there are."""
    for number in range(MOST_ALERTS + 10):
        raise_alert(risk, f"user{number}", after_s=number)

    state = alerts_state(risk, None)

    assert (len(rows(state["alerts"])), state["unresolved"]) == (MOST_ALERTS, MOST_ALERTS + 10)
    assert rows(state["alerts"])[0]["user_id"] == f"user{MOST_ALERTS + 9}"
    assert newest_alerts((), most=5) == []


@pytest.fixture
def view(risk: Risk) -> dict[str, Any]:
    """What alice is told, who has won, then lost, and has three instruments at stake."""
    risk.set_limits("alice", ETH, {"order_notional": "5", "price_band_percent": "off"}, **DESK)
    risk.evaluate(make_figures(equity="1250"), now_ns=NOW_NS)
    risk.check_order(make_request(), make_figures(), mark=FRESH, quote_rate=Decimal(1), now_ns=NOW_NS)
    figures = make_figures(
        make_exposure(BTC, "3", open_buys="1"),
        make_exposure(ETH, "-1", open_sells="2", mark=make_mark(age_s=200)),
        make_exposure("SOLUSDT", "1", mark=None),
        equity="1000",
        margin_level="2.5",
        open_orders=4,
        missing_prices=("SOLUSDT",),
    )
    return account_view(risk, figures, now_ns=NOW_NS)


def test_an_account_is_told_how_it_is(view: dict[str, Any]) -> None:
    """The state, what losses are counted from, and what is missing."""
    assert {name: value for name, value in view.items() if name not in ("limits", "exposures")} == {
        "user_id": "alice",
        "currency": "USDT",
        "trading_state": "active",
        "trading_state_reason": None,
        "trading_state_since": None,
        "is_liquidating": False,
        "high_water_mark": "1250",
        "day_began_with": "1250",
        "missing_prices": ["SOLUSDT"],
    }


def test_every_limit_is_told_with_its_use(view: dict[str, Any]) -> None:
    """Where something adds up."""
    used = {str(row["limit"]): row["used"] for row in view["limits"]}

    assert list(used) == [kind.name for kind in KINDS]
    assert {name: value for name, value in used.items() if value is not None} == {
        "position_notional": "300",
        "open_orders": "4",
        "order_burst": "1",
        "drawdown_percent": "20",
        "daily_loss_percent": "20",
        "concentration_percent": "75",
        "margin_warning_level": "2.5",
        "margin_call_level": "2.5",
        "margin_liquidation_level": "2.5",
    }


def test_what_is_at_stake_is_told_by_instrument(view: dict[str, Any]) -> None:
    """With the limits that hold on it, and what is wrong with its price."""
    btc, eth, sol = view["exposures"]

    assert btc == {
        "instrument": BTC,
        "quantity": "3",
        "notional": "300",
        "share_percent": "75",
        "open_buys": "1",
        "open_sells": "0",
        "price_fault": None,
        "limits": {
            "order_notional": "1000000",
            "position_notional": "5000000",
            "price_band_percent": "30",
            "mark_age_s": "120",
        },
    }
    assert eth["price_fault"] == "200"
    assert (eth["limits"]["order_notional"], eth["limits"]["price_band_percent"]) == ("5", None)
    assert (sol["notional"], sol["share_percent"], sol["price_fault"]) == (None, None, "none")


@pytest.mark.parametrize(
    ("change", "is_other"),
    [
        ({"equity": Decimal(5)}, False),
        ({"exposures": (make_exposure(BTC, "1", price="200"),)}, False),
        ({"open_orders": 1}, True),
        ({"exposures": (make_exposure(BTC, "2"),)}, True),
        ({"exposures": (make_exposure(BTC, "1", open_buys="1"),)}, True),
        ({"exposures": (make_exposure(BTC, "1", open_sells="1"),)}, True),
        ({"exposures": (make_exposure(ETH, "1"),)}, True),
    ],
)
def test_the_gist_of_a_view_does_not_move_with_prices(risk: Risk, change: dict[str, Any], is_other: bool) -> None:  # noqa: FBT001 - a column
    """What is held and ordered does."""
    figures = make_figures(make_exposure(BTC, "1"))

    assert (view_gist(risk, figures) != view_gist(risk, attrs.evolve(figures, **change))) is is_other


def test_the_gist_of_a_view_is_another_with_the_desks_doings(risk: Risk) -> None:
    """And with a liquidation."""
    figures = make_figures(make_exposure(BTC, "1"), margin_level="1")
    gists = [view_gist(risk, figures)]

    risk.set_limits("alice", None, {"open_orders": "5"}, **DESK)
    gists.append(view_gist(risk, figures))
    risk.set_state(None, Turn.REDUCE, **DESK)
    gists.append(view_gist(risk, figures))
    risk.evaluate(figures, now_ns=NOW_NS)
    gists.append(view_gist(risk, figures))

    assert all(one != other for one, other in itertools.pairwise(gists))


def test_an_account_with_nothing_uses_nothing(risk: Risk) -> None:
    """Before its first look there is nothing to have lost of."""
    view = account_view(risk, make_figures(), now_ns=NOW_NS)

    assert (view["high_water_mark"], view["day_began_with"], view["exposures"]) == (None, None, [])
    used = {row["limit"]: row["used"] for row in rows(view["limits"])}
    assert (used["concentration_percent"], used["position_notional"], used["drawdown_percent"]) == ("0", "0", None)


def test_a_state_says_why(risk: Risk) -> None:
    """Of an account the stricter one's reason."""
    assert state_view(risk, None)["trading_state"] == "active"
    risk.set_state(None, Turn.REDUCE, **DESK)
    risk.set_state("alice", Turn.HALT, by="desk", reason="fraud", now_ns=NOW_NS + NS_PER_S)

    assert state_view(risk, "alice") == {
        "trading_state": "halted",
        "trading_state_reason": "fraud",
        "trading_state_since": "2023-11-14T22:13:21.000000Z",
    }
    assert state_view(risk, None)["trading_state_reason"] == "because"
    assert state_view(risk, "bob")["trading_state"] == "reducing"


def test_limits_are_told_in_order_and_off_as_null() -> None:
    """With their units."""
    told = limit_rows(Limits(open_orders=None))

    assert [row["limit"] for row in told] == [kind.name for kind in KINDS]
    assert told[0] == {"limit": "order_notional", "value": "1000000", "unit": "account currency"}
    assert told[2] == {"limit": "open_orders", "value": None, "unit": "orders"}


def test_the_desk_sees_what_it_did(risk: Risk) -> None:
    """Of one account what concerns it, and of all everything."""
    risk.set_limits("alice", BTC, {"order_notional": "5"}, **DESK)
    risk.set_limits(None, None, {"open_orders": "7"}, **DESK)
    risk.set_limits("bob", None, {"open_orders": "8"}, **DESK)
    risk.set_state("bob", Turn.HALT, **DESK)

    overrides, audit = override_rows(risk, None), audit_rows(risk.audit.records, None)

    assert overrides == [
        {"user_id": None, "instrument": None, "limits": {"open_orders": "7"}},
        {"user_id": "alice", "instrument": BTC, "limits": {"order_notional": "5"}},
        {"user_id": "bob", "instrument": None, "limits": {"open_orders": "8"}},
    ]
    assert override_rows(risk, "alice") == overrides[:2]
    assert [row["user_id"] for row in audit] == ["bob", "bob", None, "alice"]
    assert audit_rows(risk.audit.records, "alice") == audit[2:]
    assert audit[0] == {
        "ts": "2023-11-14T22:13:20.000000Z",
        "action": "set_state",
        "by": "desk",
        "user_id": "bob",
        "instrument": None,
        "reason": "because",
        "before": {"state": "active"},
        "after": {"state": "halted"},
    }
