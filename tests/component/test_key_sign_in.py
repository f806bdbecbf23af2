"""Service accounts sign in by key over WebSocket, with Autobahn's own client and with one that breaks the rules."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import attrs
import pytest
import pytest_twisted
from autobahn.twisted.component import Component
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.logger import capturedLogs

from auth.component import observe_authentications
from auth.operator_file_store import LOOK_INTERVAL_S
from auth.service_key_store import ServiceKeyStore
from auth.service_keys import ServiceKeys
from router.key_sign_in import end_former_services
from router.view import LiveRouterView
from tests.support.raw_websocket import ABORT, AUTHENTICATE, CHALLENGE, GOODBYE, HELLO, ROLES, WELCOME, RawWebSocket
from tests.support.routers import OURS, REALM, RouterUnderTest, running, turns
from tests.support.service_accounts import KeyPair, write_accounts

PLATFORM, OPERATOR, STRANGER = KeyPair(1), KeyPair(2), KeyPair(3)
SAID = {"authmethods": ["cryptosign"], "authextra": {"pubkey": PLATFORM.public_key}, "roles": ROLES}
REFUSED = [ABORT, {"message": "the signature is not valid"}, "tapecast.error.token_invalid"]
TOKEN_INVALID = (4001, "tapecast.close.token_invalid")
INVALID_MESSAGE = (4004, "tapecast.close.invalid_message")


@attrs.define
class Door:
    """A router that lets service accounts in, and their file."""

    router: RouterUnderTest
    path: Path
    clock: Clock

    async def hello(self, pair: KeyPair = PLATFORM, **details: Any) -> RawWebSocket:
        """A client that has said hello."""
        client = await RawWebSocket.open(self.router.port)
        client.send(HELLO, REALM, {**SAID, "authextra": {"pubkey": pair.public_key}, **details})
        return client

    async def sign_in(self, pair: KeyPair = PLATFORM, signer: KeyPair | None = None, **details: Any) -> Any:
        """A client that has answered its challenge, and what it was answered."""
        client = await self.hello(pair, **details)
        challenge = await client.message()
        assert challenge[:2] == [CHALLENGE, "cryptosign"]
        client.send(AUTHENTICATE, (signer or pair).sign(challenge[2]["challenge"]), {})
        return client, await client.message()

    def rewrite(self, *accounts: dict[str, str]) -> None:
        """Write other accounts, and let a second pass."""
        write_accounts(self.path, *accounts)
        self.clock.advance(LOOK_INTERVAL_S)


@pytest_twisted.async_yield_fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    """A router with two service accounts."""
    path = write_accounts(tmp_path / "services.json", PLATFORM.account("platform"), OPERATOR.account("ops", "admin"))
    clock = Clock()
    store = ServiceKeyStore(path, clock)
    async with running(OURS) as router:

        def end_former(keys: ServiceKeys) -> None:
            end_former_services(router.factory.connections, keys, router.factory.endings)

        router.factory.service_keys = lambda: store.keys
        store.start(on_change=end_former)
        yield Door(router, path, clock)
        store.stop()


@pytest_twisted.ensureDeferred
async def test_autobahns_client_signs_in(door: Door) -> None:
    """Autobahn for Python does, as it comes, by the private key alone."""
    joined: Deferred[Any] = Deferred()
    component = Component(
        transports=[{"type": "websocket", "url": f"ws://127.0.0.1:{door.router.port}", "max_retries": 0}],
        realm=REALM,
        authentication={"cryptosign": {"authid": "somebody else", "privkey": PLATFORM.private_key}},
    )

    @component.on_join
    async def join(session: Any, details: Any) -> None:
        joined.callback(details)
        await session.leave()

    stopped = component.start(reactor)
    details = await joined.addTimeout(30, reactor)
    await stopped

    assert (details.authid, details.authrole, details.authmethod) == ("platform", "service", "cryptosign")
    assert details.authextra == {"user": "platform", "expires_at": None}


@pytest_twisted.ensureDeferred
async def test_a_sign_in_is_counted_and_told(door: Door) -> None:
    """The metric knows the way, the log who; neither has the signature."""
    joins: list[tuple[str, str]] = []
    stop = observe_authentications(lambda method, result: joins.append((method, result)))

    with capturedLogs() as events:
        client, welcome = await door.sign_in(OPERATOR)
        other, refused = await door.sign_in(OPERATOR, STRANGER)
    stop()

    assert (welcome[0], welcome[2]["authrole"]) == (WELCOME, "admin")
    assert refused == REFUSED
    assert joins == [("cryptosign", "accepted"), ("cryptosign", "token_invalid")]
    told = [(event["event"], event.get("user_id"), event.get("method")) for event in events if event.get("event")]
    assert told == [("joined", "ops", "cryptosign"), ("join_refused", None, None)]
    await client.end()
    await other.end()


@pytest.mark.parametrize(("pair", "signer"), [(PLATFORM, STRANGER), (STRANGER, STRANGER), (PLATFORM, OPERATOR)])
@pytest_twisted.ensureDeferred
async def test_every_refusal_reads_the_same(door: Door, pair: KeyPair, signer: KeyPair) -> None:
    """Whether the key is unknown or the signature another's, the client learns one thing."""
    client, answer = await door.sign_in(pair, signer)

    assert answer == REFUSED
    assert await client.close_frame() == TOKEN_INVALID
    await client.end()


