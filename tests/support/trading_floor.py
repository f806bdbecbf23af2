"""Accounts, their desk and the venue on paper behind the procedures that callers see; nothing outlives the process."""

from decimal import Decimal
from typing import Any

import attrs
from autobahn.wamp.exception import ApplicationError
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from components.contract.roles import Role
from components.contract.topics import Owner
from components.model.alerts import Alarm
from components.model.errors import CommandRejected
from components.risk.risk import Risk
from components.streams.answers import Ownership
from components.streams.component import StreamPublisher
from components.streams.stream import Streams
from components.trading.account_queries import AccountQueries
from components.trading.account_state import AccountState
from components.trading.accounts import Accounts
from components.trading.component import Trading
from components.trading.ledger.figures import MarginRules
from components.trading.ledger.ledger import Ledger
from components.trading.live.markets import InstrumentRules
from components.trading.orders.desk import Desk
from components.trading.orders.desk_rules import DeskRules
from components.trading.paper.paper_rules import PaperRules
from components.trading.paper.paper_venue import PaperVenue
from components.trading.payloads import MarginThresholds
from components.trading.settlement_component import Settlement, SettlementListener
from components.wamp.procedures import DETAILS_ARGUMENT, register_procedures
from tests.support.recording_session import RecordingSession, call_details
from tests.support.trading_desk import NOW_NS, RecordingRisk, StillMarkets

NS_PER_S = 1_000_000_000


@attrs.define
class FollowableMarkets(StillMarkets):
    """
    Markets that stand still, and can be followed.

    Attributes:
        ensured: What was asked to be followed.
    """

    ensured: list[str] = attrs.field(factory=list)

    def is_followed(self, name: str) -> bool:
        """Whether it was asked for before."""
        return name in self.ensured

    async def ensure(self, name: str) -> InstrumentRules:
        """Follow what there is."""
        self.ensured.append(name)
        return self.rules(name)


