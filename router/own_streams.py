"""The streams of this process: those that are gone with it, and those that a component beside this one journals."""

from collections.abc import Collection
from typing import Any, Protocol

from twisted.internet.defer import maybeDeferred

from components.contract.topics import family_of
from components.model.errors import Unavailable
from components.model.node_state import NodeState


class Answering(Protocol):
    """Who answers about streams, at once or by a Deferred."""

    def stream_get(self, caller: object, topic: object, /) -> Any:
        """The whole state of a topic."""

    def stream_resume(self, caller: object, topic: object, epoch: object, seq: object, /) -> Any:
        """What was missed of a topic."""

    def stream_list(self, caller: object, prefix: object, /) -> Any:
        """The topics below a prefix."""


class Companion(Answering, Protocol):
    """A component beside this one in the worker, which publishes some of the router's topics by itself."""

    @property
    def families(self) -> Collection[str]:
        """Names of the topic families that it publishes."""

    def health(self) -> list[dict[str, object]]:
        """Its parts, as a container reports them."""

    def observe(self, state: NodeState) -> None:
        """Take note of how the node is; called once a second."""

    def metric_families(self) -> list[dict[str, Any]]:
        """Its figures, as a container reports them."""


class OwnStreams:
    """Asks about each topic who publishes it."""

    def __init__(self, rest: Answering, companion: Companion | None) -> None:
        """
        Ask these.

        Args:
            rest: Publishes all that the other does not.
            companion: Publishes its families; None where it is not there.
        """
        self._rest = rest
        self._companion = companion

    async def get(self, caller: object, topic: str) -> Any:
        """
        The whole state of a topic.

        Raises:
            CommandRejected: Who publishes it refuses.
        """
        return await maybeDeferred(self._publisher_of(topic).stream_get, caller, topic)

    async def resume(self, caller: object, topic: str, epoch: str, seq: int) -> Any:
        """
        What was missed of a topic.

        Raises:
            CommandRejected: Who publishes it refuses.
        """
        return await maybeDeferred(self._publisher_of(topic).stream_resume, caller, topic, epoch, seq)

    async def rows(self, prefix: str) -> list[dict[str, Any]]:
        """The topics below a prefix; none of a publisher that cannot vouch for its own at present."""
        rows: list[dict[str, Any]] = []
        for publisher in (self._rest, self._companion):
            if publisher is not None:
                try:
                    rows += await maybeDeferred(publisher.stream_list, None, prefix)
                except Unavailable:
                    continue
        return rows

    def _publisher_of(self, topic: str) -> Answering:
        family = family_of(topic)
        if self._companion is not None and family is not None and family.name in self._companion.families:
            return self._companion
        return self._rest
