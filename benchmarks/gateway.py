"""A whole gateway in processes of its own, as its operator starts it, and what its processes use."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from benchmarks.nodes import end, free_port

SECRET = "a-secret-of-the-benchmarks-0123456789"
READY = b"every part is up"
INSTRUMENT = "BTCUSDT"
"""Has to have a price before the gateway is of use."""

START_TIMEOUT_S = 60.0
_BIN = Path(sys.executable).parent


class Gateway:
    """
    A running gateway.

    Attributes:
        port: Where it listens.
    """

    def __init__(self, port: int, process: "subprocess.Popen[bytes]") -> None:
        self.port = port
        self._process = process

    def cpu_s(self, worker: str) -> float:
        """CPU time that a worker's process has used so far."""
        for child in psutil.Process(self._process.pid).children():
            if " ".join(child.cmdline()).strip() == f"tapecast {worker}":
                times = child.cpu_times()
                return float(times.user + times.system)
        raise ChildProcessError(f"there is no worker {worker}")


def _has_price(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/prices/{INSTRUMENT}"):
            return True
    except urllib.error.HTTPError as error:
        error.close()
        return False


@contextmanager
def running_gateway(**settings: str) -> Iterator[Gateway]:
    """
    A gateway with these settings while the block lasts, and a directory that goes with it.

    Raises:
        ChildProcessError: Not all of its parts came up in time.
    """
    directory, port = Path(tempfile.mkdtemp(prefix="tc-bench-")), free_port()
    own = {
        "PORT": str(port),
        "METRICS_PORT": "0",
        "DATA_DIR": str(directory / "data"),
        "LIMITS": "off",
        "JWT_SECRET": SECRET,
        **settings,
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TAPECAST_")}
    log = directory / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [str(_BIN / "tapecast"), "start"],
            env={**inherited, **{f"TAPECAST_{name}": value for name, value in own.items()}},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        deadline_s = time.monotonic() + START_TIMEOUT_S
        while READY not in log.read_bytes():
            if process.poll() is not None or time.monotonic() > deadline_s:
                raise ChildProcessError(f"the gateway did not start:\n{log.read_text(errors='replace')}")
            time.sleep(0.1)
        while not _has_price(port) and time.monotonic() < deadline_s:
            time.sleep(0.1)
        yield Gateway(port, process)
    finally:
        end(process)
        shutil.rmtree(directory)
