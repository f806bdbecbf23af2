"""What component tests of the router ask for."""

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_twisted
from prometheus_client import CollectorRegistry
from twisted.internet.task import Clock

from router.component import RouterComponent
from tests.support.echo_caller import EchoCaller
from tests.support.gateway import AWAY, FakeRouter, Gateway
from tests.support.recording_session import RecordingSession
from tests.support.routers import OURS, RouterUnderTest, running
from tests.support.token_readers import secret_reader


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


@pytest_twisted.async_yield_fixture
async def gateway(clock: Clock) -> Any:
    """The component, started."""
    epochs = iter(f"epoch-{number}" for number in range(100))
    session, router, registry = RecordingSession(), FakeRouter(), CollectorRegistry()
    session.results["tapecast.trading.stream_list"] = AWAY
    component = RouterComponent(
        session,
        router,
        clock,
        containers=("market",),
        registry=registry,
        tokens=secret_reader(),
        versions={"tapecast": "1.2.3"},
        new_epoch=lambda: next(epochs),
    )
    await component.start()
    yield Gateway(component, session, router, clock, registry)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Stops the monotonic clock of this process, and moves it by nanoseconds."""
    now_ns = time.monotonic_ns()

    def move(delay_ns: int) -> None:
        nonlocal now_ns
        now_ns += delay_ns

    monkeypatch.setattr(time, "monotonic_ns", lambda: now_ns)
    return move


@pytest_twisted.async_yield_fixture
async def caller(router: RouterUnderTest, clock: Clock) -> AsyncIterator[EchoCaller]:
    """A client without a socket that has joined a router with a procedure which gives back its argument."""
    peer = await EchoCaller.join(router, clock)
    yield peer
    peer.leave()
    assert not router.websocket_factory.countConnections
