"""The client of an issuer's keys against a web server on this machine that answers well, badly or not at all."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_twisted
from twisted.internet import reactor as real_reactor
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall

from auth.jwks_client import RELEASED_PER_TURN, TIMEOUT_S, JwksClient
from auth.key_documents import MAX_DOCUMENT_BYTES
from components.model.errors import ConfigError
from tests.support.certificates import CertificateFiles, write_certificate
from tests.support.clocked_reactor import ClockedReactor
from tests.support.keys_server import PATH, KeysServer

DOCUMENT = b'{"keys": ["of no interest here"]}'
PATIENCE_S = 3.0
ANOTHER_ADDRESS_AFTER_S = 0.31


class Scene:
    """A server of keys, a client of it, and what the client hands on."""

    def __init__(self, certificate: CertificateFiles | None = None) -> None:
        self.clock = ClockedReactor(real_reactor)
        self.server = KeysServer(real_reactor, DOCUMENT, certificate=certificate)
        self.received: list[bytes] = []
        self.failures: list[str] = []
        self.logged: list[str] = []
        self.refusal = ""
        self.client = JwksClient(
            self.clock,
            self.server.url,
            random=lambda: 0.5,
            receive=self._receive,
            receive_failure=self._receive_failure,
        )

    def _receive(self, body: bytes) -> None:
        if self.refusal:
            raise ConfigError(self.refusal)
        self.received.append(body)

    def _receive_failure(self, told: str, logged: str) -> None:
        self.failures.append(told)
        self.logged.append(logged)

    async def next_wait_s(self) -> float:
        """Wait for the end of the fetch that is on its way; give back in how many seconds the next one is."""
        await self.clock.conditions.when(lambda: not self.client.is_fetching)
        due_s = max(one.getTime() for one in self.clock.getDelayedCalls())
        return due_s - self.clock.seconds()

    async def next_wait_after_refusal_s(self) -> float:
        """The same where nobody listens: Twisted's endpoint first looks whether there is another address."""
        await self.clock.conditions.when(lambda: any(map(self._is_another_address, self.clock.getDelayedCalls())))
        self.clock.advance(ANOTHER_ADDRESS_AFTER_S)
        return await self.next_wait_s()

    def _is_another_address(self, call: IDelayedCall) -> bool:
        return 0 < call.getTime() - self.clock.seconds() <= ANOTHER_ADDRESS_AFTER_S

    def seek(self) -> "Deferred[None]":
        """Demand a fetch, or wait for the one that is on its way."""
        over = self.client.seek(patience_s=PATIENCE_S)
        assert over is not None
        return over


@pytest_twisted.async_yield_fixture
async def scene() -> AsyncIterator[Scene]:
    """A client that a test starts, and that ends without leaving anything behind."""
    prepared = Scene()
    yield prepared
    prepared.client.stop()
    await prepared.server.stop()
    assert prepared.clock.getDelayedCalls() == []


@pytest_twisted.ensureDeferred
async def test_keys_are_fetched_at_the_start_and_every_ten_minutes(scene: Scene) -> None:
    """Earlier by a twentieth here, by chance; nothing but the URL is asked for."""
    scene.client.start()
    waits_s = [await scene.next_wait_s()]
    scene.clock.advance(waits_s[0])
    waits_s.append(await scene.next_wait_s())

    assert waits_s == pytest.approx([570, 570])
    assert scene.received == [DOCUMENT, DOCUMENT]
    assert [path for path, _ in scene.server.requests] == [PATH, PATH]
    assert scene.failures == []


@pytest.mark.parametrize(("header", "wait_s"), [("max-age=120", 114), ("public, max-age=5", 57), ("no-store", 570)])
@pytest_twisted.ensureDeferred
async def test_the_answer_says_how_long_it_is_good(scene: Scene, header: str, wait_s: float) -> None:
    """Within bounds: a minute at least."""
    scene.server.headers["cache-control"] = header
    scene.client.start()

    assert await scene.next_wait_s() == pytest.approx(wait_s)


