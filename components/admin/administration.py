"""
What operators have said of who may be connected: revocations, blocked networks, and maintenance.

| what is said | while | what becomes of it |
|---|---|---|
| revoke a token or key | any | it is revoked; said again, with the newer words and the later end |
| revoke a user's tokens up to a moment | those up to a later one are revoked | nothing: they are revoked already |
| restore | it is revoked | it is revoked no longer |
| restore | it is not | refused, as somebody relies on it |
| block a network | any | it is blocked, until the end that was said last |
| unblock | that very network is blocked | it is blocked no longer |
| unblock | it is not | refused |
| begin maintenance | any | it is as was said last |
| end it | there is some | there is none |
| end it | there is none | nothing |
| a time comes at which something ends | any | it counts no more, and goes with the next fact |
"""

import ipaddress
import math

import attrs
import msgspec

from components.admin.expiring import Expiring
from components.admin.facts import (
    AnyAdminFact,
    Blocked,
    MaintenanceBegun,
    MaintenanceEnded,
    Restored,
    Revoked,
    Subject,
    Unblocked,
    decode_fact,
)
from components.contract.envelope import NS_PER_S
from components.contract.roles import Role
from components.model.entry import BlockedNetwork, EntryRules, Maintenance, Network, Revocation, Revocations
from components.model.errors import InvalidArgument

MOST_REVOCATIONS = 10_000
MOST_BLOCKS = 10_000


@attrs.frozen(kw_only=True)
class Act:
    """
    Who does something, why, and when.

    Attributes:
        now_ns: UNIX nanoseconds.
    """

    by: str
    reason: str
    now_ns: int


@attrs.frozen(kw_only=True)
class AdminState:
    """
    All that holds at one moment.

    Attributes:
        revocations: In the order in which they were said.
        blocks: In the same way.
        maintenance: None while there is none.
    """

    revocations: tuple[Revoked, ...] = ()
    blocks: tuple[Blocked, ...] = ()
    maintenance: MaintenanceBegun | None = None

    def rules(self) -> EntryRules:
        """The same as the router holds on to it."""
        begun = self.maintenance
        return EntryRules(
            revocations=Revocations([revocation_of(one) for one in self.revocations]),
            blocked=tuple(
                BlockedNetwork(network=ipaddress.ip_network(one.network), expires_at_ns=one.expires_at_ns)
                for one in self.blocks
            ),
            maintenance=None
            if begun is None
            else Maintenance(
                roles=frozenset(begun.roles) | {Role.GATEWAY}, refused=frozenset(begun.refused), message=begun.message
            ),
        )


def revocation_of(fact: Revoked) -> Revocation:
    """A revocation as it is compared with tokens."""
    return Revocation(
        token_id=fact.name if fact.subject is Subject.TOKEN else None,
        user_id=fact.name if fact.subject is Subject.USER else None,
        key_id=fact.name if fact.subject is Subject.KEY else None,
        issued_before_s=fact.issued_before_s,
        expires_at_s=math.inf if fact.expires_at_ns is None else fact.expires_at_ns / NS_PER_S,
    )


class _Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    revocations: list[Revoked]
    blocks: list[Blocked]
    maintenance: MaintenanceBegun | None


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Checkpoint).decode


