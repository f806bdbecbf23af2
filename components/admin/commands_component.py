"""What changes something: decided, written down with who and why, and only then done."""

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import attrs
import msgspec
from twisted.logger import Logger

from components.admin.administration import Administration, AdminState
from components.admin.arguments import action_of, shown, shown_arguments
from components.admin.audit_trail import AuditTrail, encode_record
from components.admin.facts import encode_fact
from components.admin.operational_alerts import OperationalAlerts
from components.admin.payloads import audit_alert
from components.contract.envelope import EventType, Payload
from components.contract.topics import PREFIX, Owner
from components.model.audit import AuditRecord
from components.model.errors import CommandRejected
from components.streams.answers import Ownership, StreamAnswers
from components.streams.component import StreamPublisher
from components.streams.stream import Streams
from components.wamp.procedures import Caller, Handler
from components.wamp.session import WampSession

ALERTS = f"{PREFIX}.admin.alerts"
DONE = "done"

Deed = Callable[[], Any]
"""What is to be done once it is written down: returns the answer, or an awaitable of it."""

_security = Logger(namespace="tapecast.security")


@attrs.frozen(kw_only=True)
class Journalled:
    """
    All that goes on where a journal ends.

    Attributes:
        administration: What operators have said.
        trail: What they did.
        alerts: What is wrong with the node.
        answers: Tells of the streams.
        publisher: Writes all of it, and publishes.
    """

    administration: Administration
    trail: AuditTrail
    alerts: OperationalAlerts
    answers: StreamAnswers
    publisher: StreamPublisher


def make_journalled(session: WampSession, streams: Streams, now_ns: Callable[[], int]) -> Journalled:
    """All that goes on where the streams' journal ends; nothing is opened yet."""
    administration, trail, alerts = Administration(), AuditTrail(), OperationalAlerts()

    def state(topic: str) -> Payload | None:
        stream = streams.get(topic)
        if stream is None or stream.last is None:
            return None
        return {"open": alerts.open_bodies(), stream.content: list(stream.payloads)}

    ownership = Ownership(owner=Owner.ROUTER, now_ns=lambda _topic: now_ns(), state=state)
    return Journalled(
        administration=administration,
        trail=trail,
        alerts=alerts,
        answers=StreamAnswers(streams, ownership),
        publisher=StreamPublisher(session, streams, ownership, parts=(administration, trail, alerts)),
    )


