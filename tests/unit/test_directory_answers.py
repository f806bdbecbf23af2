"""What comes of asking a directory of users."""

import pytest

from auth.breaker import BreakerState
from auth.directory_answers import DirectoryAnswers
from auth.standings import Standings
from auth.users import Standing
from components.contract.envelope import NS_PER_S
from components.model.errors import ProviderFault

ACTIVE = b'{"active": true, "email": "alice@example.com"}'


@pytest.fixture
def answers() -> DirectoryAnswers:
    """Of a directory that has not been asked yet."""
    return DirectoryAnswers(standings=Standings(fresh_ns=60 * NS_PER_S, kept_ns=600 * NS_PER_S))


def test_an_answer_is_remembered(answers: DirectoryAnswers) -> None:
    """Also one that a user is not active."""
    answers.receive("alice", 200, ACTIVE, now_ns=0)
    answers.receive("bob", 200, b'{"active": false}', now_ns=0)

    assert answers.standings.fresh("alice", now_ns=1) == Standing(is_active=True)
    assert answers.standings.fresh("bob", now_ns=1) == Standing(is_active=False)


@pytest.mark.parametrize("status", [204, 301, 400, 401, 404, 429, 500, 503])
def test_another_status_says_nothing_of_a_user(answers: DirectoryAnswers, status: int) -> None:
    """An endpoint that has moved ends nobody's sessions."""
    answers.receive("alice", 200, ACTIVE, now_ns=0)

    with pytest.raises(ProviderFault, match=f"received {status}"):
        answers.receive("alice", status, b'{"active": false}', now_ns=1)

    assert answers.standings.fresh("alice", now_ns=1) == Standing(is_active=True)


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"active": "no"}', b'{"active": true, "active": false}', b"null"])
def test_what_cannot_be_read_says_nothing_of_a_user(answers: DirectoryAnswers, body: bytes) -> None:
    """Nor does the fault quote it."""
    with pytest.raises(ProviderFault) as raised:
        answers.receive("alice", 200, body, now_ns=0)

    assert answers.standings.kept("alice", now_ns=0) is None
    assert "html" not in str(raised.value)


@pytest.mark.parametrize(("status", "is_open"), [(503, True), (429, True), (404, False), (401, False)])
def test_it_is_left_alone_where_it_is_overloaded(answers: DirectoryAnswers, status: int, *, is_open: bool) -> None:
    """Not where it answers, however wrong: one user's bad data must not keep the others out."""
    for _ in range(5):
        with pytest.raises(ProviderFault):
            answers.receive("alice", status, b"", now_ns=0)

    assert (answers.breaker.state is BreakerState.OPEN) is is_open


def test_it_is_unwell_after_some_faults_in_a_row(answers: DirectoryAnswers) -> None:
    """The report says since when there was no answer, and nothing of a user; one answer makes it well again."""
    answers.receive("alice", 200, ACTIVE, now_ns=0)
    for _ in range(4):
        answers.fail("no answer within 2 s", is_away=True, now_ns=NS_PER_S)
    well = answers.health(now_ns=2 * NS_PER_S)
    answers.fail("no answer within 2 s", is_away=True, now_ns=NS_PER_S)
    unwell = answers.health(now_ns=2 * NS_PER_S)
    answers.receive("alice", 200, ACTIVE, now_ns=3 * NS_PER_S)
    again = answers.health(now_ns=3 * NS_PER_S)

    assert well == [{"name": "users", "state": "up", "reason": "", "age_ms": 2000}]
    reason = "the directory of users: no answer within 2 s"
    assert unwell == [{"name": "users", "state": "degraded", "reason": reason, "age_ms": 2000}]
    assert again == [{"name": "users", "state": "up", "reason": "", "age_ms": 0}]


def test_one_that_was_never_asked_is_up(answers: DirectoryAnswers) -> None:
    """Nothing is known that speaks against it, and no age."""
    assert answers.health(now_ns=5) == [{"name": "users", "state": "up", "reason": "", "age_ms": None}]
