"""Claims: what the rules ask of a token, and where in it the user and the role are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth.claims import MAX_LIFETIME_S, NEVER_A_ROLE, Statement, TokenRules, find_claim
from components.contract.errors import ErrorCode
from components.contract.roles import TOKEN_ROLES, Role
from components.model.errors import ConfigError, TokenRejected
from tests.support.tokens import NOW_S, claims

LEEWAY_S = 30
NAMESPACED = "https://desk.example/role"
MAP = {"ops": Role.ADMIN, "desk-trader": Role.TRADER, "/groups/desk": Role.TRADER}


def read(rules: TokenRules, **changes: object) -> Statement:
    """What a token says by these rules, that is a good one but for its claims."""
    return rules.read(claims(**changes), now_s=NOW_S)


def refused(rules: TokenRules, **changes: object) -> str:
    """Why it is not valid by these rules."""
    with pytest.raises(TokenRejected) as raised:
        read(rules, **changes)
    assert raised.value.code is ErrorCode.TOKEN_INVALID
    return raised.value.reason


def test_a_good_token_says_who_its_bearer_is_and_when() -> None:
    """Times may have a fraction, of which the end keeps none."""
    assert read(TokenRules(), jti="t-1", iat=NOW_S - 0.5, exp=NOW_S + 60.9) == Statement(
        user_id="alice", role=Role.TRADER, token_id="t-1", issued_at_s=NOW_S - 0.5, expires_at_s=NOW_S + 60
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"exp": ...}, "exp is missing"),
        ({"exp": "soon"}, "exp is not a number"),
        ({"exp": True}, "exp is not a number"),
        ({"nbf": NOW_S + LEEWAY_S + 1}, "nbf is in the future"),
        ({"iat": NOW_S + LEEWAY_S + 1}, "iat is in the future"),
        ({"iss": 1}, "iss is not text"),
        ({"iss": None}, "iss is not text"),
        ({"aud": "tapecast"}, "aud names an audience"),
        ({"aud": []}, "aud names an audience"),
        ({"jti": ""}, "jti is not 1 to 128 bytes"),
    ],
)
def test_what_every_token_must_say_is_asked_of_all(changes: dict[str, object], reason: str) -> None:
    """Without any setting there is an end, no future beginning, and no audience that is not us."""
    assert refused(TokenRules(), **changes).startswith(reason)


def test_an_end_that_is_over_has_expired_only_where_all_else_is_good() -> None:
    """What else is wrong with a token counts before its end does."""
    with pytest.raises(TokenRejected) as raised:
        read(TokenRules(), exp=NOW_S - LEEWAY_S)

    assert raised.value.code is ErrorCode.TOKEN_EXPIRED
    assert refused(TokenRules(), exp=NOW_S - LEEWAY_S, role="gateway") == "role is one that no token may name"


@pytest.mark.parametrize(
    ("changes", "is_taken"),
    [
        ({"iat": NOW_S - 3000, "exp": NOW_S + 600}, True),
        ({"iat": NOW_S - 3001, "exp": NOW_S + 600}, False),
        ({"iat": NOW_S + LEEWAY_S, "exp": NOW_S + LEEWAY_S + 3600}, True),
        ({"iat": ..., "exp": NOW_S + 3600 + LEEWAY_S}, True),
        ({"iat": ..., "exp": NOW_S + 3601 + LEEWAY_S}, False),
        ({"iat": NOW_S, "exp": 1e11}, False),
    ],
)
def test_a_lifetime_ends_within_its_bound(changes: dict[str, object], is_taken: bool) -> None:  # noqa: FBT001 - a column
    """It counts from `iat`; where there is none from now, with the leeway that the issuer's clock has."""
    rules = TokenRules(max_lifetime_s=3600, leeway_s=LEEWAY_S)

    if is_taken:
        assert read(rules, **changes).user_id == "alice"
    else:
        assert refused(rules, **changes) == "exp is further away than our settings allow"


def test_without_a_bound_a_token_may_live_for_ever() -> None:
    """Up to the last second that can be written."""
    assert read(TokenRules(), exp=253_402_300_799).expires_at_s == 253_402_300_799


@pytest.mark.parametrize(
    ("required", "changes", "missing"),
    [
        (("jti",), {}, "jti"),
        (("jti",), {"jti": None}, "jti"),
        (("jti", "scope"), {"jti": "1"}, "scope"),
        (("realm.roles",), {"realm": {}}, "realm.roles"),
        (("realm.roles",), {"realm": {"roles": None}}, "realm.roles"),
        (("realm.roles",), {"realm": ["roles"]}, "realm.roles"),
        ((NAMESPACED,), {"https://desk": {"example/role": None}}, NAMESPACED),
    ],
)
def test_what_is_required_must_be_there(required: tuple[str, ...], changes: dict[str, object], missing: str) -> None:
    """Null is as good as missing; the reason names the claim as the settings do."""
    rules = TokenRules(required_claims=required)

    assert refused(rules, **changes) == f"{missing} is required, and missing"


