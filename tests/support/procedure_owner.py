"""The owner of a procedure as a test plays it, and what a dealer keeps of calls."""

from typing import Any

from twisted.internet.defer import Deferred

from tests.support.routers import RouterUnderTest


def nothing_is_left(router: RouterUnderTest) -> bool:
    dealer = router.router._dealer
    return not (
        dealer._invocations
        or dealer._invocations_by_call
        or dealer._caller_to_invocations
        or dealer._callee_to_invocations
    )


class Owner:
    """A procedure that answers when the test says so."""

    def __init__(self) -> None:
        self.calls: list[Deferred[Any]] = []
        self.arrived: Deferred[None] = Deferred()

    def __call__(self, **_arguments: object) -> "Deferred[Any]":
        call: Deferred[Any] = Deferred()
        self.calls.append(call)
        arrived, self.arrived = self.arrived, Deferred()
        arrived.callback(None)
        return call

    async def has(self, count: int) -> None:
        """Wait until so many calls have come."""
        while len(self.calls) < count:
            await self.arrived
