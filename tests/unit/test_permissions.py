"""Permissions: what is granted by the contract's tables, and how a refusal is told."""

import pytest

from auth.permissions import Action, Decision, Match, decide, may_read, normalised_prefix
from components.contract.errors import ErrorCode
from components.contract.roles import Role

ALLOWED, NOT_AUTHORIZED, UNKNOWN_TOPIC, INVALID_ARGUMENT, SIGN_IN = (
    Decision.ALLOWED,
    Decision.NOT_AUTHORIZED,
    Decision.UNKNOWN_TOPIC,
    Decision.INVALID_ARGUMENT,
    Decision.AUTHENTICATION_REQUIRED,
)


def subscribe(role: Role, uri: str, match: Match = Match.EXACT, *, user_id: str = "alice") -> Decision:
    """What a session is answered that subscribes."""
    return decide(role, user_id, Action.SUBSCRIBE, uri, match)


@pytest.mark.parametrize(
    ("decision", "error"),
    [
        (Decision.ALLOWED, None),
        (Decision.NO_SUCH_PROCEDURE, None),
        (Decision.NOT_AUTHORIZED, ErrorCode.NOT_AUTHORIZED),
        (Decision.AUTHENTICATION_REQUIRED, ErrorCode.AUTHENTICATION_REQUIRED),
        (Decision.UNKNOWN_TOPIC, ErrorCode.UNKNOWN_TOPIC),
        (Decision.INVALID_ARGUMENT, ErrorCode.INVALID_ARGUMENT),
    ],
)
def test_every_decision_knows_its_code(decision: Decision, error: ErrorCode | None) -> None:
    """A refusal has the contract's code, except where WAMP's own answer says it."""
    assert decision.error is error
    assert decision.is_allowed is (decision is Decision.ALLOWED)


@pytest.mark.parametrize(
    "uri",
    [
        "tapecast.prices.BTCUSDT",
        "tapecast.price",
        "tapecast.price.",
        "tapecast.price.BTC/USDT",
        "tapecast.price.{instrument}",
        "tapecast.price.BTCUSDT\n",
        "tapecast.price..BTCUSDT",
        "tapecast..price.BTCUSDT",
        "tapecast.user.{user_id}.orders",
        "Tapecast.price.BTCUSDT",
        "other.price.BTCUSDT",
        "wamp.session.on_anything",
        "",
    ],
)
def test_a_topic_that_the_contract_lacks_is_unknown_to_all(uri: str) -> None:
    """Whoever asks, a topic outside the table does not exist."""
    assert {subscribe(role, uri) for role in Role} == {UNKNOWN_TOPIC}
    assert not any(may_read(role, "alice", uri) for role in Role)


@pytest.mark.parametrize(
    ("user_id", "component", "decision"),
    [
        ("alice", "alice", ALLOWED),
        ("alice@example.com", "alice_40example_2ecom", ALLOWED),
        ("alice", "bob", NOT_AUTHORIZED),
        ("alice", "nobody", NOT_AUTHORIZED),
        ("alice", "Alice", NOT_AUTHORIZED),
        ("alice", "_61lice", NOT_AUTHORIZED),
        ("alice_40", "alice_40", NOT_AUTHORIZED),
        ("alice", "alice@", UNKNOWN_TOPIC),
        ("alice", "", UNKNOWN_TOPIC),
        ("", "", UNKNOWN_TOPIC),
    ],
)
def test_ones_own_topic_is_ones_own_in_its_one_spelling(user_id: str, component: str, decision: Decision) -> None:
    """Another user's topic is refused alike whether or not there is such a user; other spellings are another's."""
    topic = f"tapecast.user.{component}.orders"

    assert subscribe(Role.TRADER, topic, user_id=user_id) is decision
    assert may_read(Role.TRADER, user_id, topic) is (decision is ALLOWED)


@pytest.mark.parametrize(
    ("uri", "public", "trader", "admin"),
    [
        ("tapecast.trades", ALLOWED, ALLOWED, ALLOWED),
        ("tapecast.trades.", ALLOWED, ALLOWED, ALLOWED),
        ("tapecast.trades.binance", ALLOWED, ALLOWED, ALLOWED),
        ("tapecast.trades.binance.BTCUSDT", ALLOWED, ALLOWED, ALLOWED),
        ("tapecast.trade", UNKNOWN_TOPIC, UNKNOWN_TOPIC, UNKNOWN_TOPIC),
        ("tapecast.trades.binance.BTCUSDT.x", UNKNOWN_TOPIC, UNKNOWN_TOPIC, UNKNOWN_TOPIC),
        ("tapecast.trades.BINANCE", UNKNOWN_TOPIC, UNKNOWN_TOPIC, UNKNOWN_TOPIC),
        ("tapecast.system", ALLOWED, ALLOWED, ALLOWED),
        ("tapecast.auctions", SIGN_IN, ALLOWED, ALLOWED),
        ("tapecast.user.alice", SIGN_IN, ALLOWED, ALLOWED),
        ("tapecast.user.alice.", SIGN_IN, ALLOWED, ALLOWED),
        ("tapecast.user.alice.orders", SIGN_IN, ALLOWED, ALLOWED),
        ("tapecast.user.alic", SIGN_IN, NOT_AUTHORIZED, ALLOWED),
        ("tapecast.user.bob", SIGN_IN, NOT_AUTHORIZED, ALLOWED),
        ("tapecast.user", SIGN_IN, NOT_AUTHORIZED, ALLOWED),
        ("tapecast.admin", SIGN_IN, NOT_AUTHORIZED, ALLOWED),
        ("tapecast", SIGN_IN, NOT_AUTHORIZED, ALLOWED),
        ("", SIGN_IN, NOT_AUTHORIZED, ALLOWED),
        ("wamp", SIGN_IN, NOT_AUTHORIZED, ALLOWED),
        ("wamp.session.", SIGN_IN, NOT_AUTHORIZED, ALLOWED),
        ("wam", UNKNOWN_TOPIC, UNKNOWN_TOPIC, UNKNOWN_TOPIC),
        (".", INVALID_ARGUMENT, INVALID_ARGUMENT, INVALID_ARGUMENT),
        ("tapecast..", INVALID_ARGUMENT, INVALID_ARGUMENT, INVALID_ARGUMENT),
        ("tapecast..trades", INVALID_ARGUMENT, INVALID_ARGUMENT, INVALID_ARGUMENT),
        ("tapecast.price.\n", INVALID_ARGUMENT, INVALID_ARGUMENT, INVALID_ARGUMENT),
        ("tapecast.#", INVALID_ARGUMENT, INVALID_ARGUMENT, INVALID_ARGUMENT),
    ],
)
def test_prefixes_go_by_whole_components(uri: str, public: Decision, trader: Decision, admin: Decision) -> None:
    """A prefix stands for all topics that begin with its components, and is granted only with all of them."""
    assert [subscribe(role, uri, Match.PREFIX) for role in (Role.PUBLIC, Role.TRADER, Role.ADMIN)] == [
        public,
        trader,
        admin,
    ]


