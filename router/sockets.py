"""What connections need of their sockets: no delay, no hidden backlog, and an end where nobody reads."""

import socket
from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.tcp import Connection

LARGEST_HIDDEN_BACKLOG_BYTES = 16_384
"""More than this the kernel does not take of what it could not send yet; a reader's lanes begin there."""

ABORT_AFTER_S = 2.0
"""How long a socket lives once its peer was told why the connection ends."""


def prepare(transport: Any, *, user_timeout_ms: int | None = None) -> None:
    """
    Set a connection's socket up.

    Small frames go at once: with Nagle's algorithm and delayed ACKs an event waits 40 ms for the one before. What is
    not sent yet stays here, where it can be conflated. A peer that acknowledges nothing for too long is gone.

    Args:
        transport: Twisted's transport; one that is not of TCP is left as it is.
        user_timeout_ms: How long sent data may be unacknowledged; None is the system's own rule.
    """
    if not isinstance(transport.getPeer(), IPv4Address | IPv6Address):
        return
    transport.setTcpNoDelay(True)
    # Its handle is none of a socket where it is encrypted.
    transport.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, LARGEST_HIDDEN_BACKLOG_BYTES)
    if user_timeout_ms is not None:
        transport.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, user_timeout_ms)


def is_plain_tcp(transport: Any) -> bool:
    """Whether there is nothing between a transport and its socket, as encryption would be."""
    return isinstance(transport, Connection) and not transport.TLS


def takes_direct_sends(transport: Any) -> bool:
    """Whether bytes may go to the socket itself: there is no encryption on it, and nothing waits before them."""
    return is_plain_tcp(transport) and not transport.dataBuffer and not transport._tempDataBuffer
