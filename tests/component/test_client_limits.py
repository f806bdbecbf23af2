"""Limits over real connections: who is let in, what is refused and how, and when a connection ends for it."""

import ipaddress
import json
from typing import Any

import attrs
import pytest
import pytest_twisted
from autobahn.wamp.exception import ApplicationError
from twisted.internet.task import Clock

from router.addresses import AddressList, ListedNetwork
from router.device import Device, DeviceType
from router.entry import Entry
from router.gate import RESERVED_FILES, Gate
from router.limit_settings import LimitSettings
from router.limits import UNLIMITED, Limits, points_rate
from router.rate_limits import BurstRate
from tests.support.raw_websocket import (
    ABORT,
    AUTHENTICATE,
    CALL,
    ERROR,
    GOODBYE,
    HELLO,
    ROLES,
    SUBSCRIBE,
    SUBSCRIBED,
    WELCOME,
    RawWebSocket,
)
from tests.support.routers import OURS, RouterUnderTest, running

PUBLISH, UNSUBSCRIBE, UNSUBSCRIBED = 16, 34, 35
TOO_MANY = (4003, "tapecast.close.too_many_connections")
NODE_FULL = (4003, "tapecast.close.node_full")
RATE_LIMITED = (4029, "tapecast.close.rate_limited")
HERE = AddressList([ListedNetwork(network=ipaddress.ip_network("127.0.0.0/8"))])
NO_SUCH_PROCEDURE = "wamp.error.no_such_procedure"


NOBODY = AddressList()


def limited(trusted_proxies: AddressList = NOBODY, /, *, clock: Clock | None = None, **limits: Any) -> Any:
    """A router with these limits and no others."""
    settings = LimitSettings(limits=attrs.evolve(UNLIMITED, **limits), trusted_proxies=trusted_proxies)
    return running(OURS, limits=settings, clock=clock)


def refusals(router: RouterUnderTest) -> dict[str, int]:
    """What was counted, by limit."""
    counted: dict[str, int] = dict(router.factory.figures.read().refusals)
    return counted


async def sign_in(router: RouterUnderTest, user: str) -> tuple[RawWebSocket, list[Any]]:
    """A connection that has signed in as a user, and the last answer."""
    client = await RawWebSocket.open(router.port)
    client.send(HELLO, "tapecast", {"roles": ROLES, "authmethods": ["ticket"], "authid": user})
    await client.message()
    client.send(AUTHENTICATE, user, {})
    return client, await client.message()


async def ask(client: RawWebSocket, *message: object) -> list[Any]:
    """Send one message, and read the answer."""
    client.send(*message)
    return await client.message()


def code_of(answer: list[Any]) -> str:
    """The error of an ERROR, or what else it is."""
    return str(answer[4]) if answer[0] == ERROR else f"message {answer[0]}"


@pytest_twisted.ensureDeferred
async def test_an_address_has_so_many_connections() -> None:
    """The next opening handshake is answered with 429 and a coded error; when one goes, another may come."""
    async with limited(connections_per_address=2) as router:
        clients = [await RawWebSocket.open(router.port) for _ in range(2)]

        refused = await RawWebSocket.open(router.port)
        await refused.is_lost()

        assert refused.status == 429
        assert json.loads(refused.body)["error"] == {
            "code": "rate_limited",
            "message": "this address has too many connections",
            "details": {"name": "connections_per_address", "limit": 2, "remaining": 0, "retry_after_ms": None},
        }
        assert refusals(router) == {"connections_per_address": 1}
        await clients[0].end()
        again = await RawWebSocket.open(router.port)
        assert again.status == 101
        for client in (clients[1], again):
            await client.end()


@pytest_twisted.ensureDeferred
async def test_a_handshake_that_fails_gives_its_place_back() -> None:
    """Whoever asks for a subprotocol that there is not does not fill the address up."""
    async with limited(connections_per_address=1) as router:
        for _ in range(3):
            refused = await RawWebSocket.open(router.port, Sec_WebSocket_Protocol="mqtt")
            await refused.is_lost()
            assert refused.status == 400

        client = await RawWebSocket.join(router.port)
        await client.end()


