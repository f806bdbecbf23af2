"""What the container `trading` runs: accounts and who executes their orders, risk, bots, and the dead-man switch."""

import random
import time
from collections.abc import Callable, Sequence
from typing import Any

from prometheus_client import CollectorRegistry
from twisted.internet.defer import ensureDeferred
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure

from components.bots.component import BotsComponent
from components.contract.envelope import Payload
from components.contract.topics import Owner
from components.metrics.risk import RiskMetrics
from components.model.errors import CommandRejected
from components.risk.component import RiskComponent, RiskSeams
from components.risk.procedures_component import RiskProcedures
from components.runtime.private_cores import PLATFORM, make_cores, make_journal
from components.runtime.settings import Settings
from components.streams.answers import Ownership
from components.streams.component import StreamPublisher
from components.streams.stream import Streams
from components.trading.account_state import AccountState
from components.trading.component import Trading
from components.trading.intake.intake import AccountIntake
from components.trading.intake.intake_component import Keepers, TradingIntake
from components.trading.live.followed_instrument_component import MarketListener
from components.trading.live.markets import Level
from components.trading.live.markets_component import LiveMarkets
from components.trading.orders.execution import Report
from components.trading.session_news_component import SessionNewsPublisher
from components.trading.settlement_component import Settlement, SettlementListener
from components.trading.switches.switches_component import SwitchesComponent
from components.trading.worth_board import WorthBoard
from components.trading.worth_component import WorthPublisher
from components.wamp.audit_reports import AuditReports
from components.wamp.procedures import register_procedures

Levels = Sequence[Level]

FOLLOW_INTERVAL_S = 5.0
"""How often it is looked which instruments are needed."""

MISS_INTERVAL_S = 1.0
"""How often it is looked which bots have gone silent."""

_log = Logger(namespace="tapecast.runtime")


