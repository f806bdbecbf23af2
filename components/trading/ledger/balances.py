"""Balances of one account: what one fact moves, collected by currency and booked at once."""

from collections.abc import Mapping
from decimal import Decimal

from components.model.money import ZERO
from components.model.orders import Balance
from components.trading.changes import BalanceChanged, BalanceReason


class Booking:
    """
    What one fact does to the balances of an account.

    Reckons exactly only within a function that is `@exact`, as all of the ledger's are.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self._moves: dict[str, tuple[Decimal, Decimal]] = {}

    def pay(self, currency: str, amount: Decimal) -> None:
        """Put an amount in; less than 0 takes it out."""
        self._add(currency, amount, ZERO)

    def lock(self, currency: str, amount: Decimal) -> None:
        """Lock an amount for an order; less than 0 gives it back."""
        self._add(currency, ZERO, amount)

    def overlocked(self, balances: Mapping[str, Balance]) -> str | None:
        """The first currency of which more would be locked than is free; None where there is none."""
        for currency, (amount, locked) in self._moves.items():
            balance = balances.get(currency, Balance(currency=currency))
            if locked > 0 and balance.total + amount < balance.locked + locked:
                return currency
        return None

    def book(self, user_id: str, balances: dict[str, Balance], reason: BalanceReason) -> list[BalanceChanged]:
        """Change the balances, and say so: once for each currency in which anything moved."""
        changes = []
        for currency, (amount, locked) in self._moves.items():
            if not amount and not locked:
                continue
            before = balances.get(currency)
            balance = Balance(
                currency=currency,
                total=before.total + amount if before else amount,
                locked=before.locked + locked if before else locked,
            )
            balances[currency] = balance
            changes.append(BalanceChanged(user_id=user_id, balance=balance, reason=reason.value))
        return changes

    def _add(self, currency: str, amount: Decimal, locked: Decimal) -> None:
        before = self._moves.get(currency)
        self._moves[currency] = (before[0] + amount, before[1] + locked) if before else (amount, locked)


def add(amounts: dict[str, Decimal], currency: str, amount: Decimal) -> None:
    """Add to the sum of one currency; within a function that is `@exact`."""
    amounts[currency] = amounts.get(currency, ZERO) + amount
