"""News of sessions on their way to their owner: a few at a time, and dropped where nobody takes them."""

import pytest
from autobahn.wamp.exception import ApplicationError, TransportLost
from twisted.internet.defer import Deferred

from components.wamp.router_view import SessionNews
from router.news_sender import MOST_ON_THE_WAY, MOST_WAITING, TELL_SESSION, NewsSender
from tests.support.recording_session import RecordingSession


def news(session_id: int) -> SessionNews:
    return SessionNews(session_id=session_id, user_id="alice", event="token_expiring", body={"expires_at": "then"})


def told(session: RecordingSession) -> list[object]:
    return [arguments["session"] for _, _, arguments in session.calls]


def test_news_are_handed_over_by_name() -> None:
    """The owner of the topic is told whom it concerns, what has happened, and more of it."""
    session = RecordingSession(results={TELL_SESSION: {"told": True}})

    NewsSender(session).send(news(7))

    assert session.calls == [
        (
            TELL_SESSION,
            (),
            {"user_id": "alice", "event": "token_expiring", "session": 7, "body": {"expires_at": "then"}},
        )
    ]


def test_few_are_on_the_way_at_once() -> None:
    """The rest waits for its turn, in order."""
    answers: list[Deferred[object]] = []

    def answer(**_arguments: object) -> "Deferred[object]":
        answers.append(Deferred())
        return answers[-1]

    session = RecordingSession(results={TELL_SESSION: answer})
    sender = NewsSender(session)

    for number in range(MOST_ON_THE_WAY + 2):
        sender.send(news(number))
    assert told(session) == list(range(MOST_ON_THE_WAY))
    answers[5].callback({"told": True})
    assert told(session) == list(range(MOST_ON_THE_WAY + 1))
    answers[0].errback(ApplicationError("tapecast.error.unavailable"))

    assert told(session) == list(range(MOST_ON_THE_WAY + 2))


@pytest.mark.parametrize(
    "error",
    [ApplicationError("wamp.error.no_such_procedure"), ApplicationError("tapecast.error.unavailable"), TransportLost()],
)
def test_nobody_who_takes_them_is_no_error(error: Exception) -> None:
    """They are dropped, and the next are tried as if nothing had been."""
    session = RecordingSession(results={TELL_SESSION: error})
    sender = NewsSender(session)

    for number in range(3):
        sender.send(news(number))

    assert told(session) == [0, 1, 2]


def test_so_many_wait() -> None:
    """The oldest goes where there is no room."""
    answers: list[Deferred[object]] = []

    def answer(**_arguments: object) -> "Deferred[object]":
        answers.append(Deferred())
        return answers[-1]

    session = RecordingSession(results={TELL_SESSION: answer})
    sender = NewsSender(session)

    for number in range(MOST_ON_THE_WAY + MOST_WAITING + 1):
        sender.send(news(number))
    answers[0].callback(None)

    assert told(session)[-1] == MOST_ON_THE_WAY + 1
