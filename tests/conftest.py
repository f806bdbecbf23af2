"""What every kind of test can ask for."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

import router.personality  # noqa: F401 - all of Crossbar, before the limit below is set again
from router.serializers import limit_recursion
from tests.support.node import RunningNode

limit_recursion()

# How long an example takes says how busy the machine is, and nothing of the code.
settings.register_profile("tapecast", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tapecast")


@pytest.fixture(scope="session")
def node() -> Iterator[RunningNode]:
    """A gateway with the simulated market, the same for all tests that leave it as it is."""
    with RunningNode() as running:
        yield running


@pytest.fixture(scope="session")
def paper_node() -> Iterator[RunningNode]:
    """A gateway with accounts on paper, for tests that keep to users of their own."""
    with RunningNode({"EXECUTION": "paper"}) as running:
        running.wait_for_price("BTCUSDT")
        yield running


@pytest.fixture(scope="session")
def demo_node() -> Iterator[RunningNode]:
    """A gateway of a developer: accounts on paper, and demo users."""
    with RunningNode({"EXECUTION": "paper", "DEMO_USERS": "alice:trader,olga:admin"}) as running:
        running.wait_for_price("BTCUSDT")
        yield running
