"""What an operator sees of connected sessions, how they are ended, and who is not let in."""

import ipaddress
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_twisted
from autobahn.wamp.exception import ApplicationError
from twisted.internet.task import Clock

from components.contract.errors import KICKED
from components.contract.roles import Role
from components.model.entry import BlockedNetwork, EntryRules, Maintenance, Revocation, Revocations
from components.wamp.router_control import ConnectedSession
from router.addresses import AddressList, ListedNetwork
from router.control import LiveRouterControl
from router.limit_settings import LimitSettings
from router.limits import UNLIMITED
from router.token_watch import TokenWatch
from tests.support.granted_tickets import TICKET, credential, ticket, waiting_answers
from tests.support.raw_websocket import (
    ABORT,
    AUTHENTICATE,
    CALL,
    CHALLENGE,
    ERROR,
    GOODBYE,
    HELLO,
    ROLES,
    SUBSCRIBE,
    WELCOME,
    RawWebSocket,
)
from tests.support.routers import OURS, RouterUnderTest, running, turns
from tests.support.tokens import NOW_S

PROXIED = LimitSettings(
    limits=UNLIMITED, trusted_proxies=AddressList([ListedNetwork(network=ipaddress.ip_network("127.0.0.1"))])
)
KICKED_OFF = (4005, "tapecast.close.kicked")
BLOCKED = (4005, "tapecast.close.blocked")
REVOKED = (4001, "tapecast.close.revoked")
IN_MAINTENANCE = (4013, "tapecast.close.maintenance")
WORK = Maintenance(roles=frozenset({Role.ADMIN, Role.RISK}), refused=frozenset({"orders"}), message="we move house")


@pytest_twisted.async_yield_fixture
async def signing(clock: Clock) -> AsyncIterator[RouterUnderTest]:
    """A router behind a proxy, where tickets say what they are good for."""
    async with running(OURS, ticket=TICKET, limits=PROXIED, clock=clock) as router:
        router.factory.token_watch = TokenWatch(clock, lambda: NOW_S + clock.seconds())
        yield router


@pytest.fixture
def control(signing: RouterUnderTest) -> LiveRouterControl:
    """What an operator's component has of it."""
    return LiveRouterControl(signing.factory)


async def begin(router: RouterUnderTest, shown: str, *, address: str | None = None) -> RawWebSocket:
    """A connection that has shown its ticket, and is not answered yet."""
    client = await RawWebSocket.open(router.port, X_Forwarded_For=address)
    client.send(HELLO, "tapecast", {"roles": ROLES, "authmethods": ["ticket"], "authid": "whoever"})
    assert (await client.message())[0] == CHALLENGE
    client.send(AUTHENTICATE, shown, {})
    return client


async def sign_in(router: RouterUnderTest, shown: str, *, address: str | None = None) -> tuple[RawWebSocket, list[Any]]:
    """A connection that has signed in, and its WELCOME."""
    client = await begin(router, shown, address=address)
    welcome = await client.message()
    assert welcome[0] == WELCOME
    return client, welcome


async def is_answered(client: RawWebSocket) -> bool:
    """Whether a call still gets its answer."""
    client.send(CALL, 1, {}, "tapecast.nothing")
    return bool((await client.message())[0] == ERROR)


def ids_of(sessions: list[ConnectedSession]) -> list[int]:
    """Their numbers."""
    return [one.session_id for one in sessions]


def revoking(**what: Any) -> EntryRules:
    """Rules that revoke one thing."""
    return EntryRules(revocations=Revocations([Revocation(expires_at_s=4_000_000_000, **what)]))


def blocking(network: str) -> EntryRules:
    """Rules that block one network, for good."""
    return EntryRules(blocked=(BlockedNetwork(network=ipaddress.ip_network(network)),))


