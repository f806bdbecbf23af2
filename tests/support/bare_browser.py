"""A browser that nobody listens to: playwright has every frame of a WebSocket told, which costs more than a page."""

import json
import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import psutil

from tests.support.browser import ARGUMENTS, EXECUTABLE


class PageFailedError(Exception):
    """What the browser was asked for went wrong in it."""


class BareBrowser:
    """Chromium with one page, driven over a pipe; a context manager that ends with all of it gone."""

    def __init__(self, *, width: int, height: int) -> None:
        self._arguments = [*ARGUMENTS, f"--window-size={width},{height}"]
        self._profile = tempfile.mkdtemp(prefix="tc-browser-")
        self._asked = 0
        self._told = b""
        self._page: dict[str, str] = {}

    def __enter__(self) -> Self:
        theirs_in, ours_out = os.pipe()
        ours_in, theirs_out = os.pipe()
        # The browser reads from 3 and writes to 4; ours may have these numbers, and are moved away first.
        opened = f"exec 8</proc/self/fd/{theirs_in} 9>/proc/self/fd/{theirs_out}"
        script = f'{opened}; exec "$0" "$@" 3<&8 4>&9 8<&- 9>&-'
        flags = ["--remote-debugging-pipe", f"--user-data-dir={self._profile}", "about:blank"]
        self.process = subprocess.Popen(
            ["sh", "-c", script, EXECUTABLE, *self._arguments, *flags],
            pass_fds=(theirs_in, theirs_out),
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._out, self._in = os.fdopen(ours_out, "wb"), os.fdopen(ours_in, "rb")
        try:
            target = self.ask("Target.createTarget", url="about:blank")["targetId"]
            self._page = {"sessionId": self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]}
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def ask(self, method: str, **parameters: object) -> Any:
        """
        Have the browser, or its page once there is one, do something.

        Raises:
            PageFailedError: It did not.
        """
        self._asked += 1
        request = {"id": self._asked, "method": method, "params": parameters, **self._page}
        self._out.write(json.dumps(request).encode() + b"\0")
        self._out.flush()
        answer = self._read()
        while answer.get("id") != self._asked:
            answer = self._read()
        if "error" in answer:
            raise PageFailedError(f"{method}: {answer['error']}")
        return answer["result"]

    def evaluate(self, expression: str) -> Any:
        """
        The value of an expression in the page.

        Raises:
            PageFailedError: It threw.
        """
        answer = self.ask("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise PageFailedError(str(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def cpu_s(self) -> dict[str, float]:
        """How much time each kind of process has used."""
        used: dict[str, float] = {}
        for process in psutil.Process(self.process.pid).children(recursive=True):
            words = [word for word in process.cmdline() if word.startswith(("--type=", "--utility-sub-type="))]
            kind = words[-1].split("=", 1)[1] if words else "browser"
            used[kind] = used.get(kind, 0.0) + sum(process.cpu_times()[:2])
        used["browser"] = sum(psutil.Process(self.process.pid).cpu_times()[:2])
        return used

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._told:
            chunk = self._in.read1()
            if not chunk:
                raise PageFailedError("the browser has ended")
            self._told += chunk
        told, _, self._told = self._told.partition(b"\0")
        answer: dict[str, Any] = json.loads(told)
        return answer

    def _end(self) -> None:
        self._in.close()
        with suppress(BrokenPipeError):
            self._out.close()
        family = [psutil.Process(self.process.pid), *psutil.Process(self.process.pid).children(recursive=True)]
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.wait()
        shutil.rmtree(self._profile, ignore_errors=True)
