"""Reaching into another process's sockets: the only way to cut a connection whose two ends both live."""

import ctypes
import os
import socket
from pathlib import Path

_PIDFD_GETFD = 438
"""Number of the system call, the same on every architecture (Linux 5.6)."""


def cut_unix_connection(pid: int, path: Path) -> None:
    """
    Shut down a process's connection to a Unix socket, as if the peer were gone.

    Raises:
        OSError: The process is no descendant of this one, or has no such connection.
    """
    process = os.pidfd_open(pid)
    try:
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            if str(entry.readlink()).startswith("socket:"):
                with socket.socket(fileno=_borrow(process, int(entry.name))) as borrowed:
                    if borrowed.family == socket.AF_UNIX and borrowed.getpeername() == str(path):
                        borrowed.shutdown(socket.SHUT_RDWR)
                        return
    finally:
        os.close(process)
    raise OSError(f"process {pid} has no connection to {path}")


def _borrow(process: int, descriptor: int) -> int:
    library = ctypes.CDLL(None, use_errno=True)
    borrowed: int = library.syscall(_PIDFD_GETFD, process, descriptor, 0)
    if borrowed < 0:
        raise OSError(ctypes.get_errno(), f"cannot reach descriptor {descriptor}")
    return borrowed
