"""TLS on the node: what is spoken, what a page and a WebSocket see of it, and how a certificate is replaced."""

import datetime as dt
import os
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import attrs
import pytest
import pytest_twisted
from OpenSSL import crypto
from twisted.internet import reactor
from twisted.internet.defer import maybeDeferred
from twisted.internet.endpoints import SSL4ClientEndpoint
from twisted.internet.ssl import Certificate, optionsForClientTLS
from twisted.internet.task import Clock
from twisted.internet.threads import deferToThread
from twisted.logger import LogLevel, capturedLogs

from auth.operator_file_store import LOOK_INTERVAL_S
from components.model.errors import ConfigError
from router.site import HEADERS, HTTPS_HEADERS
from router.tls import NodeTls, load_certificate
from tests.support.http_client import connect
from tests.support.raw_websocket import HELLO, ROLES, WELCOME, RawWebSocket
from tests.support.routers import REALM, RouterUnderTest, turns
from tests.support.slow_reader import PRICE, until
from tests.support.tls_pairs import NOW, Authority, Pair, Seen, look, weak_key, write_pair
from tests.support.web_transport import Started, start_web_transport

NOW_S = NOW.timestamp()
OPENING = (
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==",
)


@pytest.fixture(scope="module")
def authority() -> Authority:
    """Whom the clients trust."""
    return Authority.make()


@attrs.define
class Encrypted:
    """A node's web transport with a certificate, and what is needed to replace that."""

    authority: Authority
    directory: Path
    clock: Clock
    tls: NodeTls
    web: Started

    async def look(self, path: str = "/", *headers: str, context: ssl.SSLContext | None = None) -> Seen:
        """What a client sees that trusts the authority."""
        return await deferToThread(look, self.web.port, context or self.authority.trusting(), path, *headers)

    def replace(self, pair: Pair) -> None:
        """Write another pair, and let it rest for as long as it needs."""
        write_pair(self.directory, pair)
        self.clock.pump([LOOK_INTERVAL_S] * 3)

    @property
    def part(self) -> tuple[object, object]:
        """State and reason of the part in the node's report."""
        (part,) = self.tls.health()
        assert part["name"] == "tls"
        return part["state"], part["reason"]


def good_now(authority: Authority, **options: Any) -> Pair:
    """A pair that clients take, which look at the clock on the wall."""
    return authority.issue(now=dt.datetime.now(dt.UTC), **options)


@pytest_twisted.async_yield_fixture
async def node(router: RouterUnderTest, tmp_path: Path, authority: Authority) -> AsyncIterator[Encrypted]:
    """A node with a certificate that is good now."""
    clock = Clock()
    tls = NodeTls(*write_pair(tmp_path, good_now(authority)), clock)
    tls.start()
    web = await start_web_transport(router, tmp_path, tls)
    yield Encrypted(authority, tmp_path, clock, tls, web)
    await maybeDeferred(web.transport.stop)
    tls.stop()
    assert not clock.getDelayedCalls()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest_twisted.ensureDeferred
async def test_both_sound_versions_are_spoken(node: Encrypted, version: ssl.TLSVersion) -> None:
    """With forward secrecy and authenticated encryption, and HTTP/1.1 whatever a browser would prefer."""
    context = node.authority.trusting()
    context.minimum_version = context.maximum_version = version
    context.set_alpn_protocols(["h2", "http/1.1"])

    seen = await node.look(context=context)

    assert seen.version == version.name.replace("v", "v").replace("_", ".")
    assert "GCM" in seen.cipher or "CHACHA20" in seen.cipher
    assert seen.protocol == "http/1.1"
    assert seen.head.startswith("HTTP/1.1 200")


@pytest.mark.parametrize(
    "weakness", ["TLSv1", "TLSv1_1", "ECDHE-ECDSA-AES128-SHA", "AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-SHA384"]
)
@pytest_twisted.ensureDeferred
async def test_nothing_weaker_is_spoken(node: Encrypted, weakness: str) -> None:
    """No older version, no cipher of TLS 1.2 without forward secrecy or that authenticates too late."""
    context = node.authority.trusting()
    if weakness.startswith("TLS"):
        with pytest.warns(DeprecationWarning, match="TLSv1"):
            context.minimum_version = context.maximum_version = ssl.TLSVersion[weakness]
        context.set_ciphers("ALL:@SECLEVEL=0")
    else:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(weakness)

    with pytest.raises(ssl.SSLError):
        await node.look(context=context)


