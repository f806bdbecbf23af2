"""Waiting for something, but not for ever."""

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime


async def comes_within(seconds: float, waiting: "Deferred[Any]", clock: IReactorTime) -> bool:
    """
    Wait until a Deferred has fired, whatever it comes to, or until time is over.

    It is not cancelled, and nothing is said of what it fails with: it may as well come later.

    Returns:
        Whether it fired in time.
    """
    over: Deferred[None] = Deferred()
    deadline = clock.callLater(seconds, over.callback, None)
    has_come = False

    def come(_result: object) -> None:
        nonlocal has_come
        if deadline.active():
            has_come = True
            deadline.cancel()
            over.callback(None)

    waiting.addBoth(come)
    await over
    return has_come
