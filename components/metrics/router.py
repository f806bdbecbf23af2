"""What the router worker counts."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge

from components.contract.roles import Role


class RouterMetrics:
    """The router worker's figures in a registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._sessions = Gauge("tapecast_sessions", "Sessions joined now.", ["role"], registry=registry)
        self._authentications = Counter(
            "tapecast_authentications", "Joins decided.", ["method", "result"], registry=registry
        )

    def set_sessions(self, counts: Mapping[Role, int]) -> None:
        """Note how many sessions are joined, by role."""
        for role, count in counts.items():
            self._sessions.labels(role.value).set(count)

    def count_authentication(self, method: str, result: str) -> None:
        """Count one join: `accepted`, or the code of its refusal."""
        self._authentications.labels(method, result).inc()
