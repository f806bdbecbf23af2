"""
What is wrong with a node, as somebody should know who runs it: once for each cause, and not for what is over at once.

| what is seen | what is said |
|---|---|
| a part is down | `part_down`, at once |
| a part is degraded for `DEGRADED_AFTER_NS` | `part_degraded` |
| a part has not been up since the node began, and that is not `SETTLED_AFTER_NS` ago | nothing yet |
| it is up for `RECOVERED_AFTER_NS`, or not known of any more | it is over |
| the keys of tokens are not up | `keys_old`, in the same way |
| a process is another than before, and its part was not down | `container_restarted`, once |
| so many refusals of a limit, or refused joins, in `SURGE_WINDOW_NS` | `refusals_surge`, or `joins_refused` |
| fewer than that in `CALM_WINDOW_NS` | it is over |

A process that ends takes its parts with it: they are not known of while it is away, and it alone is the cause.
"""

import collections
import enum
from collections.abc import Mapping

import attrs

from components.contract.envelope import NS_PER_S
from components.model.node_state import NodeState, Part, PartState
from components.model.platform_reports import Severity

SETTLED_AFTER_NS = 60 * NS_PER_S
"""How long a node may take to come up before what is not there is missed."""

DEGRADED_AFTER_NS = 10 * NS_PER_S
RECOVERED_AFTER_NS = 5 * NS_PER_S
SURGE_WINDOW_NS = 10 * NS_PER_S
CALM_WINDOW_NS = 60 * NS_PER_S
MOST_REFUSALS = 200
MOST_REFUSED_JOINS = 50

ROUTER, KEYS = "router", "keys"


class AlertType(enum.StrEnum):
    """What can be wrong."""

    PART_DOWN = "part_down"
    PART_DEGRADED = "part_degraded"
    KEYS_OLD = "keys_old"
    CONTAINER_RESTARTED = "container_restarted"
    REFUSALS_SURGE = "refusals_surge"
    JOINS_REFUSED = "joins_refused"


@attrs.frozen(kw_only=True)
class Trouble:
    """
    One thing that is wrong.

    Attributes:
        key: Of its cause: the same one is the same trouble.
        message: What is wrong, for people.
    """

    key: str
    alert_type: AlertType
    severity: Severity
    message: str


@attrs.frozen(kw_only=True)
class Look:
    """
    What was seen of a node.

    Attributes:
        troubles: What is wrong now, by key.
        recovered: What can be said of what is wrong no more, by key.
        incidents: What has happened since the last look and is over.
        is_settled: Whether the node has been there long enough for whatever is not wrong to be right.
    """

    troubles: Mapping[str, Trouble]
    recovered: Mapping[str, str]
    incidents: tuple[Trouble, ...]
    is_settled: bool


@attrs.define
class _PartWatch:
    """One part over time."""

    was_up: bool = False
    not_up_since_ns: int | None = None
    up_since_ns: int | None = None
    trouble: Trouble | None = None

    def look(self, part: Part, *, is_settled: bool, now_ns: int) -> None:
        if part.state is PartState.UP:
            self._take_up(now_ns)
            return
        self.up_since_ns = None
        if self.not_up_since_ns is None:
            self.not_up_since_ns = now_ns
        is_due = part.state is PartState.DOWN or now_ns - self.not_up_since_ns >= DEGRADED_AFTER_NS
        if self.trouble is not None or (is_due and (self.was_up or is_settled)):
            self.trouble = _trouble_of(part)

    def _take_up(self, now_ns: int) -> None:
        self.was_up, self.not_up_since_ns = True, None
        if self.up_since_ns is None:
            self.up_since_ns = now_ns
        if now_ns - self.up_since_ns >= RECOVERED_AFTER_NS:
            self.trouble = None


