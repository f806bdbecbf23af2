"""Every way to make a bad token that we could think of, each refused with the same code."""

import json
import sys
from collections.abc import Iterator

import pytest

from auth.claims import END_OF_TIME_S, TokenRules
from auth.tokens import MAX_TOKEN_CHARS, TokenVerifier
from components.contract.errors import ErrorCode
from components.model.errors import TokenRejected
from tests.support.tokens import NOW_S, SECRET, base64url, claims, sign_text, token, token_saying

LEEWAY_S = 30
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
HEADER = '{"alg":"HS256","typ":"JWT"}'
PUBLIC_KEY = b"-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----\n"


def rejected(text: str) -> TokenRejected:
    """How a verifier with the tests' secret refuses a token."""
    with pytest.raises(TokenRejected) as raised:
        TokenVerifier.of_secret(SECRET, TokenRules(leeway_s=LEEWAY_S)).verify(text, now_s=NOW_S)
    return raised.value


NO_ALGORITHM = ["none", "None", "NONE", "nOnE", ""]
ALGORITHMS = [*NO_ALGORITHM, "RS256", "ES256", "EdDSA", "HS384", "HS512", "hs256", "HS256 ", None, 1]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_another_algorithm_is_refused(algorithm: object) -> None:
    """Whatever the header names, even over a signature that our key made, only HS256 is taken."""
    assert rejected(token(header={"alg": algorithm})).code is ErrorCode.TOKEN_INVALID


ROLES_OF_OTHERS = ["gateway", "trusted", "public", "anonymous", "superuser", "Trader", "trader ", ""]
LISTS_OF_ROLES: list[object] = [[], ["risk", "trader"], ["trader", "gateway"], ["trader", 1], [["trader"]]]
BAD_ROLES: list[object] = [*ROLES_OF_OTHERS, *LISTS_OF_ROLES, None, 1, True, {"trader": 1}]
TOO_LONG = ["x" * 129, "\u00e9" * 65]
UNPRINTABLE = ["a\nb", "a\x00", "a\x7f", "\u2028", "\u202e", "\ud800"]
BAD_NAMES: list[object] = ["", None, 1, True, ["alice"], *TOO_LONG, *UNPRINTABLE]
NOT_FINITE = [float("nan"), float("inf"), float("-inf")]
BAD_TIMES: list[object] = [
    *(str(NOW_S + 600), "", None, True, False, -1, -0.5, END_OF_TIME_S + 1, [NOW_S], {}),
    *NOT_FINITE,
]
GOOD = token()
HEAD, BODY, SIGNATURE = GOOD.split(".")

