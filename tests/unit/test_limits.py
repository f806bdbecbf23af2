"""The table of limits, and the meters of sessions: what counts where, and for whom."""

from decimal import Decimal

import attrs
import pytest

from auth.users import Standing
from components.contract.procedures import PROCEDURES
from components.contract.roles import Role
from components.contract.topics import TOPIC_FAMILIES
from router.limits import CANCELS, UNLIMITED, Family, Limits, Scope, counted_as, points_rate
from router.meters import Meter, Meters, Request
from router.rate_limits import NS_PER_MINUTE, BurstRate

TIGHT = Limits(
    market_points=points_rate(2, 1, 60),
    user_points=points_rate(1, 1, 60),
    admin_points=points_rate(3, 1, 60),
    market_burst=BurstRate(burst=3, per_minute=1),
    mobile_burst=BurstRate(burst=1, per_minute=1),
    trading_burst=BurstRate(burst=1, per_minute=1),
    address_factor=2,
    role_factors={Role.SERVICE: 5},
)
PRICE, ORDERS, STATS = "tapecast.market.get_price", "tapecast.orders.place", "tapecast.admin.stats"


def passes(meter: Meter, uri: str, request: Request = Request.MESSAGE, *, count: int = 20, now_ns: int = 0) -> int:
    """How many of so many pass."""
    return [meter.take(request, uri, now_ns=now_ns) for _ in range(count)].count(None)


def public(meters: Meters, session: int, address: str | None = "a") -> Meter:
    return meters.meter(Role.PUBLIC, session, address, is_mobile=False)


@pytest.mark.parametrize(
    ("uri", "scope", "family"),
    [
        ("tapecast.price.BTCUSDT", Scope.MARKET, Family.MARKET),
        ("tapecast.market.get_price", Scope.MARKET, Family.MARKET),
        ("tapecast.stream.get", Scope.MARKET, Family.MARKET),
        ("tapecast", Scope.MARKET, Family.MARKET),
        ("tapecast..BTCUSDT", Scope.MARKET, Family.MARKET),
        ("", Scope.MARKET, Family.MARKET),
        ("nothing.of.ours", Scope.MARKET, Family.MARKET),
        ("tapecast.session.ping", Scope.USER, Family.MARKET),
        ("tapecast.user.alice.orders", Scope.USER, Family.TRADING),
        ("tapecast.user.", Scope.USER, Family.TRADING),
        ("tapecast.orders.place", Scope.USER, Family.TRADING),
        ("tapecast.orders.cancel", Scope.CANCEL, None),
        ("tapecast.orders.cancel_all", Scope.CANCEL, None),
        ("tapecast.risk.halt", Scope.CANCEL, None),
        ("tapecast.risk.cancel_orders", Scope.CANCEL, None),
        ("tapecast.auctions.7", Scope.USER, Family.AUCTIONS),
        ("tapecast.risk.alerts", Scope.USER, Family.RISK),
        ("tapecast.intake.price", Scope.MARKET, None),
        ("tapecast.admin.stats", Scope.ADMIN, None),
        ("wamp.session.list", Scope.ADMIN, None),
    ],
)
def test_a_uri_counts_by_its_second_component(uri: str, scope: Scope, family: Family | None) -> None:
    """Topics, patterns and procedures alike; what does not exist counts as market data."""
    assert counted_as(uri) == (scope, family)


def test_every_user_topic_and_procedure_of_the_contract_is_counted() -> None:
    """A user's own topics and orders never count as market data, and nothing raises."""
    for uri in (*(family.pattern for family in TOPIC_FAMILIES), *(procedure.uri for procedure in PROCEDURES)):
        scope, _family = counted_as(uri)
        assert (scope in (Scope.USER, Scope.CANCEL)) is uri.startswith(
            (
                "tapecast.user.",
                "tapecast.auctions.",
                "tapecast.risk.",
                "tapecast.session.",
                "tapecast.orders.",
                "tapecast.account.",
                "tapecast.bots.",
            )
        )


def test_what_makes_risk_smaller_is_in_the_contract() -> None:
    """A misspelt URI would be held up by what the others used up."""
    assert {procedure.uri for procedure in PROCEDURES} >= CANCELS


def test_the_defaults_are_those_of_the_contract() -> None:
    """Points a second and their block, bursts and what refills them, and what may be held."""
    limits = Limits()

    assert limits.points == {
        Scope.MARKET: points_rate(100, 1, 60),
        Scope.USER: points_rate(50, 1, 60),
        Scope.CANCEL: points_rate(50, 1, 1),
        Scope.ADMIN: points_rate(200, 1, 60),
    }
    assert {family.value: (rate.burst, rate.per_minute) for family, rate in limits.bursts.items()} == {
        "market": (1000, 100),
        "auctions": (500, 50),
        "trading": (200, 20),
        "risk": (100, 10),
        "mobile": (300, 30),
    }
    assert (limits.http_minute_points, limits.http_hour_points) == (points_rate(60, 60, 0), points_rate(1000, 3600, 0))
    assert (limits.connections_per_address, limits.connections_per_user) == (10, 5)
    assert (limits.topics_per_session, limits.patterns_per_session, limits.channels_per_user) == (500, 20, 50)


