"""Risk between a session that remembers, a journal in the test's hands, and accounts that do as the test says."""

import itertools
from collections.abc import Callable
from typing import Any

import attrs
from prometheus_client import CollectorRegistry

from components.contract.envelope import NS_PER_S
from components.contract.roles import Role
from components.contract.topics import Owner
from components.metrics.risk import RiskMetrics
from components.model.accounts import AccountFigures
from components.model.errors import UnknownInstrument
from components.model.orders import Order
from components.risk.component import RiskComponent, RiskSeams
from components.risk.procedures_component import RiskProcedures
from components.risk.risk import Risk
from components.risk.settings import RiskSettings
from components.streams.answers import Ownership
from components.streams.component import StreamPublisher
from components.streams.stream import Streams
from components.wamp.procedures import Caller
from tests.support.held_journal import HeldJournal
from tests.support.made_orders import make_order
from tests.support.market import completed
from tests.support.recording_session import RecordingSession
from tests.support.risk_cases import BTC, ETH, NOW_NS, make_figures, make_mark

ALL_ALERTS = "tapecast.risk.alerts"
OFFICER = Caller(session_id=7, user_id="desk", role=Role.RISK)
OPERATOR = Caller(session_id=8, user_id="root", role=Role.ADMIN)
ALICE = Caller(session_id=9, user_id="alice", role=Role.TRADER)


@attrs.define
class ScriptedAccounts:
    """
    Satisfies `AccountControl`.

    Attributes:
        accounts: By user, as the test says; marks are of now.
        done: What was asked for, in order.
        on_cancel: What becomes of an account whose orders are cancelled.
        on_close: What becomes of an account of which a position is closed.
    """

    accounts: dict[str, AccountFigures] = attrs.field(factory=dict)
    done: list[tuple[str | None, ...]] = attrs.field(factory=list)
    on_cancel: Callable[[AccountFigures], AccountFigures] = lambda figures: attrs.evolve(figures, open_orders=0)
    on_close: Callable[[AccountFigures, str], AccountFigures] = lambda figures, instrument_id: attrs.evolve(
        figures, exposures=tuple(one for one in figures.exposures if one.instrument_id != instrument_id)
    )

    def put(self, figures: AccountFigures) -> None:
        """This is how the account is."""
        self.accounts[figures.user_id] = figures

    def user_ids(self) -> list[str]:
        """Whose accounts there are."""
        return list(self.accounts)

    def figures(self, user_id: str, *, now_ns: int) -> AccountFigures:
        """One account, with marks of now where it has any."""
        figures = self.accounts.get(user_id) or make_figures(user_id=user_id, equity="0", transferred="0")
        marked = [
            one if one.mark is None or one.mark.is_stale else attrs.evolve(one, mark=make_mark(now_ns=now_ns))
            for one in figures.exposures
        ]
        return attrs.evolve(figures, exposures=tuple(marked))

    def cancel_orders(self, user_id: str | None, instrument_id: str | None, *, reason: str, now_ns: int) -> list[Order]:
        """Remember it; an order of each account concerned is told."""
        assert now_ns
        self.done.append(("cancel", user_id, instrument_id, reason))
        concerned = [one for one in self.accounts.values() if user_id in (None, one.user_id)]
        cancelled = [
            make_order(f"{one.user_id}{number}", user_id=one.user_id)
            for one in concerned
            for number in range(one.open_orders)
        ]
        for one in concerned:
            self.put(self.on_cancel(one))
        return cancelled

    def close_position(self, user_id: str, instrument_id: str, *, tag: str, reason: str, now_ns: int) -> None:
        """Remember it."""
        assert now_ns
        self.done.append(("close", user_id, instrument_id, tag, reason))
        self.put(self.on_close(self.accounts[user_id], instrument_id))


@attrs.define
class RiskDesk:
    """
    Risk as a process has it.

    Attributes:
        journal: Where everything is written at once.
    """

    settings: RiskSettings = attrs.field(factory=RiskSettings)
    now_ns: int = NOW_NS
    registry: CollectorRegistry = attrs.field(factory=CollectorRegistry)
    control: ScriptedAccounts = attrs.field(factory=ScriptedAccounts)
    session: RecordingSession = attrs.field(factory=RecordingSession)
    journal: HeldJournal = attrs.field(factory=HeldJournal)
    risk: Risk = attrs.field(init=False)
    publisher: StreamPublisher = attrs.field(init=False)
    component: RiskComponent = attrs.field(init=False)
    procedures: RiskProcedures = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        """Wire everything, and start."""
        epochs = (f"e{number}" for number in itertools.count(1))
        streams = Streams(lambda: next(epochs), self.journal)
        self.risk = Risk(self.settings)
        ownership = Ownership(owner=Owner.TRADING, now_ns=lambda _topic: self.now_ns)
        self.publisher = StreamPublisher(self.session, streams, ownership, parts=[self.risk])
        seams = RiskSeams(
            publisher=self.publisher,
            metrics=RiskMetrics(self.registry),
            streams=streams,
            control=self.control,
            wall_clock_ns=lambda: self.now_ns,
            resolve_instrument=resolve_instrument,
        )
        self.component = RiskComponent(self.risk, seams)
        self.procedures = RiskProcedures(self.risk, self.component, seams)
        completed(self.publisher.start())

    def advance(self, seconds: float = 0) -> None:
        """Time passes, and accounts are looked at."""
        self.now_ns += int(seconds * NS_PER_S)
        self.component.advance(self.now_ns)
        self.write()

    def write(self) -> None:
        """Everything that waits is durable."""
        if self.journal.waiting:
            self.journal.write(len(self.journal.waiting))

    def call(self, name: str, caller: Caller = OFFICER, /, **arguments: Any) -> dict[str, Any]:
        """Call a procedure."""
        answer: Any = self.procedures.handlers()[f"tapecast.risk.{name}"](caller, **arguments)
        self.write()
        assert isinstance(answer, dict)
        return answer

    def events(self, topic: str) -> list[dict[str, Any]]:
        """The payloads on a topic, in order."""
        return [one.event["payload"] for one in self.session.published if one.topic == topic]

    def alerts(self, topic: str = ALL_ALERTS) -> list[str]:
        """What happened to alerts, in order."""
        return [f"{payload['event']} {payload['alert_type']}" for payload in self.events(topic)]

    @property
    def records(self) -> list[bytes]:
        """The facts that are durable."""
        return [record.body for group in self.journal.durable for record in group.records]


def resolve_instrument(name: str) -> str:
    """There are two instruments, and one has an alias."""
    names = {BTC: BTC, "BTC/USDT": BTC, ETH: ETH}
    if name not in names:
        raise UnknownInstrument(f"there is no instrument {name}")
    return names[name]
