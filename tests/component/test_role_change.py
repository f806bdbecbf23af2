"""A session that goes on with a token of another role: its rights, limits and subscriptions, at once."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import attrs
import pytest
import pytest_twisted
from autobahn.wamp import message
from autobahn.wamp.exception import ProtocolError
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from components.contract.roles import Role
from components.model.entry import EntryRules, Revocation, Revocations
from components.model.errors import TokenRejected
from components.wamp.router_view import Renewal, SessionNews
from router.control import LiveRouterControl
from router.limit_settings import LimitSettings
from router.limits import UNLIMITED, points_rate
from router.renewal import MOST_NAMED
from router.token_watch import TokenWatch
from router.view import LiveRouterView
from tests.support.granted_tickets import TICKET, credential, ticket
from tests.support.raw_websocket import (
    AUTHENTICATE,
    CALL,
    CHALLENGE,
    ERROR,
    EVENT,
    HELLO,
    RESULT,
    ROLES,
    SUBSCRIBE,
    SUBSCRIBED,
    UNSUBSCRIBED,
    WELCOME,
    RawWebSocket,
)
from tests.support.routers import OURS, Client, RouterUnderTest, running, settle
from tests.support.tokens import NOW_S

ONE_CALL = LimitSettings(
    limits=attrs.evolve(UNLIMITED, user_points=points_rate(1, 60, 60), role_factors={Role.SERVICE: 20})
)
REVOCATION = {"features": {"subscription_revocation": True}}
AT_THE_DESK = [
    ("tapecast.price.BTCUSDT", "exact"),
    ("tapecast.user.alice.orders", "exact"),
    ("tapecast.risk.alerts", "exact"),
    ("tapecast.user.bob.", "prefix"),
    ("tapecast.user..orders", "wildcard"),
    ("tapecast.user.alice", "prefix"),
]
FORBIDDEN_TO_A_TRADER = ("tapecast.risk.alerts", "tapecast.user.*.orders", "tapecast.user.bob.")
TRADER, DESK = credential(issued_at_s=NOW_S + 1), credential(role=Role.RISK)


@pytest_twisted.async_yield_fixture
async def signing(clock: Clock) -> AsyncIterator[RouterUnderTest]:
    """A router where tickets say what they are good for."""
    async with running(OURS, ticket=TICKET) as router:
        router.factory.token_watch = TokenWatch(clock, lambda: NOW_S + clock.seconds())
        yield router


async def sign_in(router: RouterUnderTest, shown: str, *, subscriber: Mapping[str, object]) -> tuple[RawWebSocket, int]:
    """A connection with a session, and the session's number."""
    client = await RawWebSocket.open(router.port)
    roles = {**ROLES, "subscriber": subscriber}
    client.send(HELLO, "tapecast", {"roles": roles, "authmethods": ["ticket"], "authid": "alice"})
    assert (await client.message())[0] == CHALLENGE
    client.send(AUTHENTICATE, shown, {})
    welcome = await client.message()
    assert welcome[0] == WELCOME
    return client, welcome[1]


async def follow_the_desks(client: RawWebSocket) -> dict[int, str]:
    """Subscribe to all that the desk reads; which subscription is what."""
    held = {}
    for number, (uri, match) in enumerate(AT_THE_DESK):
        client.send(SUBSCRIBE, number + 1, {"match": match}, uri)
        answer = await client.message()
        assert answer[0] == SUBSCRIBED
        held[answer[2]] = uri
    return held


def watched_news(router: RouterUnderTest) -> list[SessionNews]:
    """What users are told from now on."""
    news: list[SessionNews] = []
    LiveRouterView(router.factory).watch_news(news.append)
    return news


