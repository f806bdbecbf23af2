"""
Sessions of many kinds that stay: a process of its own that joins public readers and users of several roles.

Some of them follow prices, and some of those ask for few, so that events wait for them. It prints one line when all
have joined, and goes on until it is ended, or whoever started it is gone.
"""

import argparse
import json
import select
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.bench import raise_open_file_limit
from benchmarks.client import Client, ClientOptions, Script, expect
from benchmarks.encodings import JSON, Code
from benchmarks.fleet import OPENING_AT_ONCE, joining
from benchmarks.poller import Poller
from tests.support.node import RunningNode
from tests.support.routers import REALM

PATIENCE_S = 600.0
TURN_S = 0.05
ROLES = ("public", "public", "public", "trader", "trader", "risk", "issuer", "service")
"""Who comes, in turn."""

FOLLOWING, SLOW = 49, 3
"""One in so many follows all prices, and each third of those gets few of them."""

SLOW_HZ = 0.2
READY = "joined"

_CHALLENGE, _AUTHENTICATE = 4, 5
_ABILITIES: dict[str, dict[str, object]] = {"publisher": {}, "subscriber": {}, "caller": {}, "callee": {}}


def staying(client: Client, place: int, token: str | None) -> Script:
    """What one of them says until it stays."""
    if token is None:
        yield from joining(client, realm=REALM)
    else:
        client.send(Code.HELLO, REALM, {"roles": _ABILITIES, "authmethods": ["ticket"], "authid": "token"})
        message = yield
        assert message[0] == _CHALLENGE, message
        client.send(_AUTHENTICATE, token, {})
        expect(Code.WELCOME, (yield))
    if place % FOLLOWING == 0 and ROLES[place % len(ROLES)] != "service":
        if place % (FOLLOWING * SLOW) == 0:
            client.send(Code.CALL, 1, {}, "tapecast.session.pace", [], {"max_hz": SLOW_HZ, "background": True})
            expect(Code.RESULT, (yield))
        client.send(Code.SUBSCRIBE, 2, {"match": "prefix"}, "tapecast.price")
        while (message := (yield))[0] != Code.SUBSCRIBED:
            pass


def user_of(place: int) -> str:
    """The user of the session at a place; each has five."""
    return f"user-{place // (5 * len(ROLES)):03d}-{ROLES[place % len(ROLES)]}"


def join_all(poller: Poller, port: int, tokens: list[str | None]) -> list[Client]:
    """
    A session for each token, or without one, from a few hundred addresses; who is too slow to join comes again.

    Raises:
        TimeoutError: Not all have joined.
    """
    joined: list[Client] = []
    waiting = deque(enumerate(tokens))
    opening: list[tuple[int, Client]] = []
    deadline_s = time.monotonic() + PATIENCE_S
    while len(joined) < len(tokens) and time.monotonic() < deadline_s:
        while waiting and len(opening) < OPENING_AT_ONCE:
            place, token = waiting.popleft()
            options = ClientOptions(source=f"127.0.{place % 7}.{1 + place % 50}")
            client = Client(poller, ("127.0.0.1", port), JSON, options)
            client.run(staying(client, place, token))
            opening.append((place, client))
        poller.turn(TURN_S)
        joined += [client for _, client in opening if client.ready_ns]
        waiting.extend((place, tokens[place]) for place, client in opening if client.close_code is not None)
        opening = [one for one in opening if not one[1].ready_ns and one[1].close_code is None]
    if len(joined) < len(tokens):
        raise TimeoutError(f"{len(joined)} of {len(tokens)} have joined")
    return joined


@contextmanager
def session_crowd(node: RunningNode, count: int) -> Iterator[None]:
    """So many sessions of a running gateway, while the block lasts."""
    tokens = [None if role == "public" else node.token(user_of(place), role) for place, role in _roles(count)]
    command = [sys.executable, "-m", "tests.support.session_crowd", f"--port={node.port}"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(tokens) + "\n")
            process.stdin.flush()
            assert process.stdout.readline().strip() == READY
            yield
        finally:
            process.kill()


def _roles(count: int) -> Iterator[tuple[int, str]]:
    return ((place, ROLES[place % len(ROLES)]) for place in range(count))


def main() -> None:
    """Join, say so, and stay until the process is ended, or its standard input is."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.session_crowd", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    raise_open_file_limit()
    poller = Poller()
    join_all(poller, arguments.port, json.loads(sys.stdin.readline()))
    print(READY, flush=True)  # noqa: T201 - for the process that started it
    while not select.select([sys.stdin], [], [], 0)[0]:
        poller.turn(TURN_S)


if __name__ == "__main__":
    main()
