"""The component that acts for operators, with a router and a journal in the test's hands."""

import itertools
from collections.abc import Callable, Iterable
from typing import Any

import attrs
from prometheus_client import CollectorRegistry
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from components.admin.component import AdminComponent
from components.admin.lifetimes import TokenLifetime
from components.admin.seams_component import AdminSeams
from components.contract.envelope import NS_PER_S, NS_PER_US
from components.contract.errors import Close
from components.contract.procedures import PROCEDURES
from components.contract.roles import Role
from components.contract.topics import PREFIX, Owner
from components.model.credentials import Credential
from components.model.entry import EntryRules
from components.model.paging import Place
from components.streams.stream import Streams
from components.wamp.log_level import LogLevelSwitch
from components.wamp.procedures import DETAILS_ARGUMENT
from components.wamp.router_control import ConnectedSession
from tests.support.gateway import CONNECTION, FakeRouter
from tests.support.held_journal import HeldJournal
from tests.support.recording_session import RecordingSession, call_details

NOW_NS = 1_767_225_600_000_000_000
NOW_S = NOW_NS // NS_PER_S
OPERATOR, OPERATOR_SESSION = "u1", 7
"""Who calls, as the recording session discloses it."""

ADMIN_PROCEDURES = frozenset(
    one.uri
    for one in PROCEDURES
    if one.owner is Owner.ROUTER and one.uri.startswith(f"{PREFIX}.admin.") and one.uri != f"{PREFIX}.admin.stats.get"
)
"""What the component answers of what is the router's."""

ALERTS = "tapecast.admin.alerts"


def credential(user_id: str = "alice", role: Role = Role.TRADER, **changes: Any) -> Credential:
    """What somebody was let in for an hour ago, and for another hour."""
    token: dict[str, Any] = {"token_id": f"{user_id}-1", "key_id": "k1"}
    times: dict[str, Any] = {"issued_at_s": NOW_S - 3600, "expires_at_s": NOW_S + 3600}
    return Credential(user_id=user_id, role=role, **{**token, **times, **changes})


def connected(
    session_id: int,
    user_id: str = "alice",
    role: Role = Role.TRADER,
    address: str | None = "203.0.113.7",
    **token: Any,
) -> ConnectedSession:
    """A session that joined as many seconds ago as its number is below a hundred."""
    return ConnectedSession(
        session_id=session_id,
        user_id=user_id,
        role=role,
        address=address,
        joined_ns=NOW_NS - (100 - session_id) * NS_PER_S,
        credential=None if role is Role.PUBLIC else credential(user_id, role, **token),
        subscriptions=2,
        connection=CONNECTION,
    )


def operator_session(**changes: Any) -> ConnectedSession:
    """The session of who calls."""
    return connected(OPERATOR_SESSION, OPERATOR, Role.ADMIN, **{"address": "198.51.100.1", **changes})


def place_of(session: ConnectedSession) -> Place:
    """Where a session is among all in the order in which they joined."""
    return session.joined_ns // NS_PER_US, session.session_id


@attrs.define
class FakeControl:
    """
    Satisfies `RouterControl` with the sessions that the test puts there; it ends nobody by its rules.

    Attributes:
        sessions: Who is joined.
        topics: What they follow.
        ended: Whom it was told to end, and how.
        rules: All that it was told to hold on to, in order.
    """

    sessions: list[ConnectedSession] = attrs.field(factory=list)
    topics: dict[int, list[str]] = attrs.field(factory=dict)
    ended: list[tuple[int, Close]] = attrs.field(factory=list)
    rules: list[EntryRules] = attrs.field(factory=list)

    def connected_sessions(self, behind: Place | None = None) -> Iterable[ConnectedSession]:
        """Who is joined."""
        return iter([one for one in self.sessions if behind is None or place_of(one) > behind])

    def subscriptions_of(self, session_id: int) -> list[str]:
        """What the test said."""
        return self.topics.get(session_id, [])

    def end_sessions(self, chosen: Callable[[ConnectedSession], bool], close: Close) -> list[ConnectedSession]:
        """Note whom it concerns, and let them go."""
        concerned = [one for one in self.sessions if chosen(one)]
        self.sessions = [one for one in self.sessions if one not in concerned]
        self.ended += [(one.session_id, close) for one in concerned]
        return concerned

    def set_entry_rules(self, rules: EntryRules) -> None:
        """Note them."""
        self.rules.append(rules)


@attrs.define
class OperatorDesk:
    """
    The component with all that is around it.

    Attributes:
        open_journal: Makes one more journal of the same place.
        now_ns: What time it is.
        journals: All that were made.
        levels: What the log's level was set to, in order; None is that of the settings.
        announced: What was published to everyone, or to a role, and where.
    """

    open_journal: Callable[[], Any] = HeldJournal
    lifetime: TokenLifetime = attrs.field(factory=lambda: TokenLifetime(longest_s=86_400, leeway_s=30))
    session: RecordingSession = attrs.field(factory=RecordingSession)
    router: FakeRouter = attrs.field(factory=FakeRouter)
    control: FakeControl = attrs.field(factory=FakeControl)
    clock: Clock = attrs.field(factory=Clock)
    now_ns: int = NOW_NS
    journals: list[Any] = attrs.field(factory=list)
    levels: list[str | None] = attrs.field(factory=list)
    announced: list[tuple[str, dict[str, Any]]] = attrs.field(factory=list)
    component: AdminComponent = attrs.field(init=False)

    @component.default
    def _make(self) -> AdminComponent:
        epochs = (f"e{number}" for number in itertools.count(1))

        def open_streams() -> Streams:
            self.journals.append(self.open_journal())
            return Streams(lambda: next(epochs), self.journal)

        seams = AdminSeams(
            router=self.router,
            control=self.control,
            lifetime=self.lifetime,
            announce=lambda topic, payload: self.announced.append((topic, payload)),
            containers=("market", "trading"),
            log_level=LogLevelSwitch(self.clock, self.levels.append),
            clock=self.clock,
            monotonic_ns=lambda: self.now_ns,
            wall_clock_ns=lambda: self.now_ns,
        )
        return AdminComponent(self.session, open_streams, seams, registry=CollectorRegistry())

    @property
    def journal(self) -> Any:
        """The one that was opened last."""
        return self.journals[-1]

    def begin(self, procedure: str, **arguments: Any) -> "Deferred[Any]":
        """Call a procedure below `tapecast.admin.`; nothing is written yet."""
        uri = f"{PREFIX}.admin.{procedure}"
        details = {DETAILS_ARGUMENT: call_details(uri, Role.ADMIN)}
        called: Deferred[Any] = self.session.registered[uri](**details, **arguments)
        return called

    async def ask(self, procedure: str, **arguments: Any) -> Any:
        """Call a procedure below `tapecast.admin.`, with a disk that writes at once."""
        asked = self.begin(procedure, **arguments)
        self.write()
        return await asked

    def write(self) -> None:
        """Let all be written that waits for it."""
        while self.journal.waiting:
            self.journal.write(len(self.journal.waiting))

    @property
    def audited(self) -> list[dict[str, Any]]:
        """What was told of the audit trail."""
        return [event["payload"] for event in self.session.events(ALERTS)]
