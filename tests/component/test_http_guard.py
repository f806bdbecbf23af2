"""Where a gateway is not public, HTTP tells the market to those alone who would be told over WAMP."""

from collections.abc import Callable

import attrs
import pytest
import pytest_twisted
from autobahn.wamp.exception import ApplicationError
from twisted.internet.defer import Deferred, succeed
from twisted.logger import capturedLogs

from auth.claims import TokenRules
from auth.tokens import Principal, TokenVerifier
from auth.users import EverybodyMayComeIn, Standing
from components.contract.procedures import PROCEDURE_BY_URI
from components.contract.roles import Role
from components.model.entry import EntryRules, Maintenance, Revocation, Revocations
from components.model.errors import Unavailable
from router.entry import Entry
from router.http_guard import SAME_OVER_WAMP, OpenToAll, TokenGuard
from tests.support.tokens import NOW_S, SECRET, token, token_saying

CLOSED = pytest.mark.parametrize("head", sorted(SAME_OVER_WAMP))


@attrs.frozen
class Reader:
    """Reads tokens by the secret of the tests, at once or when their key has come."""

    is_late: bool = False

    def read(self, token: str, *, now_s: Callable[[], float]) -> "Principal | Deferred[Principal]":
        """Who the bearer is."""
        principal = TokenVerifier.of_secret(SECRET, TokenRules()).verify(token, now_s=now_s())
        return succeed(principal) if self.is_late else principal


class Users(EverybodyMayComeIn):
    """A directory that knows mallory for inactive, and cannot be asked about carol."""

    async def find(self, user_id: str) -> Standing:
        """What is said of a user."""
        if user_id == "carol":
            raise Unavailable("the directory is away")
        return Standing(is_active=user_id != "mallory")


@pytest.fixture
def entry() -> Entry:
    """What the operator has said: nothing yet."""
    return Entry()


@pytest.fixture
def guard(entry: Entry) -> TokenGuard:
    """A guard by the secret of the tests, at their time."""
    return TokenGuard(tokens=Reader(), entry=entry, users=Users(), now_s=lambda: NOW_S)


async def refusal(guard: TokenGuard, head: str, *authorizations: str) -> str:
    with pytest.raises(ApplicationError) as raised:
        await guard.check(head, list(authorizations))
    error: str = raised.value.error
    return error.removeprefix("tapecast.error.")


@pytest.mark.parametrize("head", ["health", "api/status", "api/stats", "api/performance"])
@pytest_twisted.ensureDeferred
async def test_how_the_gateway_is_is_for_all(guard: TokenGuard, head: str) -> None:
    """A watcher needs no token, and a bad one does not keep it out."""
    await guard.check(head, [])
    await guard.check(head, ["Bearer x.y.z"])


@CLOSED
@pytest_twisted.ensureDeferred
async def test_the_market_is_for_bearers(guard: TokenGuard, head: str) -> None:
    """Whose role may call the same over WAMP may ask, also where the token's key has to be waited for."""
    await guard.check(head, [f"Bearer {token()}"])
    await guard.check(head, [f"bearer {token_saying(role='admin')}"])
    await attrs.evolve(guard, tokens=Reader(is_late=True)).check(head, [f"Bearer {token()}"])


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
        ([f"Bearer {token_saying(sub='mallory')}"], "user_inactive"),
        ([f"Bearer {token_saying(sub='carol')}"], "unavailable"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_everybody_else_is_refused(guard: TokenGuard, head: str, authorizations: list[str], code: str) -> None:
    """The error is the one that a join would get, or a call."""
    assert await refusal(guard, head, *authorizations) == code


@pytest_twisted.ensureDeferred
async def test_what_the_operator_has_said_holds_here(guard: TokenGuard, entry: Entry) -> None:
    """A revoked token opens nothing, and nothing is told while who has the role may not be connected."""
    revoked = Revocation(user_id="alice", issued_before_s=NOW_S, expires_at_s=NOW_S + 600)
    entry.set(EntryRules(revocations=Revocations([revoked])))
    assert await refusal(guard, "api/topics", f"Bearer {token()}") == "token_revoked"

    maintenance = Maintenance(roles=frozenset({Role.ADMIN}), refused=frozenset(), message="back soon")
    entry.set(EntryRules(maintenance=maintenance))
    assert await refusal(guard, "api/topics", f"Bearer {token()}") == "maintenance"
    await guard.check("api/topics", [f"Bearer {token_saying(role='admin')}"])


@pytest_twisted.ensureDeferred
async def test_the_reason_is_in_the_log_and_nothing_of_the_token(guard: TokenGuard) -> None:
    """Only the operator learns what was wrong."""
    bad = token(secret=b"another secret of thirty-two bytes")

    with capturedLogs() as events:
        await refusal(guard, "api/topics", f"Bearer {bad}")

    assert [event["event"] for event in events] == ["http_refused"]
    assert not any(part in str(events) for part in bad.split("."))


@pytest_twisted.ensureDeferred
async def test_a_public_gateway_asks_nobody() -> None:
    """Whatever is shown, it is not looked at."""
    await OpenToAll().check("api/prices", ["Bearer x.y.z"])


def test_the_procedures_exist() -> None:
    """Each closed path answers what a procedure of the contract does."""
    assert set(SAME_OVER_WAMP.values()) <= set(PROCEDURE_BY_URI)
