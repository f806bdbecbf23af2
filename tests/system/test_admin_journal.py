"""What operators say of who may be connected, on a whole gateway: it outlives restarts and kills."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from twisted.internet.threads import deferToThread

from tests.support.client_sessions import live_client
from tests.support.node import RunningNode
from tests.support.raw_websocket import ABORT, WELCOME, RawWebSocket

DAMAGED = "the router worker did not start: "


async def first_answer(node: RunningNode, token: str) -> list[Any]:
    """What the gateway says to who shows a token."""
    client, answer = await RawWebSocket.sign_in(node.port, token)
    if answer[0] == WELCOME:
        await client.end()
    else:
        await client.is_lost()
    return answer


async def call(node: RunningNode, procedure: str, **arguments: Any) -> Any:
    """What an operator is answered who comes for one question."""
    operator = await live_client(node, "op", "admin")
    try:
        return await operator.call(f"tapecast.admin.{procedure}", **arguments)
    finally:
        await operator.stop()


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    """Of gateways that have the same data directory, one after the other."""
    return {"DATA_DIR": str(tmp_path / "data")}


@pytest_twisted.ensureDeferred
async def test_what_is_revoked_stays_revoked_over_a_restart(settings: dict[str, str]) -> None:
    """A revoked user is disconnected, and not let in by the next gateway either; a newer token lets in."""
    with RunningNode(settings) as node:
        token = node.token("alice", "trader")
        assert (await first_answer(node, token))[0] == WELCOME
        revoked = await call(node, "tokens.revoke", user_id="alice", reason="left the firm")
        assert (await first_answer(node, token))[::2] == [ABORT, "tapecast.error.token_revoked"]

    with RunningNode(settings) as node:
        (held,) = await call(node, "tokens.list_revocations")
        (record,) = (await call(node, "audit.list"))["records"]

        assert (await first_answer(node, token))[::2] == [ABORT, "tapecast.error.token_revoked"]
        assert (held["user_id"], held["since"], held["reason"]) == ("alice", revoked["since"], "left the firm")
        assert (record["action"], record["outcome"], record["user_id"]) == ("admin.tokens.revoke", "done", "op")


@pytest_twisted.ensureDeferred
async def test_a_kill_right_after_the_answer_forgets_nothing(settings: dict[str, str]) -> None:
    """All processes die as soon as a revocation is acknowledged; the next gateway holds to it."""
    with RunningNode(settings) as node:
        token = node.token("alice", "trader")
        operator = await live_client(node, "op", "admin")
        await operator.call("tapecast.admin.tokens.revoke", user_id="alice", reason="left the firm")
        os.killpg(node.process.pid, signal.SIGKILL)
        await operator.stop()
        await deferToThread(node.wait)

    with RunningNode(settings) as node:
        assert (await first_answer(node, token))[::2] == [ABORT, "tapecast.error.token_revoked"]


def test_a_gateway_that_cannot_read_what_is_revoked_does_not_start(settings: dict[str, str]) -> None:
    """One line names the file, the exit status is 1, and nobody can connect."""
    directory = Path(settings["DATA_DIR"])
    directory.mkdir(mode=0o700)
    (directory / "admin.journal").write_bytes(b"no journal" * 100)

    with RunningNode(settings, ready=DAMAGED) as node:
        line = node.wait_for_line(DAMAGED)

        assert str(directory / "admin.journal") in line
        assert "tapecast journal salvage admin" in line
        assert node.wait() == 1
        assert not [one for one in node.log if "open http://" in one]
