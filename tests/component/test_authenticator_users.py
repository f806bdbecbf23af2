"""The authenticator with a directory of users: who is asked about, and what comes of the answer."""

from collections.abc import Iterator
from typing import Any

import pytest
import pytest_twisted
from autobahn.wamp.exception import ApplicationError
from twisted.internet import reactor
from twisted.internet.defer import Deferred

from auth.authenticator import GRANT, Authenticator
from auth.claims import TokenRules
from auth.component import AuthenticatorFunction, ask_about_users, observe_authentications
from auth.rotating_keys_component import RotatingKeys
from auth.tokens import TokenVerifier
from auth.users import Standing
from components.model.errors import Unavailable
from tests.support.hand_directory import HandDirectory
from tests.support.tokens import NOW_S, SECRET, token, token_saying

REALM = "tapecast"
INACTIVE = Standing(is_active=False, reason="account closed, case 4711")


class AwayDirectory(HandDirectory):
    """A directory that does not answer."""

    async def find(self, user_id: str) -> Standing:
        """Nothing is to be had."""
        raise Unavailable(f"no answer about {user_id} from https://id.example")


class BrokenDirectory(HandDirectory):
    """A directory with a bug."""

    async def find(self, user_id: str) -> Standing:
        """Fail."""
        raise RuntimeError(user_id)


def function() -> AuthenticatorFunction:
    """The function that Crossbar calls, at `NOW_S`."""
    authenticator = Authenticator(
        verifier=TokenVerifier.of_secret(SECRET, TokenRules()), new_public_name=lambda: "public-1"
    )
    keys = RotatingKeys(reactor, secrets=(), files=(), url=None, random=lambda: 0.5)
    return AuthenticatorFunction(
        authenticator, keys, lambda: float(NOW_S), hands_over_grant=True, asks_about_users=True
    )


async def answer(ticket: str) -> dict[str, Any]:
    """What the function answers to a ticket, later."""
    answered = function()(REALM, None, {"authmethod": "ticket", "session": 17, "ticket": ticket})
    assert isinstance(answered, Deferred)
    return await answered


async def refusal(ticket: str) -> tuple[str, object]:
    """The error and the text with which the function answers."""
    with pytest.raises(ApplicationError) as raised:
        await answer(ticket)
    assert raised.value.args == (raised.value.kwargs["message"],)
    return raised.value.error, raised.value.kwargs["message"]


@pytest.fixture
def observed() -> Iterator[list[str]]:
    """What the observers were told."""
    told: list[str] = []
    end = observe_authentications(lambda _method, result: told.append(result))
    yield told
    end()


@pytest.fixture
def directory() -> Iterator[HandDirectory]:
    """The directory of this process."""
    made = HandDirectory()
    end = ask_about_users(made)
    yield made
    end()


@pytest_twisted.ensureDeferred
async def test_what_is_said_of_a_user_is_handed_over(directory: HandDirectory) -> None:
    """To the router, beside what the client is told."""
    directory.standings["alice"] = Standing(is_active=True, connections=9)

    principal = await answer(token())

    assert principal["authid"] == "alice"
    assert principal["extra"].pop(GRANT).standing == Standing(is_active=True, connections=9)
    assert principal["extra"].keys() == {"user", "expires_at"}


@pytest_twisted.ensureDeferred
async def test_who_is_not_active_does_not_come_in(directory: HandDirectory, observed: list[str]) -> None:
    """Operators neither; why is not for the user."""
    directory.standings = {"alice": INACTIVE, "root": INACTIVE}

    refusals = [await refusal(token()), await refusal(token_saying(sub="root", role="admin"))]

    assert refusals == [("tapecast.error.user_inactive", "this user may not connect")] * 2
    assert observed == ["user_inactive"] * 2


@pytest_twisted.ensureDeferred
async def test_a_bad_token_is_refused_before_anybody_is_asked(directory: HandDirectory) -> None:
    """Nobody can learn by a forged token who is active."""
    directory.standings["alice"] = INACTIVE

    with pytest.raises(ApplicationError) as raised:
        function()(REALM, None, {"authmethod": "ticket", "ticket": token(secret=SECRET[::-1])})

    assert raised.value.error == "tapecast.error.token_invalid"


def test_services_and_the_public_are_not_asked_about(directory: HandDirectory) -> None:
    """They are answered at once, whatever the directory knows of such a name."""
    directory.standings = {"alice": INACTIVE, "public-1": INACTIVE}
    details = ({"authmethod": "ticket", "ticket": token_saying(role="service")}, {"authmethod": "anonymous"})

    principals: list[Any] = [function()(REALM, None, one) for one in details]

    assert [principal["role"] for principal in principals] == ["service", "public"]
    assert principals[0]["extra"][GRANT].standing is None


@pytest_twisted.ensureDeferred
async def test_without_an_answer_nobody_comes_in_whom_it_is_about(observed: list[str]) -> None:
    """Nor with a bug, nor before there is a directory; the text tells nothing of it."""
    refusals = [await refusal(token())]
    for directory in (AwayDirectory(), BrokenDirectory()):
        end = ask_about_users(directory)
        refusals.append(await refusal(token()))
        end()

    away = ("tapecast.error.unavailable", "nobody can be let in at the moment")
    assert refusals == [away, away, ("tapecast.error.internal", "the gateway failed to answer")]
    assert observed == ["unavailable", "unavailable", "internal"]
