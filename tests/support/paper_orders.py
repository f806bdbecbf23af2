"""Orders as the desk sends them to the venue on paper, and its live book."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from components.model.market import Side
from components.model.money import amount_text
from components.model.orders import Order, OrderStatus, OrderType
from components.trading.live.markets import Level
from components.trading.orders.execution import Executed, ExecutionClient, Report
from components.trading.paper.paper_rules import PaperRules
from components.trading.paper.paper_venue import PaperVenue
from tests.support.made_orders import make_order

BTCUSDT = "BTCUSDT"


def make_venue(
    lot: str | None = "0.01", *, held: Mapping[str, str | Decimal] | None = None, **rules: Any
) -> PaperVenue:
    """A venue with the rules given, free of commission and of latency, where users hold what is said, or nothing."""
    venue = PaperVenue(
        PaperRules(**rules),
        lot_size=lambda _: None if lot is None else Decimal(lot),
        held=lambda user_id, _: Decimal((held or {}).get(user_id, 0)),
    )
    as_the_desk_sees_it: ExecutionClient = venue
    assert as_the_desk_sees_it.venue == "paper"
    return venue


def paper_order(name: str, side: str, quantity: str, price: str | None = None, **other: Any) -> Order:
    """An order that was just accepted from its caller; a limit order where it has a price."""
    given: dict[str, Any] = {
        "side": Side(side),
        "type": OrderType.MARKET if price is None else OrderType.LIMIT,
        "quantity": quantity,
        "price": price,
        "status": OrderStatus.PENDING_NEW,
        "base": "BTC",
        "quote": "USDT",
        **other,
    }
    return make_order(name, **given)


def amount(text: str) -> Decimal:
    """A price, a quantity or a rate."""
    return Decimal(text)


def levels(sizes: Mapping[str, str]) -> list[Level]:
    """Levels of a live book, of sizes by price."""
    return [(Decimal(price), Decimal(size)) for price, size in sizes.items()]


def told(reports: list[Report]) -> list[str]:
    """What a venue reports, in words: `a accepted`, `a taker 2 at 100`, `a expired no_liquidity`."""
    return [_words(report) for report in reports]


def _words(report: Report) -> str:
    if isinstance(report, Executed):
        return f"{report.order_id} {report.liquidity} {amount_text(report.quantity)} at {amount_text(report.price)}"
    words = [report.order_id, type(report).__name__.lower()]
    for name in ("is_untriggered", "quantity", "price", "reason"):
        value = getattr(report, name, None)
        if isinstance(value, bool):
            words += ["untriggered"] if value else []
        elif value is not None:
            words.append(amount_text(value) if isinstance(value, Decimal) else value)
    return " ".join(words)
