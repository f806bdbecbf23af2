"""SIGINT and SIGTERM of this process: whether it was asked to stop, and what answers that."""

import os
import signal
from collections.abc import Callable

ENDED_IN_ORDER = 0


class StopRequest:
    """
    What the operator's signals ask of this process: to stop in order.

    Attributes:
        is_made: Whether one of the signals came.
    """

    def __init__(self) -> None:
        """Begin without a handler of our own."""
        self.is_made = False
        self._answer: Callable[[], None] = leave_at_once

    def listen(self, answer: Callable[[], None]) -> None:
        """
        Take the signals, from whoever has them, also where they were inherited as ignored.

        Args:
            answer: Called for every signal; at once where one came already.
        """
        self._answer = answer
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._receive)
        if self.is_made:
            answer()

    def ignore(self) -> None:
        """Pass the signals over from now on: all is done, and Python itself would die of a SIGINT on its way out."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)

    def _receive(self, _signal_number: int, _frame: object) -> None:
        self.is_made = True
        self._answer()


def leave_at_once() -> None:
    """Answer while nothing is begun. Not by an exception: an import that tries for a module might catch it."""
    os._exit(ENDED_IN_ORDER)


def remember() -> None:
    """Answer while what was begun cannot be stopped yet; the next to listen finds the request made."""


stop_request = StopRequest()
"""This process's own: signals belong to the process, and nothing can be handed to the controller that answers them."""