@pytest.mark.parametrize(
    "changes",
    [{"jti": "1", "realm": {"roles": []}}, {"jti": "1", "realm.roles": 0}, {"jti": "1", "realm": {"roles": False}}],
)
def test_what_is_required_may_be_anything_but_null(changes: dict[str, object]) -> None:
    """Empty, zero and false are there."""
    assert read(TokenRules(required_claims=("jti", "realm.roles")), **changes).user_id == "alice"


@pytest.mark.parametrize(
    ("said", "name", "found"),
    [
        ({"a": 1}, "a", 1),
        ({"a.b": 1, "a": {"b": 2}}, "a.b", 1),
        ({"a": {"b": 2}}, "a.b", 2),
        ({"a": {"b.c": 1, "b": {"c": 2}}}, "a.b.c", 1),
        ({"a.b": {"c": 1}, "a": {"b": {"c": 2}}}, "a.b.c", 1),
        ({"a.b": 5, "a": {"b": {"c": 2}}}, "a.b.c", 2),
        ({NAMESPACED: "trader"}, NAMESPACED, "trader"),
        ({"https://desk.example/claims": {"role": "trader"}}, "https://desk.example/claims.role", "trader"),
        ({"a": {"": 1}}, "a.", 1),
        ({"a": None}, "a", None),
        ({"": 1}, "", 1),
    ],
)
def test_a_claim_is_found_by_its_whole_name_or_by_a_path(said: dict[str, object], name: str, found: object) -> None:
    """The longest name that is there counts, at every level."""
    assert find_claim(said, name) == found


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ({}, "a"),
        ({"a": {}}, "a.b"),
        ({"a": ["b"]}, "a.b"),
        ({"a": ["b"]}, "a.0"),
        ({"a": "b"}, "a.b"),
        ({"b": 1}, "a.b"),
        ({"": {"a": 1}}, ".a"),
        ({"a.b": {}, "a": {"b": {"c": 1}}}, "a.b.c"),
    ],
)
def test_a_claim_that_is_nowhere_is_none_of_what_a_token_can_say(said: dict[str, object], name: str) -> None:
    """Not even null; a longer name that is there hides a shorter one."""
    assert find_claim(said, name) is find_claim({}, "anything")


@given(parts=st.lists(st.text("ab.", min_size=1, max_size=3), min_size=1, max_size=5))
def test_a_value_at_the_end_of_a_path_is_found(parts: list[str]) -> None:
    """Whatever dots the names on the way have themselves."""
    said: dict[str, object] = {parts[-1]: "found"}
    for name in reversed(parts[:-1]):
        said = {name: said}

    assert find_claim(said, ".".join(parts)) == "found"


@pytest.mark.parametrize(
    ("user_claim", "changes", "user_id"),
    [
        ("login", {"login": "bob"}, "bob"),
        ("identity.login", {"identity": {"login": "bob"}}, "bob"),
        ("https://desk.example/user", {"https://desk.example/user": "bob"}, "bob"),
        ("userId", {"userId": "bob"}, "bob"),
        ("sub", {"userId": "bob"}, "alice"),
        (None, {"sub": ..., "userId": "bob"}, "bob"),
        (None, {"userId": "alice"}, "alice"),
    ],
)
def test_the_user_is_where_the_rules_say(user_claim: str | None, changes: dict[str, object], user_id: str) -> None:
    """A claim that the rules name is the only one that is looked at."""
    assert read(TokenRules(user_claim=user_claim), **changes).user_id == user_id


@pytest.mark.parametrize(
    ("user_claim", "changes", "reason"),
    [
        ("login", {}, "the user is missing"),
        ("login", {"login": None}, "login is not 1 to 128 bytes"),
        ("login", {"login": ["bob"]}, "login is not 1 to 128 bytes"),
        ("login", {"login": 7}, "login is not 1 to 128 bytes"),
        (None, {"sub": ...}, "the user is missing"),
        (None, {"userId": "bob"}, "sub and userId differ"),
    ],
)
def test_a_user_that_is_none_is_refused(user_claim: str | None, changes: dict[str, object], reason: str) -> None:
    """The usual claims do not stand in for the one that the rules name."""
    assert refused(TokenRules(user_claim=user_claim), **changes).startswith(reason)


