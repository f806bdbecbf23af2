"""`tapecast.intake.*` of accounts: a platform with its own engine says what happens, and asks what it is to do."""

import functools
from collections.abc import Callable

import attrs

from components.contract.envelope import NS_PER_MS, NS_PER_S, Payload
from components.contract.topics import PREFIX
from components.model.errors import InvalidArgument
from components.model.platform_reports import AlertKeeper, BotKeeper
from components.trading.facts import ToldFact
from components.trading.intake.intake import AccountIntake, Kind, read_alerts, read_bots
from components.trading.intake.intake_execution import waiting_requests
from components.trading.ledger.ledger import Ledger
from components.wamp.procedures import Handler

QUIET_NS = 60 * NS_PER_S
"""An engine that neither handed anything in nor asked for so long is `degraded`."""

HealthPart = dict[str, object]


@attrs.frozen(kw_only=True)
class Keepers:
    """
    Who keeps what a platform tells besides accounts.

    Attributes:
        alerts: Takes in its alerts.
        bots: Takes in its reports of bots.
    """

    alerts: AlertKeeper
    bots: BotKeeper


class TradingIntake:
    """
    Answers the procedures by which a platform hands in.

    An event that is accepted is written down, and in its streams; one that came before is accepted again, and changes
    nothing. Alerts and bots are taken wherever orders are executed, accounts only where a platform executes them.
    """

    def __init__(
        self,
        intake: AccountIntake | None,
        ledger: Ledger,
        keepers: Keepers,
        *,
        take_in: Callable[[list[ToldFact], str], None],
        wall_clock_ns: Callable[[], int],
        monotonic_ns: Callable[[], int],
    ) -> None:
        """
        Take nothing in yet.

        Args:
            intake: The gate to the platform's accounts; None where orders are executed here.
            ledger: Whose open orders wait for the platform.
            keepers: Who keeps alerts and bots.
            take_in: Applies facts, writes them down and publishes what they lead to, in one piece, as from that venue.
            wall_clock_ns: What time it is, UNIX nanoseconds.
            monotonic_ns: This process's monotonic clock.
        """
        self._intake = intake
        self._ledger = ledger
        self._keepers = keepers
        self._take_in = take_in
        self._wall_clock_ns = wall_clock_ns
        self._monotonic_ns = monotonic_ns
        self._last_ns: int | None = None

    def handlers(self) -> dict[str, Handler]:
        """What answers which procedure."""
        return {
            **{f"{PREFIX}.intake.{kind}": functools.partial(self._accept, kind) for kind in Kind},
            f"{PREFIX}.intake.alert": self._accept_alerts,
            f"{PREFIX}.intake.bot": self._accept_bots,
            f"{PREFIX}.intake.requests": self._tell_requests,
        }

    def health(self) -> list[HealthPart]:
        """How the platform is, as a part of the node's report; none where it has nothing to do."""
        if self._intake is None:
            return []
        age_ns = None if self._last_ns is None else self._monotonic_ns() - self._last_ns
        if age_ns is None:
            state, reason = "degraded", "the platform has not called yet"
        elif age_ns > QUIET_NS:
            state, reason = "degraded", f"the platform has not called for {age_ns // NS_PER_S} s"
        else:
            state, reason = "up", "the platform calls"
        age_ms = None if age_ns is None else age_ns // NS_PER_MS
        return [{"name": f"accounts:{self._intake.venue}", "state": state, "reason": reason, "age_ms": age_ms}]

    def _accept(self, kind: Kind, _caller: object, events: object) -> Payload:
        intake = self._gate("events")
        accepted, facts = intake.read(kind, events, received_ns=self._wall_clock_ns())
        if facts:
            self._take_in(facts, intake.venue)
        self._last_ns = self._monotonic_ns()
        return {"accepted": accepted}

    def _accept_alerts(self, _caller: object, events: object) -> Payload:
        now_ns = self._wall_clock_ns()
        reports = read_alerts(events, received_ns=now_ns)
        self._keepers.alerts.receive_handed_in(reports, now_ns=now_ns)
        return {"accepted": len(reports)}

    def _accept_bots(self, _caller: object, events: object) -> Payload:
        now_ns = self._wall_clock_ns()
        reports = read_bots(events, received_ns=now_ns)
        self._keepers.bots.receive_handed_in(reports, now_ns=now_ns)
        return {"accepted": len(reports)}

    def _tell_requests(self, _caller: object, limit: object = None) -> list[Payload]:
        self._gate("limit")
        requests = waiting_requests(self._ledger.open_orders(), limit)
        self._last_ns = self._monotonic_ns()
        return requests

    def _gate(self, field: str) -> AccountIntake:
        if self._intake is None:
            raise InvalidArgument(
                field, "orders are executed on paper here; with TAPECAST_EXECUTION=intake a platform executes them"
            )
        return self._intake
