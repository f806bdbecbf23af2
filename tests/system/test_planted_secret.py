"""
What a client shows or lets slip, in whatever place of whatever request, is nowhere to be found afterwards.

A secret is planted in tokens, headers, queries and messages, good ones and broken ones, on every way in. Then it is
looked for in all that an operator can see, in every line of the log, in the metrics, in every answer, and on the disk.
"""

import json
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import attrs
import pytest
import pytest_twisted
from jwt import PyJWS
from twisted.internet.threads import deferToThread

from auth.secret_store import SECRET_FILE_NAME, read_secret_file
from tests.support.eavesdropper import Eavesdropper
from tests.support.http_client import send
from tests.support.node import RunningNode
from tests.support.raw_websocket import (
    AUTHENTICATE,
    CALL,
    CHALLENGE,
    CLOSE,
    GOODBYE,
    HELLO,
    ROLES,
    TEXT,
    WELCOME,
    RawWebSocket,
)
from tests.support.service_accounts import KeyPair, write_accounts
from tests.support.slow_reader import until

SETTLING_BEATS = 3
PATHS = ("/", "/health", "/api/status", "/api/stats", "/api/performance", "/api/topics", "/api/prices/BTCUSDT", "/none")


@attrs.define
class Planted:
    """
    What was planted, and what came back.

    Attributes:
        word: The secret itself.
        tokens: Tokens that were shown, good ones and bad ones.
        answers: All that a client was told.
    """

    word: str
    tokens: list[str] = attrs.field(factory=list)
    answers: list[str] = attrs.field(factory=list)

    @property
    def wanted(self) -> list[str]:
        """What is looked for: the secret, and of each token what vouches for somebody."""
        return [self.word, *(part for token in self.tokens for part in token.split(".")[1:] if len(part) > 8)]

    def found_in(self, text: str) -> list[str]:
        """What of it is in a text."""
        return [wanted for wanted in self.wanted if wanted in text]

    @property
    def headers(self) -> dict[str, str]:
        """Headers with the secret in them, of kinds that are known and of others."""
        return {
            "Cookie": f"session={self.word}",
            "X_Api_Key": self.word,
            "X_Note": f"{self.word}, {self.word}",
            "Proxy_Authorization": f"Basic {self.word}",
            "Referer": f"https://desk.example/?token={self.word}",
            "User_Agent": f"client/{self.word}",
        }


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One service account."""
    return write_accounts(tmp_path_factory.mktemp("services") / "services.json", KeyPair(1).account("platform"))


@pytest.fixture(scope="module")
def node(services: Path) -> Iterator[RunningNode]:
    """A gateway with all of its processes, that writes down all it can, and tells nobody anything without a token."""
    settings = {
        "EXECUTION": "paper",
        "PUBLIC": "off",
        "LOG_LEVEL": "debug",
        "LOG_FORMAT": "json",
        "SERVICE_KEYS": str(services),
        "MARKET_JOURNAL": "sqlite",
    }
    with RunningNode(settings) as running:
        yield running


@pytest.fixture
def planted(node: RunningNode) -> Planted:
    """A new secret, and tokens that hold it."""
    one = Planted(f"sesame{secrets.token_hex(12)}")
    key = read_secret_file(node.directory / "data" / SECRET_FILE_NAME)
    claims = {"sub": "alice", "role": "trader", "exp": int(time.time()) + 600, "note": one.word}
    for _ in range(2):
        one.tokens.append(PyJWS().encode(json.dumps(claims).encode(), key, algorithm="HS256"))
        claims["iat"] = int(time.time())
    forged = PyJWS().encode(json.dumps({**claims, "role": "admin"}).encode(), key[::-1], algorithm="HS256")
    one.tokens += [forged, f"{one.word}.{one.word}.{one.word}"]
    return one


async def answers_of(client: RawWebSocket) -> list[str]:
    """What a client is told until nothing more comes, or it is told to go."""
    told = [f"{client.status} {client.headers} {client.body.decode()}"]
    if client.status != 101:
        return told
    while True:
        opcode, payload = await client.frame()
        told.append(payload.decode(errors="replace"))
        if opcode == CLOSE or json.loads(payload)[0] in (CHALLENGE, WELCOME, GOODBYE):
            return told


async def converse(node: RunningNode, planted: Planted, request: dict[str, Any], *messages: object) -> None:
    """Connect, send messages one after the other's answer, and keep what is told."""
    client = await RawWebSocket.open(node.port, path=request.pop("path", "/ws"), **request)
    if client.status != 101:
        await until(lambda: len(client.body) >= int(client.headers["content-length"]))
        planted.answers += await answers_of(client)
        await client.end()
        return
    for message in messages:
        if isinstance(message, bytes):
            client.send_frame(TEXT, message)
        else:
            assert isinstance(message, list)
            client.send(*message)
        told = await answers_of(client)
        planted.answers += told
        if client.lost.called or told[-1].startswith("\x0f"):
            break
    await client.end()


