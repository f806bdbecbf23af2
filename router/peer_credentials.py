"""Who is at the other end of a Unix socket, as the operating system says."""

import os
import pwd
import socket
import struct
from functools import lru_cache
from typing import Any

LOCAL_PREFIX = "local-"
"""What the names of those begin with who come over a local socket."""

ROOT = 0

_CREDENTIALS = struct.Struct("3i")
"""Process, user and group. Source: unix(7), SO_PEERCRED."""


def peer_user(transport: Any) -> int | None:
    """The operating system's user who opened a connection; None where it is not over a Unix socket."""
    opened = getattr(transport, "socket", None)
    if opened is None or opened.family != socket.AF_UNIX:
        return None
    credentials = opened.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _, user, _ = _CREDENTIALS.unpack(credentials)
    return int(user)


def may_use_local_sockets(user: int) -> bool:
    """Whether a user may come over the local sockets: this process's own, and root, who can be anybody."""
    return user in (os.geteuid(), ROOT)


@lru_cache(64)
def local_user_id(user: int) -> str:
    """The user id of who comes over a local socket: `local-alice`, or `local-1000` where the system has no name."""
    try:
        name = pwd.getpwuid(user).pw_name
    except KeyError:
        name = ""
    return LOCAL_PREFIX + (name if name.isprintable() and name else str(user))
