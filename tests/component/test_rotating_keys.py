"""Keys that change while they are used: by files on a real disk, and by an issuer on this machine."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_twisted
from prometheus_client import CollectorRegistry, generate_latest
from twisted.internet import reactor as real_reactor
from twisted.internet.defer import Deferred

from auth.claims import TokenRules
from auth.key_sources import KeysHealth, Wellness
from auth.keys import secret_key
from auth.rotating_keys_component import LONGEST_WAIT_S, TokenReader
from auth.tokens import Principal, issue_token
from components.metrics.keys import KeysCollector
from components.model.errors import ConfigError, TokenRejected, UnknownKey
from tests.support.key_issuer import KeyIssuer, secret_jwks
from tests.support.key_scene import KeyScene
from tests.support.keys_server import KeysServer
from tests.support.tokens import NOW_S, SECRET

UP = KeysHealth(state=Wellness.UP, reason="", age_ms=0)


@pytest_twisted.async_yield_fixture
async def scene() -> AsyncIterator[KeyScene]:
    """Ends without leaving anything behind."""
    prepared = KeyScene(now_s=NOW_S)
    yield prepared
    await prepared.end()


def read(reader: TokenReader, token: str) -> "Principal | Deferred[Principal]":
    """Read a token, at the time of the tests."""
    return reader.read(token, now_s=lambda: float(NOW_S))


def key_of(reader: TokenReader, token: str) -> str:
    """The key that a token was read by, at once."""
    principal = read(reader, token)
    assert isinstance(principal, Principal)
    return principal.key_id


def waiting(reader: TokenReader, token: str) -> "Deferred[Principal]":
    """What a token's reader waits for."""
    principal = read(reader, token)
    assert isinstance(principal, Deferred)
    return principal


def refusal(reader: TokenReader, token: str) -> str:
    """The code that a token is refused with, at once."""
    with pytest.raises(TokenRejected) as raised:
        read(reader, token)
    return raised.value.code.value


async def later_refusal(reader: TokenReader, token: str) -> str:
    """The code that a token is refused with, in the end."""
    with pytest.raises(TokenRejected) as raised:
        await waiting(reader, token)
    return raised.value.code.value


@pytest_twisted.ensureDeferred
async def test_a_known_key_waits_for_nothing(scene: KeyScene) -> None:
    """A token by a key of any source is read at once; all sources make one set."""
    file_issuer = KeyIssuer("file", now_s=NOW_S)
    reader = await scene.read_by_url(secrets=(secret_key(SECRET),))
    by_secret = issue_token(SECRET, TokenRules(), user_id="bob", role="risk", lifetime_s=60, now_s=NOW_S)

    assert key_of(reader, scene.issuer.token("old")) == "old"
    assert key_of(reader, by_secret).startswith("secret-")
    assert refusal(reader, file_issuer.token("old", key="file")) == "token_invalid"
    assert len(scene.server.requests) == 1


@pytest_twisted.ensureDeferred
async def test_a_token_by_a_new_key_waits_for_it(scene: KeyScene) -> None:
    """The keys are fetched once for all who wait, and then the token is read."""
    reader = await scene.read_by_url()
    scene.server.document = scene.issuer.jwks("old", "new")

    joins = [waiting(reader, scene.issuer.token("new", user=f"user-{number}")) for number in range(3)]
    principals = [await join for join in joins]

    assert [one.user_id for one in principals] == ["user-0", "user-1", "user-2"]
    assert len(scene.server.requests) == 2
    assert key_of(reader, scene.issuer.token("new")) == "new"


@pytest_twisted.ensureDeferred
async def test_a_key_that_does_not_come_is_refused(scene: KeyScene) -> None:
    """After a fetch without it the token is invalid, and another such token soon after causes no request."""
    reader = await scene.read_by_url()

    codes = [await later_refusal(reader, scene.issuer.token("unpublished"))]
    codes += [refusal(reader, scene.issuer.token("old", key="unpublished"))]
    codes += [refusal(reader, scene.issuer.token(f"made-up-{number}", key="unpublished")) for number in range(50)]

    assert set(codes) == {"token_invalid"}
    assert len(scene.server.requests) == 2


@pytest_twisted.ensureDeferred
async def test_who_comes_while_a_fetch_is_on_its_way_has_one_of_its_own_left(scene: KeyScene) -> None:
    """What was asked before the key was there cannot have it; the token waits for one more answer."""
    reader = await scene.read_by_url()
    scene.server.is_silent = True
    scene.clock.advance(600)
    await scene.server.asked(2)
    join = waiting(reader, scene.issuer.token("new"))

    scene.server.answer_now()
    scene.server.document = scene.issuer.jwks("old", "new")
    principal = await join

    assert principal.key_id == "new"
    assert len(scene.server.requests) == 3


@pytest_twisted.ensureDeferred
async def test_a_removed_key_is_gone(scene: KeyScene) -> None:
    """With the fetch that does not have it any more; who comes by it then is refused like a forger."""
    reader = await scene.read_by_url()
    scene.server.document = scene.issuer.jwks("new")
    await scene.refetch(reader)

    assert key_of(reader, scene.issuer.token("new")) == "new"
    assert await later_refusal(reader, scene.issuer.token("old")) == "token_invalid"


