"""What every kind of test can ask for."""

from collections.abc import Iterator

import pytest

import router  # noqa: F401 - before anything of Crossbar, which it keeps from printing a traceback
from tests.support.node import RunningNode


@pytest.fixture(scope="session")
def node() -> Iterator[RunningNode]:
    """A gateway with the simulated market, the same for all tests that leave it as it is."""
    with RunningNode() as running:
        yield running
