"""How fast accounts may send orders."""

from decimal import Decimal

import pytest

from components.contract.envelope import NS_PER_MS, NS_PER_S
from components.model.errors import RiskLimitExceeded
from components.risk import order_rate
from components.risk.order_rate import OrderRates
from tests.support.risk_cases import NOW_NS

RATE, BURST = Decimal(10), Decimal(3)


def send(rates: OrderRates, *, now_ns: int, user_id: str = "alice") -> bool:
    """Send one order, if it is let."""
    try:
        rates.check(user_id, RATE, BURST, now_ns=now_ns)
    except RiskLimitExceeded:
        return False
    rates.count(user_id, RATE, now_ns=now_ns)
    return True


def test_so_many_at_once_then_so_many_a_second() -> None:
    """Three of five pass, and one more for each tenth of a second."""
    rates = OrderRates()

    at_once = [send(rates, now_ns=NOW_NS) for _ in range(5)]
    later = [send(rates, now_ns=NOW_NS + number * 100 * NS_PER_MS) for number in (1, 1, 2)]

    assert at_once == [True, True, True, False, False]
    assert later == [True, False, True]


def test_a_refusal_says_what_would_have_been() -> None:
    """In orders, which is what the burst is counted in; and it is not counted."""
    rates = OrderRates()
    for _ in range(3):
        send(rates, now_ns=NOW_NS)

    for _ in range(2):
        with pytest.raises(RiskLimitExceeded) as raised:
            rates.check("alice", RATE, BURST, now_ns=NOW_NS + 1)

        assert raised.value.details == {"limit": "order_rate", "allowed": "3", "requested": "4"}


def test_after_a_rest_all_is_as_before() -> None:
    """What was counted is worked off, and no more than the burst is saved up."""
    rates = OrderRates()
    for _ in range(3):
        send(rates, now_ns=NOW_NS)

    assert [send(rates, now_ns=NOW_NS + NS_PER_S) for _ in range(4)] == [True, True, True, False]


def test_accounts_do_not_share() -> None:
    """Each has its own."""
    rates = OrderRates()
    for _ in range(3):
        send(rates, now_ns=NOW_NS)

    assert send(rates, now_ns=NOW_NS, user_id="bob")


@pytest.mark.parametrize(("rate", "burst"), [(None, BURST), (RATE, None), (None, None)])
def test_without_one_of_the_two_there_is_no_limit(rate: Decimal | None, burst: Decimal | None) -> None:
    """Nothing is refused, and without a rate nothing is counted."""
    rates = OrderRates()

    for _ in range(10):
        rates.check("alice", rate, burst, now_ns=NOW_NS)
        rates.count("alice", rate, now_ns=NOW_NS)

    assert rates.waiting("alice", rate, now_ns=NOW_NS) == (0 if rate is None else 10)


def test_who_is_at_rest_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many accounts come by."""
    monkeypatch.setattr(order_rate, "_FORGET_FROM", 3)
    rates = OrderRates()

    for number in range(9):
        send(rates, now_ns=NOW_NS + number * NS_PER_S, user_id=f"user{number}")

    assert len(rates._worked_off_ns) <= 3