@pytest.mark.parametrize(("is_trusted", "statuses"), [(True, [101, 101, 429]), (False, [101, 429, 429])])
@pytest_twisted.ensureDeferred
async def test_only_a_trusted_proxy_names_another_address(*, is_trusted: bool, statuses: list[int]) -> None:
    """A header that anybody can write gives nobody a second place; of a proxy's only the last address counts."""
    async with limited(HERE if is_trusted else NOBODY, connections_per_address=1) as router:
        clients = [
            await RawWebSocket.open(router.port, X_Forwarded_For=forwarded_for)
            for forwarded_for in ("203.0.113.7", "203.0.113.8", "198.51.100.1, 203.0.113.7")
        ]

        assert [client.status for client in clients] == statuses
        for client in clients:
            await client.end()


@pytest.mark.parametrize(
    "headers",
    [
        {"Forwarded": "for=203.0.113.{n}"},
        {"X_Real_IP": "203.0.113.{n}"},
        {"X_Note": "a\x0bX-Forwarded-For: 203.0.113.{n}"},
        {"X_Note": "a\x85X-Forwarded-For: 203.0.113.{n}"},
        {"X_Forwarded_For": "unknown", "X_Forwarded_Host": "203.0.113.{n}"},
    ],
    ids=["Forwarded", "X-Real-IP", "behind VT", "behind NEL", "unknown"],
)
@pytest_twisted.ensureDeferred
async def test_nothing_else_names_an_address(headers: dict[str, str]) -> None:
    """Not even of a trusted proxy: other headers, and what only looks like its own, may be the client's."""
    async with limited(HERE, connections_per_address=1) as router:
        clients = [
            await RawWebSocket.open(router.port, **{name: text.format(n=n) for name, text in headers.items()})
            for n in (7, 8)
        ]

        assert [client.status for client in clients] == [101, 429]
        for client in clients:
            await client.end()


@pytest_twisted.ensureDeferred
async def test_a_blocked_address_does_not_get_in() -> None:
    """Its opening handshake is answered with 403."""
    settings = LimitSettings(limits=UNLIMITED, blocked_addresses=HERE)
    async with running(OURS, limits=settings) as router:
        refused = await RawWebSocket.open(router.port)
        await refused.is_lost()

        assert refused.status == 403
        assert json.loads(refused.body)["error"]["code"] == "not_authorized"
        assert refusals(router) == {"blocked_addresses": 1}


@pytest_twisted.ensureDeferred
async def test_a_full_node_says_so() -> None:
    """A connection too many is opened, told why, and closed."""
    async with limited(connections=1) as router:
        client = await RawWebSocket.join(router.port)

        surplus = await RawWebSocket.open(router.port)

        assert await surplus.close_frame() == NODE_FULL
        assert refusals(router) == {"connections": 1}
        assert code_of(await ask(client, CALL, 1, {}, "no.such")) == NO_SUCH_PROCEDURE
        for one in (client, surplus):
            await one.end()


@pytest_twisted.ensureDeferred
async def test_connections_stay_below_the_open_files(router: RouterUnderTest) -> None:
    """Whatever the settings say, the process has open files left for other things."""
    settings = LimitSettings(limits=UNLIMITED)
    router.factory.gate = Gate(
        settings, Entry(), max_open_files=RESERVED_FILES + 1, unix_offset_ns=0, count_refusal=lambda _limit: None
    )
    router.websocket_factory.gate = router.factory.gate
    client = await RawWebSocket.join(router.port)

    surplus = await RawWebSocket.open(router.port)

    assert await surplus.close_frame() == NODE_FULL
    for one in (client, surplus):
        await one.end()


@pytest_twisted.ensureDeferred
async def test_a_user_has_so_many_connections() -> None:
    """The next join is refused, coded, and its socket closed; another user is let in, and who leaves makes room."""
    async with limited(connections_per_user=2) as router:
        clients = [(await sign_in(router, "alice"))[0] for _ in range(2)]

        refused, answer = await sign_in(router, "alice")

        assert answer == [ABORT, {"message": "this user has too many connections"}, "tapecast.error.rate_limited"]
        assert await refused.close_frame() == TOO_MANY
        assert refusals(router) == {"connections_per_user": 1}
        bob, welcome = await sign_in(router, "bob")
        assert welcome[0] == WELCOME
        assert (await ask(clients[0], GOODBYE, {}, "wamp.close.normal"))[0] == GOODBYE
        again, welcome = await sign_in(router, "alice")
        assert welcome[0] == WELCOME
        for client in (*clients, refused, bob, again):
            await client.end()


