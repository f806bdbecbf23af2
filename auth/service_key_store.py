"""The operator's file of service accounts: read at the start, and again whenever it changes."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from auth.service_keys import MOST_FILE_BYTES, ServiceKeys, parse_service_keys
from components.model.errors import ConfigError

LOOK_INTERVAL_S = 1.0

_Version = tuple[int, ...]

_log = Logger(namespace="tapecast.security")


def load_service_keys(path: Path) -> ServiceKeys:
    """
    Read the file.

    Raises:
        ConfigError: It cannot be read, others than its owner can change it, or it holds something else.
    """
    try:
        # Whoever waits for the other end of a pipe serves nobody meanwhile.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(MOST_FILE_BYTES + 1) if stat.S_ISREG(mode) else b""
    except OSError as error:
        raise ConfigError(f"{path}: cannot read the service accounts: {error.strerror}") from None
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise ConfigError(
            f"{path}: expected a file that only its owner can change, received mode {stat.S_IMODE(mode):04o}; "
            "chmod go-w, and look who is in it"
        )
    try:
        return parse_service_keys(content)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None


class ServiceKeyStore:
    """
    The service accounts of a file.

    A new file that cannot be used changes nothing, and is told once.

    Attributes:
        keys: Those of now.
    """

    def __init__(self, path: Path, clock: IReactorTime) -> None:
        """
        Read the file.

        Args:
            path: Where it is.
            clock: Says when to look at it again.

        Raises:
            ConfigError: It cannot be used.
        """
        self._path = path
        self._version = _version(path)
        self.keys = load_service_keys(path)
        self._fault = ""
        self._clock = clock
        self._looking: LoopingCall | None = None

    def start(self, *, on_change: Callable[[ServiceKeys], None]) -> None:
        """Look at it once a second from now on; whoever is told of a change gets the new accounts."""
        self._looking = LoopingCall(self._look, on_change)
        self._looking.clock = self._clock
        looking = self._looking.start(LOOK_INTERVAL_S, now=False)
        looking.addErrback(lambda failure: _log.failure("service keys are read no more; a bug", failure=failure))

    def stop(self) -> None:
        """Look no more."""
        if self._looking is not None and self._looking.running:
            self._looking.stop()

    def health(self) -> list[dict[str, object]]:
        """How the file is, as a part of the node's report."""
        state = "degraded" if self._fault else "up"
        return [{"name": "service-keys", "state": state, "reason": self._fault, "age_ms": None}]

    def _look(self, on_change: Callable[[ServiceKeys], None]) -> None:
        version = _version(self._path)
        if version == self._version:
            return
        self._version = version
        try:
            keys = load_service_keys(self._path)
        except ConfigError as error:
            self._fault = "the file of service accounts cannot be used; those of the last good one are"
            _log.warn("service accounts stay as they were: {error}", event="service_keys_refused", error=error)
            return
        self._fault = ""
        if keys != self.keys:
            self.keys = keys
            _log.info(
                "service accounts are read anew, with {count} keys", event="service_keys_read", count=len(keys.accounts)
            )
            on_change(keys)


def _version(path: Path) -> _Version:
    try:
        found = path.stat()
    except OSError as error:
        # Another error is another content.
        return (error.errno or 0,)
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
