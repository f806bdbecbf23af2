"""Operators on a disk that is really full: what cannot be written is refused, and they are answered again with room."""

from pathlib import Path

import pytest_twisted
from prometheus_client import CollectorRegistry
from twisted.internet import reactor
from twisted.internet.interfaces import IReactorFromThreads
from twisted.logger import capturedLogs

from components.admin.keeper_component import REOPEN_INTERVAL_S
from components.metrics.journal import JournalMetrics
from components.streams.journal_store import SqliteJournal
from components.streams.sqlite_store import SqliteFile, Synchronous
from tests.support.gateway import refusal
from tests.support.operator_desk import OperatorDesk, connected, credential, operator_session
from tests.support.routers import turns
from tests.support.slow_reader import until
from tests.support.small_disk import small_disk

BALLAST_KB = 64
MOST_COMMANDS = 500


def desk_on(path: Path) -> OperatorDesk:
    """A component whose journal is a file, written by a thread of its own."""
    metrics = JournalMetrics(CollectorRegistry(), owner="router")

    def open_journal() -> SqliteJournal:
        file = SqliteFile(path, synchronous=Synchronous.FULL)
        return SqliteJournal(file, call_in_reactor=IReactorFromThreads(reactor).callFromThread, metrics=metrics)

    desk = OperatorDesk(open_journal=open_journal)
    desk.control.sessions = [operator_session(), connected(10)]
    return desk


@pytest_twisted.ensureDeferred
async def test_a_full_disk_refuses_a_revocation_and_changes_nothing(tmp_path: Path) -> None:
    """It is `unavailable`; with room again the next is taken, and the one that was refused was never said."""
    with small_disk(tmp_path) as directory:
        ballast = directory / "ballast"
        ballast.write_bytes(bytes(BALLAST_KB * 1024))
        desk = desk_on(directory / "admin.journal")
        await desk.component.start()
        revoked: list[str] = []
        with capturedLogs():
            for number in range(MOST_COMMANDS):
                name = f"t{number}-{'x' * 100}"
                asked = desk.begin("tokens.revoke", token_id=name, reason="y" * 250)
                asked.addErrback(lambda failure: failure.value)
                answer = await asked
                if isinstance(answer, Exception):
                    break
                revoked.append(name)

        assert getattr(answer, "error", None) == "tapecast.error.unavailable"
        assert (await refusal(desk.begin("sessions.disconnect", session=10, reason="z"))).error == answer.error
        assert len(revoked) > 3
        held = desk.control.rules[-1].revocations
        assert all(held.hold(credential(token_id=one)) for one in revoked)
        assert not held.hold(credential(token_id=name))
        assert desk.control.ended == []
        assert [one["token_id"] for one in await desk.begin("tokens.list_revocations")] == revoked
        assert [part["state"] for part in desk.component.health()] == ["down"]

        ballast.unlink()
        await turns()
        desk.clock.advance(REOPEN_INTERVAL_S)
        await until(lambda: [part["state"] for part in desk.component.health()] == ["up"])

        assert [one["token_id"] for one in await desk.begin("tokens.list_revocations")] == revoked
        await desk.begin("tokens.revoke", token_id=name, reason="once more")
        assert desk.control.rules[-1].revocations.hold(credential(token_id=name))
        await desk.component.stop()