@pytest_twisted.ensureDeferred
async def test_every_answer_asks_to_come_back_encrypted(node: Encrypted) -> None:
    """A page, an error, a refused opening and one that is taken have the header; so has what is no HTTP at all."""
    heads = [
        (await node.look("/")).head,
        (await node.look("/nothing")).head,
        (await node.look("/ws", *OPENING, "Sec-WebSocket-Protocol: mqtt")).head,
        (await node.look("/ws", *OPENING, "Sec-WebSocket-Protocol: wamp.2.json")).head,
        (await node.look("/ no request at all")).head,
    ]

    assert [head.split()[1] for head in heads] == ["200", "404", "400", "101", "400"]
    (header,) = HTTPS_HEADERS.items()
    assert all(f"{header[0]}: {header[1]}" in head for head in heads)
    assert all(f"X-Frame-Options: {HEADERS['X-Frame-Options']}" in head for head in heads if " 101 " not in head)


async def open_websocket(node: Encrypted, **headers: str) -> RawWebSocket:
    root = Certificate(crypto.X509.from_cryptography(node.authority.own.certificate))
    over = SSL4ClientEndpoint(reactor, "127.0.0.1", node.web.port, optionsForClientTLS("localhost", trustRoot=root))
    return await RawWebSocket.open(node.web.port, path="/ws", over=over, Host="localhost", **headers)


@pytest_twisted.ensureDeferred
async def test_wamp_is_spoken_over_it(node: Encrypted) -> None:
    """A client joins, and what it does not read in time is conflated as on a plain connection."""
    client = await open_websocket(node)
    client.send(HELLO, REALM, {"roles": ROLES})
    assert (await client.message())[0] == WELCOME
    client.send(32, 1, {}, PRICE)
    assert (await client.message())[0] == 33
    (session,) = node.web.router.router._authrole_to_sessions["public"]
    outbox = session._transport.outbox
    client.stop_reading()

    seq = 0
    while outbox.room is None or not outbox.room.conflated:
        seq += 1
        node.web.router.gateway.publish(PRICE, seq=seq, filler="x" * 30_000)
        await turns(1)
    transport: Any = client.transport
    transport.resumeProducing()
    await until(lambda: outbox.room.is_empty)

    last = seq
    seqs: list[int] = []
    while not seqs or seqs[-1] != last:
        seqs.append((await client.message())[5]["seq"])
    assert seqs == sorted(set(seqs))
    assert len(seqs) < last
    await client.end()


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://localhost", 101),
        ("http://localhost", 403),
        ("https://desk.example", 101),
        ("https://evil.example", 403),
    ],
)
@pytest_twisted.ensureDeferred
async def test_its_own_pages_came_encrypted(node: Encrypted, origin: str, status: int) -> None:
    """A page of the same name that came in the clear may be anybody's."""
    client = await open_websocket(node, Origin=origin)

    assert client.status == status
    await client.end()


@pytest_twisted.ensureDeferred
async def test_a_new_certificate_is_shown_from_then_on(node: Encrypted) -> None:
    """To new connections; those that are open go on with theirs."""
    client = await open_websocket(node)
    before = await node.look()
    pair = good_now(node.authority, days=(-1, 100))

    with capturedLogs() as events:
        node.replace(pair)
    after = await node.look()

    assert before.serial != after.serial == pair.serial
    assert [event["event"] for event in events] == ["certificate_read"]
    assert node.part == ("up", "the certificate ends in 99 days")
    client.send(HELLO, REALM, {"roles": ROLES})
    assert (await client.message())[0] == WELCOME
    await client.end()


@pytest.mark.parametrize("damage", ["mismatch", "nonsense", "gone", "open", "over", "weak"])
@pytest_twisted.ensureDeferred
async def test_a_broken_pair_keeps_the_old_one(node: Encrypted, damage: str) -> None:
    """One line and the node's report say so, until there is a good one."""
    certificate, key = node.directory / "tls.crt", node.directory / "tls.key"
    before = await node.look()

    with capturedLogs() as events:
        if damage == "mismatch":
            certificate.write_bytes(good_now(node.authority).certificate_pem)
        elif damage == "nonsense":
            certificate.write_text("sesame")
        elif damage == "gone":
            key.unlink()
        elif damage == "open":
            key.chmod(0o644)
        elif damage == "over":
            write_pair(node.directory, good_now(node.authority, days=(-9, -1)))
        else:
            write_pair(node.directory, good_now(node.authority, key=weak_key()))
        node.clock.pump([LOOK_INTERVAL_S] * 5)

    assert (await node.look()).serial == before.serial
    told = [event for event in events if event["log_level"] >= LogLevel.warn]
    assert [event["event"] for event in told] == ["certificate_refused"]
    assert node.part == ("degraded", "a new certificate cannot be used; the certificate ends in 59 days")
    key.unlink(missing_ok=True)
    pair = good_now(node.authority)
    node.replace(pair)
    assert (await node.look()).serial == pair.serial
    assert node.part == ("up", "the certificate ends in 59 days")


