"""What risk, bots and trading know of one another's accounts: figures that one reckons and the other judges."""

from collections.abc import Collection
from decimal import Decimal
from typing import Protocol

import attrs

from components.model.market import Side
from components.model.orders import Order, OrderRequest


@attrs.frozen(kw_only=True)
class Mark:
    """
    What an instrument is worth now.

    Attributes:
        price: The consolidated price; None where only a quote is known.
        bid: The best bid; None where nobody bids.
        ask: The best ask; None where nobody asks.
        ts_ns: As of when, UNIX nanoseconds.
        is_stale: Whether its source says so itself.
    """

    price: Decimal | None
    bid: Decimal | None = None
    ask: Decimal | None = None
    ts_ns: int
    is_stale: bool = False

    def closing_price(self, quantity: Decimal) -> Decimal | None:
        """What one unit of a position is worth: the price, else what it could be closed at; None where neither is."""
        if self.price is not None:
            return self.price
        return self.bid if quantity > 0 else self.ask


@attrs.frozen(kw_only=True)
class Exposure:
    """
    What one account has at stake in one instrument.

    Attributes:
        quantity: Of the position, signed.
        notional: Its worth at the mark, unsigned, in account currency; None where there is no mark.
        open_buys: Unfilled quantity of open buy orders.
        open_sells: The same of sell orders.
        mark: None where none is known.
    """

    instrument_id: str
    quantity: Decimal
    notional: Decimal | None
    open_buys: Decimal
    open_sells: Decimal
    mark: Mark | None


@attrs.frozen(kw_only=True)
class AccountFigures:
    """
    One account, reckoned at the marks of now; all amounts in account currency.

    Attributes:
        currency: The account currency.
        is_margin: Whether positions are held on margin.
        balance: Worth of all balances; None where a price for one is missing.
        equity: Balance and, on margin, unrealised profit and loss; None where a price is missing.
        unrealised_pnl: None where a price is missing.
        realised_pnl: Since the account began, commissions apart; None where a price is missing.
        transferred: What opening and adjustments brought in less what they took out, at what it was worth then; at
            today's worth where that was not known. None where a price is missing.
        maintenance_margin: 0 on a cash account; None where a price is missing.
        margin_level: Equity through maintenance margin; None on a cash account, without positions, or where a price
            is missing.
        exposures: By instrument, of positions and open orders.
        open_orders: How many there are.
        missing_prices: Instruments and currencies that have no price.
        realised_pnl_today: What of the realised is of this day, UTC; None where a price is missing.
        is_external: Whether a platform keeps the account, and judges while it lives what it may.
    """

    user_id: str
    currency: str
    is_margin: bool
    balance: Decimal | None
    equity: Decimal | None
    unrealised_pnl: Decimal | None
    realised_pnl: Decimal | None
    transferred: Decimal | None
    maintenance_margin: Decimal | None
    margin_level: Decimal | None
    exposures: tuple[Exposure, ...]
    open_orders: int
    missing_prices: tuple[str, ...] = ()
    realised_pnl_today: Decimal | None = None
    is_external: bool = False


class PreTradeRisk(Protocol):
    """Who is asked before an order or a change of one is accepted. A cancel is never asked about."""

    def check_order(
        self,
        request: OrderRequest,
        figures: AccountFigures,
        *,
        mark: Mark | None,
        quote_rate: Decimal | None,
        now_ns: int,
    ) -> None:
        """
        Let an order pass, and count it towards the account's rate.

        Args:
            request: What the caller wants.
            figures: The account without it.
            mark: What the instrument is worth; None where nothing is known.
            quote_rate: What one unit of the instrument's quote currency is worth in account currency; None where that
                is not known.
            now_ns: Now, UNIX nanoseconds.

        Raises:
            RiskLimitExceeded: A limit would be crossed.
            Halted: The account, or everything, does not trade now, or only makes positions smaller.
            Unavailable: Limits have to be judged by a price, and none is known.
        """

    def check_amend(
        self,
        order: Order,
        quantity: Decimal,
        price: Decimal | None,
        figures: AccountFigures,
        *,
        mark: Mark | None,
        quote_rate: Decimal | None,
        now_ns: int,
    ) -> None:
        """
        Let a change of an open order pass, and count it towards the account's rate.

        Args:
            order: As it is.
            quantity: What it is to be then, executed quantity included.
            price: Its limit then; None where the type has none.
            figures: The account with the order as it is.
            mark: As with an order.
            quote_rate: As with an order.
            now_ns: Now, UNIX nanoseconds.

        Raises:
            RiskLimitExceeded: A limit would be crossed.
            Halted: The account, or everything, does not trade now, or only makes positions smaller.
            Unavailable: Limits have to be judged by a price, and none is known.
        """


class AccountControl(Protocol):
    """What risk and the dead-man switch may do with accounts; each call is journalled and published by itself."""

    def user_ids(self) -> Collection[str]:
        """Whose accounts there are."""

    def figures(self, user_id: str, *, now_ns: int) -> AccountFigures:
        """One account at the marks of now; one that does not exist has nothing."""

    def cancel_orders(self, user_id: str | None, instrument_id: str | None, *, reason: str, now_ns: int) -> list[Order]:
        """Ask for the cancelling of all open orders of one user or all, on one instrument or all; and tell them."""

    def close_position(self, user_id: str, instrument_id: str, *, tag: str, reason: str, now_ns: int) -> None:
        """Send a market order that closes a position, unless one with the tag is open; the venue decides its price."""


def is_reducing(side: Side, quantity: Decimal, position: Decimal) -> bool:
    """Whether an order of that size can only make a signed position smaller, and never turn it."""
    if side is Side.BUY:
        return position < 0 and quantity <= -position
    return position > 0 and quantity <= position