@pytest.mark.parametrize(
    ("rules", "changes", "role"),
    [
        (TokenRules(), {"role": ["risk"]}, Role.RISK),
        (TokenRules(), {"role": ["offline_access", "risk", "risk"]}, Role.RISK),
        (TokenRules(role_claim=NAMESPACED), {NAMESPACED: "admin"}, Role.ADMIN),
        (TokenRules(role_claim="realm_access.roles"), {"realm_access": {"roles": ["x", "issuer"]}}, Role.ISSUER),
        (TokenRules(role_map=MAP), {"role": "ops"}, Role.ADMIN),
        (TokenRules(role_map=MAP), {"role": ["/groups/desk"]}, Role.TRADER),
        (TokenRules(role_map=MAP), {"role": ["desk-trader", "/groups/desk"]}, Role.TRADER),
        (TokenRules(role_map=MAP), {"role": ["desk-trader", "ops"]}, Role.ADMIN),
        (TokenRules(role_map=dict(reversed(MAP.items()))), {"role": ["ops", "desk-trader"]}, Role.TRADER),
        (TokenRules(role_map=MAP), {"role": ["admin", "gateway", "desk-trader"]}, Role.TRADER),
        (TokenRules(role_map={"public": Role.TRADER}), {"role": ["public"]}, Role.TRADER),
    ],
)
def test_the_role_is_the_one_that_the_rules_make_of_it(
    rules: TokenRules, changes: dict[str, object], role: Role
) -> None:
    """Of a list other words are passed over; with a map its first word that is there decides."""
    assert read(rules, **changes).role is role


@pytest.mark.parametrize(
    ("rules", "role"),
    [
        (TokenRules(), ["risk", "trader"]),
        (TokenRules(), []),
        (TokenRules(), ["offline_access"]),
        (TokenRules(), ["trader", None]),
        (TokenRules(), [["trader"]]),
        (TokenRules(), {"trader": True}),
        (TokenRules(), "trader admin"),
        (TokenRules(), "TRADER"),
        (TokenRules(role_map=MAP), "trader"),
        (TokenRules(role_map=MAP), "admin"),
        (TokenRules(role_map=MAP), "Ops"),
        (TokenRules(role_map=MAP), ["gateway"]),
        (TokenRules(role_map=MAP), []),
        (TokenRules(role_map=MAP), ["ops", 1]),
        (TokenRules(role_claim="groups"), "trader"),
        *((TokenRules(), word) for word in sorted(NEVER_A_ROLE)),
        *((TokenRules(), ["trader", word]) for word in sorted(NEVER_A_ROLE)),
    ],
)
def test_no_role_or_several_are_refused(rules: TokenRules, role: object) -> None:
    """Nobody is let in as what is left to guess, and never as what no token may name."""
    assert refused(rules, role=role).startswith("role is ")


@given(words=st.lists(st.sampled_from([*sorted(Role), "trusted", "anonymous", "ops", "other"])))
def test_whatever_a_list_says_a_role_of_tokens_comes_of_it_or_none(words: list[str]) -> None:
    """With a map or without, `gateway` and `public` are never what a token makes of its bearer."""
    for rules in (TokenRules(), TokenRules(role_map=MAP)):
        try:
            role = read(rules, role=words).role
        except TokenRejected:
            continue
        assert role in TOKEN_ROLES
        assert role in words or rules.role_map


def test_a_role_is_written_in_the_word_that_is_read() -> None:
    """Who issues tokens by the same rules takes the map's first word, and has none for a role that it lacks."""
    assert TokenRules().word_for(Role.RISK) == "risk"
    assert TokenRules(role_map=MAP).word_for(Role.TRADER) == "desk-trader"
    assert TokenRules(role_map=MAP).word_for(Role.RISK) is None


@pytest.mark.parametrize(
    "rules",
    [
        {"leeway_s": -1},
        {"leeway_s": 301},
        {"max_lifetime_s": 0},
        {"max_lifetime_s": MAX_LIFETIME_S + 1},
        {"issuer": ""},
        {"audience": ""},
        {"user_claim": ""},
        {"role_claim": ""},
        {"role_claim": 257 * "x"},
        {"required_claims": ("",)},
        {"required_claims": tuple(map(str, range(65)))},
        {"role_map": {"": Role.ADMIN}},
        {"role_map": {"ops": Role.GATEWAY}},
        {"role_map": {"ops": Role.PUBLIC}},
        {"role_map": dict.fromkeys(map(str, range(65)), Role.ADMIN)},
    ],
)
def test_rules_that_mean_nothing_are_refused(rules: dict[str, object]) -> None:
    """What is out of range, empty or too much is a mistake of the operator."""
    with pytest.raises(ConfigError):
        TokenRules(**rules)  # type: ignore[arg-type]  # mistakes on purpose
