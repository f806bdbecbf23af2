"""The operator's file of service accounts: read at the start, and again whenever it changes."""

import stat
from collections.abc import Callable
from pathlib import Path

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from auth.operator_file_store import FileWatch, read_operator_file
from auth.service_keys import MOST_FILE_BYTES, ServiceKeys, parse_service_keys
from components.model.errors import ConfigError

_log = Logger(namespace="tapecast.security")


def load_service_keys(path: Path) -> ServiceKeys:
    """
    Read the file.

    Raises:
        ConfigError: It cannot be read, others than its owner can change it, or it holds something else.
    """
    content = read_operator_file(path, what="service accounts", most_bytes=MOST_FILE_BYTES)
    if content.is_open_to(stat.S_IWGRP | stat.S_IWOTH):
        raise ConfigError(
            f"{path}: expected a file that only its owner can change, received mode {content.mode:04o}; "
            "chmod go-w, and look who is in it"
        )
    try:
        return parse_service_keys(content.data)
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
        self._watch = FileWatch(path, clock=clock)
        self.keys = load_service_keys(path)
        self._fault = ""

    def start(self, *, on_change: Callable[[ServiceKeys], None]) -> None:
        """Look at it once a second from now on; whoever is told of a change gets the new accounts."""
        self._watch.start(lambda: self._read(on_change))

    def stop(self) -> None:
        """Look no more."""
        self._watch.stop()

    def health(self) -> list[dict[str, object]]:
        """How the file is, as a part of the node's report."""
        state = "degraded" if self._fault else "up"
        return [{"name": "service-keys", "state": state, "reason": self._fault, "age_ms": None}]

    def _read(self, on_change: Callable[[ServiceKeys], None]) -> None:
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