@pytest_twisted.ensureDeferred
async def test_who_has_no_token_is_no_user() -> None:
    """Sessions without one are limited by their address only, and the gateway's own processes by nothing."""
    async with limited(connections_per_user=1, user_points=points_rate(1, 60, 60)) as router:
        clients = [await RawWebSocket.join(router.port) for _ in range(3)]
        processes = [(await sign_in(router, "process"))[0] for _ in range(2)]

        answers = [code_of(await ask(processes[0], CALL, number, {}, "no.such")) for number in range(1, 10)]

        assert answers == [NO_SUCH_PROCEDURE] * 9
        for client in (*clients, *processes):
            await client.end()


@pytest_twisted.ensureDeferred
async def test_a_call_too_many_is_refused_with_what_to_wait_for() -> None:
    """The error says which limit, how many it allows and when to come again; another scope is still open."""
    async with limited(market_points=points_rate(2, 60, 60)) as router:
        client = await router.join()
        for _ in range(2):
            with pytest.raises(ApplicationError) as raised:
                await client.call("tapecast.market.get_price", instrument="BTCUSDT")
            assert raised.value.error == "tapecast.error.unavailable"

        with pytest.raises(ApplicationError) as raised:
            await client.call("tapecast.market.get_price", instrument="BTCUSDT")

        assert raised.value.error == "tapecast.error.rate_limited"
        told = raised.value.kwargs
        assert (told["code"], told["retry"]) == ("rate_limited", True)
        assert {**told["details"], "retry_after_ms": None} == {
            "name": "market_points",
            "limit": 2,
            "remaining": 0,
            "retry_after_ms": None,
        }
        assert 0 < told["details"]["retry_after_ms"] <= 60_000
        assert refusals(router) == {"market_points": 1}
        with pytest.raises(ApplicationError, match="unavailable"):
            await client.call("tapecast.session.ping")


@pytest_twisted.ensureDeferred
async def test_every_kind_of_message_counts_and_is_answered_where_it_has_an_answer() -> None:
    """REGISTER, acknowledged PUBLISH and UNSUBSCRIBE of nothing get the error; an unacknowledged PUBLISH is dropped."""
    async with limited(market_points=points_rate(1, 60, 60)) as router:
        client = await RawWebSocket.join(router.port)
        await ask(client, CALL, 1, {}, "no.such")

        client.send(PUBLISH, 2, {}, "tapecast.price.BTCUSDT")
        answers = [
            await ask(client, *message)
            for message in (
                (CALL, 3, {}, "no.such"),
                (PUBLISH, 4, {"acknowledge": True}, "tapecast.price.BTCUSDT"),
                (PUBLISH, 5, {"acknowledge": True, "exclude": [1]}, "tapecast.price.BTCUSDT"),
                (64, 6, {}, "tapecast.market.get_price"),
                (UNSUBSCRIBE, 7, 1),
            )
        ]

        assert [(answer[0], answer[1], answer[2]) for answer in answers] == [
            (ERROR, CALL, 3),
            (ERROR, PUBLISH, 4),
            (ERROR, PUBLISH, 5),
            (ERROR, 64, 6),
            (ERROR, UNSUBSCRIBE, 7),
        ]
        assert {code_of(answer) for answer in answers} == {"tapecast.error.rate_limited"}
        assert refusals(router) == {"market_points": 6}
        await client.end()


