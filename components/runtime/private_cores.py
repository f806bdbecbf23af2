"""The cores of the container `trading`: what decides, made of the settings."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import attrs
from prometheus_client import CollectorRegistry

from components.bots.bots import Bots
from components.contract.topics import Owner
from components.metrics.journal import JournalMetrics
from components.model.errors import CommandRejected
from components.risk.risk import Risk
from components.runtime.settings import Settings
from components.streams.journal import Journal
from components.streams.journal_store import SqliteJournal
from components.streams.sqlite_store import SqliteFile, Synchronous
from components.trading.account_queries import AccountQueries
from components.trading.accounts import Accounts
from components.trading.intake.intake_execution import IntakeExecution
from components.trading.ledger.figures import MarginRules
from components.trading.ledger.ledger import Ledger
from components.trading.live.markets import Markets
from components.trading.orders.desk import Desk
from components.trading.orders.desk_rules import DeskRules
from components.trading.paper.paper_rules import CommissionIn, PaperRules
from components.trading.paper.paper_venue import PaperVenue
from components.trading.payloads import MarginThresholds
from components.trading.settings import Execution, TradingSettings
from components.trading.switches.switches import Switches

TRADING_JOURNAL_NAME = "trading.journal"
PLATFORM = "platform"
"""The venue of orders that a platform's own engine executes."""

WHOLLY_COVERED = Decimal(1)
"""How much of what it holds an account on margin needs where no more of them begin."""


@attrs.frozen(kw_only=True)
class PrivateCores:
    """
    What decides.

    Attributes:
        ledger: All accounts.
        accounts: The same with what they are worth.
        queries: What can be asked of them.
        desk: Decides about orders.
        paper: Executes them; None where a platform does.
        risk: Limits, alerts, trading states.
        bots: What bots report.
        switches: Of sessions whose loss cancels orders.
    """

    ledger: Ledger
    accounts: Accounts
    queries: AccountQueries
    desk: Desk
    paper: PaperVenue | None
    risk: Risk
    bots: Bots
    switches: Switches


def make_cores(settings: Settings, markets: Markets) -> PrivateCores:
    """All cores, with nothing in them."""
    ledger, risk = Ledger(), Risk(settings.risk)
    accounts = Accounts(ledger, markets, _margin_rules(settings.trading))
    paper = _make_paper(settings.trading, markets, ledger)
    execution = paper or IntakeExecution(PLATFORM)
    return PrivateCores(
        ledger=ledger,
        accounts=accounts,
        queries=AccountQueries(accounts, _thresholds(risk)),
        desk=Desk(ledger, execution, risk, markets, _desk_rules(settings.trading), figures=accounts.figures),
        paper=paper,
        risk=risk,
        bots=Bots(silence_ns=settings.bots.silence_ns),
        switches=Switches(),
    )


def _make_paper(settings: TradingSettings, markets: Markets, ledger: Ledger) -> PaperVenue | None:
    if settings.execution is not Execution.PAPER:
        return None
    rules = PaperRules(
        latency_ns=settings.latency_ns,
        maker_rate=settings.maker_rate,
        taker_rate=settings.taker_rate,
        commission_in=settings.commission_in,
    )
    return PaperVenue(
        rules,
        lot_size=lambda instrument_id: _lot_size(markets, instrument_id),
        held=lambda user_id, instrument_id: ledger.position(user_id, instrument_id).quantity,
    )


def _lot_size(markets: Markets, instrument_id: str) -> Decimal | None:
    # Orders of an earlier process are there before the instruments are, and outlive them.
    try:
        return markets.rules(instrument_id).lot_size
    except CommandRejected:
        return None


def make_journal(settings: Settings, reactor: Any, registry: CollectorRegistry) -> Journal:
    """The journal of all accounts: what is acknowledged outlives a loss of power."""
    return SqliteJournal(
        SqliteFile(settings.data_dir / TRADING_JOURNAL_NAME, synchronous=Synchronous.FULL),
        call_in_reactor=reactor.callFromThread,
        metrics=JournalMetrics(registry, owner=Owner.TRADING.value),
    )


def _margin_rules(settings: TradingSettings) -> MarginRules:
    return MarginRules(
        currency=settings.currency,
        initial_rate=settings.initial_rate,
        maintenance_rate=settings.maintenance_rate,
    )


def _desk_rules(settings: TradingSettings) -> DeskRules:
    is_external = settings.execution is Execution.INTAKE
    return DeskRules(
        currency=settings.currency,
        opening_balances={} if is_external else settings.opening_balances,
        is_margin=settings.initial_rate is not None,
        is_external=is_external,
        initial_margin_rate=WHOLLY_COVERED if settings.initial_rate is None else settings.initial_rate,
        maker_rate=settings.maker_rate,
        taker_rate=settings.taker_rate,
        is_commission_in_quote=settings.commission_in is CommissionIn.QUOTE,
        unknown_after_ns=settings.unknown_after_ns,
    )


def _thresholds(risk: Risk) -> Callable[[str], MarginThresholds]:
    def of(user_id: str) -> MarginThresholds:
        limits = risk.limits.of(user_id)
        return MarginThresholds(call_at=limits.margin_call_level, liquidation_at=limits.margin_liquidation_level)

    return of
