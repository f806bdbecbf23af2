"""Whatever is wrong with a call about an account: the error names the argument, and nothing has changed."""

from collections.abc import Iterator

import pytest
import pytest_twisted
from twisted.internet.defer import ensureDeferred

from components.contract.procedures import PROCEDURES
from components.contract.topics import Owner
from tests.support.bad_input import Case, Sight, cases_of, refuses, see
from tests.support.good_arguments import OF_EVENTS, USER, good, spoilt
from tests.support.node import RunningNode
from tests.support.people import join_as

ON_PAPER = """
procedure                    who       argument                   kinds

orders.place                 ned       client_order_id            name short null
orders.place                 ned       instrument                 line null
orders.place                 ned       side                       choice null
orders.place                 ned       type                       choice null
orders.place                 ned       quantity                   positive null
orders.place                 ned       price                      positive null
orders.place                 ned       stop_price                 positive null
orders.place                 ned       time_in_force              choice
orders.place                 ned       expire_at                  time null
orders.place                 ned       post_only                  flag
orders.place                 ned       reduce_only                flag
orders.amend                 ned       client_order_id            line null
orders.amend                 ned       quantity                   positive
orders.amend                 ned       price                      positive
orders.cancel                ned       client_order_id            line null
orders.cancel                ned       order_id                   line
orders.cancel_all            ned       instrument                 line
orders.get                   ned       client_order_id            line null
orders.get                   ned       order_id                   line
orders.get                   desk      user_id                    line
orders.list                  desk      user_id                    line
orders.list                  ned       status                     choice
orders.list                  ned       limit                      whole count
orders.list                  ned       before                     time
account.get_positions        desk      user_id                    line
account.get_wallet           desk      user_id                    line
account.get_portfolio        desk      user_id                    line
account.get_margin           desk      user_id                    line
account.list_fills           desk      user_id                    line
account.list_fills           ned       limit                      whole count
account.list_fills           ned       before                     time
risk.get_limits              desk      user_id                    line
risk.list_alerts             desk      user_id                    line
risk.list_alerts             ned       state                      choice
risk.list_alerts             ned       limit                      whole count
risk.acknowledge_alert       ned       alert_id                   line null short
risk.acknowledge_alert       ned       note                       words
risk.acknowledge_alert       desk      user_id                    line
risk.set_limits              desk      limits                     limits null
risk.set_limits              desk      limits.open_orders         positive
risk.set_limits              desk      limits.order_notional      positive
risk.set_limits              desk      limits.margin_call_level   positive
risk.set_limits              desk      user_id                    line
risk.set_limits              desk      instrument                 line
risk.set_limits              desk      reason                     words null
risk.halt                    desk      user_id                    line
risk.halt                    desk      state                      choice
risk.halt                    desk      reason                     words null
risk.resume                  desk      user_id                    line
risk.resume                  desk      reason                     words null
risk.cancel_orders           desk      user_id                    line
risk.cancel_orders           desk      instrument                 line
risk.cancel_orders           desk      reason                     words null
bots.report                  ned       bot_id                     line null
bots.report                  ned       name                       words null
bots.report                  ned       status                     choice null
bots.report                  ned       performance                object
bots.report                  ned       performance.total_pnl      number
bots.report                  ned       performance.win_rate       size
bots.report                  ned       performance.trades_today   whole
bots.report                  ned       performance.else           null positive
bots.list                    desk      user_id                    line
session.cancel_on_disconnect ned       after_ms                   whole delay null
intake.bot                   platform  events                     events null
intake.bot                   platform  events.user_id             line null
intake.bot                   platform  events.sequence            whole null
intake.bot                   platform  events.bot_id              id null
intake.bot                   platform  events.name                words null
intake.bot                   platform  events.status              choice null
intake.bot                   platform  events.performance         object null
intake.bot                   platform  events.event_ts            time
intake.alert                 platform  events                     events null
intake.alert                 platform  events.user_id             line null
intake.alert                 platform  events.sequence            whole null
intake.alert                 platform  events.dedup_key           line null
intake.alert                 platform  events.alert_type          id null
intake.alert                 platform  events.severity            choice null
intake.alert                 platform  events.state               choice null
intake.alert                 platform  events.message             words null
intake.alert                 platform  events.instrument          name
intake.alert                 platform  events.limit_value         number
intake.alert                 platform  events.event_ts            time
admin.accounts.list          operator  limit                      whole count
admin.accounts.list          operator  after                      text
admin.accounts.adjust        operator  user_id                    line null
admin.accounts.adjust        operator  currency                   currency null
admin.accounts.adjust        operator  amount                     change null
admin.accounts.adjust        operator  adjustment_id              name short null
admin.accounts.adjust        operator  reason                     words null
"""
"""Which values, by `bad_values`, an argument must refuse with its name."""