@pytest_twisted.ensureDeferred
async def test_an_operator_sees_who_is_connected(signing: RouterUnderTest, control: LiveRouterControl) -> None:
    """Each client with its token, behind our proxy, in the order in which they came; nobody of the gateway's own."""
    alice, alices = await sign_in(signing, ticket(token_id="t-1"), address="203.0.113.7")
    bob, bobs = await sign_in(signing, ticket("bob", Role.ADMIN))
    public = await RawWebSocket.join(signing.port)
    alice.send(SUBSCRIBE, 1, {}, "tapecast.price.BTCUSDT")
    await alice.message()

    first, second, third = control.connected_sessions()

    assert (first.session_id, first.user_id, first.role) == (alices[1], "alice", Role.TRADER)
    assert (first.address, first.subscriptions) == ("203.0.113.7", 1)
    assert first.credential == credential(token_id="t-1")
    assert first.joined_ns <= second.joined_ns
    assert first.connection is not None
    assert first.connection.sent_messages == 3
    assert (second.session_id, second.role, second.address) == (bobs[1], Role.ADMIN, "127.0.0.1")
    assert (third.role, third.credential) == (Role.PUBLIC, None)
    for client in (alice, bob, public):
        await client.end()


@pytest_twisted.ensureDeferred
async def test_nobody_is_sent_what_the_router_remembers(signing: RouterUnderTest) -> None:
    """Neither the client itself, nor whoever watches sessions join."""
    joined: list[Any] = []
    await signing.gateway.subscribe(joined.append, "wamp.session.on_join")

    client, welcome = await sign_in(signing, ticket(token_id="t-1"))
    await turns()

    assert welcome[2]["authextra"].keys() == {"user", "expires_at"}
    assert "grant" not in joined[0]["authextra"]
    assert "t-1" not in str(joined)
    await client.end()


@pytest_twisted.ensureDeferred
async def test_what_a_session_follows_is_told(signing: RouterUnderTest, control: LiveRouterControl) -> None:
    """Topics as they are, prefixes with their dot, wildcards with stars; nothing of a session that is gone."""
    client, welcome = await sign_in(signing, ticket("operator", Role.ADMIN))
    for number, (uri, match) in enumerate(
        [("tapecast.user..orders", "wildcard"), ("tapecast.price", "prefix"), ("tapecast.status.BTCUSDT", "exact")]
    ):
        client.send(SUBSCRIBE, number + 1, {"match": match}, uri)
        await client.message()

    held = control.subscriptions_of(welcome[1])

    assert held == ["tapecast.price.", "tapecast.status.BTCUSDT", "tapecast.user.*.orders"]
    assert control.subscriptions_of(1) == []
    await client.end()


@pytest_twisted.ensureDeferred
async def test_chosen_sessions_are_ended_and_no_others(signing: RouterUnderTest, control: LiveRouterControl) -> None:
    """With a GOODBYE where they shall not come back; whoever ignores it is cut off, and they are gone at once."""
    chosen, welcome = await sign_in(signing, ticket("mallory"))
    other, _ = await sign_in(signing, ticket("alice"))

    ended = control.end_sessions(lambda session: session.user_id == "mallory", KICKED)

    assert ids_of(ended) == [welcome[1]]
    assert (await chosen.message())[0] == GOODBYE
    assert await chosen.close_frame() == KICKED_OFF
    assert [one.user_id for one in control.connected_sessions()] == ["alice"]
    assert control.end_sessions(lambda session: session.user_id == "mallory", KICKED) == []
    assert await is_answered(other)
    await other.end()
    await chosen.end()


@pytest_twisted.ensureDeferred
async def test_who_does_not_go_is_cut_off(signing: RouterUnderTest, control: LiveRouterControl, clock: Clock) -> None:
    """Two seconds after it was told; nothing that it says meanwhile is listened to."""
    client, _ = await sign_in(signing, ticket("mallory"))

    control.end_sessions(lambda _session: True, KICKED)
    await turns()
    client.send(CALL, 1, {}, "tapecast.nothing")
    assert (await client.message())[0] == GOODBYE
    assert await client.close_frame() == KICKED_OFF
    clock.advance(2)
    await client.is_lost()

    assert client.unread == []


