"""Whose turn it is to be looked at: who is urgent, who changed, who has something at stake, at times the rest."""

import collections
from collections.abc import Callable, Collection, Iterable

REST_SHARE = 10
"""At least one in so many turns is of an account with nothing at stake."""


class Rounds:
    """
    Choose so many accounts at a time that none is forgotten, however many there are.

    Sans-I/O. Accounts that changed come in the order in which they did, those with something at stake in turn, and the
    rest in turn too, a few at a time.
    """

    def __init__(self) -> None:
        """Begin without any."""
        self._changed: dict[str, None] = {}
        self._at_stake: dict[str, None] = {}
        self._rest: collections.deque[str] = collections.deque()

    def note_changed(self, user_id: str) -> None:
        """Something happened to an account."""
        self._changed[user_id] = None

    def note_stake(self, user_id: str, *, has_stake: bool) -> None:
        """An account was looked at, and has something at stake or not."""
        if has_stake:
            self._at_stake.setdefault(user_id)
        else:
            self._at_stake.pop(user_id, None)

    def choose(self, urgent: Iterable[str], everybody: Callable[[], Collection[str]], *, most: int) -> list[str]:
        """
        Who is to be looked at now, each once.

        Args:
            urgent: Who is looked at every time, however many.
            everybody: Tells all accounts; asked once a round.
            most: How many besides.
        """
        chosen = dict.fromkeys(urgent)
        room = most - max(1, most // REST_SHARE)
        for user_id in list(self._changed)[:room]:
            del self._changed[user_id]
            chosen[user_id] = None
        for user_id in list(self._at_stake)[: max(0, room - len(chosen))]:
            self._at_stake[user_id] = self._at_stake.pop(user_id)
            chosen[user_id] = None
        self._add_rest(chosen, everybody, most)
        return list(chosen)

    def _add_rest(self, chosen: dict[str, None], everybody: Callable[[], Collection[str]], most: int) -> None:
        if not self._rest:
            self._rest.extend(everybody())
        for _ in range(min(len(self._rest), max(1, most - len(chosen)))):
            chosen[self._rest.popleft()] = None
