"""Every way to make a bad token that we could think of, each refused with the same code."""

import contextlib
import itertools
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from auth.keys import Algorithm
from components.contract.errors import ErrorCode
from components.model.errors import TokenRejected, UnknownKey
from tests.support.audited import audited
from tests.support.forged_tokens import LOOKUPS, RULES, forgeries, good, verifier
from tests.support.signing import signer
from tests.support.tokens import NOW_S

CASES = {f"{one}: {name}": token for one in Algorithm for name, token in forgeries(one).items()}
VERIFIERS = [verifier(is_named=False), verifier(is_named=True)]
"""Both with the keys of all four algorithms; with and without names that an issuer has given them."""


@pytest.mark.parametrize("token", CASES.values(), ids=CASES)
def test_a_forged_token_is_invalid_and_not_quoted(token: str) -> None:
    """Every way to make a bad token ends in `token_invalid`, with a reason that holds no part of it."""
    for one in VERIFIERS:
        with pytest.raises(TokenRejected) as raised:
            one.verify(token, now_s=NOW_S)

        error = raised.value
        assert error.code is ErrorCode.TOKEN_INVALID
        assert error.__cause__ is None
        assert not [part for part in token.split(".") if len(part) > 8 and part in error.reason]
        assert not [word for word in ("alice", "evil", "passwd") if word in error.reason]
        assert error.reason == str(error) != ""


@pytest.mark.parametrize("algorithm", Algorithm)
def test_the_token_that_all_these_were_made_of_is_good(algorithm: Algorithm) -> None:
    """Without what was done to them they would let their bearer in, by the key that its issuer names or none does."""
    key = signer(algorithm).key

    for one, kids in zip(VERIFIERS, ((..., key.key_id, "any"), (..., algorithm.lower())), strict=True):
        for kid in kids:
            principal = one.verify(good(algorithm, {"kid": kid}), now_s=NOW_S)
            assert (principal.user_id, principal.token_id) == ("alice", "t-1")
            assert principal.key_id == (key.key_id if one is VERIFIERS[0] else algorithm.lower())


@pytest.mark.parametrize("algorithm", Algorithm)
@pytest.mark.parametrize("kid", LOOKUPS.values(), ids=LOOKUPS)
def test_a_kid_that_no_key_has_is_unknown(algorithm: Algorithm, kid: str) -> None:
    """Where issuers name their keys, a good signature under another name is refused too, and said to be unknown."""
    with pytest.raises(UnknownKey) as raised:
        VERIFIERS[1].verify(good(algorithm, {"kid": kid}), now_s=NOW_S)

    assert raised.value.code is ErrorCode.TOKEN_INVALID
    assert kid not in raised.value.reason or len(kid) < 3


@pytest.mark.parametrize(
    "changes",
    [{"exp": NOW_S - 3600}, {"iss": "https://other.example"}, {"aud": "other"}, {"role": "gateway"}, {"jti": ...}],
)
def test_a_token_that_no_key_could_make_good_is_not_said_to_be_of_an_unknown_one(changes: dict[str, object]) -> None:
    """Nobody looks for newer keys for the sake of a token that they would not let in."""
    with pytest.raises(TokenRejected) as raised:
        VERIFIERS[1].verify(good("ES256", {"kid": "unknown"}, **changes), now_s=NOW_S)

    assert type(raised.value) is TokenRejected
    assert raised.value.code is ErrorCode.TOKEN_INVALID


@pytest.mark.parametrize("algorithm", ["none", "RS512", "es256", "dir"])
def test_an_algorithm_that_no_key_is_for_is_not_said_to_be_of_an_unknown_one(algorithm: str) -> None:
    """A newer key would be for another algorithm all the same."""
    with pytest.raises(TokenRejected) as raised:
        VERIFIERS[1].verify(good("ES256", {"kid": "unknown", "alg": algorithm}), now_s=NOW_S)

    assert type(raised.value) is TokenRejected
    assert raised.value.code is ErrorCode.TOKEN_INVALID


def test_verifying_touches_nothing_outside() -> None:
    """Neither a good token nor any forged one opens a file or a socket, looks up a name, or loads a module."""
    tokens = [*CASES.values(), *(good(algorithm) for algorithm in Algorithm)]
    with audited() as events:
        for one in VERIFIERS:
            for token in tokens:
                with contextlib.suppress(TokenRejected):
                    one.verify(token, now_s=NOW_S)

    assert events == []


def test_what_touches_something_is_heard() -> None:
    """The ear of the test before this one hears what it listens for."""
    with audited() as events:
        Path("/dev/null").open().close()
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", 9)).close()
        socket.getaddrinfo("localhost", 80)

    assert {"open", "socket.connect", "socket.getaddrinfo"} <= set(events)


@pytest.mark.parametrize(("algorithm", "other"), itertools.permutations(Algorithm, 2))
def test_a_kid_of_another_key_is_refused(algorithm: Algorithm, other: Algorithm) -> None:
    """The key that is named is the only one that is tried, and not with another algorithm."""
    with pytest.raises(TokenRejected) as raised:
        VERIFIERS[1].verify(good(algorithm, {"kid": other.lower()}), now_s=NOW_S)

    assert type(raised.value) is TokenRejected
    assert raised.value.code is ErrorCode.TOKEN_INVALID


@pytest.mark.parametrize("algorithm", Algorithm)
@pytest.mark.parametrize(
    "header",
    [
        {},
        {"typ": ...},
        {"typ": "jwt"},
        {"typ": "application/at+JWT"},
        {"jku": "https://evil.example/keys", "x5u": "https://evil.example/cert"},
        {"jwk": {"kty": "oct", "k": "AAAA"}},
        {"x5c": ["AAAA"], "x5t": "AAAA"},
        {"zip": "DEF", "enc": "A256GCM", "cty": "JWT"},
        {"exp": 1, "sub": "bob"},
    ],
)
def test_the_header_chooses_no_key(algorithm: Algorithm, header: dict[str, object]) -> None:
    """Keys and addresses of keys in a header change nothing: ours verifies, and nobody looks there."""
    assert verifier(rules=RULES).verify(good(algorithm, header), now_s=NOW_S).user_id == "alice"


@pytest.fixture(params=[1000, 100_000])
def recursion_limit(request: pytest.FixtureRequest) -> Iterator[None]:
    """Python's own limit of depth, and the one that importing Crossbar leaves behind."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(request.param)
    yield
    sys.setrecursionlimit(before)


@pytest.mark.usefixtures("recursion_limit")
@pytest.mark.parametrize("algorithm", Algorithm)
@pytest.mark.parametrize(("header", "payload"), [(None, "[" * 5500), ("[" * 5500, "{}")])
def test_a_token_as_deep_as_it_is_long_is_invalid(algorithm: Algorithm, header: str | None, payload: str) -> None:
    """Nested as deep as the limit of length lets it be, a token neither crashes nor gets out as another error."""
    issuer = signer(algorithm)
    token = issuer.sign_text(issuer.header() if header is None else header, payload)

    with pytest.raises(TokenRejected) as raised:
        VERIFIERS[0].verify(token, now_s=NOW_S)
    assert raised.value.code is ErrorCode.TOKEN_INVALID