@pytest_twisted.ensureDeferred
async def test_a_page_can_open_and_leave_its_subscriptions_at_once() -> None:
    """They count in the burst and not in the points; what a session holds it can always give back."""
    async with limited(market_points=points_rate(1, 60, 60), market_burst=BurstRate(burst=5, per_minute=1)) as router:
        client = await RawWebSocket.join(router.port)

        answers = [await ask(client, SUBSCRIBE, number, {}, f"tapecast.price.X{number}") for number in range(1, 7)]
        left = [await ask(client, UNSUBSCRIBE, 9, answer[2]) for answer in answers[:5]]

        assert [answer[0] for answer in answers[:5]] == [SUBSCRIBED] * 5
        assert code_of(answers[5]) == "tapecast.error.rate_limited"
        assert answers[5][6]["details"]["name"] == "market_burst"
        assert [answer[0] for answer in left] == [UNSUBSCRIBED] * 5
        await client.end()


@pytest_twisted.ensureDeferred
async def test_a_users_sessions_share_their_rate() -> None:
    """To come again does not end a block."""
    async with limited(market_points=points_rate(1, 60, 60)) as router:
        first, _ = await sign_in(router, "alice")
        await ask(first, CALL, 1, {}, "no.such")
        await first.end()
        second, _ = await sign_in(router, "alice")

        assert code_of(await ask(second, CALL, 1, {}, "no.such")) == "tapecast.error.rate_limited"
        await second.end()


@pytest_twisted.ensureDeferred
async def test_who_goes_on_is_closed_and_then_kept_out() -> None:
    """So many refusals end the connection; so many endings shut the address out, and say for how long."""
    async with limited(
        market_points=points_rate(1, 60, 60),
        refusal_points=points_rate(2, 60, 0),
        ending_points=points_rate(1, 600, 600),
    ) as router:
        for _ in range(2):
            client = await RawWebSocket.join(router.port)
            answers = [await ask(client, CALL, number, {}, "no.such") for number in (1, 2, 3)]
            client.send(CALL, 4, {}, "no.such")
            client.send(CALL, 5, {}, "no.such")

            assert [code_of(answer) for answer in answers[1:]] == ["tapecast.error.rate_limited"] * 2
            assert await client.close_frame() == RATE_LIMITED
            await client.end()

        refused = await RawWebSocket.open(router.port)
        await refused.is_lost()
        assert refused.status == 429
        assert 0 < int(refused.headers["retry-after"]) <= 600
        assert json.loads(refused.body)["error"]["details"]["name"] == "ending_points"


