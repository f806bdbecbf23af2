"""A node as those see it who watch it, in the test's hands."""

from components.contract.envelope import NS_PER_S
from components.model.node_state import NodeState, Part, PartState


def part(name: str, state: str = "up", reason: str = "") -> Part:
    """One part."""
    return Part(name=name, state=PartState(state), reason=reason)


def node_state(
    *parts: Part,
    restarts: dict[str, int] | None = None,
    refusals: dict[str, int] | None = None,
    joins: dict[str, int] | None = None,
) -> NodeState:
    """A node with these parts, and nothing else unless it is said."""
    return NodeState(
        parts=(part("router"), *parts), restarts=restarts or {}, refusals=refusals or {}, refused_joins=joins or {}
    )


def seconds(count: float) -> int:
    """So many, in nanoseconds."""
    return round(count * NS_PER_S)
