"""The whole state of a user's topics, for the snapshot that joins the stream."""

from collections.abc import Callable

from components.contract.envelope import Payload
from components.contract.uris import user_from_component
from components.trading.account_queries import AccountQueries

USER_PLACE = 2
"""Of the user's component among a topic's."""


class AccountState:
    """
    What a snapshot of an account's topic holds: open orders, positions, balances.

    Sans-I/O.
    """

    def __init__(self, queries: AccountQueries) -> None:
        self._has_account = queries.has_account
        self._rows: dict[str, Callable[[str], list[Payload]]] = {
            "orders": queries.open_orders,
            "positions": queries.positions,
            "wallet": queries.balances,
        }

    def state(self, topic: str) -> Payload | None:
        """The whole state of a topic; None where its last events are the state, or it is nobody's."""
        components = topic.split(".")
        name = components[-1]
        rows = self._rows.get(name)
        if rows is None or len(components) <= USER_PLACE + 1:
            return None
        user_id = user_from_component(components[USER_PLACE])
        return {name: rows(user_id)} if user_id is not None and self._has_account(user_id) else None