@pytest_twisted.ensureDeferred
async def test_without_an_answer_the_last_good_keys_stay(scene: KeyScene) -> None:
    """Known keys go on, unknown ones cannot be judged, and the part is degraded with its reason and age."""
    reader = await scene.read_by_url()
    scene.server.status = 503
    await scene.refetch(reader)

    assert key_of(reader, scene.issuer.token("old")) == "old"
    assert await later_refusal(reader, scene.issuer.token("new")) == "unavailable"
    assert reader.keys.health() == KeysHealth(
        state=Wellness.DEGRADED, reason="keys cannot be fetched: status 503", age_ms=600_000
    )
    assert reader.keys.refreshes == {("url", "ok"): 1, ("url", "failed"): 2}


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<html>down for maintenance</html>",
        b'{"keys": []}',
        b'{"keys": [{"kty": "RSA"}]}',
        secret_jwks(shared=SECRET),
        KeyIssuer("old").jwks("old")[:-20],
    ],
)
@pytest_twisted.ensureDeferred
async def test_an_answer_without_keys_takes_none_away(scene: KeyScene, document: bytes) -> None:
    """Whatever is served in their place, the last good keys stay; a secret that everybody can read is no key."""
    reader = await scene.read_by_url()
    scene.server.document = document
    await scene.refetch(reader)

    assert key_of(reader, scene.issuer.token("old")) == "old"
    assert reader.keys.health().state is Wellness.DEGRADED
    assert reader.keys.health().reason == "keys cannot be fetched: the answer has no keys that can be used"


@pytest_twisted.ensureDeferred
async def test_the_part_comes_back_with_the_url(scene: KeyScene) -> None:
    """After a fault the next good answer makes it up again, with new age."""
    reader = await scene.read_by_url()
    scene.server.status = 500
    await scene.refetch(reader)
    scene.server.status = 200
    scene.clock.advance(1)
    await scene.fetched(reader)

    assert reader.keys.health() == UP
    assert reader.keys.parts() == [{"name": "keys", "state": "up", "reason": "", "age_ms": 0}]


@pytest_twisted.ensureDeferred
async def test_a_start_without_the_url_lets_nobody_in_and_comes_up_later(scene: KeyScene) -> None:
    """Whoever has a token, good or bad, is told to come back; once the URL answers, the good ones are let in."""
    scene.server.is_silent = True
    reader = scene.read_by(url=scene.server.url)
    await scene.server.asked(1)
    at_the_start = reader.keys.health()
    scene.clock.advance(1)
    join = waiting(reader, scene.issuer.token("old"))
    nameless = waiting(reader, scene.issuer.token(None, key="old"))
    scene.clock.advance(LONGEST_WAIT_S)
    for one in (join, nameless):
        with pytest.raises(TokenRejected) as raised:
            await one
        assert raised.value.code.value == "unavailable"

    last = waiting(reader, scene.issuer.token("old"))
    scene.server.answer_now()
    principal = await last

    assert at_the_start == KeysHealth(state=Wellness.DOWN, reason="keys have not been fetched yet", age_ms=None)
    assert principal.key_id == "old"
    assert reader.keys.health() == UP


@pytest_twisted.ensureDeferred
async def test_nothing_in_a_token_is_ever_asked_for(scene: KeyScene) -> None:
    """Addresses and keys in a header cause no request of their own; what is asked is the URL, as it is configured."""
    reader = await scene.read_by_url()
    other = KeysServer(real_reactor, scene.issuer.jwks("unpublished"))
    forged = scene.issuer.token("unpublished", headers={"jku": other.url, "x5u": other.url})
    named_so = scene.issuer.token(other.url, key="unpublished")

    codes = [await later_refusal(reader, forged), refusal(reader, named_so)]

    assert codes == ["token_invalid", "token_invalid"]
    assert other.requests == []
    assert {path for path, _ in scene.server.requests} == {"/.well-known/jwks.json"}
    assert not any(headers.keys() & {"cookie", "authorization", "referer"} for _, headers in scene.server.requests)
    await other.stop()


@pytest_twisted.ensureDeferred
async def test_a_file_is_looked_at_once_a_second(scene: KeyScene, tmp_path: Path) -> None:
    """A key that is taken out of its file is gone a second later."""
    path = tmp_path / "keys.json"
    path.write_bytes(scene.issuer.jwks("old", "new"))
    reader = scene.read_by(files=[path])
    path.write_bytes(scene.issuer.jwks("new"))

    before = key_of(reader, scene.issuer.token("old"))
    scene.clock.advance(1)

    assert before == "old"
    assert refusal(reader, scene.issuer.token("old")) == "token_invalid"
    assert reader.keys.refreshes == {("file", "ok"): 2}


