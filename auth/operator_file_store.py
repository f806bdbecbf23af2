"""Files that an operator keeps for a running gateway: read without ever waiting, and again when they change."""

import os
import stat
from pathlib import Path

import attrs

from components.model.errors import ConfigError

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
