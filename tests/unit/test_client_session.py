"""A WAMP session as its client: messages in, messages and answers out."""

from typing import Any

import pytest
from autobahn.wamp import message
from tapecast_client.errors import CallRefused, ClientError, ConnectionLost, NotAuthorized
from tapecast_client.wamp_session import WampSession


class Output:
    """Keeps what became of a session."""

    def __init__(self) -> None:
        self.news: list[Any] = []

    def joined(self, role: str) -> None:
        self.news.append(("joined", role))

    def refused(self, error: CallRefused) -> None:
        self.news.append(("refused", error.uri, error.message))

    def left(self, reason: str) -> None:
        self.news.append(("left", reason))


class Tried:
    """A session, what it sent, and what it answered."""

    def __init__(self, token: str | None = None) -> None:
        self.sent: list[Any] = []
        self.output = Output()
        self.answers: list[tuple[Any, ClientError | None]] = []
        self.events: list[Any] = []
        self.revoked: list[int] = []
        self.session = WampSession(self.sent.append, self.output, token=token)

    def done(self, result: Any, error: ClientError | None) -> None:
        self.answers.append((result, error))

    def receive(self, topic: str | None, event: Any) -> None:
        self.events.append((topic, event))

    def subscribe(self) -> None:
        self.session.subscribe(
            "tapecast.price",
            "prefix",
            self.receive,
            on_revoked=lambda: self.revoked.append(1),
            done=self.done,
        )


@pytest.fixture
def tried() -> Tried:
    """A session that has said nothing yet."""
    return Tried()


def test_a_refused_join_is_told(tried: Tried) -> None:
    """With the error and its message."""
    tried.session.hello("tapecast")
    tried.session.receive(message.Abort("tapecast.error.token_invalid", "m"))

    assert tried.output.news == [("refused", "tapecast.error.token_invalid", "m")]


def test_a_challenge_is_answered_with_the_token() -> None:
    """A session without one has nothing to show."""
    for token, shown in (("t", "t"), (None, "")):
        tried = Tried(token)
        tried.session.receive(message.Challenge("ticket"))
        assert tried.sent[-1].signature == shown


def test_calls_are_numbered_and_answered_by_number(tried: Tried) -> None:
    """From one in steps of one; answers may come in any order, and the one value is the result."""
    for _ in range(3):
        tried.session.call("p", {"a": 1}, tried.done)
    assert [call.request for call in tried.sent] == [1, 2, 3]

    tried.session.receive(message.Result(2, args=["two"]))
    tried.session.receive(message.Result(1, kwargs={"k": 1}))
    tried.session.receive(message.Error(48, 3, "tapecast.error.not_authorized", kwargs={"message": "m"}))
    tried.session.receive(message.Result(2, args=["again"]))

    assert tried.answers[:2] == [("two", None), ({"k": 1}, None)]
    assert isinstance(tried.answers[2][1], NotAuthorized)
    assert len(tried.answers) == 3


def test_events_go_to_whom_they_are_for(tried: Tried) -> None:
    """By subscription, with the topic where it is told; others are nobody's."""
    tried.subscribe()
    tried.session.receive(message.Subscribed(1, 77))
    tried.session.receive(message.Event(77, 1, kwargs={"seq": 1}, topic="tapecast.price.X"))
    tried.session.receive(message.Event(77, 1))
    tried.session.receive(message.Event(78, 1, kwargs={"seq": 1}))

    assert tried.answers == [(77, None)]
    assert tried.events == [("tapecast.price.X", {"seq": 1}), (None, {})]


def test_a_refused_subscription_has_no_events(tried: Tried) -> None:
    """Its error is the answer."""
    tried.subscribe()
    tried.session.receive(message.Error(32, 1, "tapecast.error.not_authorized"))

    assert isinstance(tried.answers[0][1], NotAuthorized)


def test_a_subscription_that_is_given_back_is_silent_at_once(tried: Tried) -> None:
    """What was on its way is nobody's."""
    tried.subscribe()
    tried.session.receive(message.Subscribed(1, 77))

    tried.session.unsubscribe(77, tried.receive)
    tried.session.receive(message.Event(77, 1, kwargs={"seq": 1}))
    tried.session.receive(message.Unsubscribed(tried.sent[-1].request))

    assert tried.events == []
    assert tried.revoked == []


def test_a_subscription_that_the_gateway_ends_is_told(tried: Tried) -> None:
    """Once, and only to whom it was."""
    tried.subscribe()
    tried.session.receive(message.Subscribed(1, 77))

    tried.session.receive(message.Unsubscribed(0, subscription=77))
    tried.session.receive(message.Unsubscribed(0, subscription=77))

    assert tried.revoked == [1]


def test_a_goodbye_is_answered_but_for_the_answer_to_ours(tried: Tried) -> None:
    """Two ends that answer each other's answers would never be done."""
    tried.session.receive(message.Goodbye("tapecast.close.kicked"))
    assert tried.sent[-1].reason == "wamp.close.goodbye_and_out"

    leaving = Tried()
    leaving.session.leave()
    leaving.session.receive(message.Goodbye("wamp.close.goodbye_and_out"))

    assert len(leaving.sent) == 1
    assert leaving.output.news == [("left", "wamp.close.goodbye_and_out")]


def test_everything_that_waits_is_told_of_the_loss(tried: Tried) -> None:
    """Calls and subscriptions alike, each once."""
    tried.session.call("p", {}, tried.done)
    tried.subscribe()
    error = ConnectionLost("x")

    tried.session.lose(error)
    tried.session.lose(error)

    assert tried.answers == [(None, error), (None, error)]


def test_messages_for_other_roles_are_ignored(tried: Tried) -> None:
    """A client registers nothing, so nobody invokes it."""
    tried.session.receive(message.Published(1, 2))

    assert tried.sent == []
