"""How the parts of the node are, from what each process said last."""

from typing import Any

import attrs

from components.contract.envelope import NS_PER_MS, NS_PER_S
from components.model.node_state import Part, PartState

LONGEST_SILENCE_NS = 3 * NS_PER_S
"""A part whose process said nothing for longer is down."""


@attrs.frozen
class _Report:
    received_ns: int
    parts: tuple[Part, ...]
    families: list[dict[str, Any]]


@attrs.define
class Reports:
    """
    What the containers reported, and what runs beside the router in its own process.

    Sans-I/O; times are monotonic nanoseconds.

    Attributes:
        expected: Containers that a healthy node has.
    """

    expected: tuple[str, ...]
    _latest: dict[str, _Report] = attrs.field(factory=dict, init=False)
    _own: _Report = attrs.field(factory=lambda: _Report(0, (), []), init=False)
    _is_stopping: bool = attrs.field(default=False, init=False)

    def begin_stop(self) -> None:
        """Count the router as down from now on, so that nobody new is sent here."""
        self._is_stopping = True

    def receive(self, container: str, parts: tuple[Part, ...], families: list[dict[str, Any]], *, now_ns: int) -> None:
        """Keep a container's report in place of its last one; one that nobody expects is dropped."""
        if container in self.expected:
            self._latest[container] = _Report(now_ns, parts, families)

    def receive_own(self, parts: tuple[Part, ...], families: list[dict[str, Any]]) -> None:
        """Keep what is of this process in place of the last; it is never silent."""
        self._own = _Report(0, parts, families)

    def parts(self, *, now_ns: int) -> list[Part]:
        """Every part as it is now; the router is up unless it stops, or nobody would ask it."""
        router = Part(name="router", state=PartState.UP)
        if self._is_stopping:
            router = Part(name="router", state=PartState.DOWN, reason="it is stopping")
        parts = [router, *self._own.parts]
        for container in self.expected:
            report = self._latest.get(container)
            if report is None:
                parts.append(Part(name=container, state=PartState.DOWN, reason="it has not reported yet"))
                continue
            silence_ns = now_ns - report.received_ns
            if silence_ns > LONGEST_SILENCE_NS:
                silence_ms = silence_ns // NS_PER_MS
                parts.append(Part(name=container, state=PartState.DOWN, reason="it is silent", age_ms=silence_ms))
            else:
                parts.append(Part(name=container, state=PartState.UP))
                parts.extend(report.parts)
        return parts

    def families(self, *, now_ns: int) -> list[dict[str, Any]]:
        """The metric families of this process's own parts, and of the containers that are not silent."""
        heard = [one for one in self._latest.values() if now_ns - one.received_ns <= LONGEST_SILENCE_NS]
        return [family for report in (self._own, *heard) for family in report.families]

    def values(self, family: str, label: str, *, now_ns: int) -> dict[str, float]:
        """What the containers report of a gauge, by one of its labels."""
        return {
            labels[label]: value
            for one in self.families(now_ns=now_ns)
            if one["name"] == family
            for _name, labels, value in one["samples"]
        }


def is_healthy(parts: list[Part]) -> bool:
    """Whether a load balancer should send clients here: no part is down."""
    return all(part.state is not PartState.DOWN for part in parts)


def health_body(parts: list[Part]) -> dict[str, object]:
    """The parts in the form of a payload, with what they come to."""
    return {"status": "up" if is_healthy(parts) else "down", "parts": [part.body() for part in parts]}
