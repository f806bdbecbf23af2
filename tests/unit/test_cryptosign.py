"""A sign-in by signature: only who has the private key of an account, and signs this very challenge, is let in."""

from typing import Any

import pytest

from auth.cryptosign import KeyChallenge
from auth.service_keys import ServiceKeys, parse_service_keys
from components.contract.errors import ErrorCode
from components.contract.roles import Role
from components.model.errors import InvalidArgument, TokenRejected
from tests.support.service_accounts import KeyPair

CHALLENGE = bytes(range(32))
OURS, OTHERS, UNKNOWN = KeyPair(1), KeyPair(2), KeyPair(3)


@pytest.fixture
def keys() -> ServiceKeys:
    """Two accounts."""
    accounts = [OURS.account("platform"), OTHERS.account("ops", "admin")]
    return parse_service_keys(repr(accounts).replace("'", '"').encode())


def challenge(pair: KeyPair = OURS) -> KeyChallenge:
    return KeyChallenge.begin({"pubkey": pair.public_key, "channel_binding": None}, CHALLENGE)


def test_who_signs_the_challenge_is_the_account(keys: ServiceKeys) -> None:
    """The key says who it is, and nothing else that the client may say."""
    account = challenge().admit(OURS.sign(CHALLENGE.hex()), keys)

    assert (account.name, account.role) == ("platform", Role.SERVICE)
    assert challenge().extra == {"challenge": CHALLENGE.hex(), "channel_binding": None}


@pytest.mark.parametrize(
    "answer",
    [
        OTHERS.sign(CHALLENGE.hex()),
        OURS.sign(bytes(32).hex()),
        OURS.sign(bytes(32).hex())[:128] + CHALLENGE.hex(),
        OURS.sign(CHALLENGE.hex())[:128],
        OURS.sign(CHALLENGE.hex()) + "00",
        OURS.sign(CHALLENGE.hex())[:-1],
        CHALLENGE.hex(),
        "00" * 64 + CHALLENGE.hex(),
        "",
        "sesame",
        "ü" * 192,
        None,
        7,
        b"x",
    ],
)
def test_anything_else_is_refused(keys: ServiceKeys, answer: Any) -> None:
    """Another's signature, one of another message, a cut or longer one, and what is none at all."""
    with pytest.raises(TokenRejected, match="platform has not signed") as raised:
        challenge().admit(answer, keys)

    assert raised.value.code is ErrorCode.TOKEN_INVALID


def test_a_key_that_nobody_knows_is_challenged_all_the_same(keys: ServiceKeys) -> None:
    """Who tries keys does not learn which there are until a signature is asked for, and then nothing new."""
    with pytest.raises(TokenRejected, match="no service account") as raised:
        challenge(UNKNOWN).admit(UNKNOWN.sign(CHALLENGE.hex()), keys)

    assert raised.value.code is ErrorCode.TOKEN_INVALID


def test_an_account_that_is_gone_meanwhile_is_gone(keys: ServiceKeys) -> None:
    """The keys of the answer's moment count."""
    with pytest.raises(TokenRejected):
        challenge().admit(OURS.sign(CHALLENGE.hex()), ServiceKeys(keys.accounts[1:]))


@pytest.mark.parametrize(
    ("authextra", "field"),
    [
        (None, "authextra.pubkey"),
        ({}, "authextra.pubkey"),
        ({"pubkey": "00" * 32}, "authextra.pubkey"),
        ({"pubkey": 7}, "authextra.pubkey"),
        ({"pubkey": OURS.public_key, "channel_binding": "tls-unique"}, "authextra.channel_binding"),
    ],
)
def test_hello_says_which_key(authextra: Any, field: str) -> None:
    """What is missing or cannot be is named."""
    with pytest.raises(InvalidArgument) as raised:
        KeyChallenge.begin(authextra, CHALLENGE)

    assert raised.value.details == {"field": field}
