"""What the tests start beside themselves ends with them, however they end."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

from tests.support.session_crowd import READY
from tests.support.shared_nodes import SharedNodes

ROOT = Path(__file__).parents[2]


class NodeThatFails:
    """A node that does not end well."""

    def __init__(self) -> None:
        self.has_ended = False

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.has_ended = True
        raise TimeoutError


def test_every_shared_node_ends() -> None:
    """The others end where one takes too long, and it is told."""
    started: list[Any] = []

    def start(_settings: Mapping[str, str]) -> Any:
        started.append(NodeThatFails())
        return started[-1]

    nodes = SharedNodes(start=start)
    nodes.running({})
    nodes.running({"EXECUTION": "paper"})

    with pytest.raises(TimeoutError):
        nodes.stop()

    assert [node.has_ended for node in started] == [True, True]


def test_a_crowd_ends_with_whoever_started_it() -> None:
    """It is told by its standard input, which ends however its reader does."""
    command = [sys.executable, "-m", "tests.support.session_crowd", "--port=1"]

    ended = subprocess.run(command, cwd=ROOT, input="[]\n", capture_output=True, text=True, timeout=60, check=True)

    assert ended.stdout.strip() == READY
