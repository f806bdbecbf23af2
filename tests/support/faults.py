"""What no log should ever hold: exceptions, and whatever is critical."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from twisted.logger import ILogObserver, LogEvent, LogLevel, globalLogPublisher
from zope.interface import implementer


@implementer(ILogObserver)
class Faults:
    """
    An observer that keeps faults and forgets all else.

    Attributes:
        events: They.
    """

    def __init__(self) -> None:
        self.events: list[LogEvent] = []

    def __call__(self, event: LogEvent) -> None:
        """Look at an event."""
        if "log_failure" in event or event["log_level"] is LogLevel.critical:
            self.events.append(event)


@contextmanager
def no_faults() -> Iterator[Faults]:
    """Nothing of the kind is logged while the block lasts, nor of what it leaves for the collector."""
    faults = Faults()
    globalLogPublisher.addObserver(faults)
    try:
        yield faults
    finally:
        gc.collect()
        globalLogPublisher.removeObserver(faults)
    assert not faults.events, faults.events
