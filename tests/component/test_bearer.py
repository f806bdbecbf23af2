"""Sign-in by a token in the opening request, for clients that cannot answer a challenge."""

from typing import Any

import pytest
import pytest_twisted
from twisted.logger import capturedLogs

from auth.claims import END_OF_TIME_S
from tests.support.raw_websocket import ABORT, AUTHENTICATE, CHALLENGE, GOODBYE, HELLO, ROLES, WELCOME, RawWebSocket
from tests.support.routers import OURS, REALM, RouterUnderTest, running
from tests.support.tokens import SECRET
from tests.support.tokens import token_saying as sign

TOKEN_INVALID = (4001, "tapecast.close.token_invalid")
HEADER: dict[str, Any] = {"Authorization": "Bearer alice"}
QUERY: dict[str, Any] = {"path": "/?token=alice"}
EITHER = pytest.mark.parametrize("request_with_token", [HEADER, QUERY], ids=["header", "query"])


def hello(client: RawWebSocket, **details: object) -> None:
    client.send(HELLO, REALM, {"roles": ROLES, **details})


def authenticator(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The real one, by the secret of the tests."""
    monkeypatch.setenv("TAPECAST_JWT_SECRET", SECRET.decode())
    return {"type": "function", "create": "auth.component.create", "config": {}}


@EITHER
@pytest.mark.parametrize("methods", [{}, {"authmethods": ["anonymous"]}], ids=["no method", "anonymous"])
@pytest_twisted.ensureDeferred
async def test_the_request_signs_in(
    router: RouterUnderTest, request_with_token: dict[str, Any], methods: dict[str, Any]
) -> None:
    """Who sends a token with the request is its user from the HELLO on, without a challenge."""
    client = await RawWebSocket.open(router.port, **request_with_token)

    hello(client, authid="alice", **methods)
    welcome = await client.message()

    assert welcome[0] == WELCOME
    assert [welcome[2][name] for name in ("authid", "authrole", "authmethod")] == ["alice", "trader", "ticket"]
    await client.end()


@EITHER
@pytest_twisted.ensureDeferred
async def test_a_ticket_wins(router: RouterUnderTest, request_with_token: dict[str, Any]) -> None:
    """A client that offers a ticket is asked for it, and is whom that says; the other token is gone."""
    client = await RawWebSocket.open(router.port, **request_with_token)

    hello(client, authid="bob", authmethods=["ticket"])
    assert (await client.message())[0] == CHALLENGE
    client.send(AUTHENTICATE, "bob", {})
    welcome = await client.message()

    assert (welcome[0], welcome[2]["authid"]) == (WELCOME, "bob")
    client.send(GOODBYE, {}, "wamp.close.normal")
    assert (await client.message())[0] == GOODBYE
    hello(client)
    assert (await client.message())[2]["authrole"] == "public"
    await client.end()


@pytest_twisted.ensureDeferred
async def test_a_token_is_good_for_one_session(router: RouterUnderTest) -> None:
    """It is not kept beyond the HELLO: the next one on the connection is without."""
    client = await RawWebSocket.open(router.port, **HEADER)
    hello(client, authid="alice")
    assert (await client.message())[2]["authrole"] == "trader"
    client.send(GOODBYE, {}, "wamp.close.normal")
    assert (await client.message())[0] == GOODBYE

    hello(client, authid="alice")

    assert (await client.message())[2]["authrole"] == "public"
    await client.end()


@pytest.mark.parametrize(
    "request_with_tokens",
    [
        {**HEADER, **QUERY},
        {"path": "/?token=alice&token=alice"},
        {"Authorization": "Bearer alice\r\nAuthorization: Bearer bob"},
    ],
    ids=["header and query", "twice in the query", "two headers"],
)
@pytest_twisted.ensureDeferred
async def test_more_than_one_token_is_refused(router: RouterUnderTest, request_with_tokens: dict[str, Any]) -> None:
    """Nobody guesses which is meant; the answer quotes none."""
    client = await RawWebSocket.open(router.port, **request_with_tokens)
    await client.is_lost()

    assert client.status == 400
    assert b"expected one token" in client.body
    assert b"alice" not in client.body


@pytest.mark.parametrize("presented", ["x.y.z", "", sign(exp=1)], ids=["nonsense", "empty", "expired"])
@pytest_twisted.ensureDeferred
async def test_a_bad_token_is_refused_like_a_bad_ticket(monkeypatch: pytest.MonkeyPatch, presented: str) -> None:
    """The same error, the same text, the same close, whichever way it came."""
    answers = []
    async with running(OURS, ticket=authenticator(monkeypatch)) as router:
        ways: list[dict[str, Any]] = [
            {},
            {"Authorization": f"Bearer {presented}"},
            {"path": f"/?token={presented}"},
        ]
        for way in ways:
            client = await RawWebSocket.open(router.port, **way)
            hello(client, **({} if way else {"authmethods": ["ticket"]}))
            answer = await client.message()
            if answer[0] == CHALLENGE:
                client.send(AUTHENTICATE, presented, {})
                answer = await client.message()
            answers.append((answer, await client.close_frame()))
            await client.end()

    assert answers[0][0][0] == ABORT
    assert answers == [answers[0]] * 3


@pytest_twisted.ensureDeferred
async def test_the_token_is_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the connection nor its session has any of what was sent left, and no library has logged any."""
    secret = sign(exp=END_OF_TIME_S)
    others: dict[str, Any] = {"Cookie": "sesame-open", "X_Key": "sesame-open"}
    with capturedLogs() as events:
        async with running(OURS, ticket=authenticator(monkeypatch)) as router:
            client = await RawWebSocket.open(router.port, path=f"/?token={secret}&note=sesame-open", **others)
            hello(client, authextra={"note": "sesame-open"})
            assert (await client.message())[0] == WELCOME

            (session,) = router.router._authid_to_sessions["alice"]
            kept = f"{vars(session)} {vars(session._transport)} {session._session_details}"
            assert session._pending_auth is None
            await client.end()

    for text in (kept, str(events)):
        assert secret not in text
        assert "sesame" not in text


@pytest.mark.parametrize(
    "headers",
    [
        {"path": "/?token=sesame-open nonsense"},
        {"Sec_WebSocket_Key": "sesame-open"},
        {"Host": "gateway:sesame-open"},
        {"Upgrade": "sesame-open"},
        {"Connection": "sesame-open"},
        {"Sec_WebSocket_Version": "sesame-open"},
        {"Sec_WebSocket_Protocol": "sesame-open, sesame-open"},
        {"Origin": "sesame-open"},
        {"path": "/#sesame-open"},
    ],
)
@pytest_twisted.ensureDeferred
async def test_no_refusal_quotes_the_request(router: RouterUnderTest, headers: dict[str, Any]) -> None:
    """Whatever is wrong with an opening, what was sent is not sent back, where others may read it."""
    client = await RawWebSocket.open(router.port, **headers)
    await client.is_lost()

    assert client.status == 400
    assert b"sesame" not in client.body