@pytest.mark.parametrize(
    ("status", "headers", "document", "reason"),
    [
        (503, {}, b"", "status 503"),
        (404, {"content-type": "text/html"}, b"nothing here", "status 404"),
        (204, {}, b"", "status 204"),
        (302, {"location": "http://127.0.0.1:1/keys"}, b"", "status 302: it sends us elsewhere"),
        (301, {"location": PATH + "/"}, b"", "status 301: it sends us elsewhere"),
        (200, {"content-type": "text/html; charset=utf-8"}, DOCUMENT, "received another type of content"),
        (200, {"content-type": ""}, DOCUMENT, "received another type of content"),
        (200, {}, b"x" * (MAX_DOCUMENT_BYTES + 1), f"the answer is longer than {MAX_DOCUMENT_BYTES} bytes"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_an_answer_that_is_none_is_a_failure(
    scene: Scene, status: int, headers: dict[str, str], document: bytes, reason: str
) -> None:
    """It is told why, nothing is received, nobody else is asked, and it is asked again a second later."""
    scene.server.status, scene.server.document = status, document
    scene.server.headers.update(headers)
    scene.client.start()

    wait_s = await scene.next_wait_s()

    assert wait_s == pytest.approx(1)
    assert [reason in failure for failure in scene.failures] == [True]
    assert scene.received == []
    assert len(scene.server.requests) == 1


@pytest.mark.parametrize("content_type", ["application/jwk-set+json", "Application/JSON;charset=UTF-8"])
@pytest_twisted.ensureDeferred
async def test_both_types_of_json_are_taken(scene: Scene, content_type: str) -> None:
    """That of RFC 7517, and the one that most issuers use."""
    scene.server.headers["content-type"] = content_type
    scene.client.start()
    await scene.next_wait_s()

    assert scene.received == [DOCUMENT]


@pytest.mark.parametrize("attribute", ["is_silent", "is_dripping"])
@pytest_twisted.ensureDeferred
async def test_a_slow_answer_is_given_up(scene: Scene, attribute: str) -> None:
    """Where nothing comes, or not all of it, the fetch fails after five seconds."""
    setattr(scene.server, attribute, True)
    scene.client.start()
    await scene.server.asked(1)

    scene.clock.advance(TIMEOUT_S)
    await scene.next_wait_s()

    assert scene.failures == ["no answer within 5 s"]


@pytest_twisted.ensureDeferred
async def test_without_a_server_it_asks_again_and_again(scene: Scene) -> None:
    """Nobody listens: the waits grow, and once there is a server the keys are there."""
    port = scene.server.port
    await scene.server.stop()
    scene.client.start()
    waits_s = []
    for _ in range(4):
        waits_s.append(await scene.next_wait_after_refusal_s())
        scene.clock.advance(waits_s[-1])
    await scene.next_wait_after_refusal_s()
    scene.server = KeysServer(real_reactor, DOCUMENT, port=port)
    scene.clock.advance(60)
    await scene.next_wait_s()

    assert waits_s == pytest.approx([1, 1.5, 2.5, 4.5])
    assert set(scene.failures) == {"it cannot be reached"}
    assert {line.partition(":")[0] for line in scene.logged} == {"ConnectionRefusedError"}
    assert scene.received == [DOCUMENT]


@pytest_twisted.ensureDeferred
async def test_what_cannot_be_used_is_a_failure(scene: Scene) -> None:
    """Whoever judges the content refuses it, and the reason is told as that of a failure."""
    scene.client.start()
    await scene.next_wait_s()
    scene.refusal = "expected a JWK Set"

    await scene.seek()

    assert scene.failures == ["the answer has no keys that can be used"]
    assert scene.logged == ["expected a JWK Set"]
    assert await scene.next_wait_s() == pytest.approx(1)


@pytest_twisted.ensureDeferred
async def test_all_who_wait_share_one_request(scene: Scene) -> None:
    """However many want a key, one request is made, and all go on after it."""
    scene.client.start()
    await scene.next_wait_s()
    scene.server.is_silent = True
    waiting = [scene.seek() for _ in range(RELEASED_PER_TURN + 1)]
    await scene.server.asked(2)
    assert not any(one.called for one in waiting)

    scene.server.answer_now()
    await scene.next_wait_s()
    scene.clock.advance(0)

    assert all(one.called for one in waiting)
    assert len(scene.server.requests) == 2


@pytest_twisted.ensureDeferred
async def test_a_fetch_on_demand_is_to_be_had_twice_a_minute(scene: Scene) -> None:
    """Whoever wants a key too soon after the last fetch on demand waits for nothing."""
    scene.client.start()
    await scene.next_wait_s()
    await scene.seek()

    too_soon = scene.client.seek(patience_s=PATIENCE_S)
    scene.clock.advance(30)
    await scene.seek()

    assert too_soon is None
    assert len(scene.server.requests) == 3


@pytest_twisted.ensureDeferred
async def test_patience_ends_before_the_fetch_does(scene: Scene) -> None:
    """Who waits for a slow answer goes on without, and the fetch goes on as well."""
    scene.client.start()
    await scene.next_wait_s()
    scene.server.is_silent = True
    waiting = scene.seek()
    await scene.server.asked(2)

    scene.clock.advance(PATIENCE_S)
    assert waiting.called
    scene.server.answer_now()
    await scene.next_wait_s()

    assert scene.received == [DOCUMENT, DOCUMENT]


@pytest_twisted.ensureDeferred
async def test_a_stop_ends_what_is_on_its_way(scene: Scene) -> None:
    """Who waits goes on, nothing is told, and nothing is asked any more."""
    scene.server.is_silent = True
    scene.client.start()
    await scene.server.asked(1)
    waiting = scene.seek()

    scene.client.stop()

    assert waiting.called
    assert (scene.failures, scene.received) == ([], [])
    assert scene.client.seek(patience_s=PATIENCE_S) is None
    assert scene.clock.getDelayedCalls() == []


@pytest.mark.parametrize("authority", ["of its own", "of another", "of the system"])
@pytest_twisted.ensureDeferred
async def test_a_server_must_be_who_it_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, authority: str) -> None:
    """Over https only a certificate of an authority that the system trusts, or `SSL_CERT_FILE` names, will do."""
    (tmp_path / "other").mkdir()
    own, other = write_certificate(tmp_path), write_certificate(tmp_path / "other")
    if authority != "of the system":
        trusted = own if authority == "of its own" else other
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted.certificate))
    scene = Scene(own)
    scene.client.start()

    await scene.next_wait_s()

    if authority == "of its own":
        assert scene.received == [DOCUMENT]
    else:
        assert scene.received == []
        assert scene.failures == ["it cannot be reached"]
        assert "certificate verify failed" in scene.logged[0]
    scene.client.stop()
    await scene.server.stop()
