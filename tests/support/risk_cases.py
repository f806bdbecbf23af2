"""Accounts as risk sees them: figures, exposures and marks with as little said as a test needs."""

from decimal import Decimal
from typing import Any

from components.contract.envelope import NS_PER_S
from components.model.accounts import AccountFigures, Exposure, Mark
from components.model.market import Side
from components.model.orders import OrderRequest, OrderType
from components.risk.limits import Limits

NOW_NS = 1_700_000_000 * NS_PER_S
"""2023-11-14T22:13:20Z."""

BTC, ETH = "BTCUSDT", "ETHUSDT"
NO_LIMITS = Limits(
    order_notional=None,
    position_notional=None,
    open_orders=None,
    order_rate=None,
    order_burst=None,
    price_band_percent=None,
    mark_age_s=None,
    drawdown_percent=None,
    daily_loss_percent=None,
    margin_warning_level=None,
    margin_call_level=None,
    margin_liquidation_level=None,
)


def make_mark(price: str | None = "100", *, age_s: int = 0, now_ns: int = NOW_NS, **fields: Any) -> Mark:
    """A mark of so many seconds ago."""
    return Mark(price=None if price is None else Decimal(price), ts_ns=now_ns - age_s * NS_PER_S, **fields)


FRESH = make_mark()


def texts(*amounts: Decimal | int | None) -> list[str | None]:
    """Amounts as they are told."""
    return [None if amount is None else f"{Decimal(amount).normalize():f}" for amount in amounts]


def make_exposure(
    instrument_id: str = BTC,
    quantity: str = "1",
    *,
    price: str = "100",
    open_buys: str = "0",
    open_sells: str = "0",
    mark: Mark | None = FRESH,
) -> Exposure:
    """A position at a price, and open orders."""
    return Exposure(
        instrument_id=instrument_id,
        quantity=Decimal(quantity),
        notional=None if mark is None else abs(Decimal(quantity)) * Decimal(price),
        open_buys=Decimal(open_buys),
        open_sells=Decimal(open_sells),
        mark=mark,
    )


def make_figures(
    *exposures: Exposure,
    user_id: str = "alice",
    equity: str | None = "1000",
    transferred: str | None = "1000",
    margin_level: str | None = None,
    open_orders: int = 0,
    missing_prices: tuple[str, ...] = (),
) -> AccountFigures:
    """An account with what it has at stake."""
    worth = None if equity is None else Decimal(equity)
    return AccountFigures(
        user_id=user_id,
        currency="USDT",
        is_margin=margin_level is not None,
        balance=worth,
        equity=worth,
        unrealised_pnl=None,
        realised_pnl=None,
        transferred=None if transferred is None else Decimal(transferred),
        maintenance_margin=None,
        margin_level=None if margin_level is None else Decimal(margin_level),
        exposures=exposures,
        open_orders=open_orders,
        missing_prices=missing_prices,
    )


def make_request(
    side: Side = Side.BUY,
    quantity: str = "1",
    price: str | None = "100",
    *,
    stop_price: str | None = None,
    reduce_only: bool = False,
    instrument_id: str = BTC,
) -> OrderRequest:
    """What a caller wants: a limit order, or a market order where there is no price."""
    kinds = {
        (True, False): OrderType.LIMIT,
        (False, False): OrderType.MARKET,
        (False, True): OrderType.STOP,
        (True, True): OrderType.STOP_LIMIT,
    }
    return OrderRequest(
        client_order_id="mine",
        instrument_id=instrument_id,
        side=side,
        type=kinds[price is not None, stop_price is not None],
        quantity=Decimal(quantity),
        price=None if price is None else Decimal(price),
        stop_price=None if stop_price is None else Decimal(stop_price),
        reduce_only=reduce_only,
    )
