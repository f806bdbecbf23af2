"""The permission check that every action passes: what it answers, and whom it takes for Crossbar itself."""

import pytest
import pytest_twisted
from autobahn.wamp.exception import ApplicationError
from autobahn.wamp.types import PublishOptions, RegisterOptions
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.logger import capturedLogs

from auth.permissions import Action, Match
from components.contract.errors import ErrorCode
from components.contract.roles import Role
from components.contract.uris import MAX_SHOWN_URI_CHARS
from router.refusal import NoSuchProcedure, Refused
from router.router import role_of
from tests.support.routers import Client, RouterUnderTest

PRICE = "tapecast.price.BTCUSDT"


@pytest.mark.parametrize(
    ("user", "topic", "match", "code"),
    [
        (None, "tapecast.user.alice.orders", Match.EXACT, ErrorCode.AUTHENTICATION_REQUIRED),
        ("bob", "tapecast.user.alice.orders", Match.EXACT, ErrorCode.NOT_AUTHORIZED),
        ("bob", "tapecast.user", Match.PREFIX, ErrorCode.NOT_AUTHORIZED),
        ("bob", "tapecast.nothing", Match.EXACT, ErrorCode.UNKNOWN_TOPIC),
        ("bob", "tapecast.price.", Match.EXACT, ErrorCode.UNKNOWN_TOPIC),
        ("bob", "tapecast..price", Match.PREFIX, ErrorCode.INVALID_ARGUMENT),
        ("operator", "wamp.session.on_nothing", Match.EXACT, ErrorCode.UNKNOWN_TOPIC),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_refused_subscription_says_why(
    router: RouterUnderTest, user: str | None, topic: str, match: Match, code: ErrorCode
) -> None:
    """The caller gets one of the contract's codes with all that every error has, and the topic he named."""
    client = await router.join(user)

    with pytest.raises(ApplicationError) as raised:
        await client.follow(topic, match.value)

    assert raised.value.error == code.uri
    assert raised.value.kwargs["code"] == code
    assert raised.value.kwargs["message"].startswith(f"{topic}: ")
    assert raised.value.kwargs["retry"] is False


@pytest.mark.parametrize(
    ("user", "topic", "match"),
    [
        (None, PRICE, Match.EXACT),
        (None, "tapecast.price.", Match.PREFIX),
        (None, "tapecast.quote..BTCUSDT", Match.WILDCARD),
        ("alice", "tapecast.user.alice", Match.PREFIX),
        ("desk", "tapecast.user..orders", Match.WILDCARD),
        ("operator", "wamp.session.on_join", Match.EXACT),
        ("process", "", Match.PREFIX),
    ],
)
@pytest_twisted.ensureDeferred
async def test_what_is_granted_is_subscribed(
    router: RouterUnderTest, user: str | None, topic: str, match: Match
) -> None:
    """Each role gets what the contract promises it."""
    client = await router.join(user)

    assert await client.follow(topic, match.value)


@pytest_twisted.ensureDeferred
async def test_a_long_uri_is_not_repeated_whole(router: RouterUnderTest) -> None:
    """The answer to a long URI is not as long."""
    client = await router.join()
    uri = f"tapecast.{'x' * 10_000}"

    with pytest.raises(ApplicationError) as subscribed:
        await client.follow(uri)
    with pytest.raises(ApplicationError) as called:
        await client.call(uri)

    assert len(subscribed.value.kwargs["message"]) < MAX_SHOWN_URI_CHARS + 100
    assert len(called.value.args[0]) < MAX_SHOWN_URI_CHARS + 100


@pytest_twisted.ensureDeferred
async def test_crossbars_own_session_may_do_everything(router: RouterUnderTest) -> None:
    """Meta events and procedures go through because that very session asks."""
    for action in Action:
        router.router.permit(router.service, action, "wamp.anything")


@pytest.mark.parametrize("role", ["trusted", "anonymous", "nobody", "Admin", ""])
@pytest_twisted.ensureDeferred
async def test_a_role_off_the_contract_may_do_nothing(router: RouterUnderTest, role: str) -> None:
    """A session with Crossbar's own role, or one that an operator made up, is refused, and nothing breaks."""
    session = router.embed(role)

    for action in Action:
        with pytest.raises(Refused) as raised:
            router.router.permit(session, action, PRICE)
        assert raised.value.uri == ErrorCode.NOT_AUTHORIZED.uri
    assert role_of(session) is None
    with pytest.raises(ApplicationError):
        await session.publish(PRICE, options=PublishOptions(acknowledge=True))


@pytest_twisted.ensureDeferred
async def test_no_session_is_not_crossbars_own(router: RouterUnderTest) -> None:
    """While a realm starts it has no session of Crossbar's; then nobody passes for it."""
    router.router._realm.session = None

    with pytest.raises(Refused):
        router.router.permit(Client(), Action.PUBLISH, PRICE)


@pytest.mark.parametrize(
    ("role", "action", "uri", "expected"),
    [
        (Role.ADMIN, "call", "wamp.session.list", {"allow": True, "disclose": True, "cache": False}),
        (Role.RISK, "call", "wamp.session.list", {"allow": False, "disclose": True, "cache": False}),
        (Role.GATEWAY, "register", "tapecast.session.ping", {"allow": True, "disclose": False, "cache": False}),
        (Role.TRADER, "subscribe", PRICE, {"allow": True, "disclose": False, "cache": False}),
    ],
)
@pytest_twisted.ensureDeferred
async def test_crossbars_own_code_gets_the_same_answer(
    router: RouterUnderTest, role: Role, action: str, uri: str, expected: dict[str, bool]
) -> None:
    """Where Crossbar asks in its own form it hears the same, nothing of it is kept, and callers are disclosed."""
    session = router.embed(role)

    assert await router.router.authorize(session, uri, action, {}) == expected
    assert not router.router._authorization_cache


@pytest_twisted.ensureDeferred
async def test_crossbars_own_code_is_asked_with_the_match_policy(router: RouterUnderTest) -> None:
    """A pattern is judged as a pattern there, too."""
    session = router.embed(Role.TRADER)

    decision = await router.router.authorize(session, "tapecast.user", "subscribe", {"match": "prefix"})

    assert decision["allow"] is False


@pytest_twisted.ensureDeferred
async def test_no_configuration_grants_anything(router: RouterUnderTest) -> None:
    """Permissions that a node's configuration gives a role do not count; the contract's table does."""
    client = await router.join()

    with pytest.raises(ApplicationError):
        await client.register(lambda: None, "tapecast.mine", RegisterOptions())


def test_a_missing_procedure_is_wamps_own_error() -> None:
    """Of the refusals, one has WAMP's own name, and no body of ours."""
    error = NoSuchProcedure("tapecast.nothing")

    assert (error.uri, error.body) == ("wamp.error.no_such_procedure", None)


@pytest_twisted.ensureDeferred
async def test_who_watches_sees_also_those_leave_who_came_before(router: RouterUnderTest) -> None:
    """A session that joined while nobody watched is announced when it is gone, as any other."""
    client, operator = await router.join(), await router.join("operator")
    session_id = client._session_id
    left: Deferred[int] = Deferred()
    await operator.subscribe(left.callback, "wamp.session.on_leave")

    with capturedLogs() as events:
        client._transport.transport.abortConnection()

        assert await left.addTimeout(30, reactor) == session_id
    assert not [event for event in events if "log_failure" in event]
