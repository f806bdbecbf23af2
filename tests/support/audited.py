"""What code touches outside of itself, as Python's own auditing tells it: files, sockets, processes, imports."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

_watching: dict[int, list[str]] = {}


@contextmanager
def audited() -> Iterator[list[str]]:
    """Collect the names of the events of this thread meanwhile."""
    _install()
    events = _watching[threading.get_ident()] = []
    try:
        yield events
    finally:
        del _watching[threading.get_ident()]


@cache
def _install() -> None:
    # A hook stays as long as the process.
    sys.addaudithook(_hear)


def _hear(event: str, _arguments: tuple[object, ...]) -> None:
    events = _watching.get(threading.get_ident())
    if events is not None:
        events.append(event)
