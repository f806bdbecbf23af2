"""What holds in a realm: the contract, or the benchmarks' own rules."""

import pytest

from auth.permissions import Action, Decision, Match
from components.contract.roles import Role
from components.contract.topics import TOPIC_FAMILIES, Delivery
from router.rules import BENCH_REALM, META_FAMILY, BenchRules, ContractRules, rules_of


def test_only_the_benchmarks_realm_has_rules_of_its_own() -> None:
    """Every other realm keeps the contract, and its limits."""
    assert isinstance(rules_of(BENCH_REALM), BenchRules)
    assert isinstance(rules_of("tapecast"), ContractRules)
    assert rules_of("tapecast").is_limited
    assert not rules_of(BENCH_REALM).is_limited


def test_the_contract_decides_in_its_realm() -> None:
    """A trader reads his own topics there, and nobody publishes."""
    rules = ContractRules()

    own, other = "tapecast.user.alice.orders", "tapecast.user.bob.orders"
    assert rules.decide(Role.TRADER, "alice", Action.SUBSCRIBE, own, Match.EXACT) is Decision.ALLOWED
    assert rules.decide(Role.TRADER, "alice", Action.SUBSCRIBE, other, Match.EXACT) is Decision.NOT_AUTHORIZED
    assert rules.decide(Role.PUBLIC, "x", Action.PUBLISH, "bench.x", Match.EXACT) is Decision.NOT_AUTHORIZED


def test_a_topic_of_the_contract_is_delivered_and_counted_by_its_family() -> None:
    """Each family's own delivery and name hold for its topics."""
    rules = ContractRules()

    assert rules.delivery_of("tapecast.price.BTCUSDT") is Delivery.CONFLATED
    assert rules.delivery_of("tapecast.trades.sim.BTCUSDT") is Delivery.GAPPED
    assert rules.delivery_of("tapecast.user.alice.orders") is Delivery.LOSSLESS
    assert rules.family_of("tapecast.user.alice.orders") == "user.orders"
    assert [
        topic for topic in ("tapecast.book.sim.BTCUSDT", "tapecast.trades.sim.BTCUSDT") if rules.is_merged(topic)
    ] == ["tapecast.book.sim.BTCUSDT"]
    assert META_FAMILY not in {family.name for family in TOPIC_FAMILIES}


@pytest.mark.parametrize("rules", [ContractRules(), BenchRules()])
def test_what_is_of_no_family_is_lossless(rules: ContractRules | BenchRules) -> None:
    """Crossbar's own events are never thinned, and are counted together."""
    assert rules.delivery_of("wamp.session.on_join") is Delivery.LOSSLESS
    assert rules.family_of("wamp.session.on_join") == META_FAMILY
    assert not rules.is_merged("wamp.session.on_join")


@pytest.mark.parametrize("action", Action)
def test_whoever_joins_a_benchmark_may_do_all_below_bench(action: Action) -> None:
    """No token is needed to publish, subscribe, register or call there."""
    assert BenchRules().decide(Role.PUBLIC, "x", action, "bench.a.b", Match.EXACT) is Decision.ALLOWED


@pytest.mark.parametrize(
    ("uri", "match", "is_allowed"),
    [
        ("bench", Match.PREFIX, True),
        ("bench.", Match.PREFIX, True),
        ("bench.a", Match.PREFIX, True),
        ("ben", Match.PREFIX, False),
        ("", Match.PREFIX, False),
        ("bench..a", Match.PREFIX, False),
        ("bench", Match.EXACT, False),
        ("bench.", Match.EXACT, False),
        ("bench.a b", Match.EXACT, False),
        ("benchmark.a", Match.EXACT, False),
        ("tapecast.price.BTCUSDT", Match.EXACT, False),
        ("wamp.session.on_join", Match.EXACT, False),
        ("bench..a", Match.WILDCARD, False),
    ],
)
def test_a_benchmark_reaches_whole_components_below_bench(uri: str, match: Match, *, is_allowed: bool) -> None:
    """Exact topics and prefixes, and nothing beside them."""
    decision = BenchRules().decide(Role.PUBLIC, "x", Action.SUBSCRIBE, uri, match)

    assert decision.is_allowed is is_allowed


def test_a_call_outside_a_benchmark_finds_nothing() -> None:
    """What is refused there reads as everywhere else."""
    rules = BenchRules()

    assert rules.decide(Role.PUBLIC, "x", Action.CALL, "wamp.session.kill", Match.EXACT) is Decision.NO_SUCH_PROCEDURE
    assert rules.decide(Role.PUBLIC, "x", Action.PUBLISH, "other.x", Match.EXACT) is Decision.NOT_AUTHORIZED


@pytest.mark.parametrize(
    ("topic", "delivery"),
    [
        ("bench.fanout", Delivery.LOSSLESS),
        ("bench.conflated.a", Delivery.CONFLATED),
        ("bench.gapped.a", Delivery.GAPPED),
        ("bench.conflatedly", Delivery.LOSSLESS),
    ],
)
def test_a_benchmarks_topic_names_its_delivery(topic: str, delivery: Delivery) -> None:
    """The first component below `bench.` says what a slow client gets, and what it is counted under."""
    assert BenchRules().delivery_of(topic) is delivery
    assert BenchRules().family_of(topic) == delivery.value