def test_all_that_is_not_a_protocols_own_can_be_off_at_once() -> None:
    """A message's size and the time to join stay."""
    on = {name for name, value in attrs.asdict(UNLIMITED, recurse=False).items() if value is not None}

    assert on == {"message_bytes", "join_s"}
    assert passes(Meters(UNLIMITED).meter(Role.PUBLIC, 1, "a", is_mobile=False), PRICE, Request.CALL) == 20


def test_scopes_are_blocked_apart() -> None:
    """Whoever asks too often for prices can still place an order."""
    meter = public(Meters(TIGHT), 1)

    assert [passes(meter, uri) for uri in (PRICE, ORDERS, STATS)] == [2, 1, 3]


def test_a_call_counts_in_both_forms_and_a_subscription_in_one() -> None:
    """A page that opens with many subscriptions is not blocked for it; the burst bounds them."""
    meters = Meters(TIGHT)

    assert passes(public(meters, 1, None), "tapecast.price.X", Request.SUBSCRIPTION) == 3
    assert passes(public(meters, 2, None), PRICE, Request.CALL) == 2
    assert passes(public(meters, 3, None), PRICE, Request.MESSAGE) == 2


def test_a_burst_is_shared_by_calls_and_subscriptions() -> None:
    """What subscriptions have taken, calls have not; and the answer names the form."""
    meter = public(Meters(TIGHT), 1)
    passes(meter, "tapecast.price.X", Request.SUBSCRIPTION)

    refused = meter.take(Request.CALL, PRICE, now_ns=0)

    assert refused is not None
    assert (refused.name, refused.limit, refused.retry_after_ms) == ("market_burst", 3, 60_000)
    assert meter.take(Request.CALL, PRICE, now_ns=NS_PER_MINUTE) is None


def test_a_mobile_session_has_a_burst_of_its_own() -> None:
    """In place of the one for market data; the others are the same."""
    meter = Meters(TIGHT).meter(Role.PUBLIC, 1, None, is_mobile=True)

    refused = [meter.take(Request.SUBSCRIPTION, "tapecast.price.X", now_ns=0) for _ in range(2)][1]

    assert refused is not None
    assert refused.name == "mobile_burst"
    assert passes(meter, ORDERS, Request.SUBSCRIPTION) == 1


def test_a_users_sessions_share() -> None:
    """Coming again, or more often, gives nothing; another user is not touched."""
    meters = Meters(TIGHT)
    alices = [meters.meter(Role.TRADER, "alice", None, is_mobile=False) for _ in range(2)]

    assert [passes(meter, PRICE) for meter in alices] == [2, 0]
    assert passes(meters.meter(Role.TRADER, "bob", None, is_mobile=False), PRICE) == 2


def test_an_address_has_so_many_sessions_worth() -> None:
    """Sessions without a token cannot get more by being many; other addresses and exempt ones are not touched."""
    meters = Meters(TIGHT)

    assert [passes(public(meters, session), PRICE) for session in (1, 2, 3)] == [2, 2, 0]
    assert passes(public(meters, 4, "b"), PRICE) == 2
    assert passes(public(meters, 5, None), PRICE) == 2


def test_without_a_factor_addresses_do_not_count() -> None:
    """Behind one address can be a whole company."""
    meters = Meters(attrs.evolve(TIGHT, address_factor=None))

    assert [passes(public(meters, session), PRICE) for session in (1, 2, 3)] == [2, 2, 2]


def test_a_role_can_have_more() -> None:
    """A back end that hands in a market is not a person who looks at one; its address has more, too."""
    meters = Meters(TIGHT)
    service = meters.meter(Role.SERVICE, "feed", "a", is_mobile=False)

    assert passes(service, "tapecast.intake.price", Request.CALL) == 10
    assert passes(meters.meter(Role.TRADER, "alice", "a", is_mobile=False), PRICE) == 2


def test_a_user_can_have_more_or_less() -> None:
    """What is said of a user counts on top of the role, and for the address only where it is more."""
    meters = Meters(attrs.evolve(TIGHT, market_burst=None))

    def meter(user_id: str, factor: Decimal, address: str | None) -> Meter:
        standing = Standing(is_active=True, rate_factor=factor)
        return meters.meter(Role.TRADER, user_id, address, is_mobile=False, standing=standing)

    assert passes(meter("alice", Decimal(8), "a"), PRICE) == 16
    assert passes(meter("bob", Decimal("0.5"), None), PRICE) == 1
    assert [passes(meter(f"user-{number}", Decimal("0.5"), "b"), PRICE) for number in range(5)] == [1, 1, 1, 1, 0]


@pytest.mark.parametrize("limit", ["market_points", "market_burst"])
def test_each_rate_can_be_off(limit: str) -> None:
    """The other form still holds."""
    meter = public(Meters(attrs.evolve(TIGHT, **{limit: None})), 1)

    refused = [meter.take(Request.CALL, PRICE, now_ns=0) for _ in range(4)][3]

    assert refused is not None
    assert refused.name != limit
