"""Whose address a connection comes from, and which addresses an operator lists."""

import ipaddress
from collections.abc import Iterable
from functools import lru_cache

import attrs

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

IPV6_PREFIX_BITS = 64
"""One customer of an IPv6 provider has at least so much, and an address of their own for every connection."""

KNOWN_ADDRESSES = 4096
"""How many are remembered as they were read: the same ones come again and again."""


@lru_cache(KNOWN_ADDRESSES)
def parse_address(text: str) -> Address | None:
    """An address, with or without a port and brackets; None where it is none. IPv4 within IPv6 is IPv4."""
    host = text.strip()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def client_address(peer: str | None, forwarded_for: str | None, proxies: "AddressList") -> Address | None:
    """
    The address that a request comes from.

    The rightmost address of `X-Forwarded-For` that is no proxy of ours: what is left of it anybody may have written.

    Args:
        peer: The address at the other end of the socket; None where it has none.
        forwarded_for: The header, all of its lines joined by commas.
        proxies: The proxies whose header is believed.
    """
    address = None if peer is None else parse_address(peer)
    hops = [] if forwarded_for is None else forwarded_for.split(",")
    while address is not None and hops and proxies.holds(address):
        hop = parse_address(hops.pop())
        if hop is None:
            break
        address = hop
    return address


@lru_cache(KNOWN_ADDRESSES)
def limited_as(address: Address) -> str:
    """What an address counts as: itself, or its /64 network where it is one of IPv6."""
    if address.version == 4:  # noqa: PLR2004 - the version's own name
        return str(address)
    return str(ipaddress.ip_network((address, IPV6_PREFIX_BITS), strict=False))


@attrs.frozen(kw_only=True)
class ListedNetwork:
    """
    One entry of a list.

    Attributes:
        network: One address or many.
        expires_at_ns: UNIX time at which the entry ends; None is never.
    """

    network: Network
    expires_at_ns: int | None = None


def _as_tuple(entries: Iterable[ListedNetwork]) -> tuple[ListedNetwork, ...]:
    return tuple(entries)


@attrs.frozen
class AddressList:
    """Addresses and networks, each for ever or until a time."""

    entries: tuple[ListedNetwork, ...] = attrs.field(default=(), converter=_as_tuple)

    def find(self, address: Address, *, now_ns: int = 0) -> ListedNetwork | None:
        """The first entry that an address is in at a UNIX time."""
        for entry in self.entries:
            if address in entry.network and (entry.expires_at_ns is None or now_ns < entry.expires_at_ns):
                return entry
        return None

    def holds(self, address: Address, *, now_ns: int = 0) -> bool:
        """Whether an address is in the list at a UNIX time."""
        return self.find(address, now_ns=now_ns) is not None