@pytest_twisted.ensureDeferred
async def test_what_a_new_role_may_not_follow_ends(signing: RouterUnderTest) -> None:
    """Topics, prefixes and wildcards, each told to the client; nothing of theirs comes any more, the rest goes on."""
    client, session_id = await sign_in(signing, ticket(role=Role.RISK), subscriber=REVOCATION)
    held = await follow_the_desks(client)

    renewal = LiveRouterView(signing.factory).renew(session_id, TRADER)
    told = [await client.message() for _ in FORBIDDEN_TO_A_TRADER]
    for topic in ("risk.alerts", "user.bob.orders", "user.carl.orders", "price.BTCUSDT", "user.alice.orders"):
        signing.gateway.publish(f"tapecast.{topic}", seq=1)

    assert renewal == Renewal(
        expires_at="2023-11-14T22:23:20.000000Z", role=Role.TRADER, ended_subscriptions=FORBIDDEN_TO_A_TRADER
    )
    assert {one[0] for one in told} == {UNSUBSCRIBED}
    assert {one[1] for one in told} == {0}
    assert {one[2]["reason"] for one in told} == {"tapecast.error.not_authorized"}
    assert sorted(held[one[2]["subscription"]] for one in told) == sorted(
        ["tapecast.risk.alerts", "tapecast.user..orders", "tapecast.user.bob."]
    )
    events = [await client.message() for _ in range(3)]
    assert [held[event[1]] for event in events if event[0] == EVENT] == [
        "tapecast.price.BTCUSDT",
        "tapecast.user.alice.orders",
        "tapecast.user.alice",
    ]
    assert LiveRouterControl(signing.factory).subscriptions_of(session_id) == [
        "tapecast.price.BTCUSDT",
        "tapecast.user.alice.",
        "tapecast.user.alice.orders",
    ]
    await client.end()


@pytest_twisted.ensureDeferred
async def test_who_does_not_understand_it_is_told_nothing(signing: RouterUnderTest) -> None:
    """The subscriptions end all the same."""
    client, session_id = await sign_in(signing, ticket(role=Role.RISK), subscriber={})
    await follow_the_desks(client)

    LiveRouterView(signing.factory).renew(session_id, TRADER)
    signing.gateway.publish("tapecast.risk.alerts", seq=1)
    client.send(CALL, 1, {}, "tapecast.nothing")

    assert (await client.message())[0] == ERROR
    await client.end()


@pytest_twisted.ensureDeferred
async def test_autobahn_for_python_is_not_broken_by_what_it_announces(
    signing: RouterUnderTest,
) -> None:
    """It breaks off at an UNSUBSCRIBED that it did not ask for, so it gets none."""
    client = Client()
    client._session_id = 1
    with pytest.raises(ProtocolError):
        client.onMessage(message.Unsubscribed(0, subscription=1))
    joined = await signing.join(ticket(role=Role.RISK))
    await joined.follow("tapecast.risk.alerts")

    renewal = LiveRouterView(signing.factory).renew(joined._session_id, TRADER)
    await settle(joined)

    assert renewal is not None
    assert renewal.ended_subscriptions == ("tapecast.risk.alerts",)
    assert not joined.lost.called


@pytest_twisted.ensureDeferred
async def test_the_user_is_told_of_another_role(signing: RouterUnderTest) -> None:
    """From what to what, until when, and which subscriptions ended."""
    news = watched_news(signing)
    client, session_id = await sign_in(signing, ticket(role=Role.RISK), subscriber={})
    await follow_the_desks(client)

    LiveRouterView(signing.factory).renew(session_id, TRADER)

    assert news == [
        SessionNews(
            session_id=session_id,
            user_id="alice",
            event="role_changed",
            body={
                "expires_at": "2023-11-14T22:23:20.000000Z",
                "from": "risk",
                "to": "trader",
                "ended_subscriptions": list(FORBIDDEN_TO_A_TRADER),
                "ended_count": 3,
            },
        )
    ]
    await client.end()


@pytest_twisted.ensureDeferred
async def test_so_many_ended_subscriptions_are_named(signing: RouterUnderTest) -> None:
    """The rest is counted, so that no event gets too long."""
    news = watched_news(signing)
    client, session_id = await sign_in(signing, ticket(role=Role.RISK), subscriber={})
    for number in range(MOST_NAMED + 1):
        client.send(SUBSCRIBE, number + 1, {}, f"tapecast.user.u{number}.orders")
        await client.message()

    LiveRouterView(signing.factory).renew(session_id, TRADER)

    (one,) = news
    assert isinstance(one.body["ended_subscriptions"], list)
    assert (len(one.body["ended_subscriptions"]), one.body["ended_count"]) == (MOST_NAMED, MOST_NAMED + 1)
    await client.end()


@pytest_twisted.ensureDeferred
async def test_a_new_token_is_told_once(signing: RouterUnderTest) -> None:
    """The same one again is no news, and its end no other."""
    news = watched_news(signing)
    client, session_id = await sign_in(signing, ticket(), subscriber={})
    view, longer = LiveRouterView(signing.factory), credential(expires_at_s=NOW_S + 1200)

    for _ in range(2):
        assert view.renew(session_id, longer) == Renewal(expires_at="2023-11-14T22:33:20.000000Z", role=Role.TRADER)

    assert [(one.event, one.body) for one in news] == [("token_renewed", {"expires_at": "2023-11-14T22:33:20.000000Z"})]
    (session,) = LiveRouterControl(signing.factory).connected_sessions()
    assert session.credential == longer
    await client.end()


