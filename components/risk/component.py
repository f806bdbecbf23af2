"""The shell of risk: looks at accounts, writes down and publishes what comes of it, does what has to be done."""

from collections.abc import Callable

import attrs
from twisted.logger import Logger

from components.contract.envelope import NS_PER_S, EventType, Payload
from components.contract.topics import PREFIX, family_of
from components.contract.uris import user_component, user_from_component
from components.metrics.risk import RiskMetrics
from components.model.accounts import AccountControl, AccountFigures
from components.model.alerts import Alarm
from components.model.platform_reports import AlertReport
from components.risk.facts import AlertChanged, LiquidationBegun, LiquidationEnded, TradingState, encode_fact
from components.risk.liquidation import CancelOrders
from components.risk.risk import Risk
from components.risk.rounds import Rounds
from components.risk.views import account_view, alert_payload, alerts_state, view_gist
from components.streams.component import StreamPublisher
from components.streams.stream import Streams

ACCOUNTS_A_TURN = 5
ALERTS_A_TURN = 10
ACTIONS_A_TURN = 20
VIEW_INTERVAL_NS = 5 * NS_PER_S
"""How often at most an account is told that its figures are others, where nothing but prices has moved."""

TAG = "liquidation"
ALL_ALERTS = f"{PREFIX}.risk.alerts"


_security = Logger(namespace="tapecast.security")


@attrs.frozen(kw_only=True)
class RiskSeams:
    """
    What risk is wired to.

    Attributes:
        publisher: Of the private streams; risk is one of its parts.
        metrics: Where figures are counted.
        streams: The same streams.
        control: What can be done with accounts.
        wall_clock_ns: The time, UNIX nanoseconds.
        resolve_instrument: The id of an instrument by its name or alias; raises UnknownInstrument.
    """

    publisher: StreamPublisher
    metrics: RiskMetrics
    streams: Streams
    control: AccountControl
    wall_clock_ns: Callable[[], int]
    resolve_instrument: Callable[[str], str]


@attrs.frozen
class _Viewed:
    gist: object
    at_ns: int


