"""What operators' commands rely on of the router, true of the real one and of the tests' own."""

import itertools
from collections.abc import AsyncIterator

import pytest_twisted
from twisted.internet.task import Clock

from components.contract.errors import KICKED
from components.contract.roles import Role
from components.model.entry import EntryRules, Revocation, Revocations
from components.wamp.router_control import ConnectedSession, RouterControl
from router.control import LiveRouterControl
from router.token_watch import TokenWatch
from tests.support.granted_tickets import TICKET, ticket
from tests.support.operator_desk import FakeControl, connected, place_of
from tests.support.raw_websocket import WELCOME, RawWebSocket
from tests.support.routers import OURS, running, turns
from tests.support.tokens import NOW_S

USERS = {"alice": Role.TRADER, "bob": Role.RISK, "carol": Role.ADMIN}


@pytest_twisted.async_yield_fixture
async def controls() -> AsyncIterator[tuple[RouterControl, RouterControl]]:
    """The real one and the tests' own, each with the same three sessions."""
    async with running(OURS, ticket=TICKET) as router:
        router.factory.token_watch = TokenWatch(Clock(), lambda: NOW_S)
        for user_id, role in USERS.items():
            _, answer = await RawWebSocket.sign_in(router.port, ticket(user_id, role), path="/")
            assert answer[0] == WELCOME
        fake = FakeControl([connected(number, *user) for number, user in enumerate(USERS.items(), 10)])
        yield LiveRouterControl(router.factory), fake


def users(sessions: list[ConnectedSession]) -> list[str]:
    """Whose they are."""
    return [one.user_id for one in sessions]


@pytest_twisted.ensureDeferred
async def test_sessions_are_those_of_clients_in_the_order_in_which_they_joined(
    controls: tuple[RouterControl, RouterControl],
) -> None:
    """Each with its number, its role, its token and its connection; asking changes nothing."""
    for control in controls:
        sessions = list(control.connected_sessions())

        assert {one.user_id: one.role for one in sessions} == USERS
        assert users(sessions) == users(list(control.connected_sessions())) == list(USERS)
        assert all(earlier.joined_ns < later.joined_ns for earlier, later in itertools.pairwise(sessions))
        for one in sessions:
            assert one.credential is not None
            assert one.credential.user_id == one.user_id
            assert one.connection is not None
            assert control.subscriptions_of(one.session_id) == []
        assert control.subscriptions_of(1) == []


@pytest_twisted.ensureDeferred
async def test_sessions_behind_a_place_are_those_that_joined_after_it(
    controls: tuple[RouterControl, RouterControl],
) -> None:
    """Behind each of them are the later ones, and behind the last nobody."""
    for control in controls:
        sessions = list(control.connected_sessions())

        for count, one in enumerate(sessions, 1):
            assert users(list(control.connected_sessions(place_of(one)))) == users(sessions[count:])


@pytest_twisted.ensureDeferred
async def test_whom_an_end_concerns_is_not_connected_any_more(controls: tuple[RouterControl, RouterControl]) -> None:
    """From the next turn on; the others are, and an end of nobody concerns nobody."""
    for control in controls:
        ended = control.end_sessions(lambda one: one.role is not Role.RISK, KICKED)

        await turns()

        assert users(ended) == ["alice", "carol"]
        assert users(list(control.connected_sessions())) == ["bob"]
        assert control.end_sessions(lambda _one: False, KICKED) == []


@pytest_twisted.ensureDeferred
async def test_rules_can_be_set_again_and_again(controls: tuple[RouterControl, RouterControl]) -> None:
    """Whatever they say; the last ones hold."""
    revoked = Revocations([Revocation(user_id="nobody", issued_before_s=NOW_S, expires_at_s=NOW_S + 60)])
    for control in controls:
        for rules in (EntryRules(revocations=revoked), EntryRules()):
            control.set_entry_rules(rules)

        assert users(list(control.connected_sessions())) == list(USERS)
