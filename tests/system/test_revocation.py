"""Revocation on a whole gateway with two thousand sessions: all that it means end, and nobody else notices."""

import resource
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest_twisted
from twisted.internet.defer import ensureDeferred, gatherResults

from components.contract.envelope import NS_PER_S, format_time
from tests.support.key_issuer import KeyIssuer
from tests.support.node import RunningNode
from tests.support.raw_websocket import ABORT, CALL, RESULT, WELCOME, RawWebSocket

OTHERS, OF_MALLORY = 1_960, 10
AT_ONCE = 25
OPEN_FILES = 8_192
REVOKED = (4001, "tapecast.close.revoked")
OLD, NEW = "old", "new"
"""Two keys of the issuer's."""


@attrs.define
class Crowd:
    """Everybody who is connected, by what their tokens say."""

    node: RunningNode
    issuer: KeyIssuer
    operator: RawWebSocket
    clients: dict[str, list[RawWebSocket]] = attrs.field(factory=dict)
    asked: int = 0

    async def join(self, group: str, tokens: Iterable[str]) -> None:
        """Sign in with each of these tokens, some at a time."""
        waiting, joined = list(tokens), self.clients.setdefault(group, [])
        while waiting:
            now, waiting = waiting[:AT_ONCE], waiting[AT_ONCE:]
            for client, answer in await all_of(RawWebSocket.sign_in(self.node.port, token) for token in now):
                assert answer[0] == WELCOME
                joined.append(client)

    def tokens(self, count: int, user: Callable[[int], str], kid: str = OLD, **claims: object) -> list[str]:
        """So many tokens, each with a number for its user's name."""
        return [self.issuer.token(kid, user=user(number), claims=claims) for number in range(count)]

    async def ask(self, procedure: str, **arguments: object) -> Any:
        """What the operator is answered."""
        self.asked += 1
        self.operator.send(CALL, self.asked, {}, f"tapecast.admin.{procedure}", [], arguments)
        answer = await self.operator.message()
        assert answer[0] == RESULT, answer
        return answer[3][0]

    async def revoke(self, group: str, user: str, **what: object) -> None:
        """Revoke tokens: the sessions of one group, all of a user's, end, all of them, and none but them."""
        ended = self.clients.pop(group)
        before = {one["session"] for one in await self.sessions_of(user)}

        revoked = await self.ask("tokens.revoke", **what, reason="stolen")
        left = {one["session"] for one in await self.sessions_of(user)}

        # What the operator asks next finds none of them, though nobody has had time to answer its close.
        assert revoked["count"] == len(ended)
        assert before - left == {one["session"] for one in revoked["sessions"]}
        assert await all_of(client.close_frame() for client in ended) == [REVOKED] * len(ended)
        await all_of(client.is_lost() for client in ended)
        assert not [client for clients in self.clients.values() for client in clients if client.unread]

    async def sessions_of(self, user: str) -> list[dict[str, Any]]:
        """A user's sessions, as the operator sees them."""
        sessions: list[dict[str, Any]] = (await self.ask("sessions.list", user_id=user))["sessions"]
        return sessions

    async def is_answered(self) -> bool:
        """Whether everybody who is left still gets answers."""
        left = [client for clients in self.clients.values() for client in clients]
        for client in left:
            client.send(CALL, 1, {}, "tapecast.session.ping")
        return all([(await client.message())[:2] == [RESULT, 1] for client in left])

    async def end(self) -> None:
        """Let everybody go."""
        await all_of(one.end() for one in (self.operator, *(one for some in self.clients.values() for one in some)))


async def all_of(coroutines: Iterable[Any]) -> list[Any]:
    """What all of these give, once the last is done."""
    results: list[Any] = await gatherResults([ensureDeferred(one) for one in coroutines], consumeErrors=True)
    return results


@contextmanager
def many_files() -> Iterator[None]:
    """Room for two thousand sockets, here and in the gateway, which inherits it."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(OPEN_FILES, before[1]), before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest_twisted.async_yield_fixture
async def crowd(tmp_path: Path) -> AsyncIterator[Crowd]:
    """A gateway that takes the tokens of an issuer with two keys, and its operator."""
    issuer = KeyIssuer(OLD, NEW)
    keys = tmp_path / "keys.json"
    keys.write_bytes(issuer.jwks(OLD, NEW))
    with many_files(), RunningNode({"JWT_KEYS": str(keys), "PING_INTERVAL_S": "600"}) as node:
        operator, answer = await RawWebSocket.sign_in(node.port, issuer.token(NEW, user="operator", role="admin"))
        assert answer[0] == WELCOME
        crowd = Crowd(node, issuer, operator)
        yield crowd
        await crowd.end()


@pytest_twisted.ensureDeferred
async def test_a_revocation_among_two_thousand_ends_whom_it_means_and_nobody_else(crowd: Crowd) -> None:
    """By token, by user up to a moment, and by key; nobody else is cut off, or misses an answer."""
    now_s = int(time.time())
    stolen = [crowd.issuer.token(NEW, user="mallory", claims={"jti": "t-1"})] * OF_MALLORY
    await crowd.join("others", crowd.tokens(OTHERS, lambda number: f"user-{number % 500}", NEW))
    await crowd.join("stolen", stolen)
    await crowd.join("early", crowd.tokens(OF_MALLORY, lambda _: "mallory", NEW, iat=now_s - 60))
    await crowd.join("late", crowd.tokens(OF_MALLORY, lambda _: "mallory", NEW, iat=now_s - 10))
    await crowd.join("by the old key", crowd.tokens(OF_MALLORY, lambda _: "carl", OLD))

    await crowd.revoke("stolen", "mallory", token_id="t-1")
    await crowd.revoke("early", "mallory", user_id="mallory", issued_before=format_time((now_s - 30) * NS_PER_S))
    await crowd.revoke("by the old key", "carl", key_id=OLD)

    assert await crowd.is_answered()
    assert len(crowd.clients["others"]) + len(crowd.clients["late"]) == OTHERS + OF_MALLORY
    client, answer = await RawWebSocket.sign_in(crowd.node.port, stolen[0])
    assert answer[::2] == [ABORT, "tapecast.error.token_revoked"]
    assert await client.close_frame() == REVOKED
    await client.is_lost()
