"""Joins and renewals by a key that is only just being fetched: the authenticator's function, and `session.refresh`."""

import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import attrs
import pytest
import pytest_twisted
from autobahn.wamp.exception import ApplicationError
from twisted.internet.defer import Deferred, ensureDeferred

from auth.authenticator import Authenticator
from auth.component import AuthenticatorFunction, create, observe_authentications
from auth.rotating_keys_component import TokenReader
from components.contract.roles import Role
from components.wamp.procedures import Caller
from router.session_queries import SessionQueries
from tests.support.gateway import FakeRouter, session_of
from tests.support.key_issuer import KeyIssuer
from tests.support.key_scene import KeyScene

CALLER = Caller(session_id=7, user_id="alice", role=Role.TRADER)


@attrs.frozen
class Worker:
    """A router's worker that has a reader of tokens."""

    reader: TokenReader

    def token_reader(self) -> TokenReader:
        """The one for all in the process."""
        return self.reader


@pytest_twisted.async_yield_fixture
async def scene() -> AsyncIterator[KeyScene]:
    """Ends without leaving anything behind."""
    prepared = KeyScene()
    yield prepared
    await prepared.end()


@pytest.fixture
def observed() -> Iterator[list[tuple[str, str]]]:
    """What the observers of joins were told."""
    told: list[tuple[str, str]] = []
    end = observe_authentications(lambda method, result: told.append((method, result)))
    yield told
    end()


def join(scene: KeyScene, reader: TokenReader, kid: str) -> Any:
    """What Crossbar is answered when somebody joins with a token by a key."""
    function = create({}, Worker(reader))
    return function("tapecast", None, {"authmethod": "ticket", "ticket": scene.issuer.token(kid), "session": 17})


def refresh(reader: TokenReader, token: str) -> "Deferred[Any]":
    """What a session of alice's is answered that shows a token."""
    router = FakeRouter(sessions={7: session_of("alice", Role.TRADER)})
    handler: Any = SessionQueries(router, reader).handlers()["tapecast.session.refresh"]
    return ensureDeferred(handler(CALLER, token=token))


@pytest_twisted.ensureDeferred
async def test_a_join_by_a_known_key_is_answered_at_once(scene: KeyScene) -> None:
    """By the reader of the worker, without a Deferred."""
    reader = await scene.read_by_url()

    principal = join(scene, reader, "old")

    assert (principal["authid"], principal["role"]) == ("alice", "trader")


@pytest_twisted.ensureDeferred
async def test_a_join_by_a_new_key_is_answered_when_it_is_there(
    scene: KeyScene, observed: list[tuple[str, str]]
) -> None:
    """The principal comes later, and is counted once."""
    reader = await scene.read_by_url()
    scene.server.document = scene.issuer.jwks("old", "new")

    waiting = join(scene, reader, "new")
    counted_meanwhile = list(observed)
    principal = await waiting

    assert (principal["authid"], principal["role"]) == ("alice", "trader")
    assert (counted_meanwhile, observed) == ([], [("ticket", "accepted")])


@pytest.mark.parametrize(("status", "code"), [(200, "token_invalid"), (503, "unavailable")])
@pytest_twisted.ensureDeferred
async def test_a_join_by_a_key_that_does_not_come_is_refused_later(
    scene: KeyScene, observed: list[tuple[str, str]], status: int, code: str
) -> None:
    """With the code and text that it would have had at once, and is counted once."""
    reader = await scene.read_by_url()
    scene.server.status = status

    with pytest.raises(ApplicationError) as raised:
        await join(scene, reader, "unpublished")

    assert raised.value.error == f"tapecast.error.{code}"
    assert raised.value.kwargs is not None
    assert raised.value.kwargs["code"] == code
    assert observed == [("ticket", code)]


@pytest_twisted.ensureDeferred
async def test_a_bug_that_comes_later_tells_the_client_nothing(
    scene: KeyScene, observed: list[tuple[str, str]]
) -> None:
    """What goes wrong after the wait is `internal`, as before it."""
    reader = await scene.read_by_url()
    scene.server.document = scene.issuer.jwks("new")
    times = [time.time()]
    authenticator = Authenticator(verifier=reader.verifier, new_public_name=str)
    function = AuthenticatorFunction(authenticator, reader.keys, times.pop)

    waiting = function("tapecast", None, {"authmethod": "ticket", "ticket": scene.issuer.token("new")})
    assert isinstance(waiting, Deferred)
    with pytest.raises(ApplicationError) as raised:
        await waiting

    assert raised.value.error == "tapecast.error.internal"
    assert observed == [("ticket", "internal")]


@pytest_twisted.ensureDeferred
async def test_a_session_renews_by_a_new_key(scene: KeyScene) -> None:
    """It waits for the key like a join."""
    reader = await scene.read_by_url()
    scene.server.document = scene.issuer.jwks("new")

    answer = await refresh(reader, scene.issuer.token("new"))

    assert answer["role"] == "trader"
    assert len(scene.server.requests) == 2


@pytest_twisted.ensureDeferred
async def test_a_session_does_not_renew_by_a_key_that_does_not_come(scene: KeyScene) -> None:
    """It is told what a join is told, and causes one request at most."""
    reader = await scene.read_by_url()
    forged = KeyIssuer("unpublished").token("unpublished")

    for _ in range(3):
        with pytest.raises(ApplicationError) as raised:
            await refresh(reader, forged)
        assert raised.value.error == "tapecast.error.token_invalid"

    assert len(scene.server.requests) == 2


@pytest_twisted.ensureDeferred
async def test_a_url_that_is_none_refuses_everybody(scene: KeyScene) -> None:
    """As any other configuration that nobody can be let in with."""
    function = create({"jwks_url": "http://id.example/keys"})

    with pytest.raises(ApplicationError) as raised:
        function("tapecast", None, {"authmethod": "ticket", "ticket": scene.issuer.token("old")})

    assert raised.value.error == "tapecast.error.unavailable"
