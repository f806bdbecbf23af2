"""Looks at the node once a second, and tells operators what is wrong with it on `tapecast.admin.alerts`."""

from collections.abc import Callable

from twisted.logger import Logger

from components.admin.keeper_component import ALERTS, Keeper
from components.admin.node_watch import AlertType, NodeWatch
from components.admin.operational_alerts import encode_fact
from components.contract.envelope import Payload
from components.model.node_state import NodeState

_ABOUT_CLIENTS = (AlertType.REFUSALS_SURGE.value, AlertType.JOINS_REFUSED.value)

_log = Logger(namespace="tapecast.node")
_security = Logger(namespace="tapecast.security")


class OperationsDesk:
    """
    Watch the node, and tell of it.

    A bug in that ends the watching, and nothing else.
    """

    def __init__(
        self,
        keeper: Keeper,
        *,
        monotonic_ns: Callable[[], int],
        wall_clock_ns: Callable[[], int],
    ) -> None:
        """
        Watch from the first `observe` on.

        Args:
            keeper: Keeps what is open, and publishes.
            monotonic_ns: This process's monotonic clock.
            wall_clock_ns: The time, UNIX nanoseconds.
        """
        self._keeper = keeper
        self._monotonic_ns = monotonic_ns
        self._wall_clock_ns = wall_clock_ns
        self._watch: NodeWatch | None = NodeWatch(now_ns=monotonic_ns())

    def observe(self, state: NodeState) -> None:
        """Look at how the node is, and tell what is new."""
        if self._watch is None:
            return
        try:
            self._tell(self._watch, state)
        except Exception:  # noqa: BLE001 - whatever it is, the node goes on
            self._watch = None
            _log.failure("the node is not watched any more; this is a bug in the gateway")

    def _tell(self, watch: NodeWatch, state: NodeState) -> None:
        now_ns = self._wall_clock_ns()
        alerts = self._keeper.alerts
        told = alerts.take_in(watch.look(state, now_ns=self._monotonic_ns()), now_ns=now_ns)
        if not told:
            return
        with self._keeper.transaction():
            for fact, payload in told:
                if fact is not None:
                    self._keeper.record(alerts.name, encode_fact(fact))
                self._keeper.publish(ALERTS, payload)
        for _, payload in told:
            _log_alert(payload)


def _log_alert(payload: Payload) -> None:
    # How parts are is in the log already.
    if payload["alert_type"] in _ABOUT_CLIENTS:
        _security.warn("{state}: {message}", event="refusals", state=payload["state"], message=payload["message"])
