"""A platform's accounts, from the call that hands them in to the facts that are written down."""

from typing import Any

import attrs
import pytest
import pytest_twisted
from autobahn.wamp.exception import ApplicationError
from twisted.internet.task import Clock

from components.contract.roles import Role
from components.model.errors import InvalidArgument, Unavailable
from components.model.orders import Asked, OrderStatus, RequestKind
from components.model.platform_reports import AlertReport, BotReport
from components.trading.facts import OrderMoved, ToldFact
from components.trading.intake.intake import AccountIntake
from components.trading.intake.intake_component import QUIET_NS, Keepers, TradingIntake
from components.trading.ledger.ledger import Ledger
from components.wamp.procedures import register_procedures
from tests.support.handed_in import ALERT, BOT, FILL, MARGIN, ORDER, POSITION, WALLET
from tests.support.recording_session import RecordingSession

NOW_NS = 1_700_000_000_000_000_000
ACCOUNTS = {"order": ORDER, "fill": FILL, "position": POSITION, "wallet": WALLET, "margin": MARGIN}


@attrs.define
class Keeper:
    """Keeps alerts or bots, until it is full."""

    kept: list[tuple[list[Any], int]] = attrs.field(factory=list)
    is_full: bool = False

    def receive_handed_in(self, reports: list[Any], *, now_ns: int) -> None:
        """Take in a call's reports."""
        if self.is_full:
            raise InvalidArgument("events", "there are too many")
        self.kept.append((reports, now_ns))


class Gateway:
    """What answers `intake.*`, over a session that remembers; `taken` is what was written down, by call."""

    def __init__(self, *, has_platform: bool = True) -> None:
        self.clock, self.session, self.ledger = Clock(), RecordingSession(), Ledger()
        self.alerts, self.bots = Keeper(), Keeper()
        self.taken: list[list[ToldFact]] = []
        self.is_behind = False
        self.intake = TradingIntake(
            AccountIntake("acme", self.ledger) if has_platform else None,
            self.ledger,
            Keepers(alerts=self.alerts, bots=self.bots),
            take_in=self.take_in,
            wall_clock_ns=lambda: NOW_NS,
            monotonic_ns=lambda: int(self.clock.seconds() * 1e9),
        )
        register_procedures(self.session, self.intake.handlers())

    def take_in(self, facts: list[ToldFact], venue: str) -> None:
        """Write a call down, where that is possible."""
        assert venue == "acme"
        if self.is_behind:
            raise Unavailable("more comes in than can be written down")
        for fact in facts:
            self.ledger.apply(fact)
        self.taken.append(facts)

    async def ask(self, procedure: str, *args: object, **kwargs: object) -> Any:
        """What is answered to the platform."""
        return await self.session.ask(f"tapecast.intake.{procedure}", *args, role=Role.SERVICE, **kwargs)

    async def refused(self, procedure: str, **kwargs: object) -> dict[str, Any]:
        """How the platform is refused."""
        with pytest.raises(ApplicationError) as raised:
            await self.ask(procedure, **kwargs)
        body: dict[str, Any] = raised.value.kwargs
        return body


@pytest.fixture
def gateway() -> Gateway:
    """A gateway whose orders a platform executes."""
    return Gateway()


@pytest_twisted.ensureDeferred
async def test_a_call_is_one_piece(gateway: Gateway) -> None:
    """What is new in it is written down together, and the answer tells how many events it had."""
    answer = await gateway.ask("wallet", events=[WALLET, {**WALLET, "currency": "EUR"}, WALLET], correlation_id="c1")

    assert answer == {"accepted": 3, "correlation_id": "c1"}
    assert [len(facts) for facts in gateway.taken] == [2]


@pytest.mark.parametrize("kind", ACCOUNTS)
@pytest_twisted.ensureDeferred
async def test_what_comes_again_is_not_written_again(gateway: Gateway, kind: str) -> None:
    """It is accepted like the first time."""
    answers = [await gateway.ask(kind, [ACCOUNTS[kind]]) for _ in range(2)]

    assert answers == [{"accepted": 1}] * 2
    assert [len(facts) for facts in gateway.taken] == [1]


@pytest_twisted.ensureDeferred
async def test_one_bad_event_refuses_its_call(gateway: Gateway) -> None:
    """Nothing of it is written down."""
    body = await gateway.refused("order", events=[ORDER, {**ORDER, "sequence": 2, "price": "-1"}])

    assert (body["code"], body["details"], body["retry"]) == ("invalid_argument", {"field": "events[1].price"}, False)
    assert gateway.taken == []


