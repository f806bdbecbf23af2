"""A token's end, and another token, on a whole gateway: what the session is then, and what its user is told."""

import pytest_twisted

from tests.support.node import RunningNode
from tests.support.raw_websocket import CALL, EVENT, RESULT, SUBSCRIBE, SUBSCRIBED, WELCOME, RawWebSocket

PATIENCE_S = 90.0
LIFETIME_S = 5
"""Long enough for two to sign in and one of them to renew, on a busy machine."""


async def sign_in(node: RunningNode, token: str) -> RawWebSocket:
    """A client that has joined with a token."""
    client, answer = await RawWebSocket.sign_in(node.port, token)
    assert answer[0] == WELCOME
    return client


@pytest_twisted.ensureDeferred
async def test_a_session_ends_with_its_token_unless_it_has_a_new_one() -> None:
    """Of two sessions with tokens of seconds the one that renews is there when the other has been closed with 4001."""
    with RunningNode({"JWT_LEEWAY_S": "0"}) as node:
        long = node.token("alice", "trader")
        ending, renewing = [await sign_in(node, node.token("alice", "trader", lifetime_s=LIFETIME_S)) for _ in range(2)]

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


@pytest_twisted.ensureDeferred
async def test_a_user_is_told_of_the_sessions() -> None:
    """That a token is about to end, and that a role is another; numbered as all of a user's events."""
    with RunningNode({"EXECUTION": "paper", "PING_INTERVAL_S": "600"}) as node:
        watching, welcome = await RawWebSocket.sign_in(node.port, node.token("alice", "risk"))
        watching.send(SUBSCRIBE, 1, {}, "tapecast.user.alice.session")
        watching.send(SUBSCRIBE, 2, {}, "tapecast.risk.alerts")
        for _ in range(2):
            assert (await watching.message())[0] == SUBSCRIBED

        ending, ends = await RawWebSocket.sign_in(node.port, node.token("alice", "trader", lifetime_s=30))
        expiring = await watching.message()
        watching.send(CALL, 3, {}, "tapecast.session.refresh", [], {"token": node.token("alice", "trader")})
        answers = {message[0]: message for message in [await watching.message() for _ in range(2)]}

        assert expiring[0] == EVENT
        assert (expiring[5]["seq"], expiring[5]["payload"]["event"]) == (1, "token_expiring")
        assert expiring[5]["payload"]["session"] == ends[1]
        assert answers[RESULT][3][0]["ended_subscriptions"] == ["tapecast.risk.alerts"]
        changed = answers[EVENT][5]
        assert changed["seq"] == 2
        assert changed["payload"] == {
            "event": "role_changed",
            "session": welcome[1],
            "expires_at": answers[RESULT][3][0]["expires_at"],
            "from": "risk",
            "to": "trader",
            "ended_subscriptions": ["tapecast.risk.alerts"],
            "ended_count": 1,
        }
        for client in (watching, ending):
            await client.end()
