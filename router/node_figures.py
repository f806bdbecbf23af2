"""All figures of router and node in one body, as operators get them: `tapecast.admin.stats`."""

import math
from collections import Counter
from collections.abc import Callable, Mapping

from components.contract.envelope import NS_PER_S
from components.contract.roles import Role
from components.wamp.router_view import RouterFigures, RouterView
from router.processes import Processes
from router.readings import Readings, summary, together
from router.reports import Reports, health_body

ACCEPTED = "accepted"
MS_PER_S = 1000

Counts = Callable[[RouterFigures], Mapping[str, int]]


class NodeFigures:
    """
    What is known of the node, from what others keep.

    Sans-I/O; times are monotonic nanoseconds. Nothing in it is about a single user, and its size does not grow with
    how many there are: the names that are counted by are the contract's and our own.
    """

    def __init__(
        self,
        router: RouterView,
        reports: Reports,
        readings: Readings,
        processes: Processes,
        *,
        versions: Mapping[str, str],
        started_ns: int,
    ) -> None:
        """
        Reckon from what these keep.

        Args:
            router: Knows who is there and what waits now.
            reports: How the parts are, and what the containers count.
            readings: What the router has counted.
            processes: What the processes use.
            versions: Of what the gateway is made of, by name.
            started_ns: When the router began.
        """
        self._router = router
        self._reports = reports
        self._readings = readings
        self._processes = processes
        self._versions = dict(versions)
        self._started_ns = started_ns
        self._joins: Counter[str] = Counter()

    def count_join(self, result: str) -> None:
        """Count one join: `accepted`, or the code of its refusal."""
        self._joins[result] += 1

    @property
    def refused_joins(self) -> dict[str, int]:
        """How many joins were refused since the start, by the code of the refusal."""
        return {code: count for code, count in sorted(self._joins.items()) if code != ACCEPTED}

    def body(self, *, now_ns: int) -> dict[str, object]:
        """All of it as it is now; there is a reading from the first tick on."""
        latest = self._readings.latest
        return {
            "uptime_s": (now_ns - self._started_ns) // NS_PER_S,
            "versions": self._versions,
            **health_body(self._reports.parts(now_ns=now_ns)),
            "processes": self._processes.bodies(now_ns=now_ns),
            "feeds": self._feeds(now_ns),
            "sessions": self._sessions(),
            "joins": {ACCEPTED: self._joins[ACCEPTED], "refused": self.refused_joins},
            "connections": latest.connections,
            "closes": self._rates(lambda figures: figures.closes),
            "subscriptions": {family: count for family, count in sorted(latest.subscriptions.items()) if count},
            "messages": {
                "received": self._rates(lambda figures: figures.received),
                "sent": self._rates(lambda figures: figures.sent),
            },
            "delivery": self._delivery(),
            "waiting": dict(self._router.count_waiting()),
            "thinned": self._rates(_thinned),
            "refusals": self._rates(lambda figures: figures.refusals),
        }

    def _sessions(self) -> dict[str, int]:
        counts = self._router.count_sessions()
        return {role.value: counts.get(role, 0) for role in Role if role is not Role.GATEWAY}

    def _delivery(self) -> dict[str, object]:
        recent = self._readings.recent_durations(lambda figures: figures.deliveries)
        families = {family: summary(histogram) for family, histogram in recent.items()}
        return {"all": summary(together(recent.values())), "families": families}

    def _feeds(self, now_ns: int) -> dict[str, dict[str, object]]:
        ages_s = self._reports.values("tapecast_feed_age_seconds", "feed", now_ns=now_ns)
        undecoded = self._reports.values("tapecast_inbox_messages", "feed", now_ns=now_ns)
        return {
            feed: {
                "age_ms": None if math.isnan(age_s) else round(age_s * MS_PER_S),
                "undecoded": int(undecoded.get(feed, 0)),
            }
            for feed, age_s in ages_s.items()
        }

    def _rates(self, counts: Counts) -> dict[str, dict[str, object]]:
        return {name: self._rate(counts, name) for name in sorted(counts(self._readings.latest))}

    def _rate(self, counts: Counts, name: str) -> dict[str, object]:
        return self._readings.totals(lambda figures: counts(figures).get(name, 0))


def _thinned(figures: RouterFigures) -> dict[str, int]:
    return {f"{delivery}.{fate}": count for (delivery, fate), count in figures.thinned.items()}
