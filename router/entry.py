"""What an operator has said of who may be connected, as the router asks it: at joins, at calls, of who is there."""

import ipaddress
import math
from collections.abc import Iterable

import attrs

from components.contract.errors import BLOCKED, MAINTENANCE, REVOKED, Close, ErrorCode
from components.contract.roles import Role
from components.contract.topics import PREFIX
from components.model.credentials import Credential
from components.model.entry import BlockedNetwork, EntryRules, Maintenance
from router.addresses import Address, Network

NEVER_REFUSED = frozenset({"admin"})
"""Procedure families that no maintenance closes: nobody could end it."""

_MAPPED_BITS = ipaddress.IPV6LENGTH - ipaddress.IPV4LENGTH


class BlockedNetworks:
    """
    Whether an address is blocked, in a time that grows with how many sizes of networks there are, not with how many.

    Sans-I/O. IPv4 within IPv6 is IPv4.

    Shape: for each version and length of a prefix, when the block of each network of that size ends.
    """

    def __init__(self, blocked: Iterable[BlockedNetwork] = ()) -> None:
        """Hold these."""
        self._ends_ns: dict[tuple[int, int], dict[int, float]] = {}
        for one in blocked:
            network = _as_ipv4(one.network)
            ends_ns = self._ends_ns.setdefault((network.version, network.prefixlen), {})
            key = _head(network.network_address, network.prefixlen)
            until_ns = math.inf if one.expires_at_ns is None else one.expires_at_ns
            ends_ns[key] = max(until_ns, ends_ns.get(key, 0))

    def hold(self, address: Address, *, now_ns: int) -> bool:
        """Whether one of them has this address at a UNIX time."""
        for (version, bits), ends_ns in self._ends_ns.items():
            if version == address.version and now_ns < ends_ns.get(_head(address, bits), 0):
                return True
        return False


def _head(address: Address, bits: int) -> int:
    return int(address) >> (address.max_prefixlen - bits)


def _as_ipv4(network: Network) -> Network:
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is None or network.prefixlen < _MAPPED_BITS:
        return network
    return ipaddress.ip_network((mapped, network.prefixlen - _MAPPED_BITS))


@attrs.frozen(kw_only=True)
class JoinDenied:
    """
    Why somebody does not join whom the authenticator let in.

    Attributes:
        code: What the client is told.
        text: In words.
    """

    code: ErrorCode
    text: str


class Entry:
    """
    The operator's rules, as the router asks them.

    Sans-I/O. The gateway's own processes come in whatever is said: by a socket that only they can open.

    Units: UNIX nanoseconds.

    Attributes:
        refuses_procedures: Whether any procedure is refused; what is asked at every call.
    """

    def __init__(self) -> None:
        """Begin without any."""
        self.set(EntryRules())

    def set(self, rules: EntryRules) -> None:
        """Hold to these from now on."""
        self._revocations = rules.revocations
        self._blocked = BlockedNetworks(rules.blocked)
        self._maintenance = rules.maintenance
        self._refused = frozenset() if rules.maintenance is None else rules.maintenance.refused - NEVER_REFUSED
        self.refuses_procedures = bool(self._refused)

    def is_blocked(self, address: Address, *, now_ns: int) -> bool:
        """Whether nobody may connect from an address."""
        return self._blocked.hold(address, now_ns=now_ns)

    def is_revoked(self, credential: Credential) -> bool:
        """Whether a token lets nobody in any more."""
        return self._revocations.hold(credential)

    def denial(self, role: Role | None, credential: Credential | None) -> JoinDenied | None:
        """Why a session does not join; None where it may."""
        if credential is not None and self.is_revoked(credential):
            return JoinDenied(code=ErrorCode.TOKEN_REVOKED, text="the token has been revoked")
        if self._maintenance is not None and _keeps_out(self._maintenance, role):
            return JoinDenied(code=ErrorCode.MAINTENANCE, text=self._maintenance.message)
        return None

    def close_of(
        self, role: Role | None, credential: Credential | None, address: Address | None, *, now_ns: int
    ) -> Close | None:
        """
        How a connection ends; None where it may stay.

        Args:
            role: Of its session; None before it has joined.
            credential: Of its session, where that has one.
            address: Where it comes from, where that is an address.
            now_ns: What time it is.
        """
        if address is not None and self.is_blocked(address, now_ns=now_ns):
            return BLOCKED
        if credential is not None and self.is_revoked(credential):
            return REVOKED
        is_kept_out = role is not None and self._maintenance is not None and _keeps_out(self._maintenance, role)
        return MAINTENANCE if is_kept_out else None

    def refusal_of_call(self, procedure: str) -> str | None:
        """What whoever calls a procedure is told while it is refused; None where it is not."""
        prefix, _, rest = procedure.partition(".")
        if self._maintenance is None or prefix != PREFIX or rest.partition(".")[0] not in self._refused:
            return None
        return f"{procedure}: {self._maintenance.message}"


def _keeps_out(maintenance: Maintenance, role: Role | None) -> bool:
    return role is not Role.GATEWAY and role not in maintenance.roles
