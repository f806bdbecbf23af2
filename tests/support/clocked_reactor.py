"""The real reactor for sockets, with a clock that only the test moves."""

from collections.abc import Callable
from typing import Any

from twisted.internet.task import Clock
from zope.interface import directlyProvides, providedBy

from tests.support.conditions import Conditions


class ClockedReactor(Clock):
    """
    What is opened on it is real; what is due on it waits for `advance`.

    Attributes:
        conditions: For waiting until something is planned on it.
    """

    def __init__(self, reactor: Any) -> None:
        super().__init__()
        self.conditions = Conditions(reactor)
        self._reactor = reactor
        directlyProvides(self, providedBy(reactor))

    def callLater(self, delay: float, callable: Callable[..., object], *args: object, **kw: object) -> Any:  # noqa: A002
        """As the clock does it; whoever waits for something to be planned is told."""
        self.conditions.changed()
        return super().callLater(delay, callable, *args, **kw)

    def __getattr__(self, name: str) -> Any:
        """All but the time is the real reactor's."""
        return getattr(self._reactor, name)
