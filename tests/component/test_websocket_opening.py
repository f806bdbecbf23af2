"""WAMP over WebSocket: who may connect and join, how long that may take, and what a refusal tells."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from autobahn.wamp.exception import ApplicationError
from twisted.internet.task import Clock
from twisted.logger import capturedLogs

from auth.component import create, observe_authentications
from router.joining_session import HELLOS_A_CONNECTION
from router.logs import is_worth_writing, json_line
from router.sockets import ABORT_AFTER_S
from router.websocket import SAFE_OPTIONS
from tests.support.raw_websocket import (
    ABORT,
    AUTHENTICATE,
    CALL,
    CHALLENGE,
    ERROR,
    GOODBYE,
    HELLO,
    PING,
    ROLES,
    WELCOME,
    RawWebSocket,
)
from tests.support.routers import OURS, RouterUnderTest, running
from tests.support.tokens import SECRET, token

INVALID = (4004, "tapecast.close.invalid_message")
JOIN_TIMEOUT = (4000, "tapecast.close.join_timeout")
TOKEN_INVALID = (4001, "tapecast.close.token_invalid")
AUTHENTICATION_REQUIRED = (4001, "tapecast.close.authentication_required")


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://evil.example", 403),
        ("null", 403),
        ("file://", 403),
        ("http://127.0.0.1", 403),
        ("https://desk.example.evil.example", 403),
        ("http://[::1", 400),
        ("*", 400),
    ],
)
@pytest_twisted.ensureDeferred
async def test_pages_of_other_origins_are_kept_out(clocked: RouterUnderTest, origin: str, status: int) -> None:
    """A foreign page, one without an origin of its own, and one at another port do not get a connection."""
    client = await RawWebSocket.open(clocked.port, Origin=origin)
    await client.is_lost()

    assert client.status == status


@pytest_twisted.ensureDeferred
async def test_a_wildcard_lets_every_page_in() -> None:
    """An operator who lists `*` opens the gateway to all pages, also to those without an origin of their own."""
    async with running(OURS, options={"allowed_origins": ["*"]}) as router:
        for origin in ("https://evil.example", "null"):
            client = await RawWebSocket.open(router.port, Origin=origin)
            assert client.status == 101
            await client.end()


@pytest.mark.parametrize("origin", [None, "https://desk.example", "own"])
@pytest_twisted.ensureDeferred
async def test_programs_and_known_pages_connect(clocked: RouterUnderTest, origin: str | None) -> None:
    """A client that is not a browser sends no origin; pages of our own address and listed ones send theirs."""
    own = f"http://127.0.0.1:{clocked.port}"

    client = await RawWebSocket.open(clocked.port, Origin=own if origin == "own" else origin)

    assert client.status == 101
    await client.end()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec_WebSocket_Version": "8"}, 400),
        ({"Sec_WebSocket_Version": None}, 400),
        ({"Sec_WebSocket_Protocol": "wamp.2.json.batched"}, 400),
        ({"Sec_WebSocket_Protocol": "wamp.2.msgpack.batched, wamp.2.cbor.batched"}, 400),
        ({"Sec_WebSocket_Protocol": "mqtt"}, 400),
        ({"Sec_WebSocket_Protocol": None}, 400),
        ({"Sec_WebSocket_Key": "short"}, 400),
        ({"Upgrade": None}, 426),
        ({"Upgrade": "h2c"}, 400),
        ({"Host": None}, 400),
        ({"Host": "127.0.0.1:http"}, 400),
    ],
)
@pytest_twisted.ensureDeferred
async def test_other_openings_are_refused(router: RouterUnderTest, headers: dict[str, Any], status: int) -> None:
    """Old drafts, other subprotocols and plain HTTP get a coded error with our headers, and no page about us."""
    client = await RawWebSocket.open(router.port, **headers)
    await client.is_lost()

    assert client.status == status
    assert client.headers["server"] == "tapecast"
    assert client.headers["x-frame-options"] == "DENY"
    assert json.loads(client.body)["error"]["code"] == "invalid_argument"


@pytest_twisted.ensureDeferred
async def test_an_opening_has_a_length(router: RouterUnderTest) -> None:
    """What is too long for an opening handshake is refused, instead of being kept until it ends."""
    fitting = await RawWebSocket.open(router.port, X_Padding="x" * 10_000)
    client = await RawWebSocket.open(router.port, X_Padding="x" * 20_000)
    await client.is_lost()

    assert (fitting.status, client.status) == (101, 431)
    await fitting.end()


@pytest_twisted.ensureDeferred
async def test_the_handshake_tells_no_version(router: RouterUnderTest) -> None:
    """The answer to an opening names the product and nothing else of the software."""
    client = await RawWebSocket.open(router.port)

    assert client.headers["server"] == "tapecast"
    assert "rossbar" not in str(client.headers)
    assert "utobahn" not in str(client.headers)
    await client.end()


@pytest_twisted.ensureDeferred
async def test_a_failure_in_the_handshake_leaks_no_text(router: RouterUnderTest) -> None:
    """What goes wrong in our own code is answered with 500 and nothing of the exception."""
    router.websocket_factory.origins = None  # what makes the check of an origin fail

    client = await RawWebSocket.open(router.port, Origin="https://desk.example")
    await client.is_lost()

    assert client.status == 500
    assert json.loads(client.body)["error"] == {
        "code": "internal",
        "message": "Internal Server Error",
        "details": {},
    }


@pytest_twisted.ensureDeferred
async def test_welcome_tells_nothing_of_the_node(router: RouterUnderTest) -> None:
    """No process id, node name, worker name or peer is in a WELCOME, nor what the client said of itself."""
    client = await RawWebSocket.open(router.port)
    client.send(HELLO, "tapecast", {"roles": ROLES, "authextra": {"expires_at": "never", "transport": {"peer": 1}}})

    welcome = await client.message()

    assert "x_cb" not in json.dumps(welcome)
    assert welcome[2]["authrole"] == "public"
    assert not welcome[2].get("authextra")
    await client.end()


@pytest_twisted.ensureDeferred
async def test_whoever_does_not_join_is_closed(clocked: RouterUnderTest, clock: Clock) -> None:
    """A connection without a session lives as long as the join may take, whatever else it sends, and no longer."""
    client = await RawWebSocket.open(clocked.port)
    client.send_frame(PING, b"hi")
    await client.frame()

    clock.advance(4.9)
    assert not client.lost.called
    clock.advance(0.2)

    assert await client.close_frame() == JOIN_TIMEOUT
    clock.advance(ABORT_AFTER_S)
    await client.is_lost()


@pytest_twisted.ensureDeferred
async def test_a_challenge_does_not_stop_the_time(clocked: RouterUnderTest, clock: Clock) -> None:
    """A client that begins to sign in and never finishes is closed all the same."""
    client = await RawWebSocket.open(clocked.port)
    client.send(HELLO, "tapecast", {"roles": ROLES, "authmethods": ["ticket"], "authid": "alice"})
    assert (await client.message())[0] == CHALLENGE

    clock.advance(5.1)

    assert await client.close_frame() == JOIN_TIMEOUT
    await client.end()


@pytest_twisted.ensureDeferred
async def test_a_session_lives_on(clocked: RouterUnderTest, clock: Clock) -> None:
    """Once joined, no deadline is left."""
    client = await RawWebSocket.join(clocked.port)

    clock.advance(3600)
    client.send(CALL, 1, {}, "tapecast.nothing")

    assert (await client.message())[0] == ERROR
    assert not clock.getDelayedCalls()
    await client.end()


@pytest_twisted.ensureDeferred
async def test_a_client_may_leave_and_join_again(clocked: RouterUnderTest, clock: Clock) -> None:
    """GOODBYE ends the session, not the connection, but without a new session that ends too."""
    client = await RawWebSocket.join(clocked.port)

    for _ in range(2):
        client.send(GOODBYE, {}, "wamp.close.normal")
        assert (await client.message())[0] == GOODBYE
        client.send(HELLO, "tapecast", {"roles": ROLES})
        assert (await client.message())[0] == WELCOME
    client.send(GOODBYE, {}, "wamp.close.normal")
    assert (await client.message())[0] == GOODBYE
    clock.advance(5.1)

    assert await client.close_frame() == JOIN_TIMEOUT
    await client.end()


@pytest_twisted.ensureDeferred
async def test_a_client_may_give_up_before_it_joins(clocked: RouterUnderTest, clock: Clock) -> None:
    """An ABORT is taken at its word, also behind an earlier session: what it began cannot be finished any more."""
    client = await RawWebSocket.join(clocked.port)
    client.send(GOODBYE, {}, "wamp.close.normal")
    assert (await client.message())[0] == GOODBYE
    client.send(HELLO, "tapecast", {"roles": ROLES, "authmethods": ["ticket"], "authid": "alice"})
    assert (await client.message())[0] == CHALLENGE

    client.send(ABORT, {}, "wamp.error.canceled")
    client.send(AUTHENTICATE, "alice", {})

    assert (await client.message())[::2] == [ABORT, "tapecast.error.authentication_required"]
    assert await client.close_frame() == AUTHENTICATION_REQUIRED
    clock.advance(ABORT_AFTER_S)
    await client.is_lost()


@pytest.mark.parametrize(
    ("details", "reason", "close"),
    [
        ({"authmethods": ["wampcra"]}, "tapecast.error.authentication_required", AUTHENTICATION_REQUIRED),
        ({"authmethods": ["nothing"]}, "tapecast.error.authentication_required", AUTHENTICATION_REQUIRED),
        (
            {"authmethods": ["ticket"], "authid": "mallory"},
            "tapecast.error.authentication_required",
            AUTHENTICATION_REQUIRED,
        ),
        ({"authmethods": ["anonymous-proxy"]}, "tapecast.error.authentication_required", AUTHENTICATION_REQUIRED),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_refused_join_says_why(
    router: RouterUnderTest, details: dict[str, object], reason: str, close: tuple[int, str]
) -> None:
    """A refusal is an ABORT with one of our errors, and the close that goes with it."""
    client = await RawWebSocket.open(router.port)
    client.send(HELLO, "tapecast", {"roles": ROLES, **details})

    abort = await client.message()

    assert abort[::2] == [ABORT, reason]
    assert await client.close_frame() == close
    await client.end()


@pytest_twisted.ensureDeferred
async def test_another_realm_does_not_exist(router: RouterUnderTest) -> None:
    """A realm that is not ours is refused as a wrong argument, without its name being repeated."""
    client = await RawWebSocket.open(router.port)
    client.send(HELLO, "other", {"roles": ROLES})

    assert await client.message() == [
        ABORT,
        {"message": "realm: there is no such realm"},
        "tapecast.error.invalid_argument",
    ]
    assert await client.close_frame() == INVALID
    await client.end()


def refuse_token(_realm: str, _authid: str, _details: dict[str, object]) -> object:
    raise ApplicationError("tapecast.error.token_invalid", "the token is not valid")


def fail_with_a_secret(_realm: str, _authid: str, details: dict[str, object]) -> object:
    raise ValueError(f"cannot read {details['ticket']}")


def refuse(_config: object, _controller: object) -> object:
    """Make an authenticator that lets nobody in."""
    return refuse_token


def fail(_config: object, _controller: object) -> object:
    """Make an authenticator that has a bug."""
    return fail_with_a_secret


def authenticator(create: Callable[..., object]) -> dict[str, str]:
    return {"type": "function", "create": f"{create.__module__}.{create.__name__}"}


async def sign_in(client: RawWebSocket, token: str) -> list[Any]:
    client.send(HELLO, "tapecast", {"roles": ROLES, "authmethods": ["ticket"]})
    assert (await client.message())[0] == CHALLENGE
    client.send(AUTHENTICATE, token, {})
    return await client.message()


@pytest_twisted.ensureDeferred
async def test_a_refused_token_ends_the_socket(clock: Clock) -> None:
    """The socket is gone two seconds after the close, though the client answers nothing and reads nothing."""
    async with running(OURS, ticket=authenticator(refuse), clock=clock) as router:
        client = await RawWebSocket.open(router.port)

        assert await sign_in(client, "x.y.z") == [
            ABORT,
            {"message": "the token is not valid"},
            "tapecast.error.token_invalid",
        ]
        assert await client.close_frame() == TOKEN_INVALID
        clock.advance(ABORT_AFTER_S - 0.1)
        assert not client.lost.called
        clock.advance(0.1)

        await client.is_lost()
        assert not clock.getDelayedCalls()


@pytest_twisted.ensureDeferred
async def test_a_failing_authenticator_leaks_no_text() -> None:
    """The text of an exception, which may hold the token, does not reach the client."""
    async with running(OURS, ticket=authenticator(fail)) as router:
        client = await RawWebSocket.open(router.port)

        abort = await sign_in(client, "sesame")

        assert "sesame" not in str(abort)
        assert abort[::2] == [ABORT, "tapecast.error.internal"]
        await client.end()


def test_the_defaults_are_safe() -> None:
    """What the configuration does not say is the careful choice."""
    assert SAFE_OPTIONS["allowed_origins"] == []


@pytest_twisted.ensureDeferred
async def test_a_message_and_a_join_are_limited(router: RouterUnderTest) -> None:
    """Autobahn is told what the limits say, of messages and of single frames."""
    factory = router.websocket_factory

    assert factory.maxMessagePayloadSize == factory.maxFramePayloadSize == 65_536
    assert factory.join_timeout_s == 5


@pytest_twisted.ensureDeferred
async def test_an_unfinished_handshake_has_a_deadline(router: RouterUnderTest) -> None:
    """Autobahn's own deadline for the HTTP part is on."""
    assert router.websocket_factory.openHandshakeTimeout == 5


