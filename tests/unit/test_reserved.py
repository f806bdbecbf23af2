"""What is promised to orders that may become larger."""

from decimal import Decimal

from components.trading.orders.order_funds import Need
from components.trading.orders.reserved import Reserved
from tests.support.trading_desk import make_trading


def test_promises_add_up_by_user_and_currency() -> None:
    """A newer one to the same order takes the place of the older one."""
    trading, reserved = make_trading(), Reserved()
    one, two, bobs = trading.place("one"), trading.place("two"), trading.place("one", "bob")

    reserved.keep(one, Need(currency="USDT", amount=Decimal(5)))
    reserved.keep(one, Need(currency="USDT", amount=Decimal(7)))
    reserved.keep(two, Need(currency="USDT", amount=Decimal("0.5")))
    reserved.keep(bobs, Need(currency="BTC", amount=Decimal(2)))

    assert reserved.amount("alice", "USDT") == Decimal("7.5")
    assert reserved.amount("alice", "BTC") == 0
    assert reserved.amount("bob", "BTC") == Decimal(2)


def test_a_promise_ends_once() -> None:
    """To an order that has none nothing ends."""
    trading, reserved = make_trading(), Reserved()
    one, two = trading.place("one"), trading.place("two")
    reserved.keep(one, Need(currency="USDT", amount=Decimal(5)))

    for order in (two, one, one):
        reserved.release(order)

    assert reserved.amount("alice", "USDT") == 0
