"""
The defects of stock Crossbar that the gateway depends on being gone.

Every test makes the same observation on the stock classes and on ours: it must show the defect there and not here, so
that a test which has stopped to look tells of itself.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import pytest_twisted
from autobahn.wamp.exception import ApplicationError
from autobahn.wamp.types import PublishOptions
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred

from components.contract.roles import Role
from tests.support.routers import OURS, STOCK, Kind, running, settle

PRICE = "tapecast.price.BTCUSDT"
ALLOW = {"subscribe": True, "publish": False, "call": False, "register": False}


def shows_on_stock_only(observe: Callable[[Kind], Awaitable[bool]]) -> Any:
    """A test that an observation is true of the stock classes and false of ours."""

    @pytest.mark.parametrize(("kind", "expected"), [(STOCK, True), (OURS, False)], ids=["stock", "ours"])
    @pytest_twisted.ensureDeferred
    async def test(kind: Kind, expected: bool) -> None:  # noqa: FBT001 - a parameter of the table above
        assert await observe(kind) is expected

    test.__doc__ = observe.__doc__
    return test


async def one_closing_connection_costs_others_the_event(kind: Kind) -> bool:
    """D1: connections in their close handshake must not keep an event from the others."""
    async with running(kind) as router:
        clients = [await router.join() for _ in range(20)]
        for client in clients:
            await client.follow(PRICE)
        for client in clients[::2]:
            router.server_side(client).sendClose(1000)
        router.gateway.publish(PRICE, seq=1)
        router.gateway.publish("tapecast.price.ETHUSDT", seq=2)
        steady = clients[1::2]
        for client in steady:
            await settle(client)
        return any(not client.events for client in steady)


async def an_event_carries_another_subscription_id(kind: Kind) -> bool:
    """D2: an event that is sent in chunks must carry the id of the subscription that it is sent for."""
    async with running(kind, realm_options={"event_dispatching_chunk_size": 2}) as router:
        clients = [await router.join() for _ in range(6)]
        expected = {}
        for client in clients[:5]:
            expected[client] = await client.follow(PRICE)
        expected[clients[5]] = await clients[5].follow("tapecast.price.", match="prefix")
        received: dict[Any, list[int]] = {client: [] for client in clients}
        for client in clients:
            note_subscription_ids(client, received[client])
        router.gateway.publish(PRICE, seq=1)
        for client in clients:
            await settle(client)
        return any(ids != [expected[client]] for client, ids in received.items())


def note_subscription_ids(client: Any, ids: list[int]) -> None:
    on_message = client.onMessage

    def note(msg: Any) -> None:
        if type(msg).__name__ == "Event":
            ids.append(msg.subscription)
        else:
            on_message(msg)

    client.onMessage = note


async def one_users_permission_becomes_anothers(kind: Kind) -> bool:
    """D3: what one user may subscribe to must not become what everyone of the role may."""

    def authorize(session: dict[str, Any], uri: str, _action: str, _options: dict[str, Any]) -> dict[str, Any]:
        return {"allow": f".{session['authid']}." in uri, "cache": True}

    async with running(kind, authorizer="tapecast.authorize" if kind is STOCK else None) as router:
        if kind is STOCK:
            await router.gateway.register(authorize, "tapecast.authorize")
        alice, bob = await router.join("alice"), await router.join("bob")
        await alice.follow("tapecast.user.alice.orders")
        return await may_follow(bob, "tapecast.user.alice.orders")


async def may_follow(client: Any, topic: str, match: str = "exact") -> bool:
    try:
        await client.follow(topic, match)
    except ApplicationError:
        return False
    return True


async def refusals_pile_up_in_memory(kind: Kind) -> bool:
    """D4: subscribing to what does not exist must leave nothing behind in the router."""
    async with running(kind, permissions={Role.PUBLIC: []}) as router:
        client = await router.join()
        for number in range(30):
            assert not await may_follow(client, f"tapecast.nothing.n{number}")
        return len(router.router._authorization_cache) >= 30


async def a_prefix_reaches_beyond_an_exact_permission(kind: Kind) -> bool:
    """D5: a permission for one topic must not let a prefix of it in."""
    exact = {"uri": PRICE, "match": "exact", "allow": ALLOW}
    async with running(kind, permissions={Role.PUBLIC: [exact]}) as router:
        client = await router.join()
        await may_follow(client, PRICE, "prefix")
        router.gateway.publish(f"{PRICE}.secret", seq=1)
        await settle(client)
        return bool(client.events)


async def one_permission_hides_another(kind: Kind) -> bool:
    """D6: rows with a common beginning must not hide each other."""
    exact = {"uri": "tapecast.user.alice", "match": "exact", "allow": ALLOW}
    prefix = {"uri": "tapecast.user.", "match": "prefix", "allow": ALLOW}
    async with running(kind, permissions={Role.TRADER: [exact, prefix]}) as router:
        alice = await router.join("alice")
        return not await may_follow(alice, "tapecast.user.alice.orders")


async def one_wildcard_overwrites_another(kind: Kind) -> bool:
    """D6: two wildcards with the same head must both hold."""
    rows = [{"uri": f"tapecast.user..{name}", "match": "wildcard", "allow": ALLOW} for name in ("orders", "fills")]
    async with running(kind, permissions={Role.RISK: rows}) as router:
        desk = await router.join("desk")
        granted = [await may_follow(desk, f"tapecast.user..{name}", "wildcard") for name in ("orders", "fills")]
        return not all(granted)


async def a_retained_event_reaches_the_wrong_user(kind: Kind) -> bool:
    """D8: what was published for one user must not wait for the next who subscribes."""
    topic = "tapecast.system.announcements"
    async with running(kind) as router:
        await router.join("alice")
        router.gateway.publish(topic, seq=1, options=PublishOptions(retain=True, eligible_authid=["alice"]))
        bob = await router.join("bob")
        await bob.follow(topic, get_retained=True)
        await settle(bob)
        return bool(bob.events)


async def small_frames_wait_on_a_plain_transport(kind: Kind) -> bool:
    """TCP_NODELAY must be set on a transport that is not below a web server, too."""
    async with running(kind) as router:
        client = await router.join()
        transport = router.server_side(client).transport
        assert isinstance(transport.getPeer(), IPv4Address)
        return not transport.getTcpNoDelay()


async def a_lost_callee_is_not_coded(kind: Kind) -> bool:
    """A call in the hands of a process that dies must be answered with a code that says to try again."""
    async with running(kind) as router:
        process = await router.join("process")

        def die(**_arguments: object) -> Deferred[None]:
            process._transport.transport.abortConnection()
            return Deferred()

        await process.register(die, "tapecast.market.get_price")
        client = await router.join()
        with pytest.raises(ApplicationError) as raised:
            await client.call("tapecast.market.get_price", instrument="BTCUSDT")
        return bool(raised.value.error != "tapecast.error.unavailable")


async def meta_events_tell_transport_headers(kind: Kind) -> bool:
    """Headers, which may hold credentials, must not be published when a session joins."""
    async with running(kind) as router:
        operator = await router.join("operator")
        joins: list[dict[str, Any]] = []
        await operator.subscribe(joins.append, "wamp.session.on_join")
        await router.join()
        await settle(operator)
        assert joins
        return "X-Secret".lower() in str(joins).lower()


async def a_stranger_can_kill_sessions(kind: Kind) -> bool:
    """Meta procedures must not be for everyone."""
    async with running(kind) as router:
        alice, bob = await router.join("alice"), await router.join("bob")
        try:
            await bob.call("wamp.session.kill", alice._session_id)
        except ApplicationError:
            return False
        return True


test_close_does_not_abort_fan_out = shows_on_stock_only(one_closing_connection_costs_others_the_event)
test_subscription_ids_are_right = shows_on_stock_only(an_event_carries_another_subscription_id)
test_permissions_are_a_users_own = shows_on_stock_only(one_users_permission_becomes_anothers)
test_refusals_leave_nothing = shows_on_stock_only(refusals_pile_up_in_memory)
test_match_policy_counts = shows_on_stock_only(a_prefix_reaches_beyond_an_exact_permission)
test_rows_do_not_hide_each_other = shows_on_stock_only(one_permission_hides_another)
test_wildcards_do_not_overwrite_each_other = shows_on_stock_only(one_wildcard_overwrites_another)
test_nothing_is_retained = shows_on_stock_only(a_retained_event_reaches_the_wrong_user)
test_no_delay_on_a_plain_transport = shows_on_stock_only(small_frames_wait_on_a_plain_transport)
test_lost_callee_is_unavailable = shows_on_stock_only(a_lost_callee_is_not_coded)
test_no_headers_in_meta_events = shows_on_stock_only(meta_events_tell_transport_headers)
test_strangers_kill_nobody = shows_on_stock_only(a_stranger_can_kill_sessions)
