"""The procedure by which the router has users told of their sessions, and the topic that it leads to."""

from typing import Any

import pytest
import pytest_twisted

from components.contract.roles import Role
from components.contract.topics import Owner
from components.streams.answers import Ownership
from components.streams.component import StreamPublisher
from components.streams.stream import Streams
from components.trading.session_news import NEWS_A_MINUTE
from components.trading.session_news_component import SessionNewsPublisher
from components.wamp.procedures import register_procedures
from tests.support.gateway import refusal
from tests.support.recording_session import RecordingSession

NOW_NS = 1_700_000_000_000_000_000
TELL = "tapecast.trading.tell_session"


@pytest.fixture
def session() -> RecordingSession:
    """The session of the process that owns the topic."""
    session = RecordingSession()
    publisher = StreamPublisher(
        session, Streams(lambda: "e"), Ownership(owner=Owner.TRADING, now_ns=lambda _topic: NOW_NS)
    )
    news = SessionNewsPublisher(publisher, wall_clock_ns=lambda: NOW_NS)
    register_procedures(session, news.handlers())
    return session


@pytest_twisted.ensureDeferred
async def test_news_are_numbered_events_of_the_user(session: RecordingSession) -> None:
    """On the user's own topic, as all of its events are."""
    for lifetime in ("short", "long"):
        answer = await session.ask(
            TELL, role=Role.GATEWAY, user_id="a.b", event="token_renewed", session=7, body={"lifetime": lifetime}
        )
        assert answer == {"told": True}

    assert [one.topic for one in session.published] == ["tapecast.user.a_2eb.session"] * 2
    assert [one.event["seq"] for one in session.published] == [1, 2]
    assert session.published[1].event["payload"] == {"event": "token_renewed", "session": 7, "lifetime": "long"}


@pytest_twisted.ensureDeferred
async def test_a_flood_is_cut(session: RecordingSession) -> None:
    """Who calls learns that it was one too many, and nothing is published."""
    asked: dict[str, Any] = {"role": Role.GATEWAY, "user_id": "alice", "event": "token_renewed"}
    for _ in range(NEWS_A_MINUTE):
        await session.ask(TELL, **asked)

    assert await session.ask(TELL, **asked) == {"told": False}
    assert len(session.published) == NEWS_A_MINUTE


@pytest_twisted.ensureDeferred
async def test_what_cannot_be_written_is_not_taken(session: RecordingSession) -> None:
    """Where the router is gone, news are refused as everything is."""
    session.is_lost = True
    asked: dict[str, Any] = {"role": Role.GATEWAY, "user_id": "alice", "event": "token_renewed"}
    await session.ask(TELL, **asked)

    assert (await refusal(session.ask(TELL, **asked))).error == "tapecast.error.unavailable"
