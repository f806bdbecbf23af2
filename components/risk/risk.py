"""Risk as a whole: what it lets pass, what it finds, and what becomes of it; a part of what the journal keeps."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import partial

import msgspec

from components.model.accounts import AccountFigures, Mark
from components.model.alerts import Alarm
from components.model.orders import Order, OrderRequest
from components.model.platform_reports import AlertReport, Severity
from components.risk.alert_book import AlertBook, KeptAlerts
from components.risk.alerts import AlertRules, Alerts, Cause, gateway_key
from components.risk.audit import AuditRecord, AuditTrail
from components.risk.facts import (
    AlertChanged,
    AlertPassedOver,
    AlertType,
    AnyRiskFact,
    DayBegun,
    HighWaterMoved,
    LimitsSet,
    LiquidationBegun,
    LiquidationClosing,
    LiquidationEnded,
    OrdersCancelled,
    TradingStateSet,
    decode_fact,
)
from components.risk.limits import LimitBook, Limits
from components.risk.liquidation import Action, Case, Liquidation, Liquidations
from components.risk.order_rate import OrderRates
from components.risk.pre_trade import Proposal, amend_proposal, check_limits, check_state, order_proposal
from components.risk.running import Finding, HighWater, Running, price_faults
from components.risk.settings import RiskSettings
from components.risk.trading_state import TradingStates, Turn
from components.risk.valuation import Valuation


class RiskState(msgspec.Struct, frozen=True, kw_only=True):
    """The whole state, as a checkpoint keeps it."""

    limits: list[tuple[str | None, str | None, dict[str, str]]]
    states: list[TradingStateSet]
    audit: list[AuditRecord]
    marks: list[HighWater]
    alerts: list[KeptAlerts]
    liquidations: list[Liquidation]


_encode_state = msgspec.msgpack.Encoder(order="deterministic").encode
_decode_state = msgspec.msgpack.Decoder(RiskState).decode


class Risk:
    """
    Let orders pass, watch accounts, keep alerts.

    Sans-I/O. It asks nobody: figures are handed to it, and what is to be done is handed out. Every change is a fact
    that `take` gives, in order, to whoever writes it down.

    Attributes:
        name: What its facts are known by in the journal.
        limits: What is allowed to whom.
        states: What may be traded by whom.
        alerts: All alerts.
        audit: Who did what.
        running: How much accounts have lost.
        liquidations: Who is liquidated.
        rates: How fast orders come.
    """

    name = "risk"

    def __init__(self, settings: RiskSettings) -> None:
        """Begin with no account, and everything as the settings say."""
        self.limits = LimitBook(settings.limits)
        self.states = TradingStates()
        self.alerts = AlertBook()
        self.audit = AuditTrail()
        self.running = Running(day_hour=settings.day_hour, hysteresis_percent=settings.hysteresis_percent)
        self.liquidations = Liquidations()
        self.rates = OrderRates()
        rules = AlertRules(
            hold_ns=settings.hold_ns, acknowledge_ns=settings.acknowledge_ns, escalate_ns=settings.escalate_ns
        )
        self._machine = Alerts(rules, self.alerts)
        self._facts: list[AnyRiskFact] = []

    def check_order(
        self,
        request: OrderRequest,
        figures: AccountFigures,
        *,
        mark: Mark | None,
        quote_rate: Decimal | None,
        now_ns: int,
    ) -> None:
        """
        Let an order pass, and count it towards the account's rate.

        Raises:
            RiskLimitExceeded: A limit would be crossed.
            Halted: The account, or everything, does not trade now, or only makes positions smaller.
            Unavailable: Limits have to be judged by a price, and none is known.
        """
        self._check(order_proposal(request, figures), figures, mark, quote_rate, now_ns)

    def check_amend(
        self,
        order: Order,
        quantity: Decimal,
        price: Decimal | None,
        figures: AccountFigures,
        *,
        mark: Mark | None,
        quote_rate: Decimal | None,
        now_ns: int,
    ) -> None:
        """
        Let a change of an open order pass, and count it towards the account's rate.

        Raises:
            RiskLimitExceeded: A limit would be crossed.
            Halted: The account, or everything, does not trade now, or only makes positions smaller.
            Unavailable: Limits have to be judged by a price, and none is known.
        """
        self._check(amend_proposal(order, quantity, price, figures), figures, mark, quote_rate, now_ns)

    def set_limits(
        self, user_id: str | None, instrument_id: str | None, limits: object, *, by: str, reason: str, now_ns: int
    ) -> LimitsSet:
        """
        Set limits of an account, an instrument, the two together, or all.

        Raises:
            InvalidArgument: One of them cannot be so.
        """
        fact = self.limits.decide(user_id, instrument_id, limits, by=by, reason=reason, now_ns=now_ns)
        self._do([fact])
        return fact

    def set_state(self, user_id: str | None, turn: Turn, *, by: str, reason: str, now_ns: int) -> TradingStateSet:
        """
        Do something to the trading state of an account, or of all.

        Raises:
            Halted: The account is to be resumed while it is liquidated.
        """
        is_liquidating = user_id is not None and self.liquidations.of(user_id) is not None
        fact = self.states.decide(user_id, turn, by=by, reason=reason, now_ns=now_ns, is_liquidating=is_liquidating)
        self._do([fact])
        return fact

    def note_cancelling(
        self, user_id: str | None, instrument_id: str | None, *, by: str, reason: str, now_ns: int
    ) -> None:
        """The desk has open orders cancelled."""
        self._do([OrdersCancelled(ts_ns=now_ns, user_id=user_id, instrument_id=instrument_id, by=by, reason=reason)])

    def acknowledge(
        self, user_id: str | None, alert_id: str, *, by: str, note: str | None, now_ns: int
    ) -> AlertChanged:
        """
        Somebody looks after an alert, of an account or of any.

        Raises:
            InvalidArgument: There is no such alert, or it is resolved.
        """
        fact = self._machine.acknowledge(user_id, alert_id, by=by, note=note, now_ns=now_ns)
        self._do([fact])
        return fact

    def raise_alert(self, alarm: Alarm, *, now_ns: int) -> None:
        """Open an alert, or count one more in the one that is open."""
        cause = Cause(
            user_id=alarm.user_id,
            alert_type=alarm.alert_type,
            severity=alarm.severity,
            message=alarm.message,
            instrument_id=alarm.instrument_id,
            limit_value=alarm.limit_value,
            current_value=alarm.current_value,
            is_lasting=False,
        )
        self._do(self._machine.see(cause, now_ns=now_ns))

    def resolve_alert(self, user_id: str, alert_type: str, instrument_id: str | None = None, *, now_ns: int) -> None:
        """Say that an alert's cause is over, where one is open."""
        self._do(self._machine.end(gateway_key(user_id, alert_type, instrument_id), now_ns=now_ns))

    def receive_handed_in(self, reports: list[AlertReport], *, now_ns: int) -> None:
        """
        Take in a platform's alerts, all of them or none.

        Raises:
            InvalidArgument: An account would have too many.
        """
        self._machine.check_handed_in(reports)
        for report in reports:
            self._do(self._machine.hand_in(report, now_ns=now_ns))

    def evaluate(self, figures: AccountFigures, *, now_ns: int) -> None:
        """Look at an account; one that a platform keeps is the platform's to look after."""
        if figures.is_external:
            return
        limits = self.limits.of(figures.user_id)
        faults = price_faults(figures, partial(self.limits.of, figures.user_id), now_ns=now_ns)
        if not faults:
            self._do(self.running.keep(figures, now_ns=now_ns))
        found = set()
        for finding in self.running.judge(figures, limits, faults, now_ns=now_ns):
            found.add((finding.alert_type, finding.instrument_id))
            self._settle(figures.user_id, finding, now_ns)
        if not faults:
            self._clear_closed(figures.user_id, found, now_ns)
        for fact in self.liquidations.decide(self._case(figures, limits, faults, now_ns)):
            self._do([fact])
            self._follow(fact, now_ns)

    def is_pressed(self, figures: AccountFigures) -> bool:
        """Whether an account has so little margin left that it has to be looked at all the time."""
        level, warning = figures.margin_level, self.limits.of(figures.user_id).margin_warning_level
        return level is not None and warning is not None and level <= warning

    def next_action(self, figures: AccountFigures, *, now_ns: int) -> Action | None:
        """What is to be done next with an account that is liquidated; it counts as asked for."""
        if self.liquidations.of(figures.user_id) is None:
            return None
        limits = self.limits.of(figures.user_id)
        faults = price_faults(figures, partial(self.limits.of, figures.user_id), now_ns=now_ns)
        return self.liquidations.next_action(self._case(figures, limits, faults, now_ns))

    def advance(self, *, now_ns: int, most: int) -> None:
        """What time makes of alerts: of so many at most."""
        self._do(self._machine.due(now_ns=now_ns, most=most))

    def count_alerts(self) -> Mapping[tuple[str, str], int]:
        """How many alerts are not resolved, by kind and severity."""
        return self.alerts.counts

    def count_liquidated(self) -> int:
        """How many accounts are being liquidated."""
        return len(self.liquidations.user_ids())

    def count_not_evaluated(self) -> int:
        """How many accounts cannot be judged, as a price is missing or too old."""
        return self.running.count_unknown()

    def take(self) -> list[AnyRiskFact]:
        """What has happened since the last time, in order."""
        taken, self._facts = self._facts, []
        return taken

    def apply_record(self, body: bytes) -> None:
        """Apply one fact that an earlier process recorded."""
        self._apply(decode_fact(body))

    def checkpoint(self) -> bytes:
        """The whole state: the same state is the same bytes."""
        state = RiskState(
            limits=self.limits.checkpoint(),
            states=self.states.checkpoint(),
            audit=self.audit.checkpoint(),
            marks=self.running.checkpoint(),
            alerts=self.alerts.checkpoint(),
            liquidations=self.liquidations.checkpoint(),
        )
        return _encode_state(state)

    def restore(self, checkpoint: bytes) -> None:
        """Take the whole state over."""
        state = _decode_state(checkpoint)
        self.limits.restore(state.limits)
        self.states.restore(state.states)
        self.audit.restore(state.audit)
        self.running.restore(state.marks)
        self.alerts.restore(state.alerts)
        self.liquidations.restore(state.liquidations)

    def _check(
        self,
        proposal: Proposal,
        figures: AccountFigures,
        mark: Mark | None,
        quote_rate: Decimal | None,
        now_ns: int,
    ) -> None:
        user_id = figures.user_id
        limits = self.limits.of(user_id, proposal.instrument_id)
        is_liquidating = self.liquidations.of(user_id) is not None
        check_state(proposal, self.states.of(user_id), is_liquidating=is_liquidating)
        valuation = Valuation(mark=mark, quote_rate=quote_rate, mark_age_s=limits.mark_age_s, now_ns=now_ns)
        check_limits(proposal, limits, valuation, open_orders=figures.open_orders)
        self.rates.check(user_id, limits.order_rate, limits.order_burst, now_ns=now_ns)
        self.rates.count(user_id, limits.order_rate, now_ns=now_ns)

    def _settle(self, user_id: str, finding: Finding, now_ns: int) -> None:
        if finding.cause is None and not self.alerts.count_unresolved(user_id):
            return
        key = gateway_key(user_id, finding.alert_type, finding.instrument_id)
        if finding.alert_type is AlertType.MARGIN_WARNING and self._is_called(user_id):
            self._do(self._machine.drop(key, AlertType.MARGIN_CALL, now_ns=now_ns))
        elif finding.cause is not None:
            self._do(self._machine.see(finding.cause, now_ns=now_ns))
        elif finding.is_over:
            self._do(self._machine.clear(key, now_ns=now_ns))

    def _is_called(self, user_id: str) -> bool:
        return self.alerts.find(gateway_key(user_id, AlertType.MARGIN_CALL, None)) is not None

    def _clear_closed(self, user_id: str, found: set[tuple[AlertType, str | None]], now_ns: int) -> None:
        for alert in list(self.alerts.unresolved(user_id)):
            is_of_instrument = alert.alert_type == AlertType.CONCENTRATION and not alert.is_handed_in
            if is_of_instrument and (AlertType.CONCENTRATION, alert.instrument_id) not in found:
                key = gateway_key(user_id, AlertType.CONCENTRATION, alert.instrument_id)
                self._do(self._machine.clear(key, now_ns=now_ns))

    def _case(self, figures: AccountFigures, limits: Limits, faults: list[str], now_ns: int) -> Case:
        limit = limits.margin_liquidation_level
        return Case(
            figures=figures,
            limit=limit,
            is_recovered=self.running.is_recovered(figures, limit),
            faults=faults,
            state=self.states.of(figures.user_id),
            now_ns=now_ns,
        )

    def _follow(self, fact: LiquidationBegun | LiquidationClosing | LiquidationEnded, now_ns: int) -> None:
        if isinstance(fact, LiquidationBegun):
            self._do([self.states.decide_liquidation(fact.user_id, reason="liquidation", now_ns=now_ns)])
            level, limit = f"{fact.margin_level.normalize():f}", f"{fact.limit:f}"
            cause = Cause(
                user_id=fact.user_id,
                alert_type=AlertType.LIQUIDATION,
                severity=Severity.CRITICAL,
                message=f"the account is being liquidated: its margin level was {level}, at or below {limit}",
                limit_value=fact.limit,
                current_value=fact.margin_level,
            )
            self._do(self._machine.see(cause, now_ns=now_ns))
        elif isinstance(fact, LiquidationEnded):
            self._do(self._machine.end(gateway_key(fact.user_id, AlertType.LIQUIDATION, None), now_ns=now_ns))

    def _do(self, facts: Iterable[AnyRiskFact]) -> None:
        for fact in facts:
            self._apply(fact)
            self._facts.append(fact)

    def _apply(self, fact: AnyRiskFact) -> None:
        self.audit.apply(fact)
        match fact:
            case LimitsSet():
                self.limits.apply(fact)
            case TradingStateSet():
                self.states.apply(fact)
            case HighWaterMoved() | DayBegun():
                self.running.apply(fact)
            case AlertChanged() | AlertPassedOver():
                self.alerts.apply(fact)
            case LiquidationBegun() | LiquidationClosing() | LiquidationEnded():
                self.liquidations.apply(fact)
            case OrdersCancelled():
                pass
