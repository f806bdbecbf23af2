"""Forged tokens at the door: each is answered alike, and none has the gateway ask anybody for anything."""

from pathlib import Path

import pytest
from autobahn.wamp.exception import ApplicationError
from twisted.internet.defer import Deferred
from twisted.internet.testing import MemoryReactorClock

from auth.authenticator import Authenticator
from auth.component import AuthenticatorFunction
from auth.keys import Algorithm
from auth.rotating_keys_component import RotatingKeys, TokenReader
from tests.support.forged_tokens import LOOKUPS, RULES, forgeries, good
from tests.support.signing import jwks, signer
from tests.support.tokens import NOW_S

KEYS_PORT = 1443


def every_key(directory: Path, reactor: MemoryReactorClock, *, url: str | None = None) -> RotatingKeys:
    """The keys of all algorithms: those that may be published, and a secret, each named."""
    path = directory / "keys.json"
    path.write_bytes(jwks(*(signer(algorithm).jwk(kid=algorithm.lower()) for algorithm in Algorithm)))
    path.chmod(0o600)
    return RotatingKeys(reactor, files=[path], url=url, random=lambda: 0.5)


def door(keys: RotatingKeys) -> AuthenticatorFunction:
    """The function that Crossbar calls, at `NOW_S`."""
    authenticator = Authenticator(verifier=TokenReader(keys, RULES).verifier, new_public_name=lambda: "public-1")
    return AuthenticatorFunction(authenticator, keys, lambda: float(NOW_S))


def answer(asked: AuthenticatorFunction, ticket: object) -> tuple[object, ...]:
    """All that the client is told."""
    with pytest.raises(ApplicationError) as raised:
        asked("tapecast", None, {"authmethod": "ticket", "session": 17, "ticket": ticket})
    return (raised.value.error, raised.value.args, raised.value.kwargs)


@pytest.mark.parametrize("algorithm", Algorithm)
def test_every_forged_token_is_answered_alike(tmp_path: Path, algorithm: Algorithm) -> None:
    """The same URI, text and details, whatever was wrong with it."""
    asked = door(every_key(tmp_path, MemoryReactorClock()))
    message = "the token is not valid"

    for name, token in forgeries(algorithm).items():
        assert answer(asked, token) == (
            "tapecast.error.token_invalid",
            (message,),
            {"code": "token_invalid", "message": message, "retry": False, "details": {}},
        ), name


def test_what_is_no_text_is_answered_alike() -> None:
    """A ticket of another type is as invalid as any."""
    asked = door(RotatingKeys(MemoryReactorClock(), secrets=(signer("HS256").key,), random=lambda: 0.5))

    for ticket in (None, 1, b"x", [good("HS256")], {"token": good("HS256")}):
        assert answer(asked, ticket)[0] == "tapecast.error.token_invalid"


def test_no_token_has_anybody_asked_but_the_issuers_own_url(tmp_path: Path) -> None:
    """Addresses in tokens lead nowhere; a kid that is not known is worth one question, always to the same place."""
    reactor = MemoryReactorClock()
    keys = every_key(tmp_path, reactor, url=f"http://127.0.0.1:{KEYS_PORT}/keys")
    asked = door(keys)
    tokens = [token for algorithm in Algorithm for token in forgeries(algorithm).values()]
    tokens += [good(algorithm, {"kid": kid}) for algorithm in Algorithm for kid in LOOKUPS.values()]

    keys.start()
    waiting = 0
    for token in tokens:
        try:
            joining = asked("tapecast", None, {"authmethod": "ticket", "session": 17, "ticket": token})
        except ApplicationError:
            continue
        assert isinstance(joining, Deferred)
        joining.addErrback(lambda failure: failure.trap(ApplicationError))
        waiting += 1

    assert waiting >= len(Algorithm) * len(LOOKUPS)
    assert [client[:2] for client in reactor.tcpClients] == [("127.0.0.1", KEYS_PORT)]
    assert not reactor.sslClients
    assert not reactor.unixClients
    keys.stop()
