"""The authenticator in its two shells: called directly, and by a real, unmodified Crossbar node."""

import time
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest
import pytest_twisted
from autobahn.wamp.exception import ApplicationError
from autobahn.wamp.types import ComponentConfig
from twisted.internet import reactor
from twisted.logger import ILogObserver, globalLogPublisher
from zope.interface import implementer

from auth.authenticator import GRANT, Authenticator
from auth.claims import TokenRules
from auth.component import (
    AuthenticatorFunction,
    CrossbarAuthenticator,
    TokenAuthenticator,
    create,
    observe_authentications,
)
from auth.tokens import TokenVerifier, issue_token
from components.model.errors import ConfigError
from tests.support.joining import Aborted, Welcomed, join
from tests.support.key_issuer import KeyIssuer
from tests.support.keys_server import KeysServer
from tests.support.stock_node import StockNode, free_port
from tests.support.token_readers import secret_keys
from tests.support.tokens import NOW_S, SECRET, token, token_saying

REALM = "tapecast"
INVALID = Aborted("tapecast.error.token_invalid", "the token is not valid")
EXPIRED = Aborted("tapecast.error.token_expired", "the token has expired")
TICKET = {"authmethod": "ticket", "session": 17}
ISSUER = KeyIssuer("desk-1")

Observed = list[tuple[str, str]]


class BrokenVerifier(TokenVerifier):
    """A verifier with a bug that quotes the token."""

    def verify(self, token: str, *, now_s: float) -> object:  # type: ignore[override]  # it never returns
        """Fail."""
        raise RuntimeError(f"cannot read {token} at {now_s}")


def function(
    verifier: type[TokenVerifier] = TokenVerifier, *, allows_public: bool = True, hands_over_grant: bool = False
) -> AuthenticatorFunction:
    """The function that Crossbar calls, at `NOW_S`."""
    authenticator = Authenticator(
        verifier=verifier.of_secret(SECRET, TokenRules()),
        new_public_name=lambda: "public-1",
        allows_public=allows_public,
    )
    return AuthenticatorFunction(authenticator, secret_keys(), lambda: float(NOW_S), hands_over_grant)


@pytest.fixture
def observed() -> Iterator[Observed]:
    """What the observers were told."""
    told: Observed = []
    end = observe_authentications(lambda method, result: told.append((method, result)))
    yield told
    end()


def test_a_good_ticket_makes_the_tokens_user_whoever_hello_says(observed: Observed) -> None:
    """Crossbar is given the user and role of the token, and HELLO's authid is dropped."""
    principal = function()(REALM, "admin", {**TICKET, "ticket": token()})

    assert principal == {
        "realm": REALM,
        "authid": "alice",
        "role": "trader",
        "extra": {"user": "alice", "expires_at": "2023-11-14T22:23:20.000000Z"},
    }
    assert observed == [("ticket", "accepted")]


def test_a_router_that_asks_for_it_gets_what_a_token_was_good_for() -> None:
    """Beside what the client is told; a session without a token has nothing that could be revoked."""
    hands_over = function(hands_over_grant=True)

    signed_in: Any = hands_over(REALM, None, {**TICKET, "ticket": token_saying(jti="t-1")})
    public: Any = hands_over(REALM, None, {"authmethod": "anonymous"})

    assert signed_in["extra"].pop(GRANT).credential.token_id == "t-1"
    assert signed_in["extra"].keys() == {"user", "expires_at"}
    assert public["extra"] == {"user": None, "expires_at": None}


def test_without_a_token_a_session_is_public(observed: Observed) -> None:
    """A session without a token is `public`, under a name of its own."""
    principal = function()(REALM, "admin", {"authmethod": "anonymous", "session": 17})

    assert principal == {
        "realm": REALM,
        "authid": "public-1",
        "role": "public",
        "extra": {"user": None, "expires_at": None},
    }
    assert observed == [("anonymous", "accepted")]


def refused(called: CrossbarAuthenticator, details: dict[str, object]) -> ApplicationError:
    """The error with which a function answers."""
    with pytest.raises(ApplicationError) as raised:
        called(REALM, None, details)
    return raised.value