@pytest_twisted.ensureDeferred
async def test_a_wider_role_has_its_rights_at_once(signing: RouterUnderTest) -> None:
    """What was refused before is granted now."""
    client, session_id = await sign_in(signing, ticket(), subscriber={})
    answers = []
    for request in (1, 2):
        client.send(SUBSCRIBE, request, {}, "tapecast.risk.alerts")
        answers.append(await client.message())
        LiveRouterView(signing.factory).renew(session_id, DESK)

    assert [answer[0] for answer in answers] == [ERROR, SUBSCRIBED]
    await client.end()


@pytest_twisted.ensureDeferred
async def test_a_call_on_its_way_finishes(signing: RouterUnderTest) -> None:
    """Its answer comes; the next one is refused."""
    answer: Deferred[Any] = Deferred()
    await signing.gateway.register(lambda: answer, "tapecast.orders.cancel_all")
    client, session_id = await sign_in(signing, ticket(), subscriber={})
    client.send(CALL, 1, {}, "tapecast.orders.cancel_all")
    client.send(CALL, 2, {}, "tapecast.nothing")
    await client.message()

    LiveRouterView(signing.factory).renew(session_id, credential(role=Role.ISSUER))
    client.send(CALL, 3, {}, "tapecast.orders.cancel_all")
    refused = await client.message()
    answer.callback([])

    assert refused[2:5:2] == [3, "tapecast.error.not_authorized"]
    assert (await client.message())[:2] == [RESULT, 1]
    await client.end()


@pytest_twisted.ensureDeferred
async def test_limits_are_those_of_the_new_role(clock: Clock) -> None:
    """A role with more at its disposal has it at once."""
    async with running(OURS, ticket=TICKET, limits=ONE_CALL) as router:
        router.factory.token_watch = TokenWatch(clock, lambda: NOW_S + clock.seconds())
        client, session_id = await sign_in(router, ticket(), subscriber={})
        errors = []
        for request in range(1, 4):
            client.send(CALL, request, {}, "tapecast.session.nothing")
            errors.append((await client.message())[4])
            if request == 2:
                LiveRouterView(router.factory).renew(session_id, credential(role=Role.SERVICE))

        assert errors == ["wamp.error.no_such_procedure", "tapecast.error.rate_limited", "wamp.error.no_such_procedure"]
        await client.end()


@pytest_twisted.ensureDeferred
async def test_everybody_who_asks_learns_the_new_role(signing: RouterUnderTest) -> None:
    """The figures, Crossbar's own procedures, and the filters of publications; nothing of the old one stays behind."""
    client, session_id = await sign_in(signing, ticket(), subscriber={})
    LiveRouterView(signing.factory).renew(session_id, DESK)

    told = await signing.embed("gateway").call("wamp.session.get", session_id)
    counts = LiveRouterView(signing.factory).count_sessions()

    assert told["authrole"] == "risk"
    assert (counts[Role.RISK], counts[Role.TRADER]) == (1, 0)
    assert {role: len(sessions) for role, sessions in signing.router._authrole_to_sessions.items()}["trader"] == 0
    await client.end()
    await settle(await signing.join(ticket()))
    assert not signing.router._authrole_to_sessions["risk"]


@pytest_twisted.ensureDeferred
async def test_a_revoked_token_renews_nothing(signing: RouterUnderTest) -> None:
    """Neither the end nor the role; a session that is gone, or has no token, has none to renew."""
    client, session_id = await sign_in(signing, ticket(), subscriber={})
    public = await RawWebSocket.join(signing.port)
    view = LiveRouterView(signing.factory)
    signing.factory.entry.set(EntryRules(revocations=Revocations([Revocation(token_id="t-9", expires_at_s=NOW_S)])))

    with pytest.raises(TokenRejected) as raised:
        view.renew(session_id, credential(role=Role.ADMIN, token_id="t-9"))

    assert raised.value.code.value == "token_revoked"
    (session, other) = LiveRouterControl(signing.factory).connected_sessions()
    assert (session.role, session.credential) == (Role.TRADER, credential())
    assert view.renew(other.session_id, DESK) is None
    assert view.renew(1, DESK) is None
    for one in (client, public):
        await one.end()