@attrs.define
class TradingFloor:
    """
    All of it.

    Attributes:
        latency_ns: How long a request takes to the venue.
        initial_rate: Share of a position's worth that it takes to open it on margin; None for cash accounts.
        risk: Lets everything pass, unless it is a real one.
        changed: Whose accounts were told to be others than before.
        alarms: What was told to be looked after.
        faults: How many bugs were told.
        refusals: What the desk refused.
    """

    latency_ns: int = 0
    initial_rate: Decimal | None = None
    session: RecordingSession = attrs.field(factory=RecordingSession)
    clock: Clock = attrs.field(factory=Clock)
    markets: FollowableMarkets = attrs.field(factory=FollowableMarkets)
    risk: RecordingRisk | Risk = attrs.field(factory=RecordingRisk)
    ledger: Ledger = attrs.field(factory=Ledger)
    streams: Streams = attrs.field(factory=lambda: Streams(lambda: "e"))
    changed: list[str] = attrs.field(factory=list)
    alarms: list[Alarm] = attrs.field(factory=list)
    faults: list[str] = attrs.field(factory=list)
    refusals: list[CommandRejected] = attrs.field(factory=list)
    paper: PaperVenue = attrs.field(init=False)
    desk: Desk = attrs.field(init=False)
    publisher: StreamPublisher = attrs.field(init=False)
    settlement: Settlement = attrs.field(init=False)
    queries: AccountQueries = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        rules = DeskRules(
            currency="USDT",
            opening_balances={"USDT": Decimal(1000)},
            is_margin=self.initial_rate is not None,
            initial_margin_rate=self.initial_rate or Decimal(0),
        )
        margin_rules = MarginRules(currency="USDT", initial_rate=self.initial_rate, maintenance_rate=Decimal("0.05"))
        accounts = Accounts(self.ledger, self.markets, margin_rules)
        self.paper = PaperVenue(
            PaperRules(latency_ns=self.latency_ns),
            lot_size=lambda _: None,
            held=lambda user_id, instrument_id: self.ledger.position(user_id, instrument_id).quantity,
        )
        self.desk = Desk(self.ledger, self.paper, self.risk, self.markets, rules, figures=accounts.figures)
        thresholds = MarginThresholds(call_at=Decimal("1.3"), liquidation_at=Decimal("1.1"))
        self.queries = AccountQueries(accounts, lambda _user_id: thresholds)
        self.publisher = StreamPublisher(
            self.session,
            self.streams,
            Ownership(owner=Owner.TRADING, now_ns=lambda _topic: self.now_ns(), state=AccountState(self.queries).state),
            parts=(self.ledger, *([self.risk] if isinstance(self.risk, Risk) else [])),
            on_lost=lambda: self.faults.append("fault"),
        )
        self.settlement = Settlement(
            self.desk,
            accounts,
            self.publisher,
            clock=self.clock,
            wall_clock_ns=self.now_ns,
            listener=SettlementListener(
                on_changed=self.changed.append,
                on_alarm=lambda alarm, _now_ns: self.alarms.append(alarm),
                on_refused=self.refusals.append,
            ),
        )
        trading = Trading(
            self.settlement,
            self.desk,
            self.queries,
            self.markets,  # type: ignore[arg-type]  # what of the live markets is asked for
            self.streams,
            wall_clock_ns=self.now_ns,
        )
        register_procedures(self.session, {**trading.handlers(), **self.publisher.handlers()})

    def now_ns(self) -> int:
        """What time it is."""
        return NOW_NS + int(self.clock.seconds() * NS_PER_S)

    def ask(self, procedure: str, *, caller: str = "ann", role: Role = Role.TRADER, **arguments: object) -> Any:
        """
        What a caller is answered at once.

        Raises:
            ApplicationError: The call is refused.
        """
        uri = f"tapecast.{procedure}"
        details = call_details(uri, role)
        details.caller_authid = caller
        asked: Deferred[Any] = self.session.registered[uri](**{DETAILS_ARGUMENT: details}, **arguments)
        answers: list[Any] = []
        asked.addBoth(answers.append)
        (answer,) = answers
        if isinstance(answer, Failure):
            answer.raiseException()
        return answer

    def refusal(self, procedure: str, **arguments: Any) -> dict[str, Any]:
        """
        Why a call is refused.

        Raises:
            AssertionError: It is not.
        """
        try:
            answer = self.ask(procedure, **arguments)
        except ApplicationError as error:
            refused: dict[str, Any] = error.kwargs
            return refused
        raise AssertionError(f"expected a refusal, received {answer!r}")

    def refuse(self, error: Exception) -> None:
        """Have risk raise this from now on."""
        assert isinstance(self.risk, RecordingRisk)
        self.risk.refusal = error  # type: ignore[assignment]  # a bug is no refusal

    def place(self, client_order_id: str = "c1", **changes: object) -> Any:
        """What a caller is answered who buys one for 90, unless something else is said."""
        order: dict[str, Any] = {
            "instrument": "BTCUSDT",
            "side": "buy",
            "type": "limit",
            "quantity": "1",
            "price": "90",
            **changes,
        }
        return self.ask("orders.place", client_order_id=client_order_id, **order)

    def offer(self, bids: dict[str, str], asks: dict[str, str]) -> None:
        """Have the live book tell these levels, and what comes of it be settled."""
        sides = [[(Decimal(price), Decimal(size)) for price, size in side.items()] for side in (bids, asks)]
        reports = self.paper.apply_snapshot("BTCUSDT", sides[0], sides[1], now_ns=self.now_ns())
        self.settlement.carry_out(lambda now_ns: self.desk.apply_reports(reports, now_ns=now_ns))

    def events(self, name: str, *, user: str = "ann") -> list[dict[str, Any]]:
        """The payloads on one of a user's topics."""
        return [one["payload"] for one in self.session.events(f"tapecast.user.{user}.{name}")]