FORGED = {
    "empty": "",
    "dots": "..",
    "blank signature": f"{HEAD}.{BODY}.",
    "no signature": f"{HEAD}.{BODY}",
    "unsigned": base64url(b'{"alg":"none"}') + f".{BODY}.",
    "four parts": f"{GOOD}.{SIGNATURE}",
    "five parts, encrypted": f"{GOOD}.x.x",
    "truncated signature": GOOD[:-1],
    "truncated payload": f"{HEAD}.{BODY[:-4]}.{SIGNATURE}",
    "extended signature": f"{GOOD}A",
    "padded": f"{GOOD}=",
    "padded payload": f"{HEAD}.{BODY}=.{SIGNATURE}",
    "other bits behind the signature": GOOD[:-1] + ALPHABET[ALPHABET.index(GOOD[-1]) + 1],
    "space before": f" {GOOD}",
    "line feed behind": f"{GOOD}\n",
    "standard base64": f"{HEAD}.{BODY}.{SIGNATURE[:-2]}+/",
    "not ASCII": f"{GOOD}\u00e9",
    "lone surrogate": f"{GOOD}\ud800",
    "null character": f"{GOOD}\x00",
    "another key": token(secret=b"f" * 32),
    "swapped payload": f"{HEAD}.{base64url(json.dumps(claims(role='admin')).encode())}.{SIGNATURE}",
    "HS512 signature": sign_text('{"alg":"HS512"}', json.dumps(claims()), digest="HS512"),
    "HS384 signature": sign_text('{"alg":"HS384"}', json.dumps(claims()), digest="HS384"),
    "HS512 signature under HS256": sign_text(HEADER, json.dumps(claims()), digest="HS512"),
    "public key as secret": sign_text('{"alg":"RS256"}', json.dumps(claims()), secret=PUBLIC_KEY),
    "header is no JSON": sign_text("{", json.dumps(claims())),
    "header is no object": sign_text('"HS256"', json.dumps(claims())),
    "header without alg": sign_text("{}", json.dumps(claims())),
    "critical extension": token(header={"alg": "HS256", "crit": ["exp"], "exp": 1}),
    "detached payload": token(header={"alg": "HS256", "b64": False, "crit": ["b64"]}),
    "kid is no text": token(header={"alg": "HS256", "kid": ["x"]}),
    "huge": token_saying(other="x" * MAX_TOKEN_CHARS),
    "claims are no JSON": sign_text(HEADER, "{"),
    "claims are no object": sign_text(HEADER, "[]"),
    "claims are null": sign_text(HEADER, "null"),
    "claims are no UTF-8": sign_text(HEADER, b'{"sub": "\xff"}'),
    "duplicate claim": sign_text(HEADER, '{"role":"trader",' + json.dumps(claims(role="admin"))[1:]),
    "duplicate claim below": sign_text(HEADER, '{"other":{"x":1,"x":2},' + json.dumps(claims())[1:]),
    "role missing": token_saying(role=...),
    **{f"role {role!r}": token_saying(role=role) for role in BAD_ROLES},
    "sub missing": token_saying(sub=...),
    "sub and userId differ": token_saying(userId="bob"),
    "sub beside bad userId": token_saying(userId=None),
    **{
        f"{claim} {value!r:.20}": token_saying(**{"sub": ..., claim: value})
        for claim in ("sub", "userId")
        for value in BAD_NAMES
    },
    **{f"jti {value!r:.20}": token_saying(jti=value) for value in BAD_NAMES},
    "exp missing": token_saying(exp=...),
    **{f"{claim} {value!r}": token_saying(**{claim: value}) for claim in ("exp", "nbf", "iat") for value in BAD_TIMES},
    "exp beyond every float": sign_text(HEADER, json.dumps(claims(exp=...))[:-1] + ', "exp": 1e999}'),
    "exp of many digits": sign_text(HEADER, json.dumps(claims(exp=...))[:-1] + ', "exp": ' + "9" * 5000 + "}"),
    "nbf in the future": token_saying(nbf=NOW_S + LEEWAY_S + 1),
    "iat in the future": token_saying(iat=NOW_S + LEEWAY_S + 1),
    "audience where we have none": token_saying(aud="tapecast"),
    "expired, and forged": sign_text(HEADER, json.dumps(claims(exp=NOW_S - 3600)), secret=b"f" * 32),
    "expired, and role not for tokens": token_saying(exp=NOW_S - 3600, role="gateway"),
}


@pytest.mark.parametrize("text", FORGED.values(), ids=FORGED)
def test_a_forged_token_is_invalid_and_not_quoted(text: str) -> None:
    """Every way to make a bad token ends in `token_invalid`, with a reason that holds no part of it."""
    error = rejected(text)

    assert error.code is ErrorCode.TOKEN_INVALID
    assert error.__cause__ is None
    assert not [part for part in text.split(".") if len(part) > 8 and part in error.reason]
    assert "alice" not in error.reason
    assert error.reason == str(error) != ""


@pytest.fixture(params=[1000, 100_000])
def recursion_limit(request: pytest.FixtureRequest) -> Iterator[None]:
    """Python's own limit of depth, and the one that importing Crossbar leaves behind."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(request.param)
    yield
    sys.setrecursionlimit(before)


@pytest.mark.usefixtures("recursion_limit")
@pytest.mark.parametrize(("header", "payload"), [(HEADER, "[" * 5900), ("[" * 5900, "{}")])
def test_a_token_as_deep_as_it_is_long_is_invalid(header: str, payload: str) -> None:
    """Nested as deep as the limit of length lets it be, a token neither crashes nor gets out as another error."""
    assert rejected(sign_text(header, payload)).code is ErrorCode.TOKEN_INVALID
