"""A desk with a venue that says what it is told to say, and markets that stand still."""

import functools
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import attrs

from components.contract.envelope import NS_PER_S
from components.model.accounts import AccountFigures, Mark
from components.model.errors import CommandRejected, UnknownInstrument
from components.model.market import Side
from components.model.orders import Fill, Liquidity, Order, OrderRequest, OrderStatus, OrderType
from components.trading.ledger.figures import MarginRules, figures
from components.trading.ledger.ledger import Ledger
from components.trading.live.markets import InstrumentRules
from components.trading.orders.desk import Desk
from components.trading.orders.desk_rules import DeskRules
from components.trading.orders.execution import Accepted, Amended, Cancelled, Executed, ExecutionClient, Report
from components.trading.orders.order_arguments import Amendment

NOW_NS = 1_767_225_600 * NS_PER_S
"""When every desk of a test begins: 2026-01-01."""

BTCUSDT = InstrumentRules(
    instrument_id="BTCUSDT",
    venue="binance",
    base="BTC",
    quote="USDT",
    tick_size=Decimal("0.01"),
    lot_size=Decimal("0.001"),
    min_notional=Decimal(10),
)
ETHBTC = InstrumentRules(instrument_id="ETHBTC", venue="binance", base="ETH", quote="BTC")


@attrs.define
class StillMarkets:
    """Two instruments at prices that a test sets."""

    listed: dict[str, InstrumentRules] = attrs.field(
        factory=lambda: {"BTCUSDT": BTCUSDT, "BTC/USDT": BTCUSDT, "ETHBTC": ETHBTC}
    )
    marks: dict[str, Mark] = attrs.field(factory=lambda: {"BTCUSDT": mark("100", bid="99", ask="101")})
    rates: dict[tuple[str, str], Decimal] = attrs.field(factory=lambda: {("BTC", "USDT"): Decimal(100)})

    def rules(self, name: str) -> InstrumentRules:
        if name not in self.listed:
            raise UnknownInstrument(f"there is no instrument {name!r}")
        return self.listed[name]

    def mark(self, instrument_id: str) -> Mark | None:
        return self.marks.get(instrument_id)

    def rate(self, currency: str, into: str) -> Decimal | None:
        return Decimal(1) if currency == into else self.rates.get((currency, into))


@attrs.define
class RecordingRisk:
    """Lets everything pass, or refuses everything, and remembers what it was asked."""

    asked: list[tuple[str, AccountFigures]] = attrs.field(factory=list)
    refusal: CommandRejected | None = None

    def check_order(self, request: OrderRequest, figures: AccountFigures, **_: Any) -> None:
        self._check(f"order {request.client_order_id}", figures)

    def check_amend(
        self, order: Order, quantity: Decimal, price: Decimal | None, figures: AccountFigures, **_: Any
    ) -> None:
        self._check(f"amend {order.client_order_id} to {quantity} at {price}", figures)

    def _check(self, what: str, figures: AccountFigures) -> None:
        self.asked.append((what, figures))
        if self.refusal is not None:
            raise self.refusal


@attrs.define
class ScriptedVenue:
    """
    Says at once that all is well, unless it is silent; what else it says, a test gives to the desk.

    Attributes:
        asked: What it was asked, in order, as the desk's orders.
        answers: What it says to the next that it is asked, in place of that all is well.
        now_ns: When it was asked last.
    """

    venue: str = "paper"
    is_silent: bool = False
    next_deadline_ns: int | None = None
    asked: list[tuple[str, Order]] = attrs.field(factory=list)
    answers: list[Report] = attrs.field(factory=list)
    now_ns: int = 0

    def submit(self, order: Order, *, now_ns: int) -> list[Report]:
        return self._answer("submit", order, Accepted(order_id=order.order_id), now_ns)

    def amend(self, order: Order, quantity: Decimal, price: Decimal | None, *, now_ns: int) -> list[Report]:
        return self._answer("amend", order, Amended(order_id=order.order_id, quantity=quantity, price=price), now_ns)

    def cancel(self, order: Order, *, now_ns: int) -> list[Report]:
        return self._answer("cancel", order, Cancelled(order_id=order.order_id), now_ns)

    def advance(self, *, now_ns: int) -> list[Report]:
        return self._due(now_ns)

    def restore(self, orders: Iterable[Order], *, now_ns: int) -> list[Report]:
        self.asked += [("restore", order) for order in orders]
        return self._due(now_ns)

    def _answer(self, kind: str, order: Order, report: Report, now_ns: int) -> list[Report]:
        self.asked.append((kind, order))
        return self._due(now_ns) or ([] if self.is_silent else [report])

    def _due(self, now_ns: int) -> list[Report]:
        self.now_ns = now_ns
        answers, self.answers = self.answers, []
        return answers