@pytest.mark.parametrize(
    ("limit", "topics", "options"),
    [
        ("topics_per_session", [f"tapecast.price.X{number}" for number in range(3)], {}),
        ("patterns_per_session", ["tapecast.price", "tapecast.trades", "tapecast.quote"], {"match": "prefix"}),
        ("channels_per_user", [f"tapecast.user.alice.{name}" for name in ("orders", "fills", "wallet")], {}),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_subscription_too_many_is_refused(limit: str, topics: list[str], options: dict[str, str]) -> None:
    """What is held may be asked for again, one more not, until another is given back."""
    limits: dict[str, Any] = {limit: 2}
    async with limited(**limits) as router:
        client, _ = await sign_in(router, "alice")

        answers = [await ask(client, SUBSCRIBE, 1, options, topic) for topic in (*topics[:2], topics[0], topics[2])]

        assert [answer[0] for answer in answers] == [SUBSCRIBED, SUBSCRIBED, SUBSCRIBED, ERROR]
        assert code_of(answers[3]) == "tapecast.error.subscription_limit"
        assert answers[3][6]["details"] == {"name": limit, "limit": 2}
        assert refusals(router) == {limit: 1}
        await ask(client, UNSUBSCRIBE, 2, answers[0][2])
        assert (await ask(client, SUBSCRIBE, 3, options, topics[2]))[0] == SUBSCRIBED
        await client.end()


@pytest_twisted.ensureDeferred
async def test_a_users_channels_count_over_all_sessions() -> None:
    """A second connection brings no more of them."""
    async with limited(channels_per_user=1) as router:
        first, _ = await sign_in(router, "alice")
        second, _ = await sign_in(router, "alice")
        await ask(first, SUBSCRIBE, 1, {}, "tapecast.user.alice.orders")

        answer = await ask(second, SUBSCRIBE, 1, {}, "tapecast.user.alice.fills")

        assert code_of(answer) == "tapecast.error.subscription_limit"
        for client in (first, second):
            await client.end()


@pytest_twisted.ensureDeferred
async def test_a_message_may_be_as_large_as_the_limit_says() -> None:
    """The setting takes the place of the default."""
    async with limited(message_bytes=2048) as router:
        client = await RawWebSocket.join(router.port)

        client.send(CALL, 1, {}, "no.such", [3000 * "x"])

        assert (await client.frame())[1]
        assert (await client.close_frame())[0] == 1009
        await client.end()


@pytest_twisted.ensureDeferred
async def test_a_join_may_take_for_ever(clock: Clock) -> None:
    """Where that limit is off, a connection without a session stays open."""
    async with limited(clock=clock, join_s=None) as router:
        client = await RawWebSocket.open(router.port)
        clock.advance(3600)
        client.send(HELLO, "tapecast", {"roles": ROLES})

        assert (await client.message())[0] == WELCOME
        await client.end()


@pytest_twisted.ensureDeferred
async def test_the_defaults_are_on() -> None:
    """A router that is told nothing holds to the table."""
    async with running(OURS, limits=LimitSettings()) as router:
        clients = [await RawWebSocket.open(router.port) for _ in range(Limits().connections_per_address or 0)]

        refused = await RawWebSocket.open(router.port)

        assert refused.status == 429
        for client in clients:
            await client.end()


@pytest_twisted.ensureDeferred
async def test_a_client_says_what_it_runs_on() -> None:
    """In headers and in HELLO, which goes before; nothing else of its authextra is kept."""
    async with limited() as router:
        client = await RawWebSocket.open(router.port, X_Device_Type="mobile", X_Client_Version="1.0")
        device = {"type": "tablet", "background": True}
        client.send(HELLO, "tapecast", {"roles": ROLES, "authextra": {"device": device, "expires_at": "never"}})
        welcome = await client.message()

        session = router.router._session_id_to_session[welcome[1]]

        assert session.device == Device(type=DeviceType.TABLET, version="1.0", background=True)
        assert not session._authextra
        await client.end()


@pytest.mark.parametrize(
    ("device", "max_hz", "background"),
    [
        ({"type": "mobile"}, 5.0, False),
        ({"type": "tablet", "background": True}, 10.0, True),
        ({"type": "desktop"}, None, False),
        ({"background": True}, None, True),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_device_begins_at_its_pace(
    device: dict[str, object], max_hz: float | None, *, background: bool
) -> None:
    """And the next session on the same connection at its own."""
    async with limited() as router:
        client = await RawWebSocket.open(router.port)
        welcome = await ask(client, HELLO, "tapecast", {"roles": ROLES, "authextra": {"device": device}})
        outbox = router.router._session_id_to_session[welcome[1]]._transport.outbox

        paces = [outbox.figures(0)]
        await ask(client, GOODBYE, {}, "wamp.close.normal")
        await ask(client, HELLO, "tapecast", {"roles": ROLES})
        paces.append(outbox.figures(0))

        assert [(pace.max_hz, pace.background) for pace in paces] == [(max_hz, background), (None, False)]
        await client.end()


@pytest_twisted.ensureDeferred
async def test_a_wrong_device_is_named() -> None:
    """The ABORT says which field, and the connection ends as for any wrong HELLO."""
    async with limited() as router:
        client = await RawWebSocket.open(router.port)

        abort = await ask(client, HELLO, "tapecast", {"roles": ROLES, "authextra": {"device": {"type": "phone"}}})

        assert abort[2] == "tapecast.error.invalid_argument"
        assert abort[1]["message"].startswith("authextra.device.type: expected one of mobile")
        assert (await client.close_frame())[0] == 4004
        await client.end()


@pytest_twisted.ensureDeferred
async def test_a_mobile_session_has_its_own_burst() -> None:
    """Smaller than a desk's."""
    async with limited(mobile_burst=BurstRate(burst=1, per_minute=1)) as router:
        client = await RawWebSocket.open(router.port, X_Device_Type="mobile")
        await ask(client, HELLO, "tapecast", {"roles": ROLES})

        answers = [await ask(client, SUBSCRIBE, number, {}, "tapecast.price.X") for number in (1, 2)]

        assert code_of(answers[1]) == "tapecast.error.rate_limited"
        assert answers[1][6]["details"]["name"] == "mobile_burst"
        await client.end()