def create_from_environment(config: Any, controller: Any) -> Any:
    """Make the gateway's own authenticator, under a name that Crossbar keeps for this module alone."""
    return create({**config, "secret_file": os.environ["TEST_SECRET_FILE"]}, controller)


@pytest.mark.parametrize("make_token", [token, lambda: token(secret=b"x" * 32), lambda: "n0t4tok3n.q9q9q9.zzqqzz"])
@pytest_twisted.ensureDeferred
async def test_no_line_of_the_log_holds_a_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_token: Callable[[], str]
) -> None:
    """What a client signs in with, expired, forged or nonsense, is in no line that the log would write at any level."""
    secret_file = tmp_path / "secret"
    secret_file.write_bytes(SECRET)
    secret_file.chmod(0o600)
    monkeypatch.setenv("TEST_SECRET_FILE", str(secret_file))
    sent = make_token()

    with capturedLogs() as events:
        async with running(OURS, ticket=authenticator(create_from_environment)) as router:
            client = await RawWebSocket.open(router.port)
            assert (await sign_in(client, sent))[0] == ABORT
            await client.end()

    lines = [json_line(event, "router") for event in events if is_worth_writing(event, "debug")]
    assert any("join refused" in line for line in lines)
    assert not [line for line in lines for part in sent.split(".") if part in line]


