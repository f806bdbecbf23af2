"""The component inside the router worker, with all that is around it in the tests' hands."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs
import pytest
from autobahn.wamp.exception import ApplicationError
from prometheus_client import CollectorRegistry
from twisted.internet.task import Clock

from components.contract.envelope import NS_PER_S, format_time
from components.contract.errors import ErrorCode
from components.contract.roles import Role
from components.model.credentials import Credential
from components.model.errors import TokenRejected
from components.model.sessions import JoinedSession
from components.wamp.router_view import LANES, ConnectionFigures, Renewal, RouterFigures, SessionNews, SessionView
from router.component import RouterComponent
from router.figures import Figures
from tests.support.recording_session import RecordingSession

FEED = {"name": "feed:sim", "state": "up", "reason": "", "age_ms": 12}
PROCESS: dict[str, object] = {"pid": 42, "uptime_ns": 90 * NS_PER_S, "cpu_ns": 5 * NS_PER_S, "memory_bytes": 1 << 27}
LIMITS = {"max_message_bytes": 65_536, "join_timeout_ms": 5_000}
AWAY = ApplicationError("wamp.error.no_such_procedure")
CONNECTION = ConnectionFigures(
    lag_ms=7,
    waiting={"control": 0, "lossless": 2, "gapped": 0, "conflated": 1},
    waiting_bytes=310,
    conflated=40,
    dropped=5,
    sent_messages=1000,
    sent_bytes=90_000,
    max_hz=5.0,
    background=False,
)


@attrs.define
class FakeRouter:
    """A router with the sessions that the test puts there; satisfies `RouterView`."""

    sessions: dict[int, SessionView] = attrs.field(factory=dict)
    joined: list[JoinedSession] = attrs.field(factory=list)
    subscribers: dict[str, int] = attrs.field(factory=dict)
    counted: Figures = attrs.field(factory=Figures)
    waiting: dict[str, int] = attrs.field(factory=lambda: dict.fromkeys(LANES, 0))
    refused: dict[str, str] = attrs.field(factory=dict)
    revoked: set[str | None] = attrs.field(factory=set)
    forbidden: tuple[str, ...] = ()
    tell: Callable[[SessionNews], None] = lambda _news: None
    fails: bool = False

    def find_session(self, session_id: int) -> SessionView | None:
        """The session of that number."""
        return self.sessions.get(session_id)

    def list_sessions(self, user_ids: Iterable[str]) -> list[JoinedSession]:
        """Those of the users that the test said."""
        return [one for one in self.joined if one.user_id in user_ids]

    def count_sessions(self) -> Mapping[Role, int]:
        """How many there are of each role."""
        if self.fails:
            raise ValueError("no sessions")
        return {role: sum(one.role is role for one in self.sessions.values()) for role in Role}

    def count_subscribers(self, topic: str) -> int:
        """How many the test said."""
        return self.subscribers.get(topic, 0)

    def set_pace(self, session_id: int, *, max_hz: float | None, background: bool) -> None:
        """Note the pace of a session that has a connection."""
        session = self.sessions.get(session_id)
        if session is not None and session.connection is not None:
            connection = attrs.evolve(session.connection, max_hz=max_hz, background=background)
            self.sessions[session_id] = attrs.evolve(session, connection=connection)

    def renew(self, session_id: int, credential: Credential) -> Renewal | None:
        """Note the token of a session that is there, and refuse one that the test has revoked."""
        session = self.sessions.get(session_id)
        if session is None or session.expires_at is None:
            return None
        if credential.token_id in self.revoked:
            raise TokenRejected(ErrorCode.TOKEN_REVOKED, "the token has been revoked")
        expires_at = format_time(credential.expires_at_s * NS_PER_S)
        self.sessions[session_id] = attrs.evolve(session, expires_at=expires_at, role=credential.role)
        return Renewal(expires_at=expires_at, role=credential.role, ended_subscriptions=self.forbidden)

    def watch_news(self, tell: Callable[[SessionNews], None]) -> None:
        """Let the test say what there is to tell."""
        self.tell = tell

    def refusal_of(self, procedure: str) -> str | None:
        """What the test said."""
        return self.refused.get(procedure)

    def figures(self) -> RouterFigures:
        """What the test counted."""
        return self.counted.read()

    def count_waiting(self) -> Mapping[str, int]:
        """What the test said."""
        return self.waiting


@attrs.define
class Gateway:
    """The component with all that is around it."""

    component: RouterComponent
    session: RecordingSession
    router: FakeRouter
    clock: Clock
    registry: CollectorRegistry

    async def report(
        self,
        *parts: dict[str, object],
        families: tuple[dict[str, object], ...] = (),
        process: dict[str, object] | None = None,
    ) -> None:
        """Let the market container report."""
        await self.session.ask(
            "tapecast.node.report",
            role=Role.GATEWAY,
            container="market",
            parts=list(parts),
            families=list(families),
            process=process or PROCESS,
        )

    async def http(self, head: str, *rest: str) -> tuple[int, Any]:
        """What is answered over HTTP."""
        return await self.component.http_answers()[head](list(rest))


def session_of(user_id: str, role: Role) -> SessionView:
    """A session of a user, on a phone."""
    return SessionView(
        session_id=7,
        user_id=user_id,
        role=role,
        expires_at="2026-01-01T00:00:00.000000Z",
        serializer="cbor",
        subscriptions=3,
        connection=CONNECTION,
        device={"type": "mobile", "version": "2.1", "background": False},
        limits=LIMITS,
    )


async def refusal(answer: Any) -> ApplicationError:
    """The error that an answer is."""
    with pytest.raises(ApplicationError) as raised:
        await answer
    return raised.value
