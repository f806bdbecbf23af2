"""The procedures of risk: what accounts may do and have to hear of, and what the desk does about it."""

from twisted.logger import Logger

from components.contract.envelope import Payload
from components.contract.roles import OWN_ACCOUNT
from components.contract.topics import PREFIX
from components.contract.uris import user_component
from components.model.arguments import text_of, user_id_of, words_of
from components.model.errors import InvalidArgument
from components.risk.component import ALL_ALERTS, RiskComponent, RiskSeams
from components.risk.facts import AlertState
from components.risk.requests import alert_id_of, alert_limit_of, alert_state_of, halt_of
from components.risk.risk import Risk
from components.risk.trading_state import Turn
from components.risk.views import (
    account_view,
    alert_row,
    audit_rows,
    limit_rows,
    newest_alerts,
    override_rows,
    state_view,
)
from components.wamp.account_access import account_of
from components.wamp.procedures import Caller, Handler

DEFAULT_ALERTS = 100
ALL_ACCOUNTS, ALL_INSTRUMENTS = "all accounts", "all instruments"

_security = Logger(namespace="tapecast.security")


class RiskProcedures:
    """
    Answer the procedures of risk.

    Who may call one was decided before; whose account it is about is decided here. Everything that the desk does is an
    audit record, and a line in the log of security.
    """

    def __init__(self, risk: Risk, component: RiskComponent, seams: RiskSeams) -> None:
        """
        Answer for risk.

        Args:
            risk: Decides.
            component: Writes down and publishes what was decided.
            seams: What it is wired to.
        """
        self._risk = risk
        self._component = component
        self._control = seams.control
        self._wall_clock_ns = seams.wall_clock_ns
        self._resolve_instrument = seams.resolve_instrument

    def handlers(self) -> dict[str, Handler]:
        """The methods by the URI that each answers."""
        return {
            f"{PREFIX}.risk.get_limits": self.get_limits,
            f"{PREFIX}.risk.list_alerts": self.list_alerts,
            f"{PREFIX}.risk.acknowledge_alert": self.acknowledge_alert,
            f"{PREFIX}.risk.set_limits": self.set_limits,
            f"{PREFIX}.risk.halt": self.halt,
            f"{PREFIX}.risk.resume": self.resume,
            f"{PREFIX}.risk.cancel_orders": self.cancel_orders,
        }

    def get_limits(self, caller: Caller, user_id: object = None) -> Payload:
        """
        Limits, their use, and the trading state; to the desk what it has set and done besides, of one account or all.

        Raises:
            InvalidArgument: The argument is no user id.
            NotAuthorized: It is another's, and the caller is not the desk.
        """
        is_desk = caller.role in OWN_ACCOUNT.any_of
        account = _chosen(caller, user_id)
        told = self._common_limits() if account is None else self._limits_of(account)
        if not is_desk:
            return told
        overrides, audit = override_rows(self._risk, account), audit_rows(self._risk.audit.records, account)
        return {**told, "overrides": overrides, "audit": audit}

    def list_alerts(
        self, caller: Caller, user_id: object = None, state: object = None, limit: object = DEFAULT_ALERTS
    ) -> Payload:
        """
        Alerts, the newest first; to the desk those of all accounts, where it names none.

        Raises:
            InvalidArgument: An argument does not fit, or resolved alerts of all accounts are asked for.
            NotAuthorized: The account is another's, and the caller is not the desk.
        """
        account, chosen, most = _chosen(caller, user_id), alert_state_of(state), alert_limit_of(limit)
        if account is None and chosen is AlertState.RESOLVED:
            raise InvalidArgument("user_id", "expected an account: resolved alerts are kept by account")
        alerts = [alert for alert in self._risk.alerts.unresolved(account) if chosen in (None, alert.state)]
        if account is not None and chosen in (None, AlertState.RESOLVED):
            alerts += self._risk.alerts.resolved(account)
        topic = ALL_ALERTS if account is None else f"{PREFIX}.user.{user_component(account)}.alerts"
        return {"alerts": newest_alerts(alerts, most=most), **self._component.numbers(topic)}

    def acknowledge_alert(
        self, caller: Caller, alert_id: object, note: object = None, user_id: object = None
    ) -> Payload:
        """
        Say that an alert is looked after: it does not escalate for a while.

        Raises:
            InvalidArgument: An argument does not fit, or there is no such alert that is not resolved.
            NotAuthorized: The account is another's, and the caller is not the desk.
        """
        account, name = _chosen(caller, user_id), alert_id_of(alert_id)
        words = None if note is None else words_of("note", note)
        fact = self._risk.acknowledge(account, name, by=caller.user_id, note=words, now_ns=self._wall_clock_ns())
        self._component.write()
        return alert_row(fact.alert)

    def set_limits(
        self, caller: Caller, limits: object, reason: object, user_id: object = None, instrument: object = None
    ) -> Payload:
        """
        Other limits from now on: of an account, an instrument, the two together, or all.

        Raises:
            InvalidArgument: An argument does not fit.
            UnknownInstrument: There is no such instrument.
        """
        account, instrument_id = _named(user_id), self._instrument(instrument)
        fact = self._risk.set_limits(
            account,
            instrument_id,
            limits,
            by=caller.user_id,
            reason=words_of("reason", reason),
            now_ns=self._wall_clock_ns(),
        )
        self._component.write()
        self._tell(
            "limits of {account} on {instrument} set by {by}: {before} to {after}: {reason}",
            account,
            instrument=instrument_id or ALL_INSTRUMENTS,
            by=fact.by,
            before=fact.before,
            after=fact.after,
            reason=fact.reason,
        )
        return {"user_id": account, "instrument": instrument_id, "before": fact.before, "after": fact.after}

    def halt(self, caller: Caller, reason: object, user_id: object = None, state: object = "halted") -> Payload:
        """
        Stop new orders of one account or all, or those that make a position larger.

        Raises:
            InvalidArgument: An argument does not fit.
        """
        return self._set_state(caller, user_id, halt_of(state), reason)

    def resume(self, caller: Caller, reason: object, user_id: object = None) -> Payload:
        """
        Let orders in again, of one account or of all whose own state lets them.

        Raises:
            InvalidArgument: An argument does not fit.
            Halted: The account is being liquidated.
        """
        return self._set_state(caller, user_id, Turn.RESUME, reason)

    def cancel_orders(
        self, caller: Caller, reason: object, user_id: object = None, instrument: object = None
    ) -> Payload:
        """
        Have open orders cancelled: of one account or all, on one instrument or all.

        Raises:
            InvalidArgument: An argument does not fit.
            UnknownInstrument: There is no such instrument.
        """
        account, instrument_id, words = _named(user_id), self._instrument(instrument), words_of("reason", reason)
        now_ns = self._wall_clock_ns()
        self._risk.note_cancelling(account, instrument_id, by=caller.user_id, reason=words, now_ns=now_ns)
        self._component.write()
        orders = self._control.cancel_orders(account, instrument_id, reason="risk", now_ns=now_ns)
        self._tell(
            "{count} orders of {account} on {instrument} cancelled by {by}: {reason}",
            account,
            count=len(orders),
            instrument=instrument_id or ALL_INSTRUMENTS,
            by=caller.user_id,
            reason=words,
        )
        return {"user_id": account, "instrument": instrument_id, "orders": len(orders)}

    def _set_state(self, caller: Caller, user_id: object, turn: Turn, reason: object) -> Payload:
        account = _named(user_id)
        fact = self._risk.set_state(
            account,
            turn,
            by=caller.user_id,
            reason=words_of("reason", reason),
            now_ns=self._wall_clock_ns(),
        )
        self._component.write()
        self._tell(
            "{account} set from {before} to {after} by {by}: {reason}",
            account,
            before=fact.before.value,
            after=fact.after.value,
            by=fact.by,
            reason=fact.reason,
        )
        view = state_view(self._risk, account)
        return {"user_id": account, "before": fact.before.value, "after": fact.after.value, **view}

    def _common_limits(self) -> Payload:
        return {"user_id": None, **state_view(self._risk, None), "limits": limit_rows(self._risk.limits.common())}

    def _limits_of(self, user_id: str) -> Payload:
        now_ns = self._wall_clock_ns()
        figures = self._control.figures(user_id, now_ns=now_ns)
        numbers = self._component.numbers(f"{PREFIX}.user.{user_component(user_id)}.risk")
        return {**account_view(self._risk, figures, now_ns=now_ns), **numbers}

    def _instrument(self, value: object) -> str | None:
        return None if value is None else self._resolve_instrument(text_of("instrument", value))

    def _tell(self, message: str, account: str | None, **words: object) -> None:
        if account is not None:
            self._component.receive_change(account)
        _security.info(message, account=account or ALL_ACCOUNTS, **words)


def _chosen(caller: Caller, user_id: object) -> str | None:
    """Whose account; None is all, for the desk alone."""
    is_desk = caller.role in OWN_ACCOUNT.any_of
    return None if user_id is None and is_desk else account_of(caller, user_id)


def _named(user_id: object) -> str | None:
    return None if user_id is None else user_id_of("user_id", user_id)
