"""The limits that hold for one session, in the form that it is told them."""

from auth.users import Standing
from components.contract.envelope import NS_PER_MS
from components.contract.roles import Role
from router.limits import Family, Limits
from router.rate_limits import BurstRate, PointsRate

HELD = ("connections_per_user", "topics_per_session", "patterns_per_session", "channels_per_user")


def limits_of(limits: Limits, role: Role, *, is_mobile: bool, standing: Standing | None = None) -> dict[str, object]:
    """
    What a session of a role may have and do, by the names that refusals give.

    A number of things that is not limited is None, a rate that is not is left out.

    Args:
        limits: The table.
        role: Of the session; some have more than others.
        is_mobile: Whether it says that it runs on a mobile device.
        standing: What is said of its user.
    """
    factor = limits.factor_of(role, standing)
    without = Family.MARKET if is_mobile else Family.MOBILE
    return {
        **{name: getattr(limits, name) for name in HELD},
        "connections_per_user": limits.connections_of(standing),
        **{f"{scope.value}_points": _points(rate.times(factor)) for scope, rate in limits.points.items()},
        **{
            f"{one.value}_burst": _burst(rate.times(factor))
            for one, rate in limits.bursts.items()
            if one is not without
        },
    }


def _points(rate: PointsRate) -> dict[str, int]:
    return {
        "points": rate.points,
        "duration_ms": rate.duration_ns // NS_PER_MS,
        "block_ms": rate.block_ns // NS_PER_MS,
    }


def _burst(rate: BurstRate) -> dict[str, int]:
    return {"burst": rate.burst, "per_minute": rate.per_minute}