async def sign_in_in_every_way(node: RunningNode, planted: Planted) -> None:
    """Good and bad tokens as ticket, in a header and in the query, with the secret around them wherever it fits."""
    word, headers = planted.word, planted.headers
    said = {"roles": ROLES, "authextra": {"note": word, "token": word, "transport": {"peer": word}}}
    hello, asks = [HELLO, "tapecast", said], [HELLO, "tapecast", {**said, "authmethods": ["ticket"], "authid": word}]
    for token in planted.tokens:
        await converse(node, planted, {**headers}, asks, [AUTHENTICATE, token, {"note": word}])
        await converse(node, planted, {**headers, "Authorization": f"Bearer {token}"}, hello)
        await converse(node, planted, {**headers, "path": f"/ws?token={token}&note={word}"}, hello)
        await converse(node, planted, {**headers, "path": f"/ws?token={token}", "Authorization": f"Bearer {token}"})
    await converse(node, planted, {**headers, "Authorization": f"Basic {word}"}, hello)
    await converse(node, planted, {**headers, "Sec_WebSocket_Protocol": f"wamp.2.json, {word}"}, hello)
    keyed = {**said, "authmethods": ["cryptosign"], "authextra": {"pubkey": KeyPair(1).public_key, "note": word}}
    await converse(node, planted, {**headers}, [HELLO, "tapecast", keyed], [AUTHENTICATE, word, {}])


async def break_the_rules(node: RunningNode, planted: Planted) -> None:
    """Openings and messages that cannot be read, with the secret in what is wrong with them."""
    word = planted.word
    for request in (
        {"path": f"/ws?token={word} {word}"},
        {"path": f"/ws#{word}"},
        {"path": f"/{word}"},
        {"Sec_WebSocket_Key": word},
        {"Sec_WebSocket_Version": word},
        {"Sec_WebSocket_Protocol": f"{word}, {word}"},
        {"Sec_WebSocket_Extensions": f"permessage-deflate; {word}"},
        {"Upgrade": word},
        {"Connection": word},
        {"Host": f"localhost:{word}"},
        {"Origin": f"https://{word}.example"},
    ):
        await converse(node, planted, {**planted.headers, **request}, [HELLO, "tapecast", {"roles": ROLES}])
    for message in (
        f'[5, "{word}", {{}}]'.encode(),
        f'[1, "tapecast", {{"roles": {{}}, "authextra": "{word}"}}]'.encode(),
        f'[1, "tapecast", {{"roles": {{}}, "authmethods": "{word}"}}]'.encode(),
        f'[1, "tapecast", {{"roles": {{}}, "authmethods": ["{word}"]}}]'.encode(),
        f'[1, "tapecast", {{"roles": {{}}, "authextra": {{"device": {{"{word}": 1}}}}}}]'.encode(),
        f'[1, "tapecast", {{"roles": {{}}, "authextra": {{"device": {{"version": ["{word}"]}}}}}}]'.encode(),
        f'[1, "tapecast", {{"roles": {{"{word}": {{}}}}}}]'.encode(),
        f'[1, "tapecast", {{"roles": {{}}, "{word}'.encode(),
        f'["{word}"]'.encode(),
        f'[5, "{word}", "{word}"]'.encode(),
        f'{{"ticket": "{word}"}}'.encode(),
        word.encode() + b"\xff",
    ):
        await converse(node, planted, {**planted.headers}, message)


