"""`tapecast.admin.audit.*`, and how the other processes hand in what was done there."""

from collections.abc import Mapping

from components.admin.commands_component import Commands
from components.admin.keeper_component import Keeper
from components.admin.payloads import audit_body
from components.contract.envelope import Payload
from components.contract.topics import PREFIX
from components.model.audit import AuditRecord
from components.wamp.procedures import Caller, Handler

REPORT = f"{PREFIX}.node.audit"


class TrailDesk:
    """Answer about the audit trail, and take records in."""

    def __init__(self, keeper: Keeper, commands: Commands) -> None:
        self._keeper = keeper
        self._commands = commands

    def handlers(self) -> dict[str, Handler]:
        """What answers which procedure."""
        return {f"{PREFIX}.admin.audit.list": self.list_records, REPORT: self.receive}

    def list_records(self, _caller: Caller, limit: object = None, before: object = None) -> Payload:
        """
        What was done, the newest first, a page at a time.

        Raises:
            InvalidArgument: An argument does not fit.
        """
        page = self._keeper.records(limit=limit, before=before)
        return {"records": [audit_body(record) for record in page.rows], "next": page.next}

    async def receive(self, _caller: Caller, record: Mapping[str, object]) -> None:
        """
        Take in what was done in another process.

        Raises:
            Unavailable: It cannot be written down; whoever reports is to try again.
        """
        await self._commands.report(AuditRecord(**record))  # type: ignore[arg-type]  # of our own making
