"""A token's end on a whole gateway: the session ends with it, unless it has renewed."""

import pytest_twisted

from tests.support.node import RunningNode
from tests.support.raw_websocket import AUTHENTICATE, CALL, CHALLENGE, HELLO, RESULT, ROLES, WELCOME, RawWebSocket

PATIENCE_S = 30.0


async def sign_in(node: RunningNode, token: str) -> RawWebSocket:
    """A client that has joined with a token."""
    client = await RawWebSocket.open(node.port, path="/ws")
    client.send(HELLO, "tapecast", {"roles": ROLES, "authmethods": ["ticket"]})
    assert (await client.message())[0] == CHALLENGE
    client.send(AUTHENTICATE, token, {})
    assert (await client.message())[0] == WELCOME
    return client


@pytest_twisted.ensureDeferred
async def test_a_session_ends_with_its_token_unless_it_has_a_new_one() -> None:
    """Of two sessions with two-second tokens the one that renews is there when the other has been closed with 4001."""
    with RunningNode({"JWT_LEEWAY_S": "0"}) as node:
        long = node.token("alice", "trader")
        ending, renewing = [await sign_in(node, node.token("alice", "trader", lifetime_s=2)) for _ in range(2)]

        renewing.send(CALL, 1, {}, "tapecast.session.refresh", [], {"token": long})
        renewed = await renewing.message()
        close = await ending.close_frame(patience_s=PATIENCE_S)
        renewing.send(CALL, 2, {}, "tapecast.session.info")
        info = await renewing.message()

        assert close == (4001, "tapecast.close.token_expired")
        assert [renewed[0], info[0]] == [RESULT, RESULT]
        assert info[3][0]["expires_at"] == renewed[3][0]["expires_at"]
        await ending.is_lost()
        await renewing.end()
