"""Waiting for something to become true, without sleeping."""

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred

PATIENCE_S = 30.0


class Conditions:
    """
    Deferreds that fire once a condition holds; whoever changes what conditions are about says `changed`.

    A Deferred fires in a reactor turn of its own, never inside the call that made its condition true, and fails after
    `PATIENCE_S`, so that a test that waits in vain ends.
    """

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._is_due = False
        self._waiting: list[tuple[Callable[[], bool], Deferred[None]]] = []

    def when(self, condition: Callable[[], bool]) -> "Deferred[None]":
        """A Deferred that fires once the condition holds."""
        waiting: Deferred[None] = Deferred()
        waiting.addTimeout(PATIENCE_S, self._reactor)
        self._waiting.append((condition, waiting))
        self.changed()
        return waiting

    def changed(self) -> None:
        """Look, in the next turn, who waits for what is now true."""
        if not self._is_due:
            self._is_due = True
            self._reactor.callLater(0, self._check)

    def _check(self) -> None:
        self._is_due = False
        ready = [one for one in self._waiting if one[0]()]
        self._waiting = [one for one in self._waiting if one not in ready]
        for _, waiting in ready:
            if not waiting.called:
                waiting.callback(None)