@pytest.mark.parametrize(
    "authextra", [{}, {"pubkey": "x"}, {"pubkey": PLATFORM.public_key, "channel_binding": "tls-unique"}]
)
@pytest_twisted.ensureDeferred
async def test_hello_must_say_what_is_needed(door: Door, authextra: dict[str, str]) -> None:
    """A HELLO without a key, or that binds to a channel, is refused by the field's name."""
    client = await door.hello(authextra=authextra)

    abort = await client.message()

    assert abort[::2] == [ABORT, "tapecast.error.invalid_argument"]
    assert abort[1]["message"].startswith("authextra.")
    assert await client.close_frame() == INVALID_MESSAGE
    await client.end()


@pytest_twisted.ensureDeferred
async def test_a_challenge_is_new_each_time_and_answered_once(door: Door) -> None:
    """An answer that was seen lets nobody in."""
    first, second = await door.hello(), await door.hello()
    old = (await first.message())[2]["challenge"]
    assert (await second.message())[2]["challenge"] != old

    second.send(AUTHENTICATE, PLATFORM.sign(old), {})

    assert await second.message() == REFUSED
    await first.end()
    await second.end()


@pytest.mark.parametrize("realm", [None, "nowhere"])
@pytest_twisted.ensureDeferred
async def test_there_is_one_realm(door: Door, realm: str | None) -> None:
    """A good key does not open a realm that does not exist."""
    client = await RawWebSocket.open(door.router.port)
    client.send(HELLO, realm, SAID)
    challenge = await client.message()
    client.send(AUTHENTICATE, PLATFORM.sign(challenge[2]["challenge"]), {})

    assert (await client.message())[::2] == [ABORT, "tapecast.error.invalid_argument"]
    await client.end()


@pytest.mark.parametrize(
    ("methods", "challenged"),
    [
        (["cryptosign", "ticket"], "cryptosign"),
        (["ticket", "cryptosign"], "ticket"),
        (["wampcra", "cryptosign"], "cryptosign"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_the_first_open_way_is_gone(door: Door, methods: list[str], challenged: str) -> None:
    """Of several ways that HELLO offers, the first that is open counts."""
    client = await door.hello(authmethods=methods, authid="alice")

    assert (await client.message())[:2] == [CHALLENGE, challenged]
    await client.end()


@pytest_twisted.ensureDeferred
async def test_a_key_goes_before_the_token_of_the_request(door: Door) -> None:
    """A client that offers to sign is asked to, and the token is gone."""
    client = await RawWebSocket.open(door.router.port, Authorization="Bearer alice")
    client.send(
        HELLO, REALM, {"authmethods": ["cryptosign"], "authextra": {"pubkey": PLATFORM.public_key}, "roles": ROLES}
    )

    challenge = await client.message()
    client.send(AUTHENTICATE, PLATFORM.sign(challenge[2]["challenge"]), {})

    assert (await client.message())[2]["authid"] == "platform"
    client.send(GOODBYE, {}, "wamp.close.normal")
    assert (await client.message())[0] == GOODBYE
    client.send(HELLO, REALM, {"roles": ROLES})
    assert (await client.message())[2]["authrole"] == "public"
    await client.end()


@pytest_twisted.ensureDeferred
async def test_without_a_file_nobody_signs(router: RouterUnderTest) -> None:
    """A gateway that has no service accounts challenges nobody."""
    client = await RawWebSocket.open(router.port)

    client.send(
        HELLO, REALM, {"authmethods": ["cryptosign"], "authextra": {"pubkey": PLATFORM.public_key}, "roles": ROLES}
    )

    assert (await client.message())[::2] == [ABORT, "tapecast.error.authentication_required"]
    await client.end()


@pytest.mark.parametrize("accounts", [[], [PLATFORM.account("platform", "risk")], [PLATFORM.account("other")]])
@pytest_twisted.ensureDeferred
async def test_who_loses_the_key_loses_the_connection(door: Door, accounts: list[dict[str, str]]) -> None:
    """An account that is taken out, or becomes another, is ended within a second, and nobody else is."""
    client, _ = await door.sign_in()
    other, _ = await door.sign_in(OPERATOR)
    public = await RawWebSocket.join(door.router.port)

    door.rewrite(OPERATOR.account("ops", "admin"), *accounts)

    assert await client.close_frame() == (4001, "tapecast.close.revoked")
    assert not other.unread
    assert not public.unread
    _, answer = await door.sign_in()
    assert (answer[0] == WELCOME) is bool(accounts)
    for one in (client, other, public):
        await one.end()


@pytest_twisted.ensureDeferred
async def test_a_trader_of_the_same_name_is_somebody_else(door: Door) -> None:
    """A service account is not taken for a user with a token who is called the same."""
    client, _ = await door.sign_in()

    assert LiveRouterView(door.router.factory).list_sessions(["platform"]) == []
    await client.end()
    await turns()
