"""All accounts, and what they are worth at the prices of now."""

import attrs

from components.model.accounts import AccountFigures
from components.trading.ledger.figures import MarginRules, figures
from components.trading.ledger.ledger import Ledger
from components.trading.live.markets import Markets


@attrs.frozen
class Accounts:
    """
    Accounts and the markets by which they are reckoned.

    Attributes:
        ledger: What they hold.
        markets: What that is worth.
        rules: What is asked of an account.
    """

    ledger: Ledger
    markets: Markets
    rules: MarginRules

    def figures(self, user_id: str, now_ns: int) -> AccountFigures:
        """One account at the marks of now; one that does not exist has nothing."""
        return figures(self.ledger, user_id, self.markets, self.rules, now_ns=now_ns)
