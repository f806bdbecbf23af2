"""The market's container killed again and again, at any moment, with clients that stay."""

import os
import random
import signal

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread

from tests.support.node import RunningNode
from tests.system.test_market_container import BTC_PRICE, epoch_beyond, join

KILLS = 8


@pytest.mark.timeout(600)
@pytest_twisted.ensureDeferred
async def test_clients_outlive_every_death_of_the_market() -> None:
    """After each SIGKILL, wherever in its life it hits, the same two clients get a new epoch that begins at 1."""
    moments = random.Random(1)
    with RunningNode() as node:
        clients = [await join(node), await join(node)]
        for client in clients:
            await client.follow(BTC_PRICE)
            await client.has_events(1)
        for _ in range(KILLS):
            known = [{payload["epoch"] for _, _, payload in client.events} for client in clients]
            await deferLater(reactor, moments.uniform(0, 3))
            pid = node.workers().get("market")
            if pid is not None:
                os.kill(pid, signal.SIGKILL)
            for client, epochs in zip(clients, known, strict=True):
                await epoch_beyond(client, epochs)
                client.events.clear()

        assert all(client.is_attached() for client in clients)
        for client in clients:
            await client.leave()


@pytest_twisted.ensureDeferred
async def test_a_market_that_hangs_is_killed_and_started_again() -> None:
    """A process that is stopped does not die of it; the node notices, and a client gets a new epoch."""
    with RunningNode() as node:
        client = await join(node)
        await client.follow(BTC_PRICE)
        await client.has_events(1)
        known = {payload["epoch"] for _, _, payload in client.events}

        os.kill(node.workers()["market"], signal.SIGSTOP)

        await deferToThread(node.wait_for_line, "container market has not answered")
        await epoch_beyond(client, known)
        await client.leave()
