"""Demo users over HTTP on a real port: told and let in at this machine, and nowhere else."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import maybeDeferred
from twisted.internet.task import Clock
from twisted.logger import LogLevel, capturedLogs
from twisted.web.server import Site

from auth.claims import TokenRules
from auth.demo_users import DemoTokens, DemoUser
from auth.tokens import TokenVerifier
from components.contract.roles import Role
from router.demo_answers import DemoAnswers
from router.entrance import open_gate
from router.entry import Entry
from router.figures import Figures
from router.http import GatewayResource
from router.limit_settings import LimitSettings
from router.limits import UNLIMITED
from router.site import use_our_channel
from tests.support.http_client import Response, request

SECRET = 32 * b"s"
USERS = (DemoUser("alice", Role.TRADER), DemoUser("olga@desk.example", Role.ADMIN))
NOW_S = 1_767_225_600.0

NOT_HERE = 404


async def serve(demo: DemoAnswers) -> tuple[int, Any]:
    """A server of nothing else, its port and what ends it."""
    root = GatewayResource({}, {}, Clock(), demo=demo)
    site = use_our_channel(Site(root), open_gate(LimitSettings(limits=UNLIMITED), Entry(), Figures()))
    port: Any = reactor.listenTCP(0, site, interface="127.0.0.1")
    return port.getHost().port, port.stopListening


@pytest_twisted.async_yield_fixture
async def port() -> AsyncIterator[int]:
    """The port of a gateway with demo users."""
    number, stop = await serve(DemoAnswers(DemoTokens(users=USERS, secret=SECRET), now_s=lambda: NOW_S))
    yield number
    await maybeDeferred(stop)


@pytest_twisted.async_yield_fixture
async def bare_port() -> AsyncIterator[int]:
    """The port of one without."""
    number, stop = await serve(DemoAnswers())
    yield number
    await maybeDeferred(stop)


def told(response: Response) -> tuple[int, Any, str]:
    """What an answer says, and whether it may be kept."""
    return response.status, response.json, response.headers["cache-control"]


@pytest_twisted.ensureDeferred
async def test_who_is_at_this_machine_is_told_who_there_is(port: int) -> None:
    """By name and role."""
    response = await request(port, "GET", "/api/demo/users")

    users = [{"user_id": "alice", "role": "trader"}, {"user_id": "olga@desk.example", "role": "admin"}]
    assert told(response) == (200, {"users": users}, "no-store")


@pytest_twisted.ensureDeferred
async def test_a_token_lets_in_whom_it_is_for(port: int) -> None:
    """It is signed with the gateway's secret, and what is written about it in the log is its name."""
    with capturedLogs() as logs:
        response = await request(port, "GET", "/api/demo/token/olga%40desk.example")

    assert (response.status, response.headers["cache-control"]) == (200, "no-store")
    token = response.json["token"]
    principal = TokenVerifier.of_secret(SECRET, TokenRules()).verify(token, now_s=NOW_S)
    assert (principal.user_id, principal.role) == ("olga@desk.example", Role.ADMIN)
    assert response.json["expires_at"] == "2026-01-01T00:15:00.000000Z"
    (event,) = (event for event in logs if event.get("event") == "demo_token")
    assert (event["user"], event["token_id"]) == ("olga@desk.example", principal.token_id)
    assert token not in str(event)


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "rebound.example"},
        {"Origin": "https://rebound.example"},
        {"Sec_Fetch_Site": "cross-site"},
        {"X_Forwarded_For": "203.0.113.5"},
        {"Via": "1.1 proxy"},
        {"Host": "rebound.example\r\nHost: 127.0.0.1"},
        {"HOST": "127.0.0.1\r\nhost: rebound.example"},
    ],
    ids=str,
)
@pytest_twisted.ensureDeferred
async def test_whoever_is_elsewhere_finds_nothing(port: int, bare_port: int, headers: dict[str, Any]) -> None:
    """The answers are those of a gateway that has no demo users, byte for byte but for the time."""
    for path in ("/api/demo/users", "/api/demo/token/alice"):
        here, bare = [await request(number, "GET", path, **headers) for number in (port, bare_port)]
        for response in (here, bare):
            response.headers.pop("date", None)
        assert (here.status, here.headers, here.body) == (bare.status, bare.headers, bare.body)
        assert b"alice" not in here.body


@pytest.mark.parametrize(
    "path",
    [
        "/api/demo",
        "/api/demo/token",
        "/api/demo/token/",
        "/api/demo/token/bob",
        "/api/demo/token/Alice",
        "/api/demo/token/alice/more",
        "/api/demo/token/alice%00",
        "/api/demo/users/alice",
        "/api/demo/secret",
    ],
)
@pytest_twisted.ensureDeferred
async def test_there_is_nothing_else(port: int, path: str) -> None:
    """No other path below, and nobody who is not listed."""
    response = await request(port, "GET", path)

    assert (response.status, response.json["error"]["code"]) == (NOT_HERE, "not_found")


@pytest_twisted.ensureDeferred
async def test_a_gateway_without_demo_users_lists_none(bare_port: int) -> None:
    """An empty list, so that its pages have nothing to complain of, and no token."""
    users = await request(bare_port, "GET", "/api/demo/users")
    token = await request(bare_port, "GET", "/api/demo/token/alice")

    assert told(users) == (200, {"users": []}, "no-store")
    assert token.status == NOT_HERE


@pytest_twisted.ensureDeferred
async def test_other_methods_are_refused(port: int) -> None:
    """A form of another page posts; nothing here is asked for so."""
    response = await request(port, "POST", "/api/demo/token/alice", body=b"{}")

    assert response.status == 405


@pytest_twisted.ensureDeferred
async def test_rules_that_no_token_fits_are_our_fault_and_told_nobody() -> None:
    """The answer is `internal`, and the log has the reason."""
    rules = TokenRules(required_claims=("department",))
    number, stop = await serve(DemoAnswers(DemoTokens(users=USERS, secret=SECRET, rules=rules)))

    with capturedLogs() as logs:
        response = await request(number, "GET", "/api/demo/token/alice")

    await maybeDeferred(stop)
    assert (response.status, response.json["error"]["code"]) == (500, "internal")
    assert "department" not in response.body.decode()
    assert [event for event in logs if event["log_level"] is LogLevel.critical]
