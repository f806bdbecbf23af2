"""Ten thousand sessions that an operator ends: all of them really end, and soon."""

import subprocess
import time

import psutil
import pytest

from benchmarks.bench import raise_open_file_limit
from benchmarks.client import Client, ClientOptions
from benchmarks.encodings import JSON
from benchmarks.fleet import OPENING_AT_ONCE, joining
from benchmarks.poller import Poller
from components.contract.errors import KICKED
from tests.support.node import COMMAND, RunningNode
from tests.support.routers import REALM

CLIENTS = 10_000
JOIN_PATIENCE_S = 180.0
END_PATIENCE_S = 30.0
MOST_ROUTER_CPU_S = 2.0


def join_all(poller: Poller, port: int) -> list[Client]:
    """So many public sessions, from a few addresses."""
    clients: list[Client] = []
    deadline_s = time.monotonic() + JOIN_PATIENCE_S
    opening: list[Client] = []
    while (opening or len(clients) < CLIENTS) and time.monotonic() < deadline_s:
        while len(clients) < CLIENTS and len(opening) < OPENING_AT_ONCE:
            options = ClientOptions(source=f"127.0.0.{1 + len(clients) % 10}")
            client = Client(poller, ("127.0.0.1", port), JSON, options)
            client.run(joining(client, realm=REALM))
            clients.append(client)
            opening.append(client)
        poller.turn(0.05)
        opening = [client for client in opening if not client.ready_ns]
    return clients


def watch_end(poller: Poller, clients: list[Client], command: "subprocess.Popen[bytes]") -> float:
    """How long it takes from the first close to the last, seconds."""
    deadline_s = time.monotonic() + END_PATIENCE_S
    first_s, last_s, left = 0.0, 0.0, clients
    while left and time.monotonic() < deadline_s:
        poller.turn(0.05)
        still = [client for client in left if client.close_code is None]
        if len(still) < len(left):
            last_s = time.monotonic()
            first_s = first_s or last_s
        left = still
    assert command.wait() == 0
    return last_s - first_s


@pytest.mark.timeout(600)
def test_ten_thousand_sessions_really_end() -> None:
    """Each is closed with the reason, for a bounded share of the router's time; how long it took is printed."""
    raise_open_file_limit()
    poller = Poller()
    with RunningNode() as node:
        clients = join_all(poller, node.port)
        assert sum(client.ready_ns > 0 for client in clients) == CLIENTS

        arguments = ["admin", "sessions", "disconnect", "--role", "public", "--reason", "a test"]
        router = psutil.Process(node.workers()["router"])
        before_s = sum(router.cpu_times()[:2])
        command = subprocess.Popen([*COMMAND, *arguments], env=node.environment, stdout=subprocess.DEVNULL)
        took_s = watch_end(poller, clients, command)

        used_s = sum(router.cpu_times()[:2]) - before_s

        assert {client.close_code for client in clients} == {KICKED.code}
    print(f"\n{CLIENTS} sessions ended in {took_s:.2f} s, {used_s:.2f} s of the router's time")  # noqa: T201 - what the soak came to
    assert used_s < MOST_ROUTER_CPU_S
