"""What one fact does to the balances of an account, collected and booked."""

from decimal import Decimal

from components.model.orders import Balance
from components.trading.changes import BalanceReason
from components.trading.ledger.balances import Booking, add


def make_balances(**totals: str) -> dict[str, Balance]:
    return {currency: Balance(currency=currency, total=Decimal(total)) for currency, total in totals.items()}


def test_each_currency_changes_once() -> None:
    """Several payments and locks of one currency are one change, in the order in which the currencies came."""
    balances, booking = make_balances(USDT="100"), Booking()
    booking.pay("USDT", Decimal(-10))
    booking.pay("BTC", Decimal(1))
    booking.pay("USDT", Decimal(-5))
    booking.lock("USDT", Decimal(20))

    changes = booking.book("alice", balances, BalanceReason.TRADE)

    assert [(one.user_id, one.reason, one.balance) for one in changes] == [
        ("alice", "trade", Balance(currency="USDT", total=Decimal(85), locked=Decimal(20))),
        ("alice", "trade", Balance(currency="BTC", total=Decimal(1))),
    ]
    assert balances == {one.balance.currency: one.balance for one in changes}


def test_what_comes_to_nothing_changes_nothing() -> None:
    """A currency of which as much came as went is not told."""
    balances, booking = make_balances(), Booking()
    booking.pay("USDT", Decimal(10))
    booking.pay("USDT", Decimal(-10))

    assert booking.book("alice", balances, BalanceReason.TRADE) == []
    assert balances == {}


def test_more_cannot_be_locked_than_is_free() -> None:
    """What is locked already and what is paid in count; giving back is always possible."""
    balances = {"USDT": Balance(currency="USDT", total=Decimal(100), locked=Decimal(40))}
    enough, much, back = Booking(), Booking(), Booking()
    enough.pay("USDT", Decimal(1))
    enough.lock("USDT", Decimal(61))
    much.lock("USDT", Decimal("60.01"))
    back.lock("USDT", Decimal(-50))

    assert enough.overlocked(balances) is None
    assert much.overlocked(balances) == "USDT"
    assert much.overlocked({}) == "USDT"
    assert back.overlocked(balances) is None


def test_sums_by_currency_begin_with_nothing() -> None:
    """The first amount of a currency is its sum."""
    amounts: dict[str, Decimal] = {}

    add(amounts, "USDT", Decimal(1))
    add(amounts, "USDT", Decimal(2))

    assert amounts == {"USDT": 3}
