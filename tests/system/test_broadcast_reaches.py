"""An operator's word from the command line to the clients that it is for, on a running gateway."""

from collections.abc import AsyncIterator
from typing import Any

import attrs
import pytest
import pytest_twisted
from autobahn.wamp.exception import ApplicationError
from twisted.internet.threads import deferToThread

from scripts.probe_client import Client, Gateway, Tape
from tests.support.node import PATIENCE_S, RunningNode

EVERYONE, TRADERS = "tapecast.system.announcements", "tapecast.role.trader.announcements"
OWN = "tapecast.user.alice_2ea.session"


@attrs.frozen
class Reader:
    """A client, and what it is told on each topic."""

    client: Client
    tapes: dict[str, Tape]


@pytest_twisted.async_yield_fixture
async def alice(paper_node: RunningNode) -> AsyncIterator[Reader]:
    """A trader who follows all announcements that there are for her."""
    gateway = Gateway(url=paper_node.url, timeout_s=PATIENCE_S)
    client = await gateway.join(paper_node.token("alice.a", "trader"))
    yield Reader(client, {topic: await client.follow(topic) for topic in (EVERYONE, TRADERS, OWN)})
    await client.end()


@pytest.mark.parametrize(
    ("words", "topic", "expected"),
    [
        ((), EVERYONE, {"type": "announcement", "severity": "info", "audience": {}}),
        (("--topic-family", "price", "--type", "incident"), EVERYONE, {"audience": {"topic_family": "price"}}),
        (("--role", "trader", "--severity", "critical"), TRADERS, {"severity": "critical", "reason": "broadcast"}),
        (("--user-id", "alice.a", "--type", "maintenance"), OWN, {"event": "announcement", "type": "maintenance"}),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_broadcast_reaches_whom_it_is_for(
    paper_node: RunningNode, alice: Reader, words: tuple[str, ...], topic: str, expected: dict[str, Any]
) -> None:
    """On the topic that is theirs, and on no other."""
    result = await deferToThread(paper_node.run, "admin", "broadcast", "--message", "Prices are late.", *words)
    ((_, event),) = await alice.tapes[topic].until(bool, "the broadcast")

    told = event["payload"]
    assert (result.returncode, result.stderr) == (0, "")
    assert {name: told[name] for name in expected} == expected
    assert told["message"] == "Prices are late."
    assert [name for name, tape in alice.tapes.items() if tape.events] == [topic]


@pytest_twisted.ensureDeferred
async def test_what_is_for_another_role_is_not_read(alice: Reader) -> None:
    """A trader may not follow what the desk is told, nor all roles' topics at once."""
    for topic, match in (("tapecast.role.risk.announcements", "exact"), ("tapecast.role", "prefix")):
        with pytest.raises(ApplicationError) as refused:
            await alice.client.follow(topic, match=match)

        assert refused.value.error == "tapecast.error.not_authorized"
