"""How a container hands in what somebody with rights over others did there, for the audit trail."""

import collections
import functools
import inspect
from collections.abc import Callable, Mapping

import msgspec
from twisted.internet.defer import ensureDeferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from components.contract.errors import ErrorCode
from components.contract.procedures import PROCEDURE_BY_URI
from components.contract.roles import Role
from components.contract.topics import PREFIX
from components.model.audit import DONE, AuditRecord, shown_arguments, shown_reason
from components.model.errors import CommandRejected
from components.wamp.procedures import Caller, Handler
from components.wamp.session import WampSession

REPORT = f"{PREFIX}.node.audit"
MOST_WAITING = 1_000
FIRST_DELAY_S = 1.0
LONGEST_DELAY_S = 30.0

_HAS_RIGHTS_OVER_OTHERS = frozenset({Role.RISK, Role.ADMIN, Role.GATEWAY})

_log = Logger(namespace="tapecast.audit")


class AuditReports:
    """
    Report calls to the router, one after the other, and again where a report is not taken.

    At most `MOST_WAITING` wait; the oldest goes where one more comes, and the log says so.
    """

    def __init__(self, session: WampSession, *, clock: IReactorTime, wall_clock_ns: Callable[[], int]) -> None:
        """
        Report nothing yet.

        Args:
            session: Joined to the realm.
            clock: Says when it is tried again.
            wall_clock_ns: The time, UNIX nanoseconds.
        """
        self._session = session
        self._clock = clock
        self._wall_clock_ns = wall_clock_ns
        self._waiting: collections.deque[AuditRecord] = collections.deque()
        self._is_reporting = False
        self._retry: IDelayedCall | None = None
        self._delay_s = FIRST_DELAY_S

    def audited(self, handlers: Mapping[str, Handler]) -> dict[str, Handler]:
        """The same handlers; of those of audited procedures each call is reported, once it is answered or refused."""
        return {uri: self._audited(uri, handler) for uri, handler in handlers.items()}

    def stop(self) -> None:
        """Try no more."""
        if self._retry is not None and self._retry.active():
            self._retry.cancel()
        if self._waiting:
            _log.warn("{count} records of the audit trail were never taken", count=len(self._waiting))
            self._waiting.clear()

    def _audited(self, uri: str, handler: Handler) -> Handler:
        procedure = PROCEDURE_BY_URI.get(uri)
        if procedure is None or not procedure.is_audited:
            return handler

        @functools.wraps(handler)
        async def answer(caller: Caller, **arguments: object) -> object:
            outcome = ErrorCode.INTERNAL.value
            try:
                result = handler(caller, **arguments)
                result = await result if inspect.isawaitable(result) else result
                outcome = DONE
            except CommandRejected as error:
                outcome = error.code.value
                raise
            finally:
                if caller.role in _HAS_RIGHTS_OVER_OTHERS:
                    self._report(self._record(uri, caller, arguments, outcome))
            return result

        return answer

    def _record(self, uri: str, caller: Caller, arguments: Mapping[str, object], outcome: str) -> AuditRecord:
        return AuditRecord(
            at_ns=self._wall_clock_ns(),
            user_id=caller.user_id,
            role=caller.role.value,
            session_id=caller.session_id,
            action=uri.removeprefix(f"{PREFIX}."),
            arguments=shown_arguments(arguments),
            reason=shown_reason(arguments.get("reason")),
            outcome=outcome,
        )

    def _report(self, record: AuditRecord) -> None:
        if len(self._waiting) >= MOST_WAITING:
            self._waiting.popleft()
            _log.warn("too many records of the audit trail wait to be taken; the oldest is dropped")
        self._waiting.append(record)
        self._go_on()

    def _go_on(self) -> None:
        if not self._is_reporting and self._retry is None:
            self._is_reporting = True
            ensureDeferred(self._report_all())

    async def _report_all(self) -> None:
        try:
            while self._waiting:
                record = self._waiting[0]
                await self._session.call(REPORT, record=msgspec.to_builtins(record))
                self._delay_s = FIRST_DELAY_S
                # It may have made room for newer ones meanwhile.
                if self._waiting and self._waiting[0] is record:
                    self._waiting.popleft()
        except Exception as error:  # noqa: BLE001 - whatever it is, the record is worth another try
            _log.warn("a record of the audit trail was not taken: {error}", error=str(error))
            if self._waiting:
                self._retry = self._clock.callLater(self._delay_s, self._try_again)
            self._delay_s = min(2 * self._delay_s, LONGEST_DELAY_S)
        finally:
            self._is_reporting = False

    def _try_again(self) -> None:
        self._retry = None
        self._go_on()
