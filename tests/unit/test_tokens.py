"""Tokens: which let their bearer in, and that all others are refused with one code and no part of them told."""

import json

import pytest

from auth.claims import END_OF_TIME_S, TokenRules
from auth.keys import KeySet, check_secret, secret_key
from auth.tokens import (
    MAX_TOKEN_CHARS,
    Principal,
    TokenVerifier,
    issue_token,
)
from components.contract.errors import ErrorCode
from components.contract.roles import Role
from components.contract.uris import user_component
from components.model.credentials import Credential
from components.model.errors import ConfigError, InvalidArgument, TokenRejected
from tests.support.tokens import NOW_S, SECRET, SECRET_KEY_ID, base64url, from_base64url, token, token_saying

LEEWAY_S = 30
RULES = TokenRules(leeway_s=LEEWAY_S)
NAMED_RULES = TokenRules(issuer="https://id.example", audience="tapecast", leeway_s=LEEWAY_S)
HEADER = '{"alg":"HS256","typ":"JWT"}'
PUBLIC_KEY = b"-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----\n"


def verify(text: str, rules: TokenRules = RULES, *, now_s: float = NOW_S) -> Principal:
    """What a verifier with the tests' secret makes of a token."""
    return TokenVerifier.of_secret(SECRET, rules).verify(text, now_s=now_s)


def rejected(text: str, rules: TokenRules = RULES, *, now_s: float = NOW_S) -> TokenRejected:
    """How a verifier with the tests' secret refuses a token."""
    with pytest.raises(TokenRejected) as raised:
        verify(text, rules, now_s=now_s)
    return raised.value


def test_a_good_token_says_who_its_bearer_is() -> None:
    """User, role, id and end come from the claims."""
    principal = verify(token_saying(jti="t-1"))

    assert principal == Principal(
        user_id="alice",
        role=Role.TRADER,
        token_id="t-1",
        key_id=SECRET_KEY_ID,
        issued_at_s=NOW_S - 60,
        expires_at_s=NOW_S + 600,
    )


@pytest.mark.parametrize("role", ["trader", "risk", "issuer", "service", "admin"])
def test_every_role_of_tokens_lets_in(role: str) -> None:
    """Each role that the contract gives to tokens can be named."""
    assert verify(token_saying(role=role)).role == role


@pytest.mark.parametrize(
    "changes",
    [
        {"sub": ..., "userId": "alice"},
        {"userId": "alice"},
        {"iat": ...},
        {"nbf": NOW_S},
        {"exp": NOW_S + 600.0},
        {"iss": "anybody"},
        {"other": {"claims": ["are", "ignored"]}},
    ],
)
def test_what_may_vary_in_a_good_token(changes: dict[str, object]) -> None:
    """`userId` stands for `sub`, times may have a fraction, and what the rules do not name is ignored."""
    assert verify(token_saying(**changes)).user_id == "alice"


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "HS256"},
        {"alg": "HS256", "typ": "at+jwt"},
        {"alg": "HS256", "kid": "../../etc/passwd"},
        {"alg": "HS256", "jku": "https://evil.example/keys", "x5u": "https://evil.example/cert"},
        {"alg": "HS256", "jwk": {"kty": "oct", "k": base64url(b"f" * 32)}},
    ],
)
def test_the_header_chooses_no_key(header: dict[str, object]) -> None:
    """Keys and addresses of keys in a header change nothing: ours verifies, the header's does not."""
    assert verify(token(header=header)).user_id == "alice"
    assert rejected(token(header=header, secret=b"f" * 32)).code is ErrorCode.TOKEN_INVALID


@pytest.mark.parametrize(
    ("changes", "is_taken"),
    [
        ({"iss": "https://id.example", "aud": "tapecast"}, True),
        ({"iss": "https://id.example", "aud": ["other", "tapecast"]}, True),
        ({"iss": "https://id.example/", "aud": "tapecast"}, False),
        ({"iss": ["https://id.example"], "aud": "tapecast"}, False),
        ({"aud": "tapecast"}, False),
        ({"iss": "https://id.example"}, False),
        ({"iss": "https://id.example", "aud": "Tapecast"}, False),
        ({"iss": "https://id.example", "aud": []}, False),
        ({"iss": "https://id.example", "aud": ["other"]}, False),
        ({"iss": "https://id.example", "aud": {"tapecast": 1}}, False),
        ({"iss": "https://id.example", "aud": "tapecast-staging"}, False),
    ],
)
def test_issuer_and_audience_are_those_of_the_rules(changes: dict[str, object], is_taken: bool) -> None:  # noqa: FBT001 - a column
    """Where the rules name them, a token of another issuer or for another audience is refused."""
    text = token_saying(**changes)

    if is_taken:
        assert verify(text, NAMED_RULES).user_id == "alice"
    else:
        assert rejected(text, NAMED_RULES).code is ErrorCode.TOKEN_INVALID


