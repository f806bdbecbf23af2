"""Readers of tokens that fetch nothing."""

from twisted.internet.task import Clock

from auth.claims import TokenRules
from auth.keys import secret_key
from auth.rotating_keys_component import RotatingKeys, TokenReader
from tests.support.tokens import SECRET


def secret_keys() -> RotatingKeys:
    """The keys of somebody who has the tests' secret and nothing else."""
    return RotatingKeys(Clock(), secrets=(secret_key(SECRET),), random=lambda: 0.5)


def secret_reader() -> TokenReader:
    """What reads the tokens that the tests' secret has signed."""
    return TokenReader(secret_keys(), TokenRules())
