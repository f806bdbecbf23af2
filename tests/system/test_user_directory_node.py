"""A whole gateway that hears a directory of users: at the join, and while they are connected."""

import json
from pathlib import Path
from typing import Any

import pytest_twisted
from twisted.internet import reactor

from tests.support.node import RunningNode
from tests.support.raw_websocket import (
    ABORT,
    AUTHENTICATE,
    CALL,
    CHALLENGE,
    GOODBYE,
    HELLO,
    ROLES,
    WELCOME,
    RawWebSocket,
)
from tests.support.users_server import UsersServer

PATIENCE_S = 90.0
INACTIVE = (4002, "tapecast.close.user_inactive")
SECRET = "the-platforms-s3cret"


async def show_token(node: RunningNode, user_id: str, role: str = "trader") -> tuple[RawWebSocket, list[Any]]:
    """A client that has shown a user's token, and what it is answered."""
    client = await RawWebSocket.open(node.port, path="/ws")
    client.send(HELLO, "tapecast", {"roles": ROLES, "authmethods": ["ticket"]})
    assert (await client.message())[0] == CHALLENGE
    client.send(AUTHENTICATE, node.token(user_id, role), {})
    return client, await client.message()


async def limits_of(client: RawWebSocket) -> dict[str, Any]:
    """The limits that a session is told."""
    client.send(CALL, 1, {}, "tapecast.session.info")
    _, _, _, (info,) = await client.message()
    limits: dict[str, Any] = info["limits"]
    return limits


async def ending(client: RawWebSocket) -> tuple[int, str, tuple[int, str]]:
    """What a client is told at its end: a message, its reason, and the close."""
    _, payload = await client.frame(patience_s=PATIENCE_S)
    kind, _, reason = json.loads(payload)
    return kind, reason, await client.close_frame(patience_s=PATIENCE_S)


def write(path: Path, **users: dict[str, object]) -> None:
    """Have this said of users, and of nobody else that they may come in."""
    new = path.with_suffix(".new")
    new.write_text(json.dumps({"default": {"active": False}, "users": users}))
    new.replace(path)


def users_part(node: RunningNode) -> dict[str, Any]:
    """How the directory is, by `/health`."""
    (part,) = (part for part in node.get_json("/health")["parts"] if part["name"] == "users")
    found: dict[str, Any] = part
    return found


@pytest_twisted.ensureDeferred
async def test_a_file_lets_in_limits_and_ends(tmp_path: Path) -> None:
    """A new file ends at once who is not active in it any more; a broken one changes nothing."""
    path = tmp_path / "users.json"
    write(path, alice={"active": True, "connections": 7, "rate_factor": 3}, bob={"active": True})
    with RunningNode({"USERS": f"file:{path}", "LIMITS": "on"}) as node:
        alice, alices = await show_token(node, "alice")
        bob, bobs = await show_token(node, "bob")
        carl, carls = await show_token(node, "carl", "admin")
        service, services = await show_token(node, "carl", "service")
        limits = await limits_of(alice)

        assert [alices[0], bobs[0], carls[0], services[0]] == [WELCOME, WELCOME, ABORT, WELCOME]
        assert carls[1:] == [{"message": "this user may not connect"}, "tapecast.error.user_inactive"]
        assert await carl.close_frame() == INACTIVE
        assert (limits["connections_per_user"], limits["market_points"]["points"]) == (7, 300)

        path.write_text("{")
        node.wait_for_line("users stay as they were")
        assert await limits_of(alice) == limits

        write(path, bob={"active": True, "connections": 1})

        assert await ending(alice) == (GOODBYE, INACTIVE[1], INACTIVE)
        assert (await limits_of(bob))["connections_per_user"] == 1
        node.wait_for_line("every part is up", count=2)
        assert users_part(node)["state"] == "up"
        for client in (alice, bob, carl, service):
            await client.end()


@pytest_twisted.ensureDeferred
async def test_an_endpoint_lets_in_and_ends() -> None:
    """Asked once for an answer's time, also about those who are connected; its secret is in no log."""
    server = UsersServer(reactor)
    server.standings = {"alice": {"active": True, "connections": 2}, "bob": {"active": True}}
    settings = {"USERS": server.url, "USERS_TOKEN": SECRET, "USERS_FRESH_S": "1", "LOG_LEVEL": "debug"}
    with RunningNode(settings) as node:
        alice, alices = await show_token(node, "alice")
        bob, bobs = await show_token(node, "bob")
        carl, carls = await show_token(node, "carl")

        assert [alices[0], bobs[0], carls[::2]] == [WELCOME, WELCOME, [ABORT, "tapecast.error.user_inactive"]]
        assert {headers["authorization"] for _, headers in server.requests} == {f"Bearer {SECRET}"}

        server.standings["alice"] = {"active": False}
        ended = await ending(alice)
        again, refused = await show_token(node, "alice")
        server.status = 503
        await server.asked(len(server.requests) + 5)
        kept, welcome = await show_token(node, "bob")
        dora, away = await show_token(node, "dora")

        assert ended == (GOODBYE, INACTIVE[1], INACTIVE)
        assert refused[::2] == [ABORT, "tapecast.error.user_inactive"]
        assert welcome[0] == WELCOME
        assert away[::2] == [ABORT, "tapecast.error.unavailable"]
        for client in (alice, bob, carl, again, kept, dora):
            await client.end()
        assert not [line for line in node.log if SECRET in line]
    await server.stop()
