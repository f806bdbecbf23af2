"""
Everything that is limited, in one table: how much of it there may be, and which rate a URI counts against.

Points limit messages and calls; bursts limit subscriptions and calls. A limit that is None is switched off.
"""

import enum
from collections.abc import Mapping

import attrs

from auth.users import Standing
from components.contract.envelope import NS_PER_S
from components.contract.roles import Role
from router.rate_limits import BurstRate, Factor, PointsRate


class Scope(enum.StrEnum):
    """What points are counted by: a block in one scope leaves the others open."""

    MARKET = "market"
    USER = "user"
    CANCEL = "cancel"
    ADMIN = "admin"


class Family(enum.StrEnum):
    """What bursts are counted by; `MOBILE` takes the place of `MARKET` for a session on a mobile device."""

    MARKET = "market"
    AUCTIONS = "auctions"
    TRADING = "trading"
    RISK = "risk"
    MOBILE = "mobile"


COUNTED_OTHERWISE = (Scope.MARKET, Family.MARKET)
"""What every other URI counts as: market data, and what does not exist."""

_TRADING = (Scope.USER, Family.TRADING)
_META = (Scope.ADMIN, None)
"""URIs below `wamp.`."""

COUNTED_AS: Mapping[str, tuple[Scope, Family | None]] = {
    "session": (Scope.USER, Family.MARKET),
    "user": _TRADING,
    "orders": _TRADING,
    "account": _TRADING,
    "bots": _TRADING,
    "auctions": (Scope.USER, Family.AUCTIONS),
    "risk": (Scope.USER, Family.RISK),
    "intake": (Scope.MARKET, None),
    "admin": _META,
}
"""What a URI counts as, by the word after `tapecast.`."""


CANCELS = frozenset(
    {
        "tapecast.orders.cancel",
        "tapecast.orders.cancel_all",
        "tapecast.risk.halt",
        "tapecast.risk.cancel_orders",
    }
)
"""What makes risk smaller: no block for anything else holds it up, and no burst that orders have used up."""

_CANCEL = (Scope.CANCEL, None)


def counted_as(uri: str) -> tuple[Scope, Family | None]:
    """The scope and the family that a topic, a pattern or a procedure counts against."""
    if uri in CANCELS:
        return _CANCEL
    words = uri.split(".", 2)
    if words[0] == "wamp":
        return _META
    return COUNTED_AS.get(words[1], COUNTED_OTHERWISE) if len(words) > 1 else COUNTED_OTHERWISE


def points_rate(points: int, duration_s: int, block_s: int) -> PointsRate:
    """A rate of points by its seconds."""
    return PointsRate(points=points, duration_ns=duration_s * NS_PER_S, block_ns=block_s * NS_PER_S)


@attrs.frozen(kw_only=True)
class Limits:
    """
    What the clients of one node may have at once, and how often they may do what.

    Attributes:
        message_bytes: Size of a client's message.
        join_s: How long an opening handshake may take, and how long a connection may then be without a session.
        connections: WebSocket connections of the node; the limit of open files bounds them in any case.
        connections_per_address: WebSocket connections of one address.
        connections_per_user: Joined connections of one user.
        topics_per_session: Exact subscriptions of one session, without those of users' channels.
        patterns_per_session: Prefix and wildcard subscriptions of one session.
        channels_per_user: Exact subscriptions below `tapecast.user.`, of all sessions of a user together.
        http_minute_points: HTTP requests of one address.
        http_hour_points: The same; both hold.
        refusal_points: Requests of one session that a rate refuses; one more ends the session.
        ending_points: Sessions of one address that end so; one more shuts the address out.
        address_factor: How many sessions' worth of points and bursts one address has.
        role_factors: How many sessions' worth of points and bursts a session of a role has, where it is not one.
    """

    message_bytes: int | None = 65_536
    join_s: int | None = 5
    connections: int | None = None
    connections_per_address: int | None = 10
    connections_per_user: int | None = 5
    topics_per_session: int | None = 500
    patterns_per_session: int | None = 20
    channels_per_user: int | None = 50
    market_points: PointsRate | None = points_rate(100, 1, 60)
    user_points: PointsRate | None = points_rate(50, 1, 60)
    cancel_points: PointsRate | None = points_rate(50, 1, 1)
    admin_points: PointsRate | None = points_rate(200, 1, 60)
    market_burst: BurstRate | None = BurstRate(burst=1000, per_minute=100)
    auctions_burst: BurstRate | None = BurstRate(burst=500, per_minute=50)
    trading_burst: BurstRate | None = BurstRate(burst=200, per_minute=20)
    risk_burst: BurstRate | None = BurstRate(burst=100, per_minute=10)
    mobile_burst: BurstRate | None = BurstRate(burst=300, per_minute=30)
    http_minute_points: PointsRate | None = points_rate(60, 60, 0)
    http_hour_points: PointsRate | None = points_rate(1000, 3600, 0)
    refusal_points: PointsRate | None = points_rate(500, 60, 0)
    ending_points: PointsRate | None = points_rate(2, 600, 600)
    address_factor: int | None = 10
    role_factors: Mapping[Role, int] | None = attrs.field(factory=lambda: {Role.SERVICE: 20})

    @property
    def points(self) -> dict[Scope, PointsRate]:
        """The rates of messages and calls that are on."""
        rates = {
            Scope.MARKET: self.market_points,
            Scope.USER: self.user_points,
            Scope.CANCEL: self.cancel_points,
            Scope.ADMIN: self.admin_points,
        }
        return {scope: rate for scope, rate in rates.items() if rate is not None}

    @property
    def bursts(self) -> dict[Family, BurstRate]:
        """The rates of subscriptions and calls that are on."""
        rates = {
            Family.MARKET: self.market_burst,
            Family.AUCTIONS: self.auctions_burst,
            Family.TRADING: self.trading_burst,
            Family.RISK: self.risk_burst,
            Family.MOBILE: self.mobile_burst,
        }
        return {family: rate for family, rate in rates.items() if rate is not None}

    def factor_of(self, role: Role, standing: Standing | None) -> Factor:
        """How many sessions' worth of points and bursts a session has, by its role and by what is said of its user."""
        of_user = None if standing is None else standing.rate_factor
        return (self.role_factors or {}).get(role, 1) * (1 if of_user is None else of_user)

    def connections_of(self, standing: Standing | None) -> int | None:
        """How many connections a user may have; what is said of the user goes before what holds for all."""
        of_user = None if standing is None else standing.connections
        return self.connections_per_user if of_user is None else of_user


LIMIT_NAMES = tuple(attribute.name for attribute in attrs.fields(Limits))

_ALWAYS_ON = ("message_bytes", "join_s")

UNLIMITED = Limits(**{name: None for name in LIMIT_NAMES if name not in _ALWAYS_ON})
"""Clients may have and do what they like, one message and one join at a time."""