@pytest_twisted.ensureDeferred
async def test_what_cannot_be_written_down_can_be_handed_in_later(gateway: Gateway) -> None:
    """The call is refused for now, and made again it is taken."""
    gateway.is_behind = True
    body = await gateway.refused("fill", events=FILL)
    gateway.is_behind = False

    answer = await gateway.ask("fill", events=FILL)

    assert (body["code"], body["retry"]) == ("unavailable", True)
    assert (answer, len(gateway.taken)) == ({"accepted": 1}, 1)


@pytest.mark.parametrize("kind", ACCOUNTS)
@pytest_twisted.ensureDeferred
async def test_accounts_on_paper_are_not_handed_in(kind: str) -> None:
    """The refusal names the setting that would let them be, before it looks at anything."""
    gateway = Gateway(has_platform=False)

    body = await gateway.refused(kind, events=[5])

    assert (body["code"], body["details"]) == ("invalid_argument", {"field": "events"})
    assert "TAPECAST_EXECUTION=intake" in body["message"]
    assert (await gateway.refused("requests"))["details"] == {"field": "limit"}
    assert gateway.intake.health() == []


@pytest.mark.parametrize("has_platform", [True, False])
@pytest_twisted.ensureDeferred
async def test_alerts_and_bots_are_taken_wherever_orders_are_executed(*, has_platform: bool) -> None:
    """They go to who keeps them, with the time of the call."""
    gateway = Gateway(has_platform=has_platform)

    answers = [await gateway.ask("alert", events=[ALERT, ALERT]), await gateway.ask("bot", events=BOT)]

    assert answers == [{"accepted": 2}, {"accepted": 1}]
    ((alerts, alerts_ns),) = gateway.alerts.kept
    ((bots, bots_ns),) = gateway.bots.kept
    assert (alerts_ns, bots_ns) == (NOW_NS, NOW_NS)
    assert all(isinstance(one, AlertReport) for one in alerts)
    assert all(isinstance(one, BotReport) for one in bots)


@pytest_twisted.ensureDeferred
async def test_alerts_and_bots_are_refused_by_who_keeps_them_and_by_their_fields(gateway: Gateway) -> None:
    """Both ways nothing is kept."""
    gateway.alerts.is_full = gateway.bots.is_full = True

    bodies = [
        await gateway.refused("alert", events=ALERT),
        await gateway.refused("bot", events=BOT),
        await gateway.refused("alert", events={**ALERT, "severity": "fatal"}),
        await gateway.refused("bot", events=[BOT, {**BOT, "performance": {"win_rate": "2"}}]),
    ]

    fields = [body["details"]["field"] for body in bodies]
    assert fields == ["events", "events", "events.severity", "events[1].performance.win_rate"]
    assert gateway.alerts.kept == gateway.bots.kept == []


@pytest_twisted.ensureDeferred
async def test_a_platform_asks_what_it_is_to_do(gateway: Gateway) -> None:
    """What waits for it is told until it answers by what it hands in."""
    await gateway.ask("order", events=ORDER)
    asked = Asked(kind=RequestKind.CANCEL, ts_ns=NOW_NS)
    gateway.ledger.apply(
        OrderMoved(ts_ns=NOW_NS, user_id="ann", order_id="o1", status=OrderStatus.PENDING_CANCEL, asked=asked)
    )

    first, second = await gateway.ask("requests"), await gateway.ask("requests", 10)
    await gateway.ask("order", events={**ORDER, "sequence": 2, "status": "cancelled"})

    assert first == second
    assert [(one["request"], one["user_id"], one["order"]["order_id"]) for one in first] == [("cancel", "ann", "o1")]
    assert await gateway.ask("requests") == []
    assert (await gateway.refused("requests", limit=0))["details"] == {"field": "limit"}


@pytest_twisted.ensureDeferred
async def test_health_says_whether_the_platform_calls(gateway: Gateway) -> None:
    """Its part is degraded until it does, and again when it has not for a minute; asking counts as calling."""

    def part() -> tuple[object, object, object]:
        (found,) = gateway.intake.health()
        return found["name"], found["state"], found["age_ms"]

    parts = [part()]
    await gateway.ask("wallet", events=WALLET)
    gateway.clock.advance(QUIET_NS / 1e9)
    parts.append(part())
    gateway.clock.advance(1)
    parts.append(part())
    await gateway.ask("requests")
    parts.append(part())
    await gateway.refused("wallet", events=5)
    gateway.clock.advance(2)
    parts.append(part())

    assert [(state, age_ms) for _, state, age_ms in parts] == [
        ("degraded", None),
        ("up", 60_000),
        ("degraded", 61_000),
        ("up", 0),
        ("up", 2_000),
    ]
    assert {name for name, _, _ in parts} == {"accounts:acme"}
