"""What component tests of the router ask for."""

from collections.abc import AsyncIterator

import pytest
import pytest_twisted
from twisted.internet.task import Clock

from tests.support.routers import OURS, RouterUnderTest, running


@pytest_twisted.async_yield_fixture
async def router() -> AsyncIterator[RouterUnderTest]:
    """A router of ours that lives in real time."""
    async with running(OURS) as running_router:
        yield running_router


@pytest.fixture
def clock() -> Clock:
    """The time of a router's connections."""
    return Clock()


@pytest_twisted.async_yield_fixture
async def clocked(clock: Clock) -> AsyncIterator[RouterUnderTest]:
    """A router of ours whose connections wait for the test's clock, and that lists one origin."""
    async with running(OURS, clock=clock, options={"allowed_origins": ["https://desk.example"]}) as running_router:
        yield running_router
