"""A market that writes down what it publishes, over the death of its process."""

import os
import signal
import stat
from typing import Any

import pytest_twisted

from tests.support.node import RunningNode
from tests.system.test_market_container import BTC_PRICE, RESTART_PATIENCE_S, join

SQLITE = {"MARKET_JOURNAL": "sqlite"}
JOURNAL = "market.journal"


@pytest_twisted.ensureDeferred
async def test_prices_go_on_in_their_epoch_over_a_kill() -> None:
    """SIGKILL of `market`: the next price has a later number of the same epoch, and who resumes gets the newest."""
    with RunningNode(SQLITE) as node:
        client = await join(node)
        await client.follow(BTC_PRICE)
        await client.has_events(1)
        journal = node.directory / "data" / JOURNAL
        assert stat.S_IMODE(journal.stat().st_mode) == 0o600

        os.kill(node.workers()["market"], signal.SIGKILL)
        before = newest(client.events)
        await client.has_events(len(client.events) + 20, patience_s=RESTART_PATIENCE_S)

        assert {payload["epoch"] for _, _, payload in client.events} == {before["epoch"]}
        numbers = [payload["seq"] for _, _, payload in client.events]
        assert numbers == sorted(numbers)
        resumed = await client.call("tapecast.stream.resume", BTC_PRICE, before["epoch"], before["seq"])
        assert resumed["recovered"]
        assert [event["epoch"] for event in resumed["events"]] == [before["epoch"]]
        await client.leave()


def newest(events: list[tuple[int, str | None, dict[str, Any]]]) -> dict[str, Any]:
    """The last event."""
    return events[-1][2]


def test_a_file_that_is_no_journal_is_told_in_one_line() -> None:
    """The market does not start on a text of somebody's, the log says why, and the file stays as it is."""
    node = RunningNode(SQLITE, ready="market cannot start")
    (node.directory / "data").mkdir(mode=0o700)
    (node.directory / "data" / JOURNAL).write_text("dear diary\n")
    with node:
        line = node.wait_for_line("market cannot start")

        assert f"{JOURNAL}: the journal is damaged: file is not a database; move it away" in line
        assert (node.directory / "data" / JOURNAL).read_text() == "dear diary\n"
        assert "Traceback" not in "".join(node.log)