@pytest_twisted.ensureDeferred
async def test_a_join_that_no_authenticator_sees_is_counted_all_the_same(router: RouterUnderTest) -> None:
    """Crossbar refuses some joins itself; each of them shows once in the figures, with the code that the client got."""
    counted: list[tuple[str, str]] = []
    end_observing = observe_authentications(lambda method, result: counted.append((method, result)))
    client = await RawWebSocket.open(router.port)

    client.send(HELLO, "another", {"roles": ROLES, "authmethods": ["nothing"]})
    answer = await client.message()
    await client.is_lost()
    end_observing()

    assert counted == [("other", answer[2].removeprefix("tapecast.error."))]


@pytest_twisted.ensureDeferred
async def test_a_connection_begins_a_few_sessions_and_no_more(router: RouterUnderTest) -> None:
    """Joins cost much, and whoever says GOODBYE and HELLO again and again is ended."""
    client = await RawWebSocket.join(router.port)
    for _ in range(HELLOS_A_CONNECTION - 1):
        client.send(GOODBYE, {}, "wamp.close.normal")
        await client.message()
        client.send(HELLO, "tapecast", {"roles": ROLES})
        assert (await client.message())[0] == WELCOME

    client.send(GOODBYE, {}, "wamp.close.normal")
    await client.message()
    client.send(HELLO, "tapecast", {"roles": ROLES})

    assert await client.close_frame() == (4004, "tapecast.close.invalid_message")
