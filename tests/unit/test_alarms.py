"""What of an account's changes is told to the desk."""

from decimal import Decimal

import msgspec

from components.model.market import Side
from components.model.orders import Fill, Liquidity, OrderStatus
from components.model.platform_reports import Severity
from components.trading.alarms import alarms
from components.trading.changes import FillAdded, OrderChanged, OrderEvent
from tests.support.made_orders import make_order

ORDER = make_order(user_id="ann", client_order_id="c1", venue="platform", side=Side.SELL, quantity="2", placed_ns=1)
FILL = Fill(
    execution_id="e1",
    order_id="o1",
    client_order_id="c1",
    user_id="ann",
    instrument_id="BTCUSDT",
    venue="platform",
    side=Side.SELL,
    price=Decimal(100),
    quantity=Decimal("1.50"),
    commission=Decimal(0),
    commission_currency="USDT",
    liquidity=Liquidity.MAKER,
    ts_ns=1,
)


def test_an_execution_after_the_end_is_looked_after() -> None:
    """The account, the instrument, and how much it was."""
    (alarm,) = alarms([FillAdded(fill=FILL, is_late=True)])

    assert (alarm.user_id, alarm.alert_type, alarm.instrument_id) == ("ann", "late_fill", "BTCUSDT")
    assert alarm.severity is Severity.ERROR
    assert alarm.message == "1.5 of order c1 executed after its end"


def test_an_order_of_which_nobody_knows_is_looked_after() -> None:
    """Who does not answer is named."""
    unknown = msgspec.structs.replace(ORDER, status=OrderStatus.UNKNOWN)

    (alarm,) = alarms([OrderChanged(event=OrderEvent.UPDATE, order=unknown)])

    assert (alarm.user_id, alarm.alert_type, alarm.instrument_id) == ("ann", "order_unknown", "BTCUSDT")
    assert alarm.message == "nobody knows what became of order c1: platform does not answer"


def test_what_goes_its_way_is_not() -> None:
    """An execution in time, and an order at rest."""
    assert alarms([FillAdded(fill=FILL), OrderChanged(event=OrderEvent.UPDATE, order=ORDER)]) == []
