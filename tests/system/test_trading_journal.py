"""Accounts whose journal is damaged: nobody trades on them, and one line says what to type."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.damaged_journals import filled
from tests.support.node import RunningNode

JOURNAL = "trading.journal"
SAYS = "trading cannot start"


def test_a_damaged_journal_is_told_in_one_line_and_left_alone() -> None:
    """The log names the file, how far it is sound and the command; the command refuses while the gateway runs."""
    node = RunningNode({"EXECUTION": "paper"}, ready=SAYS)
    data = node.directory / "data"
    data.mkdir(mode=0o700)
    filled(data / JOURNAL)
    whole = (data / JOURNAL).read_bytes()
    (data / JOURNAL).write_bytes(whole[: len(whole) // 2])
    with node:
        line = node.wait_for_line(SAYS)
        refused = salvage(data)
        left = (data / JOURNAL).read_bytes()

    assert f"{JOURNAL}: the journal is damaged: " in line
    assert "; sound up to position " in line
    assert line.rstrip().endswith("; type: tapecast journal salvage trading")
    assert refused.returncode == 2
    assert "is in use by a gateway; type: tapecast stop" in refused.stderr
    assert left == whole[: len(whole) // 2]
    assert "Traceback" not in "".join(node.log)


def salvage(data: Path) -> "subprocess.CompletedProcess[str]":
    """Type the command."""
    command = [sys.executable, "-m", "components.runtime.cli", "journal", "salvage"]
    environment = {**os.environ, "TAPECAST_DATA_DIR": str(data)}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
