"""The gateways that tests of whole ones share."""

from pathlib import Path

import pytest

from tests.support.node import RunningNode
from tests.support.shared_nodes import SharedNodes

HERE = Path(__file__).parent
NODES = SharedNodes()
INSTRUMENTS = "BTCUSDT,ETHUSDT"
"""Those of gateways with accounts; each one more is work for as long as they run."""


@pytest.fixture(scope="module")
def node() -> RunningNode:
    """A gateway with the simulated market, the same for all tests that leave it as it is."""
    return NODES.running({})


@pytest.fixture(scope="module")
def paper_node() -> RunningNode:
    """A gateway with accounts on paper, for tests that keep to users of their own."""
    running = NODES.running({"EXECUTION": "paper", "INSTRUMENTS": INSTRUMENTS})
    running.wait_for_price("BTCUSDT")
    return running


@pytest.fixture(scope="module")
def demo_node() -> RunningNode:
    """A gateway of a developer: accounts on paper, and demo users."""
    demo = {"DEMO_USERS": "alice:trader,olga:admin"}
    running = NODES.running({"EXECUTION": "paper", "INSTRUMENTS": INSTRUMENTS, **demo})
    running.wait_for_price("BTCUSDT")
    return running


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    """End them where tests of another kind are next, which need the processors."""
    if nextitem is not None and HERE not in nextitem.path.parents:
        NODES.stop()


def pytest_sessionfinish() -> None:
    """End them also where the last test was one of theirs, or was not the last that was asked for."""
    NODES.stop()