async def refresh(node: RunningNode, planted: Planted) -> None:
    """Tokens where a joined session may show one."""
    client = await RawWebSocket.open(node.port, path="/ws", Authorization=f"Bearer {planted.tokens[0]}")
    client.send(HELLO, "tapecast", {"roles": ROLES})
    assert (await client.message())[0] == WELCOME
    shown: list[object] = [*planted.tokens, {"token": planted.word}, [planted.word]]
    for number, token in enumerate(shown, 1):
        client.send(CALL, number, {}, "tapecast.session.refresh", [], {"token": token})
        planted.answers.append(json.dumps(await client.message()))
    await client.end()


async def ask_over_http(node: RunningNode, planted: Planted) -> None:
    """Everything that is answered, with the secret in the request's head, query and body."""
    headers = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in planted.headers.items())
    word, close = planted.word, "Host: localhost\r\nConnection: close\r\n"
    requests = [
        f"{method} {path}?token={token}&{word} HTTP/1.1\r\n{close}{headers}Authorization: Bearer {token}\r\n\r\n"
        for method in ("GET", "HEAD", "POST")
        for path in (*PATHS, "/ws")
        for token in planted.tokens[1:3]
    ]
    requests += [
        f"GET /?{word} HTTP/9.9\r\n{close}{headers}\r\n",
        f"{word} /{word} {word}\r\n{close}\r\n",
        f"GET /health HTTP/1.1\r\n{word}\r\n{close}\r\n",
        f"GET /health HTTP/1.1\r\nContent-Length: {word}\r\n{close}\r\n",
        f"POST /ws HTTP/1.1\r\nContent-Length: {len(word)}\r\n{close}\r\n{word}",
    ]
    for request in requests:
        answer = await send(node.port, request.encode())
        planted.answers.append(f"{answer.headers} {answer.body.decode()}")
    metrics = await send(
        node.metrics_port,
        f"GET /metrics?token={word} HTTP/1.1\r\n{close}{headers}Authorization: {word}\r\n\r\n".encode(),
    )
    planted.answers.append(f"{metrics.headers} {metrics.body.decode()}")


def say_locally(path: Path, word: str) -> str:
    """What a local socket answers to a HELLO with the secret in it, and to one that is broken."""
    told = b""
    hello = json.dumps([HELLO, "tapecast", {"roles": ROLES, "authid": word, "authextra": {"note": word}}])
    for payload in (hello.encode(), f'[1, "{word}'.encode(), f'[5, "{word}", {{}}]'.encode()):
        with closing(socket.socket(socket.AF_UNIX)) as local:
            local.settimeout(10)
            local.connect(str(path))
            local.sendall(b"\x7f\xf1\0\0" + len(payload).to_bytes(4, "big") + payload)
            told += local.recv(4) + local.recv(65_536)
    return told.decode(errors="replace")


def files_below(directory: Path) -> dict[str, str]:
    """What is on the disk, but for the secret that tokens are signed with."""
    return {
        path.name: path.read_bytes().decode("latin-1")
        for path in directory.rglob("*")
        if path.is_file() and path.name != SECRET_FILE_NAME
    }


@pytest_twisted.ensureDeferred
async def test_a_planted_secret_is_nowhere(node: RunningNode, planted: Planted) -> None:
    """No event, answer, log line, metric or file has any of it, nor of what the gateway itself keeps secret."""
    operator = await Eavesdropper.join(node.port, node.token("operator", "admin"))

    await sign_in_in_every_way(node, planted)
    await break_the_rules(node, planted)
    await refresh(node, planted)
    await ask_over_http(node, planted)
    for name in ("service.sock", "admin.sock"):
        planted.answers.append(await deferToThread(say_locally, node.directory / "data" / name, planted.word))
    await operator.listen_on(SETTLING_BEATS)
    await operator.ask_everything()
    await operator.leave()

    own_secret = read_secret_file(node.directory / "data" / SECRET_FILE_NAME).decode()
    everything = {
        "what an operator hears": "\n".join(operator.heard),
        "what a client is told": "\n".join(planted.answers),
        "the log": "".join(node.log),
        "the metrics": await deferToThread(node.metrics),
        **files_below(node.directory / "data"),
    }
    assert len(operator.followed) > 30
    assert sum('"role": "trader"' in line or "joined as trader" in line for line in node.log) > 5
    assert '"level": "debug"' in everything["the log"]
    for name, text in everything.items():
        hits = [line for line in text.splitlines() if planted.found_in(line)]
        assert hits == [], name
        assert own_secret not in text, name
        assert KeyPair(1).private_key not in text, name