@pytest_twisted.ensureDeferred
async def test_a_token_by_a_new_key_has_its_file_looked_at(scene: KeyScene, tmp_path: Path) -> None:
    """Nobody waits for the second to be over, and nothing is fetched."""
    paths = [tmp_path / "keys.json", tmp_path / "keys.pem"]
    for path, content in zip(paths, (scene.issuer.jwks("old"), scene.issuer.pem("unpublished")), strict=True):
        path.write_bytes(content)
    reader = await scene.read_by_url(files=paths)
    paths[0].write_bytes(scene.issuer.jwks("old", "new"))

    assert key_of(reader, scene.issuer.token("new")) == "new"
    assert key_of(reader, scene.issuer.token(None, key="unpublished")) != "unpublished"
    assert len(scene.server.requests) == 1


@pytest_twisted.ensureDeferred
async def test_a_broken_file_keeps_its_last_good_keys(scene: KeyScene, tmp_path: Path) -> None:
    """It is told in one part until the file is good again, and names no path to everybody."""
    path = tmp_path / "keys.json"
    path.write_bytes(scene.issuer.jwks("old"))
    reader = scene.read_by(files=[path])
    path.write_bytes(b"{")
    scene.clock.pump([1, 1, 1])
    broken = reader.keys.health()
    known = key_of(reader, scene.issuer.token("old"))
    path.write_bytes(scene.issuer.jwks("new"))
    scene.clock.advance(1)

    assert broken == KeysHealth(state=Wellness.DEGRADED, reason="file 1 of 1 has no keys that can be used", age_ms=None)
    assert known == "old"
    assert reader.keys.refreshes == {("file", "ok"): 2, ("file", "failed"): 1}
    assert reader.keys.health() == KeysHealth(state=Wellness.UP, reason="", age_ms=None)


@pytest_twisted.ensureDeferred
async def test_a_broken_file_at_the_start_is_an_error(scene: KeyScene, tmp_path: Path) -> None:
    """There are no last good keys yet."""
    path = tmp_path / "keys.json"

    with pytest.raises(ConfigError, match=str(path)):
        scene.read_by(files=[path])


@pytest_twisted.ensureDeferred
async def test_another_key_under_a_name_of_a_file_is_not_taken_from_the_url(scene: KeyScene, tmp_path: Path) -> None:
    """The file's key stays, and the answer counts as a failure."""
    path = tmp_path / "keys.json"
    path.write_bytes(KeyIssuer("old").jwks("old"))

    reader = await scene.read_by_url(files=[path])

    assert refusal(reader, scene.issuer.token("old")) == "token_invalid"
    assert reader.keys.health().state is Wellness.DEGRADED


@pytest_twisted.ensureDeferred
async def test_a_file_whose_name_was_taken_is_taken_once_it_is_free(scene: KeyScene, tmp_path: Path) -> None:
    """Without a change of its own, when the other source gives the name up."""
    path = tmp_path / "keys.json"
    path.write_bytes(KeyIssuer("other").jwks("other"))
    reader = await scene.read_by_url(files=[path])
    path.write_bytes(KeyIssuer("old").jwks("old"))
    scene.clock.pump([1, 1])
    colliding = reader.keys.health()

    scene.server.document = scene.issuer.jwks("new")
    await scene.refetch(reader)
    scene.clock.advance(1)

    assert colliding.reason == "file 1 of 1 has no keys that can be used"
    assert {key.key_id for key in reader.keys.current().keys} == {"old", "new"}
    assert reader.keys.health().state is Wellness.UP


@pytest_twisted.ensureDeferred
async def test_while_an_answer_is_late_nobody_is_called_a_forger(scene: KeyScene) -> None:
    """The key may be in it: whoever has waited for long enough is told to come back."""
    reader = await scene.read_by_url()
    scene.server.is_silent = True
    join = waiting(reader, scene.issuer.token("new"))
    await scene.server.asked(2)

    scene.clock.advance(LONGEST_WAIT_S)

    with pytest.raises(TokenRejected) as raised:
        await join
    assert raised.value.code.value == "unavailable"


@pytest_twisted.ensureDeferred
async def test_a_secret_alone_is_no_part(scene: KeyScene) -> None:
    """Nothing can go wrong with it; a key that is not known is refused at once."""
    reader = scene.read_by(secrets=(secret_key(SECRET),))

    assert reader.keys.parts() == []
    with pytest.raises(UnknownKey):
        read(reader, scene.issuer.token("old"))


@pytest_twisted.ensureDeferred
async def test_what_is_counted(scene: KeyScene) -> None:
    """How many keys there are, how old those of the URL are, and how often which source was read."""
    registry = CollectorRegistry()
    waiting_for_url = scene.read_by(url=scene.server.url, secrets=(secret_key(SECRET),))
    registry.register(KeysCollector(waiting_for_url.keys))

    before = generate_latest(registry).decode()
    await scene.fetched(waiting_for_url)
    scene.clock.advance(5)
    after = generate_latest(registry).decode()

    assert "tapecast_keys 1.0\n" in before
    assert not any(line.startswith("tapecast_keys_age_seconds ") for line in before.splitlines())
    assert {"tapecast_keys 2.0", "tapecast_keys_age_seconds 5.0"} <= set(after.splitlines())
    assert 'tapecast_key_refreshes_total{result="ok",source="url"} 1.0' in after.splitlines()