def test_the_end_of_a_token_has_the_stated_leeway() -> None:
    """The last moment is just before `exp` plus the leeway; from there on it has expired."""
    text = token_saying(exp=NOW_S)

    assert verify(text, now_s=NOW_S + LEEWAY_S - 0.001).expires_at_s == NOW_S
    assert rejected(text, now_s=NOW_S + LEEWAY_S).code is ErrorCode.TOKEN_EXPIRED


@pytest.mark.parametrize("claim", ["nbf", "iat"])
def test_the_beginning_of_a_token_has_the_stated_leeway(claim: str) -> None:
    """The first moment is the leeway before `nbf` or `iat`; before that the token is refused."""
    text = token_saying(**{claim: NOW_S + LEEWAY_S})

    assert verify(text, now_s=NOW_S).user_id == "alice"
    assert rejected(text, now_s=NOW_S - 0.001).code is ErrorCode.TOKEN_INVALID


def test_without_leeway_the_clock_decides_alone() -> None:
    """A leeway of nothing leaves `exp` as it is."""
    rules = TokenRules(leeway_s=0)

    assert verify(token_saying(exp=NOW_S), rules, now_s=NOW_S - 0.001).user_id == "alice"
    assert rejected(token_saying(exp=NOW_S), rules).code is ErrorCode.TOKEN_EXPIRED


def test_a_token_as_long_as_allowed_is_read() -> None:
    """The limit of length is the last that passes."""
    empty = len(token_saying(other=""))
    filler = (MAX_TOKEN_CHARS - empty) * 3 // 4
    text = token_saying(other="x" * filler)
    while len(text) < MAX_TOKEN_CHARS:
        filler += 1
        text = token_saying(other="x" * filler)

    assert len(text) == MAX_TOKEN_CHARS
    assert verify(text).user_id == "alice"


@pytest.mark.parametrize("user_id", ["a", "x" * 128, "\u00e9" * 64, "\U0001f600" * 32, "a b@c/d#e.f"])
def test_the_longest_user_id_fits_into_a_uri(user_id: str) -> None:
    """Every user id that is taken yields a component that the contract takes."""
    assert verify(token_saying(sub=user_id)).user_id == user_id
    assert len(user_component(user_id)) <= 384


@pytest.mark.parametrize(
    ("secret", "told"),
    [(b"", "received 0"), (b"x" * 31, "32 bytes or more, received 31"), (PUBLIC_KEY, "public key")],
)
def test_a_bad_secret_is_named_with_its_remedy(secret: bytes, told: str) -> None:
    """Neither a verifier nor an issuer begins with a secret that can be guessed, or that is none."""
    for begin in (
        lambda: check_secret(secret),
        lambda: TokenVerifier.of_secret(secret, RULES),
        lambda: issue_token(secret, RULES, user_id="alice", role="trader", lifetime_s=1, now_s=NOW_S),
    ):
        with pytest.raises(ConfigError, match=r"TAPECAST_JWT_SECRET: ") as raised:
            begin()
        assert told in str(raised.value)


def test_a_secret_of_32_bytes_is_enough() -> None:
    """32 bytes are the least, wherever they are kept."""
    check_secret(b"x" * 32)

    with pytest.raises(ConfigError, match=r"/data/jwt.secret: "):
        check_secret(b"x" * 31, source="/data/jwt.secret")


def test_a_verifier_shows_nobody_its_secret() -> None:
    """The text of a verifier, as a traceback or log may show it, has no secret."""
    assert SECRET.decode() not in repr(TokenVerifier.of_secret(SECRET, RULES))


@pytest.mark.parametrize("rules", [{"leeway_s": -1}, {"leeway_s": 301}, {"issuer": ""}, {"audience": ""}])
def test_rules_that_mean_nothing_are_refused(rules: dict[str, object]) -> None:
    """A leeway out of range, or an empty name, is a mistake of the operator."""
    with pytest.raises(ConfigError):
        TokenRules(**rules)  # type: ignore[arg-type]  # mistakes on purpose


@pytest.mark.parametrize("rules", [RULES, NAMED_RULES])
def test_an_issued_token_lets_in_for_its_lifetime(rules: TokenRules) -> None:
    """What we issue for development, a verifier with the same secret and rules takes until it ends."""
    text = issue_token(SECRET, rules, user_id="alice", role="risk", lifetime_s=60, now_s=NOW_S + 0.9)

    principal = verify(text, rules)
    assert principal == Principal(
        user_id="alice",
        role=Role.RISK,
        token_id=None,
        key_id=SECRET_KEY_ID,
        issued_at_s=NOW_S,
        expires_at_s=NOW_S + 60,
    )
    assert rejected(text, rules, now_s=NOW_S + 60 + LEEWAY_S).code is ErrorCode.TOKEN_EXPIRED