class PrivateStreams:
    """
    The slices of one process, and what they tell one another.

    They share one publisher and one journal: what one of them decides is written and told together with what it was
    decided from.
    """

    def __init__(
        self,
        session: Any,
        settings: Settings,
        reactor: Any,
        registry: CollectorRegistry,
        *,
        new_epoch: Callable[[], str],
        on_fault: Callable[[], None],
    ) -> None:
        """
        Make all of them; nothing happens before `start`.

        Args:
            session: Joined to the realm.
            settings: The operator's.
            reactor: Of the process.
            registry: Where figures are counted.
            new_epoch: Makes an opaque name that no earlier epoch had.
            on_fault: Called once a bug of ours is logged, or the journal has failed: the process has to end.
        """
        self._session = session
        self._reactor = reactor
        self._on_fault = on_fault
        self._risk_metrics = RiskMetrics(registry)
        self._board = WorthBoard()
        self._markets = LiveMarkets(
            session,
            reactor,
            self._listener(),
            wall_clock_ns=time.time_ns,
            chance=random.SystemRandom().random,
            on_fault=on_fault,
        )
        self._cores = make_cores(settings, self._markets)
        self._account_state = AccountState(self._cores.queries)
        self._streams = Streams(new_epoch, make_journal(settings, reactor, registry))
        self._publisher = StreamPublisher(
            session,
            self._streams,
            Ownership(owner=Owner.TRADING, now_ns=lambda _topic: time.time_ns(), state=self._state),
            parts=(self._cores.ledger, self._cores.risk, self._cores.bots, self._cores.switches),
            on_lost=on_fault,
        )
        self._settlement = Settlement(
            self._cores.desk,
            self._cores.accounts,
            self._publisher,
            clock=reactor,
            wall_clock_ns=time.time_ns,
            listener=SettlementListener(
                on_changed=self._board.touch,
                on_alarm=lambda alarm, now_ns: self._risk.raise_alert(alarm, now_ns=now_ns),
                on_refused=self._risk_metrics.count_refusal,
            ),
        )
        self._make_shells()

    def _make_shells(self) -> None:
        cores, publisher, settlement = self._cores, self._publisher, self._settlement
        seams = RiskSeams(
            publisher=publisher,
            metrics=self._risk_metrics,
            streams=self._streams,
            control=settlement,
            wall_clock_ns=time.time_ns,
            resolve_instrument=lambda name: self._markets.rules(name).instrument_id,
        )
        self._risk = RiskComponent(cores.risk, seams)
        self._bots = BotsComponent(cores.bots, publisher, self._streams, self._risk, wall_clock_ns=time.time_ns)
        self._switches = SwitchesComponent(
            self._session,
            cores.switches,
            publisher,
            settlement,
            clock=self._reactor,
            wall_clock_ns=time.time_ns,
            on_fault=self._on_fault,
        )
        self._intake = TradingIntake(
            None if cores.paper is not None else AccountIntake(PLATFORM, cores.ledger),
            cores.ledger,
            Keepers(alerts=self._risk, bots=self._bots),
            take_in=settlement.take_in,
            wall_clock_ns=time.time_ns,
            monotonic_ns=time.monotonic_ns,
        )
        trading = Trading(
            settlement, cores.desk, cores.queries, self._markets, self._streams, wall_clock_ns=time.time_ns
        )
        risk = RiskProcedures(cores.risk, self._risk, seams)
        news = SessionNewsPublisher(publisher, wall_clock_ns=time.time_ns)
        self._answering = (trading, risk, self._bots, self._switches, self._intake, news)
        self._worth = WorthPublisher(
            self._board,
            cores.queries,
            publisher,
            watcher=self._risk,
            clock=self._reactor,
            wall_clock_ns=time.time_ns,
            on_fault=self._report_fault,
        )
        self._audit = AuditReports(self._session, clock=self._reactor, wall_clock_ns=time.time_ns)
        self._following = LoopingCall(self._follow)
        self._missing = LoopingCall(lambda: self._bots.advance(time.time_ns()))
        self._following.clock = self._missing.clock = self._reactor

    async def start(self) -> None:
        """
        Go on where the journal ends, and answer from then on.

        Raises:
            ConfigError: The journal cannot be used.
            FirstError: The router refused to register a procedure.
            Unavailable: The router does not tell which sessions there are.
        """
        await self._publisher.start()
        self._markets.start()
        self._settlement.carry_out(lambda now: self._cores.desk.restore(now_ns=now))
        for user_id in self._cores.ledger.user_ids():
            self._board.touch(user_id)
        self._bots.start()
        await self._switches.start()
        handlers = [item for one in self._answering for item in one.handlers().items()]
        guarded = {uri: self._publisher.guard(handler) for uri, handler in handlers}
        await register_procedures(self._session, {**self._audit.audited(guarded), **self._publisher.handlers()})
        self._worth.start()
        self._following.start(FOLLOW_INTERVAL_S, now=True).addErrback(self._report_fault)
        self._missing.start(MISS_INTERVAL_S, now=False).addErrback(self._report_fault)

    async def stop(self) -> None:
        """End in order: nothing is decided any more, then what was decided is written and told."""
        for looping in (self._following, self._missing):
            if looping.running:
                looping.stop()
        self._audit.stop()
        self._worth.stop()
        self._switches.stop()
        self._settlement.stop()
        self._markets.stop()
        await self._publisher.stop()

    def health(self) -> list[dict[str, object]]:
        """How the journal, risk and a platform are."""
        return [*self._publisher.health(), *self._risk.health(), *self._intake.health()]

    def _listener(self) -> MarketListener:
        return MarketListener(
            on_book_snapshot=self._receive_book,
            on_book_deltas=self._receive_book_changes,
            on_book_lost=self._receive_book_loss,
            on_mark=lambda instrument_id, _mark: self._board.receive_mark(instrument_id),
        )

    def _receive_book(self, instrument_id: str, bids: Levels, asks: Levels) -> None:
        if self._cores.paper is not None:
            self._take_reports(self._cores.paper.apply_snapshot(instrument_id, bids, asks, now_ns=time.time_ns()))

    def _receive_book_changes(self, instrument_id: str, bids: Levels, asks: Levels) -> None:
        if self._cores.paper is not None:
            self._take_reports(self._cores.paper.apply_deltas(instrument_id, bids, asks, now_ns=time.time_ns()))

    def _receive_book_loss(self, instrument_id: str) -> None:
        if self._cores.paper is not None:
            self._cores.paper.lose_book(instrument_id)

    def _take_reports(self, reports: list[Report]) -> None:
        if reports:
            self._settlement.carry_out(lambda now: self._cores.desk.apply_reports(reports, now_ns=now))

    def _state(self, topic: str) -> Payload | None:
        state = self._account_state.state(topic)
        return self._risk.state(topic) if state is None else state

    def _follow(self) -> None:
        """Follow the markets of all that is held or ordered, and no others."""
        needed = {one.instrument_id for one in self._cores.ledger.open_orders()} | self._board.held_instruments
        for instrument_id in self._markets.followed - needed:
            self._markets.release(instrument_id)
        for instrument_id in needed - self._markets.followed:
            ensureDeferred(self._markets.ensure(instrument_id)).addErrback(self._note_unfollowed, instrument_id)

    def _note_unfollowed(self, failure: Failure, instrument_id: str) -> None:
        failure.trap(CommandRejected)
        _log.debug("{instrument} cannot be followed: {error}", instrument=instrument_id, error=failure.value)

    def _report_fault(self, failure: Failure) -> None:
        _log.failure("private streams have failed; this is a bug in the gateway", failure=failure)
        self._on_fault()