@pytest.mark.parametrize(
    ("uri", "public", "trader", "admin"),
    [
        ("tapecast.price.", ALLOWED, ALLOWED, ALLOWED),
        ("tapecast.trades..BTCUSDT", ALLOWED, ALLOWED, ALLOWED),
        ("tapecast...BTCUSDT", ALLOWED, ALLOWED, ALLOWED),
        ("tapecast..binance.", SIGN_IN, NOT_AUTHORIZED, ALLOWED),  # a user may be called so
        ("tapecast..BTCUSDT", SIGN_IN, ALLOWED, ALLOWED),  # an auction may be called so,
        ("tapecast.candles.binance..BTCUSDT", ALLOWED, ALLOWED, ALLOWED),
        ("tapecast.candles..2m.", UNKNOWN_TOPIC, UNKNOWN_TOPIC, UNKNOWN_TOPIC),
        ("tapecast.user.alice.", SIGN_IN, ALLOWED, ALLOWED),
        ("tapecast..alice.", SIGN_IN, ALLOWED, ALLOWED),
        ("tapecast.user..orders", SIGN_IN, NOT_AUTHORIZED, ALLOWED),
        ("tapecast...orders", SIGN_IN, NOT_AUTHORIZED, ALLOWED),
        ("tapecast..", SIGN_IN, NOT_AUTHORIZED, ALLOWED),
        ("..", SIGN_IN, NOT_AUTHORIZED, ALLOWED),
        (".session.", SIGN_IN, NOT_AUTHORIZED, ALLOWED),
        ("tapecast.price", UNKNOWN_TOPIC, UNKNOWN_TOPIC, UNKNOWN_TOPIC),
        ("tapecast.price..", UNKNOWN_TOPIC, UNKNOWN_TOPIC, UNKNOWN_TOPIC),
        ("", UNKNOWN_TOPIC, UNKNOWN_TOPIC, UNKNOWN_TOPIC),
        ("tapecast.price. ", INVALID_ARGUMENT, INVALID_ARGUMENT, INVALID_ARGUMENT),
    ],
)
def test_wildcards_stand_for_any_one_component(uri: str, public: Decision, trader: Decision, admin: Decision) -> None:
    """An empty component stands for any one; the pattern is granted only with all topics that it can match."""
    assert [subscribe(role, uri, Match.WILDCARD) for role in (Role.PUBLIC, Role.TRADER, Role.ADMIN)] == [
        public,
        trader,
        admin,
    ]


@pytest.mark.parametrize(
    ("action", "uri", "match", "decision"),
    [
        (Action.PUBLISH, "tapecast.price.BTCUSDT", Match.EXACT, ALLOWED),
        (Action.PUBLISH, "tapecast.user.alice.orders", Match.EXACT, ALLOWED),
        (Action.PUBLISH, "tapecast.nothing", Match.EXACT, UNKNOWN_TOPIC),
        (Action.PUBLISH, "wamp.session.on_join", Match.EXACT, UNKNOWN_TOPIC),
        (Action.REGISTER, "tapecast.market.get_price", Match.EXACT, ALLOWED),
        (Action.REGISTER, "tapecast.node.report", Match.EXACT, ALLOWED),
        (Action.REGISTER, "tapecast.market.get_price", Match.PREFIX, NOT_AUTHORIZED),
        (Action.REGISTER, "tapecast.market..", Match.WILDCARD, NOT_AUTHORIZED),
        (Action.REGISTER, "tapecast.market.anything", Match.EXACT, NOT_AUTHORIZED),
        (Action.REGISTER, "wamp.session.kill", Match.EXACT, NOT_AUTHORIZED),
    ],
)
def test_our_own_processes_publish_and_register_by_the_contract(
    action: Action, uri: str, match: Match, decision: Decision
) -> None:
    """`gateway` is bound to the contract's URIs, one at a time; to everyone else both actions are refused."""
    assert decide(Role.GATEWAY, "market", action, uri, match) is decision
    assert {decide(role, "alice", action, uri, match) for role in Role if role is not Role.GATEWAY} == {NOT_AUTHORIZED}


@pytest.mark.parametrize(
    ("uri", "normalised"),
    [("tapecast.trades", "tapecast.trades."), ("tapecast.trades.", "tapecast.trades."), ("", "")],
)
def test_a_prefix_has_one_spelling(uri: str, normalised: str) -> None:
    """With or without the dot behind it, a prefix is the same subscription."""
    assert normalised_prefix(uri) == normalised