FULL_RULES = TokenRules(
    issuer="https://id.example",
    audience="tapecast",
    leeway_s=7,
    max_lifetime_s=60,
    required_claims=("jti", "iat"),
    user_claim="identity.login",
    role_claim="https://desk.example/roles",
    role_map={"ops": Role.ADMIN, "desk": Role.TRADER, "floor": Role.TRADER},
)


def test_a_token_is_issued_in_the_words_of_the_rules() -> None:
    """Claims of other names, an identity provider's words and an id: what the rules ask for is said."""
    text = issue_token(SECRET, FULL_RULES, user_id="alice", role="trader", lifetime_s=60, now_s=NOW_S, token_id="t-1")

    principal = verify(text, FULL_RULES)
    assert (principal.user_id, principal.role, principal.token_id) == ("alice", Role.TRADER, "t-1")
    assert json.loads(from_base64url(text.split(".")[1])) == {
        "iss": "https://id.example",
        "aud": "tapecast",
        "sub": "alice",
        "identity.login": "alice",
        "https://desk.example/roles": "desk",
        "iat": NOW_S,
        "exp": NOW_S + 60,
        "jti": "t-1",
    }


@pytest.mark.parametrize(
    ("field", "changes"),
    [("lifetime_s", {"lifetime_s": 61}), ("role", {"role": "risk"}), ("role", {"role": "gateway"})],
)
def test_what_the_rules_do_not_take_is_not_issued(field: str, changes: dict[str, object]) -> None:
    """A lifetime beyond the rules' and a role that their map has no word for."""
    arguments: dict[str, object] = {"user_id": "alice", "role": "trader", "lifetime_s": 60, **changes}

    with pytest.raises(InvalidArgument) as raised:
        issue_token(SECRET, FULL_RULES, now_s=NOW_S, **arguments)  # type: ignore[arg-type]  # mistakes on purpose

    assert raised.value.details == {"field": field}


def test_a_claim_that_only_an_issuer_knows_is_not_made_up() -> None:
    """Where the rules require one, the operator is told which."""
    rules = TokenRules(required_claims=("scope",))

    with pytest.raises(ConfigError, match=r"what a token of ours does not say: scope is required, and missing"):
        issue_token(SECRET, rules, user_id="alice", role="trader", lifetime_s=60, now_s=NOW_S)


def test_a_principal_is_what_can_be_revoked() -> None:
    """All of a token but what would let somebody in with it."""
    principal = verify(token_saying(jti="t-1"))

    assert principal.credential == Credential(
        user_id="alice",
        role=Role.TRADER,
        token_id="t-1",
        key_id=SECRET_KEY_ID,
        issued_at_s=NOW_S - 60,
        expires_at_s=NOW_S + 600,
    )


def test_a_verifier_tells_its_leeway_and_follows_its_keys() -> None:
    """A key that is not there any more verifies nothing from then on."""
    keys = [KeySet((secret_key(SECRET),))]
    reading = TokenVerifier(lambda: keys[-1], FULL_RULES)
    text = issue_token(SECRET, FULL_RULES, user_id="alice", role="trader", lifetime_s=60, now_s=NOW_S, token_id="t-1")

    assert reading.leeway_s == 7
    assert reading.verify(text, now_s=NOW_S).user_id == "alice"

    keys.append(KeySet())

    with pytest.raises(TokenRejected):
        reading.verify(text, now_s=NOW_S)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("role", {"role": "gateway"}),
        ("role", {"role": "public"}),
        ("role", {"role": "trusted"}),
        ("user", {"user_id": ""}),
        ("user", {"user_id": "a\nb"}),
        ("lifetime_s", {"lifetime_s": 0}),
        ("lifetime_s", {"lifetime_s": -60}),
        ("lifetime_s", {"lifetime_s": END_OF_TIME_S}),
    ],
)
def test_no_token_is_issued_that_would_be_refused(field: str, changes: dict[str, object]) -> None:
    """What a verifier would refuse is refused before, with the name of the argument."""
    arguments: dict[str, object] = {"user_id": "alice", "role": "trader", "lifetime_s": 60, **changes}

    with pytest.raises(InvalidArgument) as raised:
        issue_token(SECRET, RULES, now_s=NOW_S, **arguments)  # type: ignore[arg-type]  # mistakes on purpose

    assert raised.value.details == {"field": field}