def test_a_pair_that_is_being_written_is_waited_for(tmp_path: Path, authority: Authority) -> None:
    """Who copies the certificate first and the key a moment later is not told of a mismatch."""
    clock = Clock()
    tls = NodeTls(*write_pair(tmp_path, authority.issue()), clock, lambda: NOW_S)
    tls.start()
    pair = authority.issue(days=(-1, 100))

    with capturedLogs() as events:
        (tmp_path / "tls.crt").write_bytes(pair.certificate_pem)
        clock.advance(LOOK_INTERVAL_S)
        (tmp_path / "tls.key").write_bytes(pair.key_pem)
        clock.pump([LOOK_INTERVAL_S] * 2)

    assert [event["event"] for event in events] == ["certificate_read"]
    tls.stop()


def test_an_expired_one_is_replaced_by_whatever_there_is(tmp_path: Path, authority: Authority) -> None:
    """Where the old one is over, a new one that is over too is no worse."""
    clock = Clock()
    tls = NodeTls(*write_pair(tmp_path, authority.issue(days=(-9, -5))), clock, lambda: NOW_S)
    tls.start()
    assert tls.health()[0]["state"] == "down"

    write_pair(tmp_path, authority.issue(days=(-9, -1)))
    clock.pump([LOOK_INTERVAL_S] * 3)

    assert tls.health()[0]["reason"] == "the certificate has ended 1 days ago"
    tls.stop()


@pytest_twisted.ensureDeferred
async def test_who_speaks_no_tls_is_dropped(node: Encrypted) -> None:
    """Plain HTTP gets no answer, and nobody's log is filled by it."""
    with capturedLogs() as events:
        exchange = await connect(node.web.port)
        transport: Any = exchange.transport
        transport.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await exchange.lost

    assert b"HTTP" not in exchange.received
    assert not [event for event in events if event["log_level"] >= LogLevel.error]


@pytest_twisted.ensureDeferred
async def test_a_client_that_is_cut_off_fills_no_log(node: Encrypted) -> None:
    """An encrypted connection that ends without a farewell, reset or merely ended, is as common as a plain one."""
    client = await open_websocket(node)

    with capturedLogs() as events:
        await client.end()
        assert " 101 " in (await node.look("/ws", *OPENING, "Sec-WebSocket-Protocol: wamp.2.json")).head
        await until(lambda: not node.web.router.factory.connections)

    assert not [event for event in events if event["log_level"] >= LogLevel.error]


@pytest.mark.parametrize("mode", [0o604, 0o620, 0o606, 0o601])
def test_the_key_is_closed_to_others(tmp_path: Path, authority: Authority, mode: int) -> None:
    """Its owner and its group may read it; the line says what to type."""
    certificate, key = write_pair(tmp_path, authority.issue())
    key.chmod(0o640)
    load_certificate(certificate, key)
    key.chmod(mode)

    with pytest.raises(ConfigError, match=rf"{key}: .* received mode {mode:04o}; chmod 600"):
        load_certificate(certificate, key)


def test_what_cannot_be_read_is_named(tmp_path: Path, authority: Authority) -> None:
    """A file that is not there, one that is none, and one that is empty."""
    certificate, key = write_pair(tmp_path, authority.issue())
    with pytest.raises(ConfigError, match="cannot read the certificate: No such file"):
        load_certificate(tmp_path / "none", key)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ConfigError, match="pipe: expected a file with the certificate"):
        load_certificate(tmp_path / "pipe", key)
    key.write_bytes(b"")
    with pytest.raises(ConfigError, match=r"tls.key: expected a private key, received nothing"):
        load_certificate(certificate, key)


def test_a_key_that_is_too_weak_is_refused(tmp_path: Path, authority: Authority) -> None:
    """OpenSSL's own word for it is told."""
    with pytest.raises(ConfigError, match=r"expected a certificate that OpenSSL takes: .*key too small"):
        load_certificate(*write_pair(tmp_path, authority.issue(key=weak_key())))