RULES = """
procedure              code                 named            arguments

orders.place           invalid_argument     quantity         quantity=0.0000001
orders.place           invalid_argument     quantity         quantity=0.00001
orders.place           invalid_argument     price            price=80000.001
orders.place           invalid_argument     price            type=market
orders.place           invalid_argument     price            price=
orders.place           invalid_argument     stop_price       stop_price=90000
orders.place           invalid_argument     stop_price       type=stop_limit
orders.place           invalid_argument     time_in_force    type=market price= time_in_force=GTC
orders.place           invalid_argument     post_only        time_in_force=IOC post_only=true
orders.place           invalid_argument     expire_at        expire_at=2030-01-01T00:00:00Z
orders.place           invalid_argument     expire_at        time_in_force=GTD
orders.place           invalid_argument     expire_at        time_in_force=GTD expire_at=2020-01-01T00:00:00Z
orders.place           invalid_argument     expire_at        time_in_force=GTD expire_at=2200-01-01T00:00:00Z
orders.place           risk_limit_exceeded  limit            reduce_only=true
orders.place           invalid_argument     surprise         surprise=1
orders.place           invalid_argument     user_id          user_id=ned
orders.place           unknown_instrument   -                instrument=NOPE
orders.place           unknown_instrument   -                instrument=../BTCUSDT
orders.place           risk_limit_exceeded  limit            price=30000
orders.place           risk_limit_exceeded  limit            quantity=2
orders.place           risk_limit_exceeded  limit            quantity=99999999999999999999
orders.place           duplicate            -                client_order_id=resting quantity=0.002
orders.amend           unknown_order        -                client_order_id=nothing
orders.amend           invalid_argument     quantity         quantity= price=
orders.amend           invalid_argument     quantity         quantity=0.0000001
orders.amend           invalid_argument     price            price=80000.001
orders.amend           risk_limit_exceeded  limit            price=30000
orders.amend           risk_limit_exceeded  limit            quantity=2
orders.amend           invalid_argument     side             side=sell
orders.cancel          unknown_order        -                client_order_id=nothing
orders.cancel          invalid_argument     client_order_id  order_id=000000000000000000000000
orders.cancel          invalid_argument     client_order_id  client_order_id=
orders.cancel          invalid_argument     user_id          user_id=ned
orders.cancel_all      unknown_instrument   -                instrument=NOPE
risk.set_limits        unknown_instrument   -                instrument=NOPE
risk.set_limits        invalid_argument     limits.open_orders instrument=BTCUSDT
risk.halt              invalid_argument     state            state=active
admin.accounts.adjust  invalid_argument     currency         currency=usdt
admin.accounts.adjust  risk_limit_exceeded  limit            amount=-100000000
admin.accounts.adjust  duplicate            -                adjustment_id=done amount=2
intake.order           invalid_argument     events
intake.requests        invalid_argument     limit
"""
"""Arguments of the right kind that do not go together, or not with what there is; after `=` nothing is null."""

CASES = cases_of(ON_PAPER)
CALLERS = {**{case.procedure: case.who for case in CASES}, "intake.order": "platform", "intake.requests": "platform"}
WORDS = {"": None, "true": True}


@pytest.fixture(scope="module")
def on_paper(paper_node: RunningNode) -> Iterator[Sight]:
    """Ned has an order that rests, and was given something once."""
    sight = pytest_twisted.blockon(ensureDeferred(see(paper_node)))
    order, adjustment = good("orders.place"), good("admin.accounts.adjust")
    placing = sight.people[USER].get("orders.place", **{**order, "client_order_id": "resting"})
    giving = sight.people["operator"].get("admin.accounts.adjust", **{**adjustment, "adjustment_id": "done"})
    for done in (placing, giving):
        pytest_twisted.blockon(ensureDeferred(done))
    yield sight
    pytest_twisted.blockon(ensureDeferred(sight.end()))


@pytest.mark.parametrize("case", cases_of(ON_PAPER), ids=str)
@pytest_twisted.ensureDeferred
async def test_a_bad_value_is_refused_by_name(on_paper: Sight, case: Case) -> None:
    """Each value that an argument cannot have gets `invalid_argument` with the argument's name."""
    await refuses(on_paper, case)


@pytest.mark.parametrize("row", [line.split() for line in RULES.splitlines() if line][1:], ids=" ".join)
@pytest_twisted.ensureDeferred
async def test_what_does_not_fit_is_refused(on_paper: Sight, row: list[str]) -> None:
    """What does not go together, or not with the account, gets the code and the name of the table."""
    procedure, code, named, *changes = row
    changed = {name: WORDS.get(value, value) for name, _, value in (one.partition("=") for one in changes)}
    before = await on_paper.account()

    outcome = await on_paper.people[CALLERS[procedure]].ask(procedure, **{**good(procedure), **changed})

    assert outcome.code == code, outcome
    details = outcome.said["details"]
    assert named in ("-", details.get("field"), *details), outcome
    assert await on_paper.account() == before


@pytest.mark.parametrize("serializer", ["json", "msgpack", "cbor"])
@pytest_twisted.ensureDeferred
async def test_a_message_that_is_too_long_ends_its_connection_alone(
    paper_node: RunningNode, on_paper: Sight, serializer: str
) -> None:
    """An order in a message of more than 64 KiB is never read, and other connections of its user stay."""
    other = await join_as(paper_node, USER, serializer=serializer)
    before = await on_paper.account()

    outcome = await other.ask("orders.place", **spoilt("orders.place", "client_order_id", "x" * 70_000))
    await other.lost

    assert outcome.code == "tapecast.close.invalid_message"
    assert await on_paper.account() == before


def test_the_table_leaves_no_argument_out() -> None:
    """Every argument of every procedure about accounts is spoilt, but events that nobody takes on paper."""
    spoilt_ones = {(one.procedure, one.argument.split(".")[0]) for one in CASES}
    there = {
        (one.uri.removeprefix("tapecast."), name)
        for one in PROCEDURES
        if one.owner is Owner.TRADING
        for name in one.arguments
    }

    elsewhere = {(name, "events") for name in OF_EVENTS} | {("intake.requests", "limit")}
    assert spoilt_ones <= there
    assert there - spoilt_ones <= elsewhere
