"""Whose account is worth something else than was told last: after a change of it, or of a price that it depends on."""

import itertools
from collections.abc import Collection

from components.contract.envelope import Payload


class WorthBoard:
    """
    Remember whose worth is to be told again, once a round, and what was told.

    Sans-I/O. It holds as much as there are accounts and instruments that they hold.
    """

    def __init__(self) -> None:
        self._touched: dict[str, None] = {}
        self._round: dict[str, None] = {}
        self._holders: dict[str, set[str]] = {}
        self._held: dict[str, frozenset[str]] = {}
        self._told: dict[tuple[str, str], Payload] = {}

    def touch(self, user_id: str) -> None:
        """An account changed."""
        self._touched[user_id] = None

    def receive_mark(self, instrument_id: str) -> None:
        """An instrument is worth something else: all who hold it are touched."""
        self._touched.update(dict.fromkeys(self._holders.get(instrument_id, ())))

    def hold(self, user_id: str, instruments: Collection[str]) -> None:
        """An account depends on the prices of these instruments, and of no others."""
        held = frozenset(instruments)
        before = self._held.get(user_id, frozenset())
        for instrument_id in before - held:
            self._holders[instrument_id].discard(user_id)
            if not self._holders[instrument_id]:
                del self._holders[instrument_id]
        for instrument_id in held - before:
            self._holders.setdefault(instrument_id, set()).add(user_id)
        self._held[user_id] = held

    @property
    def held_instruments(self) -> set[str]:
        """All instruments that an account depends on."""
        return set(self._holders)

    def begin_round(self) -> None:
        """Have those be taken who were touched until now; who is touched from now on is of the next round."""
        self._round |= self._touched
        self._touched.clear()

    def take(self, most: int) -> list[str]:
        """At most so many of this round's accounts, those first that have waited longest."""
        taken = list(itertools.islice(self._round, most))
        for user_id in taken:
            del self._round[user_id]
        return taken

    def is_news(self, user_id: str, name: str, body: Payload) -> bool:
        """Whether a body is another than the last of its name; from then on it is the last."""
        if self._told.get((user_id, name)) == body:
            return False
        self._told[user_id, name] = body
        return True
