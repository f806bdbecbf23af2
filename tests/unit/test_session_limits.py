"""The limits of one session, as it is told them."""

from decimal import Decimal

from auth.users import Standing
from components.contract.roles import Role
from router.limits import UNLIMITED, Limits, points_rate
from router.session_limits import limits_of


def test_a_session_is_told_what_it_may_have_and_do() -> None:
    """Numbers by their names, rates with all that belongs to them, in milliseconds."""
    told = limits_of(Limits(), Role.TRADER, is_mobile=False)

    assert told["connections_per_user"] == 5
    assert told["topics_per_session"] == 500
    assert told["patterns_per_session"] == 20
    assert told["channels_per_user"] == 50
    assert told["market_points"] == {"points": 100, "duration_ms": 1000, "block_ms": 60_000}
    assert told["market_burst"] == {"burst": 1000, "per_minute": 100}


def test_a_mobile_device_has_a_burst_of_its_own() -> None:
    """The one takes the place of the other."""
    mobile, desktop = (limits_of(Limits(), Role.PUBLIC, is_mobile=is_mobile) for is_mobile in (True, False))

    assert set(desktop) - set(mobile) == {"market_burst"}
    assert set(mobile) - set(desktop) == {"mobile_burst"}


def test_a_roles_factor_counts_for_its_rates() -> None:
    """What a service has more of it is told; how many things it may hold is the same."""
    limits = Limits(role_factors={Role.SERVICE: 20})
    service, trader = (limits_of(limits, role, is_mobile=False) for role in (Role.SERVICE, Role.TRADER))

    assert service["market_points"] == {"points": 2000, "duration_ms": 1000, "block_ms": 60_000}
    assert service["trading_burst"] == {"burst": 4000, "per_minute": 400}
    assert service["topics_per_session"] == trader["topics_per_session"]


def test_what_is_switched_off_is_no_limit() -> None:
    """A number is null, a rate is not there."""
    told = limits_of(UNLIMITED, Role.TRADER, is_mobile=False)

    assert set(told.values()) == {None}
    assert not any(name.endswith(("_points", "_burst")) for name in told)


def test_what_is_said_of_a_user_goes_before_what_holds_for_all() -> None:
    """Connections in place of the table's, and a factor on top of the role's."""
    limits = Limits(role_factors={Role.RISK: 2})
    standing = Standing(is_active=True, connections=7, rate_factor=Decimal(2))

    told = limits_of(limits, Role.RISK, is_mobile=False, standing=standing)

    assert told["connections_per_user"] == 7
    assert told["market_points"] == {"points": 400, "duration_ms": 1000, "block_ms": 60_000}


def test_a_part_of_a_rate_is_at_least_one() -> None:
    """Who may do little may do something."""
    limits = Limits(cancel_points=points_rate(3, 1, 0))
    standing = Standing(is_active=True, rate_factor=Decimal("0.01"))

    told = limits_of(limits, Role.TRADER, is_mobile=False, standing=standing)

    assert told["cancel_points"] == {"points": 1, "duration_ms": 1000, "block_ms": 0}
    assert told["market_burst"] == {"burst": 10, "per_minute": 1}
