"""Whose turn it is to be looked at: who is urgent or pressed, who changed, who has a stake, at times the rest."""

import collections
import itertools
from collections.abc import Callable, Collection, Iterable

REST_SHARE = 10
"""At least one in so many turns is of an account with nothing at stake."""


class Rounds:
    """
    Choose so many accounts at a time that none is forgotten, however many there are.

    Sans-I/O. First come those with little margin left, up to half of a turn, then accounts that changed, in the order
    in which they did, then those with something at stake in turn, and the rest in turn too, a few at a time.
    """

    def __init__(self) -> None:
        """Begin without any."""
        self._changed: dict[str, None] = {}
        self._pressed: dict[str, None] = {}
        self._at_stake: dict[str, None] = {}
        self._rest: collections.deque[str] = collections.deque()

    def note_changed(self, user_id: str) -> None:
        """Something happened to an account."""
        self._changed[user_id] = None

    def note_stake(self, user_id: str, *, has_stake: bool, is_pressed: bool = False) -> None:
        """An account was looked at: whether it has something at stake, and whether little margin is left."""
        _note(self._at_stake, user_id, is_in=has_stake)
        _note(self._pressed, user_id, is_in=is_pressed)

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
        chosen |= _in_turn(self._pressed, most // 2)
        for user_id in list(itertools.islice(self._changed, room)):
            del self._changed[user_id]
            chosen[user_id] = None
        chosen |= _in_turn(self._at_stake, room - len(chosen))
        self._add_rest(chosen, everybody, most)
        return list(chosen)

    def _add_rest(self, chosen: dict[str, None], everybody: Callable[[], Collection[str]], most: int) -> None:
        if not self._rest:
            self._rest.extend(everybody())
        for _ in range(min(len(self._rest), max(1, most - len(chosen)))):
            chosen[self._rest.popleft()] = None


def _note(accounts: dict[str, None], user_id: str, *, is_in: bool) -> None:
    if is_in:
        accounts.setdefault(user_id)
    else:
        accounts.pop(user_id, None)


def _in_turn(accounts: dict[str, None], most: int) -> dict[str, None]:
    """The first so many, which are the last from now on."""
    first = dict.fromkeys(itertools.islice(accounts, max(0, most)))
    for user_id in first:
        accounts[user_id] = accounts.pop(user_id)
    return first
