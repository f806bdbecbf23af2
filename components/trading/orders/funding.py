"""What accounts begin with, and what operators put in or take out."""

from collections.abc import Callable, Mapping
from decimal import Decimal

import attrs

from components.model.errors import Duplicate, InvalidArgument, RiskLimitExceeded
from components.model.money import ZERO, amount_text, exact
from components.trading.facts import AccountOpened, BalanceAdjusted
from components.trading.ledger.ledger import Ledger
from components.trading.live.markets import Markets
from components.trading.orders.adjustment_arguments import Adjustment
from components.trading.orders.desk_rules import DeskRules

_ONE = Decimal(1)


class Funding:
    """
    Decide about the money that accounts have otherwise than by trading.

    It changes nothing.
    """

    def __init__(
        self, ledger: Ledger, markets: Markets, rules: DeskRules, *, free: Callable[[str, str], Decimal]
    ) -> None:
        """
        Decide by what these know.

        Args:
            ledger: The accounts.
            markets: Know what a currency is worth in another.
            rules: What accounts begin with.
            free: What of a user's balance in a currency nothing was promised to.
        """
        self._ledger = ledger
        self._markets = markets
        self._rules = rules
        self._free = free

    def opening(self, user_id: str, *, now_ns: int) -> AccountOpened | None:
        """The beginning of an account; None where it has begun."""
        if self._ledger.has_account(user_id):
            return None
        balances = {} if self._rules.is_external else dict(self._rules.opening_balances)
        return AccountOpened(
            ts_ns=now_ns,
            user_id=user_id,
            balances=balances,
            is_margin=self._rules.is_margin,
            is_external=self._rules.is_external,
            worth=self._worth(balances),
        )

    def adjustment(self, adjustment: Adjustment, *, adjusted_by: str, now_ns: int) -> BalanceAdjusted | None:
        """
        What an operator puts in or takes out; None where that was done.

        Raises:
            Duplicate: Its id stands for another one.
            InvalidArgument: A platform keeps the account's money.
            RiskLimitExceeded: A cash account has less free than is to be taken out; the limit is `balance`.
        """
        earlier = self._ledger.adjustment(adjustment.adjustment_id)
        if earlier is None:
            self._check(adjustment)
            return BalanceAdjusted(
                ts_ns=now_ns,
                **attrs.asdict(adjustment),
                adjusted_by=adjusted_by,
                worth=self._worth({adjustment.currency: adjustment.amount}),
            )
        if _content(earlier) != _content(adjustment):
            raise Duplicate(f"adjustment_id: {adjustment.adjustment_id} stands for another adjustment")
        return None

    def _check(self, adjustment: Adjustment) -> None:
        user_id, has_begun = adjustment.user_id, self._ledger.has_account(adjustment.user_id)
        rules, ledger = self._rules, self._ledger
        if ledger.is_external(user_id) if has_begun else rules.is_external:
            raise InvalidArgument("user_id", "expected an account that the gateway keeps; a platform keeps this one")
        if ledger.is_margin(user_id) if has_begun else rules.is_margin:
            return
        currency = adjustment.currency
        free = self._free(user_id, currency) if has_begun else rules.opening_balances.get(currency, ZERO)
        if -adjustment.amount > free:
            raise RiskLimitExceeded("balance", allowed=amount_text(free), requested=amount_text(-adjustment.amount))

    @exact
    def _worth(self, amounts: Mapping[str, Decimal]) -> Decimal | None:
        worth = ZERO
        for currency, amount in amounts.items():
            into = self._rules.currency
            rate = _ONE if currency == into else self._markets.rate(currency, into)
            if rate is None:
                return None
            worth += amount * rate
        return worth


def _content(adjustment: Adjustment | BalanceAdjusted) -> tuple[str, str, Decimal]:
    return adjustment.user_id, adjustment.currency, adjustment.amount
