"""The benchmark of tokens at work: what it calls good is verified by both, what it calls forged is refused."""

import time

import pytest

from auth.keys import Algorithm, KeySet
from benchmarks import tokens
from tests.support.tokens import NOW_S


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A handful of tokens, at the time at which they are issued."""
    monkeypatch.setattr(tokens, "TOKENS", 16)
    monkeypatch.setattr(tokens, "ROUNDS", 1)
    monkeypatch.setattr(tokens, "RUNS", 1)


@pytest.mark.parametrize("algorithm", Algorithm)
def test_both_verify_the_same_tokens(algorithm: Algorithm) -> None:
    """A run of each, of which neither refuses any."""
    issuer = tokens.Issuer.new(algorithm, kid="k1")

    ours, peers = tokens.compare(issuer, KeySet((issuer.key,)), int(time.time()))

    assert len(ours) == len(peers) == 1


@pytest.mark.parametrize("algorithm", [Algorithm.HS256, Algorithm.ES256])
def test_a_strangers_token_is_tried_with_every_key(algorithm: Algorithm) -> None:
    """None of them is taken, and all are there to be tried."""
    assert len(tokens.worst(algorithm, NOW_S)) == 1
