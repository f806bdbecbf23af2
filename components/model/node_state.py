"""How a node is: its parts, its processes, and what it turns away."""

import enum
from collections.abc import Mapping

import attrs


class PartState(enum.StrEnum):
    """How a part is."""

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"


@attrs.frozen(kw_only=True)
class Part:
    """
    One part of the node.

    Attributes:
        name: `router`, `market`, `feed:binance`.
        reason: Why it is not up; empty where it is.
        age_ms: Time since it was last heard of, where that says something.
    """

    name: str
    state: PartState
    reason: str = ""
    age_ms: int | None = None

    def body(self) -> dict[str, object]:
        """The part in the form of a payload."""
        return {"name": self.name, "state": self.state.value, "reason": self.reason, "age_ms": self.age_ms}


@attrs.frozen(kw_only=True)
class NodeState:
    """
    What there is to watch of a node, at one moment.

    Attributes:
        parts: Every part that is known of.
        restarts: How often each process was another one than before.
        refusals: What was one too many since the start, by limit.
        refused_joins: Joins that were refused since the start, by code.
    """

    parts: tuple[Part, ...]
    restarts: Mapping[str, int]
    refusals: Mapping[str, int]
    refused_joins: Mapping[str, int]
