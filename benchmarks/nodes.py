"""The two routers that are compared, each in processes of its own: ours, and a stock Crossbar node."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import psutil

from benchmarks.cores import ROUTER_CORES

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 30.0
MS_PER_S = 1000
_BIN = Path(sys.executable).parent


@attrs.frozen(kw_only=True)
class NodeOptions:
    """
    What both routers are told.

    Attributes:
        ping_interval_s: A connection that was silent for so long is pinged.
        ping_timeout_s: How long it then has to answer.
        is_compressed: Whether messages go compressed to clients that offer it.
    """

    ping_interval_s: int = 3600
    ping_timeout_s: int = 3600
    is_compressed: bool = False


@attrs.frozen
class Kind:
    """
    One of the two.

    Attributes:
        name: What it is called in the tables.
        prepare: Writes what it needs into its directory, and gives its command and environment.
    """

    name: str
    prepare: Callable[[Path, int, NodeOptions], tuple[list[str], dict[str, str]]]


def _prepare_ours(directory: Path, port: int, options: NodeOptions) -> tuple[list[str], dict[str, str]]:
    settings = {
        "TAPECAST_PORT": str(port),
        "TAPECAST_DATA_DIR": str(directory / "data"),
        "TAPECAST_PING_INTERVAL_S": str(options.ping_interval_s),
        "TAPECAST_PING_TIMEOUT_S": str(options.ping_timeout_s),
        "TAPECAST_COMPRESSION": "on" if options.is_compressed else "off",
    }
    return [str(_BIN / "tapecast"), "start", "--profile", "bench"], settings


def _prepare_stock(directory: Path, port: int, options: NodeOptions) -> tuple[list[str], dict[str, str]]:
    (directory / "config.json").write_text(json.dumps(stock_config(port, options)), encoding="utf-8")
    return [str(_BIN / "crossbar"), "start", "--cbdir", str(directory), "--loglevel", "none"], {}


def stock_config(port: int, options: NodeOptions) -> dict[str, Any]:
    """A node that does the same with Crossbar's own classes, on the same kind of transport, and logs nothing."""
    permission = {
        "uri": "bench.",
        "match": "prefix",
        "allow": dict.fromkeys(("call", "register", "publish", "subscribe"), True),
        "disclose": {"caller": False, "publisher": False},
        "cache": True,
    }
    websocket = {
        "type": "websocket",
        "serializers": ["json", "msgpack", "cbor"],
        "auth": {"anonymous": {"type": "static", "role": "public"}},
        "options": {
            "auto_ping_interval": options.ping_interval_s * MS_PER_S,
            "auto_ping_timeout": options.ping_timeout_s * MS_PER_S,
            "compression": {"deflate": {}} if options.is_compressed else {},
        },
    }
    transport = {
        "type": "web",
        "endpoint": {"type": "tcp", "interface": "127.0.0.1", "port": port, "backlog": 4096},
        "paths": {"/": {"type": "path", "paths": {}}, "ws": websocket},
    }
    realm = {"name": "bench", "roles": [{"name": "public", "permissions": [permission]}]}
    return {"version": 2, "workers": [{"type": "router", "realms": [realm], "transports": [transport]}]}


OURS = Kind("ours", _prepare_ours)
STOCK = Kind("stock", _prepare_stock)


class Node:
    """
    A running node.

    Attributes:
        kind: Which of the two.
        port: Where it listens.
    """

    def __init__(self, kind: Kind, port: int, process: "subprocess.Popen[bytes]") -> None:
        self.kind = kind
        self.port = port
        self._process = process
        (self._router,) = psutil.Process(process.pid).children()

    def pin(self, cores: set[int]) -> None:
        """Run its processes, and all their threads, on these cores alone."""
        for process in (psutil.Process(self._process.pid), self._router):
            for thread in process.threads():
                os.sched_setaffinity(thread.id, cores)

    def cpu_s(self) -> float:
        """CPU time that the router process has used so far."""
        times = self._router.cpu_times()
        return float(times.user + times.system)

    def memory_bytes(self) -> int:
        """Resident memory of the router process."""
        return int(self._router.memory_info().rss)

    def stop(self) -> int:
        """End it, and give its exit status."""
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(STOP_TIMEOUT_S)


@contextmanager
def running(kind: Kind, options: NodeOptions | None = None, *, port: int | None = None) -> Iterator[Node]:
    """
    A node while the block lasts, on the router's core.

    Args:
        kind: Which of the two.
        options: None is without pings and compression.
        port: Where it listens; None is any.

    Raises:
        ChildProcessError: It ended before it listened, or took too long.
    """
    directory = Path(tempfile.mkdtemp(prefix="tc-bench-"))
    port = port or free_port()
    command, settings = kind.prepare(directory, port, options or NodeOptions())
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TAPECAST_")}
    log = directory / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own commands
            command,
            env={**inherited, **settings},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        if not _listens_in_time(process, port):
            text = log.read_text(encoding="utf-8", errors="replace")
            raise ChildProcessError(f"the node {kind.name!r} does not listen on port {port}:\n{text}")
        node = Node(kind, port, process)
        node.pin(ROUTER_CORES)
        yield node
    finally:
        end(process)
        shutil.rmtree(directory)


def free_port() -> int:
    """A port of the loopback interface that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _listens_in_time(process: "subprocess.Popen[bytes]", port: int) -> bool:
    deadline_s = time.monotonic() + START_TIMEOUT_S
    while process.poll() is None and time.monotonic() < deadline_s:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.1)
    return False


def end(process: "subprocess.Popen[bytes]") -> None:
    """End a node that may have ended, and all its processes."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
