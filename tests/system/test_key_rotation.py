"""Keys that rotate on a whole gateway while five hundred users are connected."""

import json
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import Deferred, ensureDeferred, gatherResults
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread

from auth.refresh_schedule import DEMAND_INTERVAL_S
from tests.support.key_issuer import KeyIssuer
from tests.support.keys_server import KeysServer
from tests.support.node import READY, RunningNode
from tests.support.raw_websocket import ABORT, CALL, EVENT, RESULT, SUBSCRIBE, SUBSCRIBED, WELCOME, RawWebSocket

USERS = 500
AT_ONCE = 25
HEARTBEAT = "tapecast.system.heartbeat"
INVALID = [ABORT, {"message": "the token is not valid"}, "tapecast.error.token_invalid"]
UNAVAILABLE = [ABORT, {"message": "nobody can be let in at the moment"}, "tapecast.error.unavailable"]


class Desk:
    """
    An issuer, the gateway that takes its tokens, and its users.

    Attributes:
        connected: Who is.
    """

    def __init__(self, node: RunningNode, issuer: KeyIssuer, server: KeysServer) -> None:
        self.node = node
        self.issuer = issuer
        self.server = server
        self.connected: dict[str, RawWebSocket] = {}

    def publish(self, *kids: str) -> None:
        """Have the issuer publish the keys of these names, and no others."""
        self.server.document = self.issuer.jwks(*kids)

    async def join(self, user: str, kid: str) -> list[Any]:
        """Join as a user, with a token by a key; WELCOME or ABORT. Whoever is let in follows the heart."""
        client, answer = await RawWebSocket.sign_in(self.node.port, self.issuer.token(kid, user=user))
        if answer[0] == WELCOME:
            self.connected[user] = client
            client.send(SUBSCRIBE, 1, {}, HEARTBEAT)
            assert (await client.message())[0] == SUBSCRIBED
        else:
            await client.is_lost()
        return answer

    async def join_all(self, users: Iterable[str], kid: str) -> list[Any]:
        """Join as all of these, some at a time; the kinds of the answers."""
        waiting, kinds = list(users), []
        while waiting:
            now, waiting = waiting[:AT_ONCE], waiting[AT_ONCE:]
            kinds += [answer[0] for answer in await all_of(self.join(user, kid) for user in now)]
        return kinds

    async def join_soon(self, user: str, kid: str) -> None:
        """Join as somebody who tries once a second, for as long as the gateway may leave the issuer alone."""
        for _ in range(DEMAND_INTERVAL_S + 5):
            if (await self.join(user, kid))[0] == WELCOME:
                return
            await deferLater(reactor, 1.0)
        raise AssertionError(f"{user} does not join by {kid}")

    def hearts(self, user: str) -> list[int]:
        """The numbers of the events that a user has received and nobody has read."""
        frames = [json.loads(payload) for _opcode, payload in self.connected[user].unread]
        return [message[5]["seq"] for message in frames if message[0] == EVENT]

    def missed_by(self, users: Iterable[str]) -> set[str]:
        """Who of these was cut off, or has missed an event."""
        missed = set()
        for user in users:
            hearts = self.hearts(user)
            if self.connected[user].lost.called or not hearts or hearts != [*range(hearts[0], hearts[-1] + 1)]:
                missed.add(user)
        return missed


async def all_of(coroutines: Iterable[Coroutine[Deferred[Any], Any, list[Any]]]) -> list[list[Any]]:
    """What all of these give."""
    answers: list[list[Any]] = await gatherResults([ensureDeferred(one) for one in coroutines], consumeErrors=True)
    return answers


async def refresh(client: RawWebSocket, token: str) -> list[Any]:
    """What a session is answered that shows another token; it must follow no topic."""
    client.send(CALL, 1, {}, "tapecast.session.refresh", [], {"token": token})
    return await client.message()


@asynccontextmanager
async def desk(*, is_silent: bool = False, ready: str = READY) -> AsyncIterator[Desk]:
    """A running gateway whose keys come from an issuer on this machine, which publishes the key `first`."""
    issuer = KeyIssuer("first", "second", "third")
    server = KeysServer(reactor, issuer.jwks("first"))
    server.is_silent = is_silent
    # Raw clients answer no pings.
    node = RunningNode({"JWKS_URL": server.url, "PING_INTERVAL_S": "600"}, ready=ready)
    # While this thread waits for the node, nobody would answer it.
    await deferToThread(node.__enter__)
    running = Desk(node, issuer, server)
    try:
        yield running
    finally:
        for client in running.connected.values():
            await client.end()
        await deferToThread(node.__exit__, None, None, None)
        await server.stop()


@pytest.mark.timeout(300)
@pytest_twisted.ensureDeferred
async def test_nobody_notices_a_rotation_of_keys() -> None:
    """Two rotations: all who are connected stay and miss nothing, new tokens join, those by a removed key do not."""
    async with desk() as running:
        users = [f"user-{number}" for number in range(USERS)]
        assert await running.join_all(users, "first") == [WELCOME] * USERS
        renewing, _ = await RawWebSocket.sign_in(running.node.port, running.issuer.token("first"))

        running.publish("first", "second")
        by_both = await running.join_all(["early-1", "early-2"], "second")
        by_both += await running.join_all(["early-3"], "first")
        running.publish("second", "third")
        await running.join_soon("late-1", "third")
        late = {kid: await running.join(f"late-by-{kid}", kid) for kid in ("first", "second")}
        renewed = [await refresh(renewing, running.issuer.token(kid)) for kid in ("first", "third")]

        assert by_both == [WELCOME] * 3
        assert (late["first"], late["second"][0]) == (INVALID, WELCOME)
        assert [renewed[0][4], renewed[1][0]] == ["tapecast.error.token_invalid", RESULT]
        assert running.missed_by([*users, "early-1", "early-2", "early-3"]) == set()
        assert len(running.server.requests) == 3
        await renewing.end()


@pytest.mark.timeout(300)
@pytest_twisted.ensureDeferred
async def test_a_gateway_starts_without_its_issuer_and_comes_up_with_it() -> None:
    """Until the issuer answers the part `keys` is down and nobody joins with a token; then it is up, and they do."""
    async with desk(is_silent=True, ready="keys is down: keys cannot be fetched") as running:
        without = await running.join("alice", "first")

        running.server.answer_now()
        await deferToThread(running.node.wait_for_line, READY)
        parts = (await deferToThread(running.node.get_json, "/health"))["parts"]

        assert without == UNAVAILABLE
        assert [part["state"] for part in parts if part["name"] == "keys"] == ["up"]
        assert (await running.join("alice", "first"))[0] == WELCOME