@pytest.mark.parametrize(
    ("details", "code", "text"),
    [
        ({**TICKET, "ticket": token_saying(role="gateway")}, "token_invalid", "the token is not valid"),
        ({**TICKET, "ticket": "x"}, "token_invalid", "the token is not valid"),
        (TICKET, "token_invalid", "the token is not valid"),
        ({**TICKET, "ticket": token_saying(exp=NOW_S - 60)}, "token_expired", "the token has expired"),
        ({"authmethod": "wampcra"}, "authentication_required", "a token is required"),
        ({}, "authentication_required", "a token is required"),
    ],
)
def test_a_refusal_has_its_code_and_nothing_of_the_reason(
    observed: Observed, details: dict[str, object], code: str, text: str
) -> None:
    """Whatever was wrong, the client reads the code and one text of that code."""
    error = refused(function(), details)

    assert error.error == f"tapecast.error.{code}"
    assert error.args == (text,)
    assert error.kwargs == {"code": code, "message": text, "retry": False, "details": {}}
    assert observed == [("ticket" if details.get("authmethod") == "ticket" else "other", code)]


def test_public_sessions_can_be_switched_off(observed: Observed) -> None:
    """Where public sessions are not allowed, one is told that a token is required."""
    error = refused(function(allows_public=False), {"authmethod": "anonymous"})

    assert error.error == "tapecast.error.authentication_required"
    assert observed == [("anonymous", "authentication_required")]


def test_a_bug_tells_the_client_nothing(observed: Observed) -> None:
    """An unexpected error becomes `internal`, without its text."""
    error = refused(function(BrokenVerifier), {**TICKET, "ticket": token()})

    assert error.error == "tapecast.error.internal"
    assert error.args == ("the gateway failed to answer",)
    assert observed == [("ticket", "internal")]


def test_the_log_has_no_part_of_a_ticket(events: list[dict[str, object]]) -> None:
    """Neither a refusal nor a bug that quotes the token writes it, or anything of it, to the log."""
    secret_part = token_saying(sub="mallory").split(".")[1]
    ticket = f"x.{secret_part}.x"

    refused(function(), {**TICKET, "ticket": ticket})
    refused(function(BrokenVerifier), {**TICKET, "ticket": ticket})

    written = [str(event) for event in events if event["log_namespace"] == "tapecast.security"]
    assert len(written) == 2
    assert not [line for line in written if secret_part in line]
    assert [event["session"] for event in events if "session" in event] == [17, 17]


@pytest.fixture
def events() -> Iterator[list[dict[str, object]]]:
    """What is logged, as events."""
    logged: list[dict[str, object]] = []

    @implementer(ILogObserver)
    def keep(event: dict[str, object]) -> None:
        logged.append(event)

    globalLogPublisher.addObserver(keep)
    yield logged
    globalLogPublisher.removeObserver(keep)


def test_settings_that_let_nobody_in_refuse_everybody(observed: Observed) -> None:
    """In process, where Crossbar asks for the function only at the first HELLO, bad settings refuse all."""
    for config in ({"secret": "x" * 32}, {"secret_variable": "TAPECAST_NO_SUCH_VARIABLE"}, {"leeway_s": -1}):
        error = refused(create(config), {**TICKET, "ticket": token()})

        assert error.error == "tapecast.error.unavailable"
        assert error.kwargs["retry"] is True
    assert observed == [("ticket", "unavailable")] * 3


def test_settings_that_let_nobody_in_end_the_component() -> None:
    """As a component, the authenticator does not start with settings that nobody can join with."""
    with pytest.raises(ConfigError):
        TokenAuthenticator(ComponentConfig(realm=REALM, extra={"secret_variable": "TAPECAST_NO_SUCH_VARIABLE"}))


@attrs.frozen(kw_only=True)
class Ports:
    """Where the stock node asks the component, and where the function in its own process."""

    dynamic: int
    function: int

    def __iter__(self) -> Iterator[int]:
        return iter((self.dynamic, self.function))


def transport(port: int, ticket: Mapping[str, object], anonymous: Mapping[str, object]) -> dict[str, object]:
    """A WebSocket transport with both methods."""
    return {
        "type": "websocket",
        "endpoint": {"type": "tcp", "port": port, "interface": "127.0.0.1"},
        "auth": {"ticket": ticket, "anonymous": anonymous},
    }


