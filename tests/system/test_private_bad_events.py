"""Whatever is wrong with what a platform hands in of accounts: the error names the field, and nothing has changed."""

from collections.abc import Iterator

import pytest
import pytest_twisted
from twisted.internet.defer import ensureDeferred

from tests.support.bad_input import Case, Sight, cases_of, refuses, see
from tests.support.good_arguments import OF_EVENTS, good, spoilt
from tests.support.node import RunningNode

OF_A_PLATFORM = """
procedure                    who       argument                   kinds

intake.order                 platform  events                     events null
intake.order                 platform  events.user_id             line null
intake.order                 platform  events.sequence            whole null
intake.order                 platform  events.order_id            id null
intake.order                 platform  events.client_order_id     id
intake.order                 platform  events.instrument          name null
intake.order                 platform  events.side                choice null
intake.order                 platform  events.type                choice null
intake.order                 platform  events.quantity            positive null
intake.order                 platform  events.price               positive null
intake.order                 platform  events.stop_price          positive null
intake.order                 platform  events.time_in_force       choice
intake.order                 platform  events.expire_at           time
intake.order                 platform  events.post_only           flag
intake.order                 platform  events.status              choice null
intake.order                 platform  events.filled_quantity     size null
intake.order                 platform  events.average_price       positive null
intake.order                 platform  events.reason              words
intake.order                 platform  events.event_ts            time
intake.order                 platform  events.else                null positive
intake.fill                  platform  events                     events null
intake.fill                  platform  events.user_id             line null
intake.fill                  platform  events.execution_id        id null
intake.fill                  platform  events.order_id            id null
intake.fill                  platform  events.side                choice null
intake.fill                  platform  events.price               positive null
intake.fill                  platform  events.quantity            positive null
intake.fill                  platform  events.commission          number null
intake.fill                  platform  events.commission_currency currency null
intake.fill                  platform  events.liquidity           choice null
intake.position              platform  events                     events null
intake.position              platform  events.user_id             line null
intake.position              platform  events.quantity            number null
intake.position              platform  events.average_price       positive null
intake.position              platform  events.realised_pnl        number null
intake.position              platform  events.event               choice null
intake.wallet                platform  events                     events null
intake.wallet                platform  events.user_id             line null
intake.wallet                platform  events.sequence            whole null
intake.wallet                platform  events.currency            currency null
intake.wallet                platform  events.total               number null
intake.wallet                platform  events.locked              size null
intake.wallet                platform  events.free                number
intake.margin                platform  events                     events null
intake.margin                platform  events.user_id             line null
intake.margin                platform  events.margin_level        size
intake.margin                platform  events.formula             words null
intake.margin                platform  events.equity              number null
intake.margin                platform  events.maintenance_margin  size null
intake.margin                platform  events.call_at             positive
intake.requests              platform  limit                      whole count
"""
"""Which values, by `bad_values`, a field must refuse with its name."""

ON_PAPER_TOO = {"intake.bot", "intake.alert"}
NOT_CALLED_YET = "accounts:platform is degraded: the platform has not called yet"


@pytest.fixture(scope="module")
def with_platform() -> Iterator[Sight]:
    """Ned has an account with a platform."""
    with RunningNode({"EXECUTION": "intake"}, ready=NOT_CALLED_YET) as node:
        sight = pytest_twisted.blockon(ensureDeferred(see(node)))
        told = sight.people["platform"].get("intake.order", **spoilt("intake.order", "events.sequence", 1))
        pytest_twisted.blockon(ensureDeferred(told))
        yield sight
        pytest_twisted.blockon(ensureDeferred(sight.end()))


@pytest.mark.parametrize("case", cases_of(OF_A_PLATFORM), ids=str)
@pytest_twisted.ensureDeferred
async def test_a_bad_value_of_a_platform_is_refused_by_name(with_platform: Sight, case: Case) -> None:
    """The same of what a platform hands in."""
    await refuses(with_platform, case)


@pytest_twisted.ensureDeferred
async def test_one_bad_event_keeps_the_others_out(with_platform: Sight) -> None:
    """Of a call with good events and a bad one, which is named by its place, nothing is taken in."""
    event = good("intake.order")["events"]
    events = [{**event, "order_id": f"told-{number}", "client_order_id": f"told-{number}"} for number in range(3)]
    events[1]["quantity"] = "NaN"
    before = await with_platform.account()

    outcome = await with_platform.people["platform"].ask("intake.order", events=events)

    assert (outcome.code, outcome.said["details"]["field"]) == ("invalid_argument", "events[1].quantity")
    assert await with_platform.account() == before


@pytest_twisted.ensureDeferred
async def test_a_platform_cannot_give_one_users_order_to_another(with_platform: Sight) -> None:
    """An execution of an order that is another user's is refused with the name of its order."""
    stolen = {**good("intake.fill")["events"], "user_id": "nell"}
    before = await with_platform.account()

    outcome = await with_platform.people["platform"].ask("intake.fill", events=stolen)

    assert (outcome.code, outcome.said["details"]["field"]) == ("invalid_argument", "events.order_id")
    assert await with_platform.account() == before


def test_the_table_leaves_no_procedure_out() -> None:
    """Every kind of event is spoilt here, or with what is taken on paper, too."""
    assert {case.procedure for case in cases_of(OF_A_PLATFORM)} - {"intake.requests"} == OF_EVENTS - ON_PAPER_TOO