class NodeWatch:
    """
    Look at a node once a second, and say what is wrong.

    Sans-I/O; times are monotonic nanoseconds. It remembers no more than a minute, of names that are the gateway's own.
    """

    def __init__(self, *, now_ns: int) -> None:
        """Begin to watch a node that begins."""
        self._began_ns = now_ns
        self._parts: dict[str, _PartWatch] = {}
        self._restarts: dict[str, int] = {}
        self._surges: dict[str, Trouble] = {}
        self._counts: collections.deque[tuple[int, dict[str, int]]] = collections.deque()

    def look(self, state: NodeState, *, now_ns: int) -> Look:
        """Look once."""
        is_settled = now_ns - self._began_ns >= SETTLED_AFTER_NS
        parts = {part.name: part for part in state.parts if part.name != ROUTER}
        self._parts = {name: self._parts.get(name) or _PartWatch() for name in parts}
        for name, part in parts.items():
            self._parts[name].look(part, is_settled=is_settled, now_ns=now_ns)
        self._watch_counts(state, now_ns)
        known = [watch.trouble for watch in self._parts.values() if watch.trouble is not None]
        return Look(
            troubles={**{one.key: one for one in known}, **self._surges},
            recovered={
                _key_of(name): f"{name} is up again"
                for name, watch in self._parts.items()
                if watch.trouble is None and watch.up_since_ns is not None
            },
            incidents=self._watch_restarts(state),
            is_settled=is_settled,
        )

    def _watch_restarts(self, state: NodeState) -> tuple[Trouble, ...]:
        before, self._restarts = self._restarts, dict(state.restarts)
        return tuple(
            Trouble(
                key=f"restart:{name}",
                alert_type=AlertType.CONTAINER_RESTARTED,
                severity=Severity.WARNING,
                message=f"{name} ended and was started again",
            )
            for name, count in state.restarts.items()
            if count > before.get(name, 0) and not self._is_in_trouble(name)
        )

    def _is_in_trouble(self, name: str) -> bool:
        watch = self._parts.get(name)
        return watch is not None and watch.trouble is not None

    def _watch_counts(self, state: NodeState, now_ns: int) -> None:
        refusals = {f"refusals:{name}": count for name, count in state.refusals.items()}
        joins = {f"joins:{code}": count for code, count in state.refused_joins.items()}
        self._counts.append((now_ns, {**refusals, **joins}))
        while len(self._counts) > 1 and self._counts[1][0] <= now_ns - CALM_WINDOW_NS:
            self._counts.popleft()
        for key, count in self._counts[-1][1].items():
            self._watch_count(key, count, now_ns)

    def _watch_count(self, key: str, count: int, now_ns: int) -> None:
        is_join = key.startswith("joins:")
        most = MOST_REFUSED_JOINS if is_join else MOST_REFUSALS
        lately = count - self._count_before(key, now_ns - SURGE_WINDOW_NS)
        if lately >= most and key not in self._surges:
            what = key.partition(":")[2]
            window_s = SURGE_WINDOW_NS // NS_PER_S
            self._surges[key] = Trouble(
                key=key,
                alert_type=AlertType.JOINS_REFUSED if is_join else AlertType.REFUSALS_SURGE,
                severity=Severity.WARNING,
                message=f"{lately} {'joins' if is_join else 'requests'} were refused as {what} within {window_s} s",
            )
        elif count - self._count_before(key, now_ns - CALM_WINDOW_NS) < most:
            self._surges.pop(key, None)

    def _count_before(self, key: str, then_ns: int) -> int:
        """What was counted up to then; up to the oldest reading where none is so old."""
        readings = (counts for at_ns, counts in reversed(self._counts) if at_ns <= then_ns)
        return next(readings, self._counts[0][1]).get(key, 0)


def _key_of(part_name: str) -> str:
    return f"part:{part_name}"


def _trouble_of(part: Part) -> Trouble:
    is_down = part.state is PartState.DOWN
    severity = Severity.WARNING
    if is_down:
        severity = Severity.CRITICAL if _is_vital(part.name) else Severity.ERROR
    kind = AlertType.PART_DOWN if is_down else AlertType.PART_DEGRADED
    return Trouble(
        key=_key_of(part.name),
        alert_type=AlertType.KEYS_OLD if part.name == KEYS else kind,
        severity=severity,
        message=f"{part.name} is {part.state.value}: {part.reason}",
    )


def _is_vital(name: str) -> bool:
    """Whether nothing goes on without a part: a process, a journal, or the keys; all others are told of by one."""
    return name.startswith("journal:") or ":" not in name