def node_config(ports: Ports, secret_file: Path, jwks_url: str) -> dict[str, object]:
    """A node of Crossbar's own classes that names our authenticator in both forms."""
    settings = {"secret_variable": "TAPECAST_UNSET", "secret_file": str(secret_file), "jwks_url": jwks_url}
    procedure = "com.example.who_may_join"
    dynamic = {"type": "dynamic", "authenticator": procedure}
    worker = {
        "type": "router",
        "realms": [
            {
                "name": REALM,
                "roles": [
                    {"name": "trader", "permissions": []},
                    {"name": "public", "permissions": []},
                    {"name": "auth", "permissions": [{"uri": procedure, "allow": {"register": True}}]},
                ],
            }
        ],
        "components": [
            {
                "type": "class",
                "classname": "auth.component.TokenAuthenticator",
                "realm": REALM,
                "role": "auth",
                "extra": {**settings, "procedure": procedure},
            }
        ],
        "transports": [
            transport(ports.dynamic, dynamic, dynamic),
            transport(
                ports.function,
                {"type": "function", "create": "auth.component.create", "config": settings},
                {"type": "static", "role": "public"},
            ),
        ],
    }
    return {"version": 2, "controller": {}, "workers": [worker]}


@pytest_twisted.async_yield_fixture(scope="module")
async def ports(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ports]:
    """A running stock node."""
    directory = tmp_path_factory.mktemp("stock-node")
    secret_file = directory / "jwt.secret"
    secret_file.touch(mode=0o600)
    secret_file.write_bytes(SECRET)
    chosen = Ports(dynamic=free_port(), function=free_port())
    keys = KeysServer(reactor, ISSUER.jwks("desk-1"))
    config = node_config(chosen, secret_file, keys.url)
    node = await StockNode.start(directory, config, ports=list(chosen), environ={})
    yield chosen
    await node.stop()
    await keys.stop()


def fresh_token(*, role: str = "trader", secret: bytes = SECRET) -> str:
    """A token that is good now, by the clock that the node reads."""
    return issue_token(secret, TokenRules(), user_id="alice@example.com", role=role, lifetime_s=600, now_s=time.time())


FORMS = pytest.mark.parametrize("form", ["dynamic", "function"])


@FORMS
@pytest_twisted.ensureDeferred
async def test_a_stock_node_lets_a_bearer_in(ports: Ports, form: str) -> None:
    """With a good token one joins as its user and role, whatever HELLO's authid says."""
    outcome = await join(getattr(ports, form), REALM, ticket=fresh_token(), authid="admin")

    assert isinstance(outcome, Welcomed)
    assert (outcome.authid, outcome.role) == ("alice@example.com", "trader")
    assert outcome.extra is not None
    assert outcome.extra["user"] == "alice_40example_2ecom"


@FORMS
@pytest_twisted.ensureDeferred
async def test_a_stock_node_lets_in_whom_an_issuer_has_signed_for(ports: Ports, form: str) -> None:
    """By a key of its URL, which the node fetches itself; the first who comes may wait for it."""
    outcome = await join(getattr(ports, form), REALM, ticket=ISSUER.token("desk-1", user="bob"), authid="alice")

    assert isinstance(outcome, Welcomed)
    assert (outcome.authid, outcome.role) == ("bob", "trader")


@FORMS
@pytest_twisted.ensureDeferred
async def test_a_stock_node_refuses_an_expired_token(ports: Ports, form: str) -> None:
    """A token that was good once is told apart, so that a client knows to get a new one."""
    assert await join(getattr(ports, form), REALM, ticket=token(), authid="alice") == EXPIRED


@FORMS
@pytest.mark.parametrize(
    "ticket", [fresh_token(secret=b"f" * 32), token_saying(role="trusted", exp=4_000_000_000), "no token at all", ""]
)
@pytest_twisted.ensureDeferred
async def test_a_stock_node_refuses_a_forged_token(ports: Ports, form: str, ticket: str) -> None:
    """Another key, a role that Crossbar would trust, or no token at all: one and the same answer."""
    assert await join(getattr(ports, form), REALM, ticket=ticket, authid="alice") == INVALID


@FORMS
@pytest_twisted.ensureDeferred
async def test_a_stock_node_lets_anybody_in_as_public(ports: Ports, form: str) -> None:
    """Without a token one is `public`, and not who HELLO says."""
    outcome = await join(getattr(ports, form), REALM, authid="admin")

    assert isinstance(outcome, Welcomed)
    assert outcome.role == "public"
    assert outcome.authid != "admin"