@pytest.mark.parametrize(
    "what", [{"token_id": "t-1"}, {"key_id": "key-7"}, {"user_id": "mallory", "issued_before_s": 100}]
)
@pytest_twisted.ensureDeferred
async def test_a_revocation_ends_whose_tokens_it_means(
    signing: RouterUnderTest, control: LiveRouterControl, what: dict[str, Any]
) -> None:
    """Their live sessions, and none else; nor do they join again."""
    revoked = ticket("mallory", token_id="t-1", key_id="key-7", issued_at_s=100)
    ended, _ = await sign_in(signing, revoked)
    others = [
        (await sign_in(signing, shown))[0]
        for shown in (
            ticket("alice", token_id="t-2", issued_at_s=100),
            ticket("mallory", token_id="t-3", issued_at_s=101),
        )
    ]
    public = await RawWebSocket.join(signing.port)

    control.set_entry_rules(revoking(**what))

    assert await ended.close_frame() == REVOKED
    back = await begin(signing, revoked)
    assert (await back.message())[::2] == [ABORT, "tapecast.error.token_revoked"]
    assert await back.close_frame() == REVOKED
    for client in (*others, public):
        assert await is_answered(client)
    for client in (ended, back, public, *others):
        await client.end()


@pytest_twisted.ensureDeferred
async def test_who_is_on_the_way_in_does_not_slip_through(signing: RouterUnderTest, control: LiveRouterControl) -> None:
    """A token that is revoked while the authenticator makes up its mind lets nobody in."""
    waiting_answers.clear()
    client = await begin(signing, ticket("mallory", token_id="t-1", is_held=True))
    while not waiting_answers:
        await turns(1)

    control.set_entry_rules(revoking(token_id="t-1"))
    waiting_answers.pop().callback({})

    assert (await client.message())[::2] == [ABORT, "tapecast.error.token_revoked"]
    await client.end()


@pytest_twisted.ensureDeferred
async def test_an_answer_that_comes_too_late_lets_nobody_in(
    signing: RouterUnderTest, control: LiveRouterControl
) -> None:
    """Where the client has given up meanwhile, or its connection was ended."""
    waiting_answers.clear()
    held = ticket("mallory", is_held=True)
    given_up, ended = [await begin(signing, held) for _ in range(2)]
    while len(waiting_answers) < 2:
        await turns(1)

    given_up.send(ABORT, {}, "wamp.error.whatever")
    await turns(5)
    control.set_entry_rules(blocking("127.0.0.1/32"))
    await turns(1)
    for answer in list(waiting_answers):
        answer.callback({})

    assert list(control.connected_sessions()) == []
    assert await ended.close_frame() == BLOCKED
    for client in (given_up, ended):
        await client.end()


@pytest.mark.parametrize("message", [(HELLO, "tapecast", {"roles": ROLES}), (AUTHENTICATE, "again", {})])
@pytest_twisted.ensureDeferred
async def test_one_join_at_a_time_is_made_up_ones_mind_about(
    signing: RouterUnderTest, message: tuple[object, ...]
) -> None:
    """Whoever begins another before the answer breaks the protocol, and joins neither time."""
    waiting_answers.clear()
    client = await begin(signing, ticket("mallory", is_held=True))
    while not waiting_answers:
        await turns(1)

    client.send(*message)

    assert await client.close_frame() == (4004, "tapecast.close.invalid_message")
    waiting_answers.pop().callback({})
    assert len(signing.router._session_id_to_session) == 2
    await client.end()


@pytest_twisted.ensureDeferred
async def test_a_failed_authenticator_lets_nobody_in(signing: RouterUnderTest) -> None:
    """And the next join on the connection is decided on again."""
    waiting_answers.clear()
    client = await begin(signing, ticket("mallory", is_held=True))
    while not waiting_answers:
        await turns(1)

    waiting_answers.pop().errback(ApplicationError("tapecast.error.unavailable", "nobody can be let in"))

    assert (await client.message())[::2] == [ABORT, "tapecast.error.unavailable"]
    await client.end()


