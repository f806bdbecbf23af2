"""Socket options that every connection gets."""

from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address


def set_no_delay(transport: Any) -> None:
    """Send small frames at once: with Nagle's algorithm and delayed ACKs an event waits 40 ms for the one before."""
    if isinstance(transport.getPeer(), IPv4Address | IPv6Address):
        transport.setTcpNoDelay(True)
