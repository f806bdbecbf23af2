"""What operators have said and done, kept through a journal that may fail, and be there again."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeVar

from twisted.internet.defer import ensureDeferred
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger

from components.admin.administration import Administration, AdminState
from components.admin.audit_trail import encode_record
from components.admin.facts import encode_fact
from components.admin.journalled_component import Journalled, make_journalled
from components.admin.operational_alerts import OperationalAlerts
from components.admin.payloads import audit_alert
from components.admin.seams_component import AdminSeams
from components.contract.envelope import EventType, Payload
from components.contract.topics import PREFIX
from components.model.audit import AuditRecord
from components.model.errors import ConfigError
from components.model.paging import Page
from components.streams.stream import Streams
from components.wamp.session import WampSession

ALERTS = f"{PREFIX}.admin.alerts"
REOPEN_INTERVAL_S = 5.0
"""How often it is tried whether a journal that has failed can be used again."""

_Told = TypeVar("_Told")


class Keeper:
    """
    Keep what operators have said, and the trail of what they did, and publish through the same journal.

    Only what is durable is told, and held by the router. Where the journal fails, what was durable goes on to hold and
    to be told, while nothing can be added; then all is read from the journal anew, as soon as that can be used.
    """

    _log = Logger()

    def __init__(self, session: WampSession, open_streams: Callable[[], Streams], seams: AdminSeams) -> None:
        """
        Keep nothing before `start`.

        Args:
            session: Joined to the realm.
            open_streams: Makes the streams with their journal, of the same place each time.
            seams: What else it is wired to.
        """
        self._session = session
        self._open_streams = open_streams
        self._control = seams.control
        self._clock = seams.clock
        self._wall_clock_ns = seams.wall_clock_ns
        self._state = AdminState()
        self._last_told = 0
        self._reopening: IDelayedCall | None = None
        self._is_stopped = False
        self._opened = self._make()

    async def start(self) -> None:
        """
        Go on where the journal ends, and have the router hold on to that.

        Raises:
            ConfigError: The journal cannot be used.
        """
        await self._open(self._opened)

    async def stop(self) -> None:
        """Write what waits, and close the journal."""
        self._is_stopped = True
        if self._reopening is not None and self._reopening.active():
            self._reopening.cancel()
        await self._opened.publisher.stop()

    @property
    def administration(self) -> Administration:
        """What decides, within a group."""
        return self._opened.administration

    @property
    def alerts(self) -> OperationalAlerts:
        """What is wrong with the node."""
        return self._opened.alerts

    @property
    def state(self) -> AdminState:
        """What holds."""
        return self._state

    def records(self, *, limit: object, before: object) -> Page[AuditRecord]:
        """
        What was done, the newest first, a page at a time.

        Raises:
            InvalidArgument: `limit` or `before` is of the wrong kind.
        """
        return self._opened.trail.page(limit=limit, before=before, up_to=self._last_told)

    def has(self, record: AuditRecord) -> bool:
        """Whether a record is one of the last of the trail."""
        return self._opened.trail.has(record)

    async def group(self, write: Callable[[], _Told]) -> _Told:
        """
        Have all written as one group that a function decides, notes and publishes, and held once it is durable.

        Raises:
            CommandRejected: The function refuses; what it did before is written.
            Unavailable: Nothing can be written; what was said is as it was.
        """
        opened = self._opened
        await opened.publisher.written()
        with opened.publisher.transaction():
            told = write()
            facts = opened.administration.take()
            for fact in facts:
                self.record(opened.administration.name, encode_fact(fact))
        state, last = opened.administration.state(now_ns=self._wall_clock_ns()), opened.trail.last
        await opened.publisher.written()
        self._last_told = last
        if facts:
            self._take_over(state)
        return told

    def transaction(self) -> AbstractContextManager[None]:
        """All that is recorded and published in this block is one group, which nobody waits for."""
        return self._opened.publisher.transaction()

    def record(self, part_name: str, body: bytes) -> None:
        """
        Write down a fact that a part has applied.

        Raises:
            KeyError: There is no such part.
        """
        self._opened.publisher.record(part_name, body)

    def note(self, record: AuditRecord) -> None:
        """Put one more record on the trail, within a group."""
        self._opened.trail.append(record)
        self.record(self._opened.trail.name, encode_record(record))
        self.publish(ALERTS, audit_alert(record))

    def publish(self, topic: str, payload: Payload) -> None:
        """Publish one event when it is durable, together with the group that is open, if one is."""
        self._opened.publisher.publish(topic, payload, ts_ns=self._wall_clock_ns(), event_type=EventType.ALERT)

    def health(self) -> list[dict[str, object]]:
        """How the journal is, as a part of the node's report."""
        return self._opened.publisher.health()

    def stream_get(self, caller: object, topic: object) -> object:
        """The whole state of a topic."""
        return self._opened.publisher.guard(self._opened.answers.stream_get)(caller, topic)

    def stream_resume(self, caller: object, topic: object, epoch: object, seq: object) -> object:
        """What somebody has missed of a topic."""
        return self._opened.publisher.guard(self._opened.answers.stream_resume)(caller, topic, epoch, seq)

    def stream_list(self, caller: object, prefix: object) -> object:
        """The topics below a prefix."""
        return self._opened.publisher.guard(self._opened.answers.stream_list)(caller, prefix)

    def _make(self) -> Journalled:
        return make_journalled(
            self._session, self._open_streams(), now_ns=self._wall_clock_ns, on_lost=self._reopen_later
        )

    async def _open(self, opened: Journalled) -> None:
        await opened.publisher.start()
        self._last_told = opened.trail.last
        self._take_over(opened.administration.state(now_ns=self._wall_clock_ns()))

    def _take_over(self, state: AdminState) -> None:
        self._state = state
        self._control.set_entry_rules(state.rules())

    def _reopen_later(self) -> None:
        if not self._is_stopped:
            self._reopening = self._clock.callLater(REOPEN_INTERVAL_S, lambda: ensureDeferred(self._reopen()))

    async def _reopen(self) -> None:
        try:
            await self._opened.publisher.stop()
            opened = self._make()
            await self._open(opened)
        except ConfigError as error:
            self._log.warn("what operators say cannot be written down yet: {error}", error=str(error))
            self._reopen_later()
        except Exception:  # noqa: BLE001 - whatever it is, operators are to be answered again
            self._log.failure("what operators say cannot be written down; this is a bug in the gateway")
            self._reopen_later()
        else:
            self._opened = opened
            self._log.info("what operators say can be written down again")
