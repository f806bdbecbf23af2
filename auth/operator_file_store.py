"""Files that an operator keeps for a running gateway: read without ever waiting, and again when they change."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import attrs
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure

from components.model.errors import ConfigError

LOOK_INTERVAL_S = 1.0

_log = Logger(namespace="tapecast.files")

Version = tuple[int, ...]
"""What is another as soon as a path leads to another file, or was written since."""


@attrs.frozen(kw_only=True)
class FileContent:
    """
    What is in a file.

    Attributes:
        data: At most one byte more than was asked for.
        mode: Who may read and write it, as `chmod` has it.
    """

    data: bytes
    mode: int

    def is_open_to(self, others: int) -> bool:
        """Whether one of these permission bits is set."""
        return bool(self.mode & others)


def version_of(path: Path) -> Version:
    """The version of the file that a path leads to; where there is none, of the reason for that."""
    try:
        found = path.stat()
    except OSError as error:
        return (error.errno or 0,)
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def read_operator_file(path: Path, *, what: str, most_bytes: int) -> FileContent:
    """
    Read a file that is small.

    Args:
        path: Where it is.
        what: What is expected in it, for the message.
        most_bytes: So much may be in it; of a longer one there is one byte more.

    Raises:
        ConfigError: It is not there, is no file, or cannot be read.
    """
    try:
        # Whoever waits for the other end of a pipe serves nobody meanwhile.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise ConfigError(f"{path}: expected a file with the {what}, received something else")
            return FileContent(data=file.read(most_bytes + 1), mode=stat.S_IMODE(mode))
    except OSError as error:
        raise ConfigError(f"{path}: cannot read the {what}: {error.strerror}") from None


class FileWatch:
    """Looks once a second whether files have changed since it was made."""

    def __init__(self, *paths: Path, clock: IReactorTime, is_a_set: bool = False) -> None:
        """
        Take note of the files as they are.

        Args:
            paths: Where they are.
            clock: Says when to look.
            is_a_set: A change counts only once all of them have rested for a second, as they are written one by one.
        """
        self._paths = paths
        self._is_a_set = is_a_set
        self._version = self._seen = self._versions()
        self._looking: LoopingCall | None = None
        self._clock = clock

    def start(self, on_change: Callable[[], "Deferred[None] | None"]) -> None:
        """Look from now on; while an answer to a change is awaited, it does not look."""
        self._looking = LoopingCall(self._look, on_change)
        self._looking.clock = self._clock
        looking = self._looking.start(LOOK_INTERVAL_S, now=False)
        looking.addErrback(self._report)

    def stop(self) -> None:
        """Look no more."""
        if self._looking is not None and self._looking.running:
            self._looking.stop()

    def _look(self, on_change: Callable[[], "Deferred[None] | None"]) -> "Deferred[None] | None":
        seen, self._seen = self._seen, self._versions()
        if self._seen == self._version or (self._is_a_set and self._seen != seen):
            return None
        self._version = self._seen
        return on_change()

    def _versions(self) -> tuple[Version, ...]:
        return tuple(version_of(path) for path in self._paths)

    def _report(self, failure: Failure) -> None:
        _log.failure("{paths} are looked at no more; this is a bug", paths=self._paths, failure=failure)