class Administration:
    """
    Decide, make facts, and be what they have made.

    Sans-I/O. `take` tells which facts there are since it was asked last. Applying the same ones in the same order makes
    the same state.
    """

    name = "admin"

    def __init__(self) -> None:
        """Begin with nobody revoked or blocked."""
        self._revocations: Expiring[Revoked] = Expiring()
        self._blocks: Expiring[Blocked] = Expiring()
        self._maintenance: MaintenanceBegun | None = None
        self._facts: list[AnyAdminFact] = []

    def state(self, *, now_ns: int) -> AdminState:
        """All that holds then."""
        return AdminState(
            revocations=tuple(self._revocations.at(now_ns=now_ns)),
            blocks=tuple(self._blocks.at(now_ns=now_ns)),
            maintenance=self._maintenance,
        )

    def revoke(
        self, subject: Subject, name: str, act: Act, *, issued_before_s: float | None, expires_at_ns: int | None
    ) -> Revoked:
        """
        Let tokens let nobody in any more; returns what holds then.

        Args:
            subject: What is revoked.
            name: Which.
            act: Who, why and when.
            issued_before_s: Of a user: tokens issued at this UNIX second or earlier.
            expires_at_ns: When nobody can have such a token any more; None is never.

        Raises:
            InvalidArgument: There are too many revocations.
        """
        key = _key(subject, name)
        held = self._revocations.find(key, now_ns=act.now_ns)
        if held is None and not self._revocations.has_room(MOST_REVOCATIONS, now_ns=act.now_ns):
            raise InvalidArgument(
                subject.value,
                f"{MOST_REVOCATIONS} revocations are held, and no more can be; restore some, or revoke a key",
            )
        if held is not None and (held.issued_before_s or 0.0) > (issued_before_s or 0.0):
            return held
        if held is not None:
            expires_at_ns = _later(held.expires_at_ns, expires_at_ns)
        revoked = Revoked(
            ts_ns=act.now_ns,
            by=act.by,
            reason=act.reason,
            subject=subject,
            name=name,
            issued_before_s=issued_before_s,
            expires_at_ns=expires_at_ns,
        )
        self._make(revoked)
        return revoked

    def restore_tokens(self, subject: Subject, name: str, act: Act) -> None:
        """
        Take a revocation back.

        Raises:
            InvalidArgument: There is none.
        """
        if self._revocations.find(_key(subject, name), now_ns=act.now_ns) is None:
            raise InvalidArgument(subject.value, "expected one that is revoked; see admin.tokens.list_revocations")
        self._make(Restored(ts_ns=act.now_ns, by=act.by, reason=act.reason, subject=subject, name=name))

    def block(self, network: Network, act: Act, *, expires_at_ns: int | None) -> Blocked:
        """
        Let nobody connect from a network; returns what holds then.

        Raises:
            InvalidArgument: There are too many.
        """
        name = str(network)
        is_new = self._blocks.find(name, now_ns=act.now_ns) is None
        if is_new and not self._blocks.has_room(MOST_BLOCKS, now_ns=act.now_ns):
            raise InvalidArgument(
                "address", f"{MOST_BLOCKS} addresses are blocked, and no more can be; unblock some, or block a network"
            )
        blocked = Blocked(ts_ns=act.now_ns, by=act.by, reason=act.reason, network=name, expires_at_ns=expires_at_ns)
        self._make(blocked)
        return blocked

    def unblock(self, network: Network, act: Act) -> None:
        """
        Let a network connect again.

        Raises:
            InvalidArgument: It is not blocked, or only as a part of another.
        """
        name = str(network)
        if self._blocks.find(name, now_ns=act.now_ns) is None:
            held = self._blocks.at(now_ns=act.now_ns)
            wider = next((one for one in held if _is_within(network, one.network)), None)
            more = "" if wider is None else f"; it is within {wider.network}, which is"
            raise InvalidArgument("address", f"expected one that is blocked, as admin.addresses.list tells it{more}")
        self._make(Unblocked(ts_ns=act.now_ns, by=act.by, reason=act.reason, network=name))

    def begin_maintenance(
        self, roles: frozenset[Role], refused: frozenset[str], message: str, act: Act
    ) -> MaintenanceBegun:
        """Let not everybody be connected, and not everything be asked for; returns what holds then."""
        begun = MaintenanceBegun(
            ts_ns=act.now_ns,
            by=act.by,
            reason=act.reason,
            roles=tuple(role for role in Role if role in roles),
            refused=tuple(sorted(refused)),
            message=message,
        )
        self._make(begun)
        return begun

    def end_maintenance(self, act: Act) -> bool:
        """Let everything be as ever; returns whether it was not."""
        if self._maintenance is None:
            return False
        self._make(MaintenanceEnded(ts_ns=act.now_ns, by=act.by, reason=act.reason))
        return True

    def take(self) -> list[AnyAdminFact]:
        """What has happened since the last time that this was asked."""
        facts, self._facts = self._facts, []
        return facts

    def apply_record(self, body: bytes) -> None:
        """Let a fact happen that a journal kept."""
        self._apply(decode_fact(body))

    def checkpoint(self) -> bytes:
        """All that is held."""
        return _encode(
            _Checkpoint(
                revocations=list(self._revocations.all()),
                blocks=list(self._blocks.all()),
                maintenance=self._maintenance,
            )
        )

    def restore(self, checkpoint: bytes) -> None:
        """Begin with what a checkpoint holds."""
        kept = _decode(checkpoint)
        self._revocations, self._blocks = Expiring(), Expiring()
        for revoked in kept.revocations:
            self._revocations.put(_key(revoked.subject, revoked.name), revoked, revoked.expires_at_ns)
        for blocked in kept.blocks:
            self._blocks.put(blocked.network, blocked, blocked.expires_at_ns)
        self._maintenance = kept.maintenance

    def _make(self, fact: AnyAdminFact) -> None:
        self._apply(fact)
        self._facts.append(fact)

    def _apply(self, fact: AnyAdminFact) -> None:
        self._revocations.drop_expired(now_ns=fact.ts_ns)
        self._blocks.drop_expired(now_ns=fact.ts_ns)
        match fact:
            case Revoked():
                self._revocations.put(_key(fact.subject, fact.name), fact, fact.expires_at_ns)
            case Restored():
                self._revocations.remove(_key(fact.subject, fact.name))
            case Blocked():
                self._blocks.put(fact.network, fact, fact.expires_at_ns)
            case Unblocked():
                self._blocks.remove(fact.network)
            case MaintenanceBegun():
                self._maintenance = fact
            case _:
                self._maintenance = None


def _later(one_ns: int | None, other_ns: int | None) -> int | None:
    return None if one_ns is None or other_ns is None else max(one_ns, other_ns)


def _key(subject: Subject, name: str) -> str:
    return f"{subject.value}:{name}"


def _is_within(network: Network, other: str) -> bool:
    wider = ipaddress.ip_network(other)
    # Networks of different versions cannot be compared.
    return network.version == wider.version and network.subnet_of(wider)  # type: ignore[arg-type]  # as just checked