@attrs.define
class Trading:
    """A desk with all that it decides by, and the time."""

    ledger: Ledger
    desk: Desk
    venue: ScriptedVenue
    risk: RecordingRisk
    markets: StillMarkets
    rules: DeskRules
    now_ns: int = NOW_NS

    def place(self, name: str = "one", user_id: str = "alice", **fields: Any) -> Order:
        """Place a limit buy, unless other fields say otherwise."""
        return self.desk.place(user_id, request(name, **fields), now_ns=self.now_ns)

    def cancel(self, name: str = "one", user_id: str = "alice", reason: str | None = None) -> Order:
        """Cancel an order by its caller's name."""
        return self.desk.cancel(user_id, client_order_id=name, now_ns=self.now_ns, reason=reason)

    def report(self, *reports: Report) -> None:
        """Let the venue say something."""
        self.desk.apply_reports(reports, now_ns=self.now_ns)

    def fill(self, order: Order, quantity: str, *, price: str = "100", name: str = "e1", **fields: Any) -> None:
        """Let the venue execute some of an order."""
        self.report(executed(order, quantity, price=price, name=name, **fields))

    def hold(self, quantity: str, user_id: str = "alice", *, name: str = "hold") -> None:
        """Let an account buy, or sell where less than 0, at 100."""
        side = Side.BUY if Decimal(quantity) > 0 else Side.SELL
        size = quantity.removeprefix("-")
        self.fill(self.place(name, user_id, side=side, quantity=size), size, name=f"{name}-fill")

    def order(self, name: str = "one", user_id: str = "alice") -> Order:
        """An order as it is now."""
        order = self.ledger.find_order(user_id, client_order_id=name)
        assert order is not None
        return order

    def status(self, name: str = "one", user_id: str = "alice") -> OrderStatus:
        """Where an order is in its life now."""
        return self.order(name, user_id).status

    def free(self, currency: str, user_id: str = "alice") -> Decimal:
        """What of a balance is not locked."""
        return self.ledger.balance(user_id, currency).free

    def kinds(self) -> list[str]:
        """What was asked of the venue."""
        return [kind for kind, _ in self.venue.asked]


def make_trading(ledger: Ledger | None = None, *, execution: ExecutionClient | None = None, **rules: Any) -> Trading:
    """
    A desk whose accounts begin with 10 000 USDT and 5 BTC, in cash and without commission, unless rules say else.

    Args:
        ledger: What it goes on with.
        execution: Another venue than the scripted one.
        rules: Of the desk.
    """
    given: dict[str, Any] = {
        "currency": "USDT",
        "opening_balances": {"USDT": Decimal(10_000), "BTC": Decimal(5)},
        **rules,
    }
    desk_rules = DeskRules(**given)
    margin = MarginRules(currency="USDT", maintenance_rate=Decimal("0.05"))
    ledger, markets, venue, risk = ledger or Ledger(), StillMarkets(), ScriptedVenue(), RecordingRisk()
    reckon = functools.partial(_reckon, ledger, markets, margin)
    desk = Desk(ledger, execution or venue, risk, markets, desk_rules, figures=reckon)
    return Trading(ledger=ledger, desk=desk, venue=venue, risk=risk, markets=markets, rules=desk_rules)


def request(name: str = "one", **fields: Any) -> OrderRequest:
    """A request for 1 BTC at 100 USDT, unless fields say otherwise; amounts may be text."""
    given: dict[str, Any] = {
        "client_order_id": name,
        "instrument_id": "BTCUSDT",
        "side": Side.BUY,
        "type": OrderType.LIMIT,
        "quantity": "1",
        **fields,
    }
    if given["type"].has_price:
        given.setdefault("price", "100")
    for field in ("quantity", "price", "stop_price"):
        if isinstance(given.get(field), str):
            given[field] = Decimal(given[field])
    return OrderRequest(**given)


def amendment(name: str = "one", *, quantity: str | None = None, price: str | None = None) -> Amendment:
    """A change of an order."""
    return Amendment(
        client_order_id=name,
        quantity=None if quantity is None else Decimal(quantity),
        price=None if price is None else Decimal(price),
    )


def restarted(ledger: Ledger) -> Ledger:
    """The ledger of a process that begins with the checkpoint of another."""
    again = Ledger()
    again.restore(ledger.checkpoint())
    return again


def executed(order: Order, quantity: str, *, price: str = "100", name: str = "e1", **fields: Any) -> Executed:
    """The venue's word of an execution, without commission unless fields say otherwise."""
    given: dict[str, Any] = {
        "liquidity": Liquidity.TAKER,
        "commission": Decimal(0),
        "commission_currency": "USDT",
        **fields,
    }
    return Executed(
        order_id=order.order_id, execution_id=name, price=Decimal(price), quantity=Decimal(quantity), **given
    )


def fill_of(order: Order, quantity: str, *, price: str = "100", name: str = "e1") -> Fill:
    """An execution of an order, without commission, as the ledger keeps it."""
    return Fill(
        execution_id=name,
        order_id=order.order_id,
        client_order_id=order.client_order_id,
        user_id=order.user_id,
        instrument_id=order.instrument_id,
        venue=order.venue,
        side=order.side,
        price=Decimal(price),
        quantity=Decimal(quantity),
        commission=Decimal(0),
        commission_currency="USDT",
        liquidity=Liquidity.TAKER,
        ts_ns=NOW_NS,
        base=order.base,
        quote=order.quote,
    )


def mark(price: str | None, *, bid: str | None = None, ask: str | None = None) -> Mark:
    """What an instrument is worth."""
    return Mark(price=_decimal(price), bid=_decimal(bid), ask=_decimal(ask), ts_ns=NOW_NS)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _reckon(ledger: Ledger, markets: StillMarkets, rules: MarginRules, user_id: str, now_ns: int) -> AccountFigures:
    return figures(ledger, user_id, markets, rules, now_ns=now_ns)
