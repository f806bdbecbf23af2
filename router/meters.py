"""What each session may still do at the rates of the limits: its own or its user's, and its address's."""

import enum
from collections.abc import Hashable

from auth.users import Standing
from components.contract.roles import Role
from router.limits import Family, Limits, Scope, counted_as
from router.rate_limits import BurstLimiter, Excess, Factor, PointsLimiter


class Request(enum.Enum):
    """What a client's message is counted as."""

    CALL = "call"
    SUBSCRIPTION = "subscription"
    MESSAGE = "message"


class _Share:
    """The limiters that sessions or addresses with the same factor count in, each by a key of its own."""

    def __init__(self, limits: Limits, factor: Factor) -> None:
        self.points = {
            scope: PointsLimiter(f"{scope.value}_points", rate.times(factor)) for scope, rate in limits.points.items()
        }
        self.bursts = {
            family: BurstLimiter(f"{family.value}_burst", rate.times(factor)) for family, rate in limits.bursts.items()
        }


class Meter:
    """
    One session's place in all the limiters that its messages count in.

    A call counts in points and bursts, a subscription in bursts, any other message in points.
    """

    def __init__(self, shares: list[tuple[_Share, Hashable]], *, is_mobile: bool) -> None:
        market = Family.MOBILE if is_mobile else Family.MARKET
        self._points = {
            scope: [(share.points[scope], key) for share, key in shares if scope in share.points] for scope in Scope
        }
        self._bursts: dict[Family | None, list[tuple[BurstLimiter, Hashable]]] = {
            family: [(share.bursts[family], key) for share, key in shares if family in share.bursts]
            for family in Family
        }
        self._bursts[Family.MARKET] = self._bursts[market]
        self._bursts[None] = []

    def take(self, request: Request, uri: str, *, now_ns: int) -> Excess | None:
        """Count one message, and say what is wrong where it is one too many."""
        scope, family = counted_as(uri)
        if request is not Request.SUBSCRIPTION:
            for points, key in self._points[scope]:
                excess = points.take(key, now_ns=now_ns)
                if excess is not None:
                    return excess
        if request is not Request.MESSAGE:
            for burst, key in self._bursts[family]:
                excess = burst.take(key, now_ns=now_ns)
                if excess is not None:
                    return excess
        return None


class Meters:
    """
    The rates of all sessions of one process.

    A user's sessions share what one session has; a session without a token has it for itself. An address has what
    `address_factor` sessions have.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._shares: dict[Factor, _Share] = {}
        self._address_shares: dict[Factor, _Share] = {}

    def meter(
        self,
        role: Role,
        owner: Hashable,
        address: Hashable | None,
        *,
        is_mobile: bool,
        standing: Standing | None = None,
    ) -> Meter:
        """
        The meter of a session that joins.

        Args:
            role: Its role; a factor of the role counts for its address as well.
            owner: The user, or the session's own id where it has none.
            address: What its address is limited by; None for one that is exempt.
            is_mobile: Whether it says that it runs on a mobile device.
            standing: What is said of its user; a factor above one counts for its address as well.
        """
        factor = self._limits.factor_of(role, standing)
        shares = [(self._share(self._shares, factor), owner)]
        if address is not None and self._limits.address_factor is not None:
            of_address = max(factor, self._limits.factor_of(role, None)) * self._limits.address_factor
            shares.append((self._share(self._address_shares, of_address), address))
        return Meter(shares, is_mobile=is_mobile)

    def _share(self, shares: dict[Factor, _Share], factor: Factor) -> _Share:
        if factor not in shares:
            shares[factor] = _Share(self._limits, factor)
        return shares[factor]
