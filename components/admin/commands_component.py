"""What changes something: decided, written down with who and why, and only then done."""

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from twisted.logger import Logger

from components.admin.arguments import action_of
from components.admin.keeper_component import Keeper
from components.model.audit import DONE, AuditRecord, shown_arguments, shown_reason
from components.model.errors import CommandRejected
from components.wamp.procedures import Caller, Handler

Deed = Callable[[], Any]
"""What is to be done once it is written down: returns the answer, or an awaitable of it."""

_security = Logger(namespace="tapecast.security")


class Commands:
    """
    Run operators' commands.

    A command decides at once; its facts and its record on the audit trail are one group of the journal, and it is done
    when that is durable, never before. Of a command that is refused there is the record alone. One that cannot be
    written is `unavailable`, changes nothing, and is in the log alone.
    """

    def __init__(self, keeper: Keeper, *, wall_clock_ns: Callable[[], int]) -> None:
        """
        Run nothing yet.

        Args:
            keeper: Writes what is decided.
            wall_clock_ns: The time, UNIX nanoseconds.
        """
        self._keeper = keeper
        self._wall_clock_ns = wall_clock_ns

    def command(self, uri: str, decide: Callable[..., Deed]) -> Handler:
        """
        A handler that has a command decided, written down, and then done.

        Args:
            uri: The procedure.
            decide: Takes the caller and the arguments by name, checks, decides, and returns what is to be done; raises
                an error of the caller's where the command is refused. It does not wait for anything.
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
        Put on the trail what was done in another process, once, however often it is reported.

        Raises:
            Unavailable: It cannot be written down.
        """
        await self._keeper.group(lambda: None if self._keeper.has(record) else self._keeper.note(record))

    def _record(self, uri: str, caller: Caller, arguments: Mapping[str, object]) -> AuditRecord:
        return AuditRecord(
            at_ns=self._wall_clock_ns(),
            user_id=caller.user_id,
            role=caller.role.value,
            session_id=caller.session_id,
            action=action_of(uri),
            arguments=shown_arguments(arguments),
            reason=shown_reason(arguments.get("reason")),
            outcome=DONE,
        )

    async def _decided(self, record: AuditRecord, decide: Callable[[], Deed]) -> Deed:
        def decide_and_note() -> Deed | CommandRejected:
            try:
                deed = decide()
            except CommandRejected as refusal:
                self._keeper.note(msgspec.structs.replace(record, outcome=refusal.code.value))
                return refusal
            self._keeper.note(record)
            return deed

        decided = await self._keeper.group(decide_and_note)
        if isinstance(decided, CommandRejected):
            raise decided
        return decided


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
