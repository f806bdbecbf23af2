"""What OWASP asks of WebSocket servers and no other test shows, on a running gateway."""

import urllib.request
from typing import Any

import pytest
import pytest_twisted

from tests.support.node import RunningNode
from tests.support.people import Outcome, join_as
from tests.support.raw_websocket import HELLO, ROLES, WELCOME, RawWebSocket

PAYLOADS = (
    "'; DROP TABLE records; --",
    '" OR "1"="1',
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "$(touch /tmp/injected)",
    "`reboot`; reboot | reboot",
    "{{7*7}}${7*7}#{7*7}",
    "__import__('os').system('id')",
    "%s%n{0.__class__}",
    "../../etc/passwd",
)
CALLS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("injector", "orders.place", {"client_order_id": "{}", "instrument": "BTCUSDT", "side": "buy", "type": "market"}),
    ("injector", "orders.place", {"client_order_id": "a", "instrument": "{}", "side": "buy", "type": "market"}),
    ("injector", "orders.get", {"client_order_id": "{}"}),
    ("injector", "bots.report", {"bot_id": "{}", "name": "a", "status": "running"}),
    ("injector", "bots.report", {"bot_id": "injected", "name": "{}", "status": "running"}),
    ("injector", "market.get_price", {"instrument": "{}"}),
    ("injector", "stream.get", {"topic": "{}"}),
    ("injector", "stream.get", {"topic": "tapecast.price.{}"}),
    ("injector", "stream.list", {"prefix": "{}"}),
    ("injector", "session.refresh", {"token": "{}"}),
    ("desk", "risk.halt", {"user_id": "{}", "reason": "{}"}),
    ("desk", "risk.resume", {"user_id": "{}", "reason": "{}"}),
    ("operator", "admin.sessions.list", {"user_id": "{}"}),
    ("operator", "admin.addresses.block", {"address": "{}", "duration_s": 1, "reason": "{}"}),
    ("operator", "admin.accounts.list", {"after": "{}"}),
)
CODED = {"ok", "invalid_argument", "unknown_topic", "unknown_order", "unknown_instrument", "token_invalid"}


async def hello(node: RunningNode, **headers: str) -> tuple[RawWebSocket, list[Any]]:
    """A client that says HELLO without a token, and what it is answered."""
    client = await RawWebSocket.open(node.port, path="/ws", **headers)
    client.send(HELLO, "tapecast", {"roles": ROLES, "authmethods": ["anonymous", "cookie"]})
    return client, await client.message()


@pytest_twisted.ensureDeferred
async def test_a_cookie_signs_nobody_in(node: RunningNode) -> None:
    """Not even one that holds a good token, under every name that somebody might think of."""
    good = node.token("alice", "admin")
    cookies = "; ".join(f"{name}={good}" for name in ("token", "session", "cbtid", "Authorization", "jwt"))

    client, answer = await hello(node, Cookie=cookies)

    assert answer[0] == WELCOME
    assert answer[2]["authrole"] == "public"
    assert "alice" not in str(answer)
    await client.end()


def headers_of(node: RunningNode, path: str) -> set[str]:
    """The names of an answer's headers."""
    with urllib.request.urlopen(node.url + path) as answer:
        return {name.lower() for name in answer.headers}


@pytest_twisted.ensureDeferred
async def test_nothing_sets_a_cookie(node: RunningNode) -> None:
    """Neither a handshake, nor a page, nor an answer."""
    client, _ = await hello(node)
    headers = {name.lower() for name in client.headers}
    headers = headers.union(*(headers_of(node, path) for path in ("/", "/health", "/api/status")))

    assert "set-cookie" not in headers
    assert "sec-websocket-accept" in headers
    await client.end()


def injected(arguments: dict[str, Any], payload: str) -> dict[str, Any]:
    """Arguments with a payload where they have room for one."""
    return {
        name: value.replace("{}", payload) if isinstance(value, str) else value for name, value in arguments.items()
    }


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest_twisted.ensureDeferred
async def test_injected_text_stays_text(paper_node: RunningNode, payload: str) -> None:
    """It is refused by its field, or told again letter for letter; nothing is run, and everything goes on."""
    people = {name: await join_as(paper_node, name) for name in ("injector", "desk", "operator")}
    outcomes: list[tuple[str, Outcome]] = []
    for name, procedure, arguments in CALLS:
        outcomes.append((procedure, await people[name].ask(procedure, **injected(arguments, payload))))
    ping = await people["injector"].get("session.ping", correlation_id=payload)
    bots = (await people["injector"].get("bots.list"))["bots"]

    assert {procedure: outcome.code for procedure, outcome in outcomes if outcome.code not in CODED} == {}
    assert [bot["name"] for bot in bots if bot["bot_id"] == "injected"] == [payload]
    assert ping["correlation_id"] == payload
    assert paper_node.get_json("/health")["status"] == "up"
    for person in people.values():
        await person.leave()
