"""A whole gateway as its operator starts it: processes of its own, a free port, a data directory that goes away."""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

from auth.secret_store import load_or_make_development_secret
from auth.tokens import issue_token
from components.runtime.settings import Settings
from tests.support.recordings import BTCUSDT, recording

PATIENCE_S = 120.0
READY = "every part is up"
COMMAND = (str(Path(sys.executable).parent / "tapecast"),)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(**settings: str) -> dict[str, str]:
    """This process's environment with these settings and none of its own."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TAPECAST_")}
    return {**inherited, **{f"TAPECAST_{name}": value for name, value in settings.items()}}


class RunningNode:
    """
    A gateway in processes of its own; a context manager that ends with the node gone and its directory deleted.

    It has no private streams, which take a process more, unless its settings say who executes orders.

    Attributes:
        port: Where it serves.
        log: Every line that it has written so far.
    """

    def __init__(
        self,
        settings: Mapping[str, str] | None = None,
        *,
        ready: str = READY,
        started_in: Path | None = None,
        profile: str = "gateway",
        command: Sequence[str] | None = None,
    ) -> None:
        self.port = free_port()
        self.metrics_port = free_port()
        self.directory = Path(tempfile.mkdtemp(prefix="tc-"))
        defaults = {
            "PORT": str(self.port),
            "METRICS_PORT": str(self.metrics_port),
            "DATA_DIR": str(self.directory / "data"),
            "FEED": "sim",
            "EXECUTION": "off",
            "LIMITS": "off",
        }
        self.environment = environment(**{**defaults, **(settings or {})})
        self.log: list[str] = []
        self._ready_line = ready
        self._started_in = started_in
        self._command = command or [*COMMAND, "start", "--profile", profile]
        self._news = threading.Condition()
        self._has_ended = False
        self._seen: set[psutil.Process] = set()

    def __enter__(self) -> Self:
        self.start()
        return self

    def start(self) -> None:
        """Start the node and wait until it is ready; once more where it was stopped, with all that it has kept."""
        self.log.clear()
        self._has_ended = False
        self.process = subprocess.Popen(
            self._command,
            cwd=self._started_in,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self.wait_for_line(self._ready_line)
        except BaseException:
            # Nobody calls `__exit__` then.
            self._kill()
            shutil.rmtree(self.directory)
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.stop()
        shutil.rmtree(self.directory)

    @property
    def url(self) -> str:
        """Where pages and HTTP are."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def websocket_url(self) -> str:
        """Where WAMP is."""
        return f"ws://127.0.0.1:{self.port}/ws"

    def token(self, user: str, role: str, *, lifetime_s: int = 3600, age_s: int = 0) -> str:
        """A token of now, or of some time ago, as this gateway's own command makes it, without a process for each."""
        return issue_token(
            load_or_make_development_secret(Path(self.environment["TAPECAST_DATA_DIR"])),
            Settings.from_environment(self.environment).tokens.rules,
            user_id=user,
            role=role,
            lifetime_s=lifetime_s,
            now_s=time.time() - age_s,
            token_id=secrets.token_hex(8),
        )

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a `tapecast` command with this gateway's settings."""
        return subprocess.run(
            [*COMMAND, *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )

    def get_json(self, path: str) -> Any:
        """The JSON that a path answers with status 200."""
        with urllib.request.urlopen(f"{self.url}{path}", timeout=60) as answer:
            return json.load(answer)

    def wait_for_price(self, instrument: str) -> Any:
        """
        The price of an instrument, once it has one: a market that is up need not have told one yet.

        Raises:
            TimeoutError: It has none.
        """
        deadline_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline_s:
            try:
                return self.get_json(f"/api/prices/{instrument}")
            except urllib.error.HTTPError as error:
                error.close()
            with self._news:
                self._news.wait(0.05)
        raise TimeoutError(f"{instrument} has no price")

    def metrics(self) -> str:
        """The page of metrics."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/metrics", timeout=60) as answer:
            text: str = answer.read().decode()
        return text

    def workers(self) -> dict[str, int]:
        """The process ids of the worker processes that are up, by the worker's name."""
        if self.process.poll() is None:
            self._seen.update(_children(self.process.pid))
        named = {process: _worker_name(process) for process in self._seen}
        self._seen = {process for process, name in named.items() if name is not None}
        return {name: process.pid for process, name in named.items() if name}

    def wait_for_line(self, text: str, *, count: int = 1) -> str:
        """
        The line of the log that holds a text, once so many have come.

        Raises:
            AssertionError: It ended, or patience did, without.
        """
        with self._news:
            self._news.wait_for(lambda: self._has_ended or len(self._lines_with(text)) >= count, PATIENCE_S)
            lines = self._lines_with(text)
        assert len(lines) >= count, f"no line with {text!r} in the log:\n{''.join(self.log)}"
        return lines[count - 1]

    def stop(self, signal_number: int = signal.SIGINT) -> int:
        """Stop the node by a signal and give its exit status."""
        self.process.send_signal(signal_number)
        return self.wait()

    def wait(self) -> int:
        """The node's exit status, once it has ended."""
        try:
            status = self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._kill()
            raise
        self._end_reading()
        return status

    def _kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._end_reading()

    def _end_reading(self) -> None:
        self._reader.join(PATIENCE_S)
        if self.process.stdout is not None:
            self.process.stdout.close()

    def _lines_with(self, text: str) -> list[str]:
        return [line for line in self.log if text in line]

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._news:
                self.log.append(line)
                self._news.notify_all()
        with self._news:
            self._has_ended = True
            self._news.notify_all()


def _children(pid: int) -> list[psutil.Process]:
    """A process's children, as the kernel lists them where it does: psutil reads of every process there is."""
    try:
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return psutil.Process(pid).children()
    found = []
    for child in listed.split():
        with suppress(psutil.NoSuchProcess):
            found.append(psutil.Process(int(child)))
    return found


def _worker_name(process: psutil.Process) -> str | None:
    """Which worker a process is; empty while it does not say, None once it is gone."""
    try:
        if not process.is_running():
            return None
        title = " ".join(process.cmdline()).strip()
    except psutil.NoSuchProcess:
        return None
    except psutil.Error:
        return ""
    return title.removeprefix("tapecast ") if title.startswith("tapecast ") else ""


def replaying(*, speed: str = "max") -> dict[str, str]:
    """Settings of a node that replays the recorded market."""
    return {"FEED": f"replay:{recording(BTCUSDT)}", "REPLAY_SPEED": speed}
