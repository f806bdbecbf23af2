"""Where a gateway is not public, HTTP tells the market to those alone who would be told over WAMP."""

import pytest
from autobahn.wamp.exception import ApplicationError
from twisted.logger import capturedLogs

from auth.claims import TokenRules
from auth.tokens import TokenVerifier
from components.contract.procedures import PROCEDURE_BY_URI
from router.http_guard import SAME_OVER_WAMP, OpenToAll, TokenGuard
from tests.support.tokens import NOW_S, SECRET, token, token_saying

CLOSED = pytest.mark.parametrize("head", sorted(SAME_OVER_WAMP))


@pytest.fixture
def guard() -> TokenGuard:
    """A guard by the secret of the tests, at their time."""
    return TokenGuard(TokenVerifier.of_secret(SECRET, TokenRules()), lambda: NOW_S)


def refusal(guard: TokenGuard, head: str, *authorizations: str) -> str:
    with pytest.raises(ApplicationError) as raised:
        guard.check(head, list(authorizations))
    error: str = raised.value.error
    return error.removeprefix("tapecast.error.")


@pytest.mark.parametrize("head", ["health", "api/status", "api/stats", "api/performance"])
def test_how_the_gateway_is_is_for_all(guard: TokenGuard, head: str) -> None:
    """A watcher needs no token, and a bad one does not keep it out."""
    guard.check(head, [])
    guard.check(head, ["Bearer x.y.z"])


@CLOSED
def test_the_market_is_for_bearers(guard: TokenGuard, head: str) -> None:
    """Whose role may call the same over WAMP may ask."""
    guard.check(head, [f"Bearer {token()}"])
    guard.check(head, [f"bearer {token_saying(role='admin')}"])


@CLOSED
@pytest.mark.parametrize(
    ("authorizations", "code"),
    [
        ([], "authentication_required"),
        (["Basic c2VzYW1l"], "authentication_required"),
        (["Bearer x.y.z"], "token_invalid"),
        (["Bearer"], "token_invalid"),
        ([f"Bearer {token_saying(exp=NOW_S - 60)}"], "token_expired"),
        ([f"Bearer {token_saying(role='service')}"], "not_authorized"),
        ([f"Bearer {token()}", f"Bearer {token()}"], "invalid_argument"),
    ],
)
def test_everybody_else_is_refused(guard: TokenGuard, head: str, authorizations: list[str], code: str) -> None:
    """The error is the one that a join would get, or a call."""
    assert refusal(guard, head, *authorizations) == code


def test_the_reason_is_in_the_log_and_nothing_of_the_token(guard: TokenGuard) -> None:
    """Only the operator learns what was wrong."""
    bad = token(secret=b"another secret of thirty-two bytes")

    with capturedLogs() as events:
        refusal(guard, "api/topics", f"Bearer {bad}")

    assert [event["event"] for event in events] == ["http_refused"]
    assert not any(part in str(events) for part in bad.split("."))


def test_a_public_gateway_asks_nobody() -> None:
    """Whatever is shown, it is not looked at."""
    OpenToAll().check("api/prices", ["Bearer x.y.z"])


def test_the_procedures_exist() -> None:
    """Each closed path answers what a procedure of the contract does."""
    assert set(SAME_OVER_WAMP.values()) <= set(PROCEDURE_BY_URI)
