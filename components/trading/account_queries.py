"""What callers may ask of accounts: their orders, executions, positions, balances and worth."""

import itertools
from collections.abc import Callable

import attrs

from components.contract.envelope import Payload
from components.model.arguments import integer_of, one_of, text_of
from components.model.errors import InvalidArgument, UnknownOrder
from components.model.orders import Fill, Order, OrderStatus
from components.model.paging import DEFAULT_ROWS, MOST_ROWS, Page, page_of
from components.trading.accounts import Accounts
from components.trading.orders.order_arguments import read_known_id
from components.trading.payloads import (
    MarginThresholds,
    balance_body,
    fill_body,
    margin_body,
    order_body,
    portfolio_body,
    position_body,
    told_margin_body,
)

STATUSES = ("open", "final", *OrderStatus)
"""What `orders.list` can be asked for: all that may still change, all that will not, or one status."""


@attrs.frozen(kw_only=True)
class Worth:
    """
    What one account is worth.

    Attributes:
        instruments: On whose prices that depends.
        portfolio: As clients get it.
        margin: As clients get it; None where a platform tells it, whenever it changes.
    """

    instruments: tuple[str, ...]
    portfolio: Payload
    margin: Payload | None


class AccountQueries:
    """
    Answer about one account at a time.

    Sans-I/O. Whose account it is was decided before; arguments are checked here.
    """

    def __init__(self, accounts: Accounts, thresholds: Callable[[str], MarginThresholds]) -> None:
        """
        Answer from what others keep up to date.

        Args:
            accounts: All there are.
            thresholds: At which margin levels something happens to a user's account.
        """
        self._ledger = accounts.ledger
        self._markets = accounts.markets
        self._figures = accounts.figures
        self._thresholds = thresholds

    def get_order(self, user_id: str, *, client_order_id: object, order_id: object) -> Payload:
        """
        One order of the account, by either name.

        Raises:
            InvalidArgument: Not exactly one of the names is given, or it is no string.
            UnknownOrder: The account has none of that name.
        """
        known_client_order_id, known_order_id = order_names(client_order_id, order_id)
        order = self._ledger.find_order(user_id, client_order_id=known_client_order_id, order_id=known_order_id)
        if order is None:
            raise UnknownOrder("there is no such order")
        return order_body(order)

    def list_orders(self, user_id: str, *, status: object, limit: object, before: object) -> Page[Payload]:
        """
        Orders, the newest first: at most `limit` of a status, placed before a time or behind an earlier page.

        Raises:
            InvalidArgument: An argument is of the wrong kind.
        """
        wanted = None if status is None else one_of("status", status, STATUSES)
        orders = (one for one in self._ledger.orders(user_id) if wanted is None or _is(one[1], wanted))
        return page_of(orders, _placed_ns, limit=limit, before=before).told_by(order_body)

    def list_fills(self, user_id: str, *, limit: object, before: object) -> Page[Payload]:
        """
        Executions, the newest first: at most `limit`, before a time or behind an earlier page.

        Raises:
            InvalidArgument: An argument is of the wrong kind.
        """
        return page_of(self._ledger.fills(user_id), _fill_ns, limit=limit, before=before).told_by(fill_body)

    def positions(self, user_id: str) -> list[Payload]:
        """What is held of each instrument."""
        return [position_body(one, self._markets.mark(one.instrument_id)) for one in self._ledger.positions(user_id)]

    def balances(self, user_id: str) -> list[Payload]:
        """What there is of each currency."""
        return [balance_body(one) for one in self._ledger.balances(user_id)]

    def portfolio(self, user_id: str, *, now_ns: int) -> Payload:
        """What the account is worth."""
        return portfolio_body(self._figures(user_id, now_ns))

    def margin(self, user_id: str, *, now_ns: int) -> Payload:
        """How far the account is from its end, by the formula that is named."""
        told = self._ledger.told_margin(user_id)
        if told is not None:
            return told_margin_body(told)
        return margin_body(self._figures(user_id, now_ns), self._thresholds(user_id))

    def worth(self, user_id: str, *, now_ns: int) -> Worth:
        """What the account is worth, what that depends on, and its margin level, reckoned once."""
        figures = self._figures(user_id, now_ns)
        is_margin_told = self._ledger.told_margin(user_id) is not None
        return Worth(
            instruments=tuple(one.instrument_id for one in figures.exposures),
            portfolio=portfolio_body(figures),
            margin=None if is_margin_told else margin_body(figures, self._thresholds(user_id)),
        )

    def list_accounts(self, *, limit: object, after: object, now_ns: int) -> list[Payload]:
        """
        Accounts in order of their users: at most `limit`, behind a user.

        Raises:
            InvalidArgument: An argument is of the wrong kind.
        """
        most = DEFAULT_ROWS if limit is None else integer_of("limit", limit, least=1, most=MOST_ROWS)
        behind = "" if after is None else text_of("after", after)
        named = itertools.islice((one for one in sorted(self._ledger.user_ids()) if one > behind), most)
        return [self._account_row(one, now_ns) for one in named]

    def _account_row(self, user_id: str, now_ns: int) -> Payload:
        figures = self._figures(user_id, now_ns)
        return {
            "user_id": user_id,
            "is_margin": figures.is_margin,
            "open_orders": figures.open_orders,
            "balances": self.balances(user_id),
            **portfolio_body(figures),
        }

    def has_account(self, user_id: str) -> bool:
        """Whether the user has an account."""
        return self._ledger.has_account(user_id)

    def open_orders(self, user_id: str) -> list[Payload]:
        """All open orders, the oldest first."""
        return [order_body(one) for one in self._ledger.open_orders(user_id)]


def order_names(client_order_id: object, order_id: object) -> tuple[str | None, str | None]:
    """
    The one name by which an order is asked for, and None in place of the other.

    Raises:
        InvalidArgument: Not exactly one is given, or it is no string, or too long.
    """
    if (client_order_id is None) == (order_id is None):
        raise InvalidArgument("client_order_id", "expected either client_order_id or order_id")
    if order_id is None:
        return read_known_id("client_order_id", client_order_id), None
    return None, read_known_id("order_id", order_id)


def _is(order: Order, wanted: str) -> bool:
    if wanted == "open":
        return order.is_open
    if wanted == "final":
        return not order.is_open
    return order.status == wanted


def _placed_ns(order: Order) -> int:
    return order.placed_ns


def _fill_ns(fill: Fill) -> int:
    return fill.ts_ns