@pytest_twisted.ensureDeferred
async def test_a_blocked_network_is_ended_and_shut_out(signing: RouterUnderTest, control: LiveRouterControl) -> None:
    """Joined or not; the next opening handshake is answered with 403; others stay, and come."""
    joined, _ = await sign_in(signing, ticket(), address="203.0.113.7")
    opened = await RawWebSocket.open(signing.port, X_Forwarded_For="203.0.113.8")
    other, _ = await sign_in(signing, ticket("bob"), address="198.51.100.1")

    control.set_entry_rules(blocking("203.0.113.0/24"))

    assert (await joined.message())[0] == GOODBYE
    assert await joined.close_frame() == await opened.close_frame() == BLOCKED
    refused = await RawWebSocket.open(signing.port, X_Forwarded_For="203.0.113.9")
    await refused.is_lost()
    assert refused.status == 403
    assert b'"not_authorized"' in refused.body
    assert await is_answered(other)
    control.set_entry_rules(EntryRules())
    back = await RawWebSocket.open(signing.port, X_Forwarded_For="203.0.113.9")
    assert back.status == 101
    for client in (joined, opened, other, back):
        await client.end()


@pytest_twisted.ensureDeferred
async def test_maintenance_keeps_out_who_is_not_needed(signing: RouterUnderTest, control: LiveRouterControl) -> None:
    """They are ended and refused, told why, until it is over; who is needed stays, and comes."""
    trader, _ = await sign_in(signing, ticket())
    opened = await RawWebSocket.open(signing.port)
    operator, _ = await sign_in(signing, ticket("operator", Role.ADMIN))

    control.set_entry_rules(EntryRules(maintenance=WORK))

    assert await trader.close_frame() == IN_MAINTENANCE
    opened.send(HELLO, "tapecast", {"roles": ROLES})
    assert await opened.message() == [ABORT, {"message": "we move house"}, "tapecast.error.maintenance"]
    assert await opened.close_frame() == IN_MAINTENANCE
    desk, _ = await sign_in(signing, ticket("desk", Role.RISK))
    assert await is_answered(operator)
    control.set_entry_rules(EntryRules())
    back, _ = await sign_in(signing, ticket())
    for client in (trader, opened, operator, desk, back):
        await client.end()


@pytest_twisted.ensureDeferred
async def test_maintenance_refuses_procedures_before_their_owner(
    signing: RouterUnderTest, control: LiveRouterControl
) -> None:
    """Of the families that it names, to everybody but the gateway's own; a role that may not call learns that first."""
    called: list[object] = []
    for procedure in ("tapecast.orders.cancel_all", "tapecast.account.get_wallet"):
        await signing.gateway.register(lambda: called.append(1), procedure)
    work = Maintenance(roles=frozenset(Role), refused=frozenset({"orders"}), message="we move house")
    trader, _ = await sign_in(signing, ticket())
    public = await RawWebSocket.join(signing.port)

    control.set_entry_rules(EntryRules(maintenance=work))
    for number, client in enumerate((trader, public)):
        client.send(CALL, number + 1, {}, "tapecast.orders.cancel_all")
    refused, unauthorized = await trader.message(), await public.message()
    trader.send(CALL, 2, {}, "tapecast.account.get_wallet")
    await trader.message()
    await signing.embed("gateway").call("tapecast.orders.cancel_all")

    assert refused[4] == "tapecast.error.maintenance"
    assert refused[6] == {
        "code": "maintenance",
        "message": "tapecast.orders.cancel_all: we move house",
        "retry": True,
        "details": {},
    }
    assert unauthorized[4] == "tapecast.error.authentication_required"
    assert len(called) == 2
    for client in (trader, public):
        await client.end()


@pytest_twisted.ensureDeferred
async def test_who_has_said_goodbye_is_nobody(signing: RouterUnderTest, control: LiveRouterControl) -> None:
    """A connection without a session has no token and no role, whatever it had; the next session has its own."""
    client, _ = await sign_in(signing, ticket(token_id="t-1"))
    client.send(GOODBYE, {}, "wamp.close.normal")
    await client.message()

    control.set_entry_rules(revoking(token_id="t-1"))
    client.send(HELLO, "tapecast", {"roles": ROLES})

    assert (await client.message())[0] == WELCOME
    assert [one.credential for one in control.connected_sessions()] == [None]
    await client.end()