class Commands:
    """
    Run operators' commands.

    A command decides at once; its facts and its record in the audit trail are one group of the journal, and it is done
    when that is durable, never before. Of a command that is refused there is the record alone. Once the journal has
    failed every command is `unavailable` and changes nothing; what held before goes on to hold.
    """

    def __init__(
        self, journalled: Journalled, *, wall_clock_ns: Callable[[], int], hold: Callable[[AdminState], None]
    ) -> None:
        """
        Run nothing before `start`.

        Args:
            journalled: What decides, and writes.
            wall_clock_ns: The time, UNIX nanoseconds.
            hold: Has the router hold on to what was said, once it is durable.
        """
        self._journalled = journalled
        self._wall_clock_ns = wall_clock_ns
        self._hold = hold
        self._state = AdminState()

    async def start(self) -> None:
        """
        Go on where the journal ends, and have the router hold on to that.

        Raises:
            ConfigError: The journal cannot be used.
        """
        await self._journalled.publisher.start()
        self._take_over(self.administration.state(now_ns=self._wall_clock_ns()))

    async def stop(self) -> None:
        """Write what waits, and close the journal."""
        await self._journalled.publisher.stop()

    @property
    def administration(self) -> Administration:
        """What decides."""
        return self._journalled.administration

    @property
    def state(self) -> AdminState:
        """What holds, all of it durable."""
        return self._state

    @property
    def trail(self) -> AuditTrail:
        """What was done."""
        return self._journalled.trail

    def health(self) -> list[dict[str, object]]:
        """How the journal is, as a part of the node's report."""
        return self._journalled.publisher.health()

    def stream_get(self, caller: object, topic: object) -> object:
        """The whole state of a topic."""
        return self._journalled.publisher.guard(self._journalled.answers.stream_get)(caller, topic)

    def stream_resume(self, caller: object, topic: object, epoch: object, seq: object) -> object:
        """What somebody has missed of a topic."""
        return self._journalled.publisher.guard(self._journalled.answers.stream_resume)(caller, topic, epoch, seq)

    def stream_list(self, caller: object, prefix: object = "") -> object:
        """Which topics there are."""
        return self._journalled.publisher.guard(self._journalled.answers.stream_list)(caller, prefix)

    def publish(self, topic: str, payload: Payload) -> None:
        """Publish one event when it is durable, together with what is being decided, if anything is."""
        self._journalled.publisher.publish(topic, payload, ts_ns=self._wall_clock_ns(), event_type=EventType.ALERT)

    def command(self, uri: str, decide: Callable[..., Deed]) -> Handler:
        """
        A handler that has a command decided, written down, and then done.

        Args:
            uri: The procedure.
            decide: Takes the caller and the arguments by name, checks, decides, and returns what is to be done; raises
                an error of the caller's where the command is refused.
        """

        @functools.wraps(decide)
        async def answer(caller: Caller, **arguments: object) -> object:
            record = self._record(uri, caller, arguments)
            try:
                deed = await self._decided(record, functools.partial(decide, caller, **arguments))
                result = deed()
                result = await result if inspect.isawaitable(result) else result
            except CommandRejected as error:
                _tell(record, error.code.value)
                raise
            _tell(record, DONE)
            return result

        return answer

    async def report(self, record: AuditRecord) -> None:
        """
        Take in what was done in another process, once.

        Raises:
            Unavailable: It cannot be written down.
        """
        publisher = self._journalled.publisher
        await publisher.written()
        if not self._journalled.trail.has(record):
            with publisher.transaction():
                self._write(record)
            await publisher.written()

    def _record(self, uri: str, caller: Caller, arguments: Mapping[str, object]) -> AuditRecord:
        return AuditRecord(
            at_ns=self._wall_clock_ns(),
            user_id=caller.user_id,
            role=caller.role.value,
            session_id=caller.session_id,
            action=action_of(uri),
            arguments=shown_arguments(arguments),
            reason=str(shown(arguments.get("reason")) or ""),
            outcome=DONE,
        )

    async def _decided(self, record: AuditRecord, decide: Callable[[], Deed]) -> Deed:
        here, publisher = self._journalled, self._journalled.publisher
        await publisher.written()
        deed: Deed | CommandRejected
        with publisher.transaction():
            try:
                deed = decide()
            except CommandRejected as refusal:
                deed = refusal
                record = msgspec.structs.replace(record, outcome=refusal.code.value)
            facts = here.administration.take()
            for fact in facts:
                publisher.record(here.administration.name, encode_fact(fact))
            self._write(record)
        state = here.administration.state(now_ns=record.at_ns)
        await publisher.written()
        if isinstance(deed, CommandRejected):
            raise deed
        if facts:
            self._take_over(state)
        return deed

    def _write(self, record: AuditRecord) -> None:
        self._journalled.trail.append(record)
        self._journalled.publisher.record(self._journalled.trail.name, encode_record(record))
        self.publish(ALERTS, audit_alert(record))

    def _take_over(self, state: AdminState) -> None:
        self._state = state
        self._hold(state)


def _tell(record: AuditRecord, outcome: str) -> None:
    _security.info(
        "{action} by {user_id}, session {session}: {outcome}: {reason}",
        event="audit",
        action=record.action,
        user_id=record.user_id,
        session=record.session_id,
        arguments=dict(record.arguments),
        reason=record.reason,
        outcome=outcome,
    )
