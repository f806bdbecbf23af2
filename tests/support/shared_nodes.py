"""Gateways that many tests look at, each started for the first of them."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack

import attrs

from tests.support.node import RunningNode


def _start(settings: Mapping[str, str]) -> RunningNode:
    return RunningNode(settings).__enter__()


@attrs.define
class SharedNodes:
    """
    Nodes that are the same for all who ask for the same settings, until they are stopped.

    Attributes:
        start: What starts one.
    """

    start: Callable[[Mapping[str, str]], RunningNode] = _start
    _running: dict[frozenset[tuple[str, str]], RunningNode] = attrs.field(factory=dict, init=False)

    def running(self, settings: Mapping[str, str]) -> RunningNode:
        """The node with these settings."""
        key = frozenset(settings.items())
        if key not in self._running:
            self._running[key] = self.start(settings)
        return self._running[key]

    def stop(self) -> None:
        """End all of them, also where one does not end well. Each costs a tenth of a processor as it stands."""
        with ExitStack() as ending:
            while self._running:
                _, node = self._running.popitem()
                ending.push(node)
