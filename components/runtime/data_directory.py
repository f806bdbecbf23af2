"""The data directory: its owner's alone, and one gateway's at a time."""

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from components.model.errors import ConfigError
from components.runtime.settings import Settings

LOCK_NAME = "node.lock"


def prepare_data_dir(settings: Settings) -> Path:
    """
    Make the data directory, open to its owner only; one that is there is left as it is.

    Returns:
        The directory's absolute path.

    Raises:
        ConfigError: It cannot be made, or others than its owner can use it.
    """
    directory = settings.data_dir.absolute()
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = stat.S_IMODE(directory.stat().st_mode)
    except OSError as error:
        raise ConfigError(f"TAPECAST_DATA_DIR: cannot use {directory}: {error.strerror}") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigError(
            f"TAPECAST_DATA_DIR: expected a directory that only its owner can use, received mode {mode:04o}; "
            f"chmod 700 {directory} if it is the gateway's alone, or choose another"
        )
    return directory


@contextmanager
def take_lock(directory: Path) -> Iterator[bool]:
    """
    Lock the data directory for this process, with its pid in the lock's file.

    Yields:
        Whether the lock is taken; if not, another process has it.

    Raises:
        ConfigError: The lock's file cannot be used.
    """
    try:
        lock = (directory / LOCK_NAME).open("a+")
    except OSError as error:
        raise _unusable(directory / LOCK_NAME, error) from None
    with lock:
        is_taken = _is_lockable(lock, fcntl.LOCK_EX)
        if is_taken:
            os.ftruncate(lock.fileno(), 0)
            os.write(lock.fileno(), str(os.getpid()).encode())
        yield is_taken


def running_pid(directory: Path) -> int | None:
    """
    The process id of the gateway that runs from a data directory; None where none does.

    Raises:
        ConfigError: The lock's file cannot be read, or does not tell.
    """
    path = directory / LOCK_NAME
    try:
        with path.open() as lock:
            return None if _is_lockable(lock, fcntl.LOCK_SH) else int(lock.read())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unusable(path, error) from None
    except ValueError:
        raise ConfigError(f"{path}: expected the running gateway's process id, received something else") from None


def _is_lockable(lock: TextIO, how: int) -> bool:
    try:
        fcntl.flock(lock.fileno(), how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _unusable(path: Path, error: OSError) -> ConfigError:
    return ConfigError(f"{path}: cannot be used: {error.strerror}; look at its owner and mode, or delete it")