class RiskComponent:
    """
    Look at accounts, so many a turn, and tell what comes of it.

    It satisfies `AlertDesk` and `AlertKeeper`. What is done through it is written down at once, within the transaction
    that is open, if any.
    """

    def __init__(self, risk: Risk, seams: RiskSeams) -> None:
        """
        Wire risk; nothing happens before the first call.

        Args:
            risk: Decides.
            seams: What it is wired to.
        """
        self._risk = risk
        self._publisher = seams.publisher
        self._metrics = seams.metrics
        self._streams = seams.streams
        self._control = seams.control
        self._wall_clock_ns = seams.wall_clock_ns
        self._rounds = Rounds()
        self._viewed: dict[str, _Viewed] = {}
        self._metrics.watch(risk)

    def receive_change(self, user_id: str) -> None:
        """Something happened to an account: it is looked at in the next turn."""
        self._rounds.note_changed(user_id)

    def advance(self, now_ns: int) -> None:
        """One turn: what time has made of alerts, then those accounts whose turn it is."""
        self._risk.advance(now_ns=now_ns, most=ALERTS_A_TURN)
        self.write()
        urgent = self._risk.liquidations.user_ids()
        chosen = self._rounds.choose(urgent, self._control.user_ids, most=ACCOUNTS_A_TURN)
        for user_id in chosen:
            self._look_at(user_id, now_ns)

    def raise_alert(self, alarm: Alarm, *, now_ns: int) -> None:
        """Open an alert, or count one more in the one that is open."""
        self._risk.raise_alert(alarm, now_ns=now_ns)
        self.write()

    def resolve_alert(self, user_id: str, alert_type: str, instrument_id: str | None = None, *, now_ns: int) -> None:
        """Say that an alert's cause is over, where one is open."""
        self._risk.resolve_alert(user_id, alert_type, instrument_id, now_ns=now_ns)
        self.write()

    def receive_handed_in(self, reports: list[AlertReport], *, now_ns: int) -> None:
        """
        Take in a platform's alerts, all of them or none.

        Raises:
            InvalidArgument: An account would have too many.
        """
        self._risk.receive_handed_in(reports, now_ns=now_ns)
        self.write()

    def write(self) -> None:
        """Write down what has been decided, and publish what is to be told of it."""
        facts = self._risk.take()
        if not facts:
            return
        with self._publisher.joined_transaction():
            for fact in facts:
                self._publisher.record(self._risk.name, encode_fact(fact))
                if isinstance(fact, AlertChanged):
                    self._publish_alert(fact)
                elif isinstance(fact, LiquidationBegun | LiquidationEnded):
                    self._metrics.count_liquidation("begun" if isinstance(fact, LiquidationBegun) else "ended")

    def state(self, topic: str) -> Payload | None:
        """The whole state of a topic of alerts; None for any other."""
        if topic == ALL_ALERTS:
            return alerts_state(self._risk, None)
        family = family_of(topic)
        if family is None or family.name != "user.alerts":
            return None
        user_id = user_from_component(topic.split(".")[family.components.index("{user_id}")])
        return None if user_id is None else alerts_state(self._risk, user_id)

    def numbers(self, topic: str) -> Payload:
        """Where a topic is: `epoch` and `seq`."""
        stream = self._streams.open(topic)
        return {"epoch": stream.epoch, "seq": stream.seq}

    def health(self) -> list[dict[str, object]]:
        """How risk is, as a part of the node's report."""
        state = self._risk.states.own(None)
        is_active = state is TradingState.ACTIVE
        return [
            {
                "name": "risk",
                "state": "up" if is_active else "degraded",
                "reason": "" if is_active else f"all accounts are {state.value}",
                "age_ms": None,
            }
        ]

    def _look_at(self, user_id: str, now_ns: int) -> None:
        figures = self._control.figures(user_id, now_ns=now_ns)
        self._risk.evaluate(figures, now_ns=now_ns)
        self._rounds.note_stake(user_id, has_stake=bool(figures.exposures), is_pressed=self._risk.is_pressed(figures))
        with self._publisher.joined_transaction():
            self.write()
            self._publish_view(figures, now_ns)
        for _ in range(ACTIONS_A_TURN):
            if not self._act(figures, now_ns):
                break
            figures = self._control.figures(user_id, now_ns=now_ns)
            self._risk.evaluate(figures, now_ns=now_ns)
            self.write()

    def _act(self, figures: AccountFigures, now_ns: int) -> bool:
        action = self._risk.next_action(figures, now_ns=now_ns)
        if action is None:
            return False
        if isinstance(action, CancelOrders):
            _security.warn("liquidation of {user_id}: all orders are cancelled", user_id=action.user_id)
            self._control.cancel_orders(action.user_id, None, reason=TAG, now_ns=now_ns)
        else:
            _security.warn(
                "liquidation of {user_id}: the position in {instrument} is closed",
                user_id=action.user_id,
                instrument=action.instrument_id,
            )
            self._control.close_position(
                action.user_id, action.instrument_id, tag=TAG, reason="margin_level", now_ns=now_ns
            )
        return True

    def _publish_alert(self, fact: AlertChanged) -> None:
        payload = alert_payload(fact.alert, fact.event)
        for topic in (_user_topic(fact.alert.user_id, "alerts"), ALL_ALERTS):
            self._publisher.publish(topic, payload, ts_ns=fact.ts_ns, event_type=EventType.ALERT)

    def _publish_view(self, figures: AccountFigures, now_ns: int) -> None:
        user_id, gist = figures.user_id, view_gist(self._risk, figures)
        before = self._viewed.get(user_id)
        if before is not None and before.gist == gist and now_ns - before.at_ns < VIEW_INTERVAL_NS:
            return
        self._viewed[user_id] = _Viewed(gist, now_ns)
        topic, view = _user_topic(user_id, "risk"), account_view(self._risk, figures, now_ns=now_ns)
        if self._streams.open(topic).last != view:
            self._publisher.publish(topic, view, ts_ns=now_ns)


def _user_topic(user_id: str, name: str) -> str:
    return f"{PREFIX}.user.{user_component(user_id)}.{name}"
