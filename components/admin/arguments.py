"""What operators hand over, checked: a value of the right kind, or an error that names the field."""

import ipaddress
from collections.abc import Collection

from components.admin.facts import Subject
from components.contract.envelope import NS_PER_S
from components.contract.procedures import PROCEDURES
from components.contract.roles import TOKEN_ROLES, Role
from components.contract.topics import PREFIX
from components.model.arguments import (
    LONGEST_USER_ID_BYTES,
    integer_of,
    one_of,
    text_of,
    time_of,
    user_id_of,
    words_of,
)
from components.model.audit import holds_token
from components.model.entry import Network
from components.model.errors import InvalidArgument

LONGEST_BLOCK_S = 10 * 365 * 24 * 3600
SHORTEST_PREFIX_BITS = {4: 8, 6: 16}
"""A wider network is blocked by a slip of the pen only."""

MAPPED_PREFIX_BITS = 96
"""What comes before an IPv4 address within IPv6."""

LARGEST_SESSION_ID = 2**53

CONNECTED_ROLES = frozenset(TOKEN_ROLES | {Role.PUBLIC})
"""Roles that clients' sessions have."""

UNREFUSABLE = frozenset({"admin", "session", "stream"})
"""Families without which nobody could end a maintenance, or stay connected through one."""

PROCEDURE_FAMILIES = frozenset(one.uri.split(".")[1] for one in PROCEDURES)
REFUSABLE = tuple(sorted(PROCEDURE_FAMILIES - UNREFUSABLE))


def reason_of(value: object) -> str:
    """
    Why an operator does something, in words.

    Raises:
        InvalidArgument: There are none, too many, or a token is among them.
    """
    return _words_without_token("reason", value)


def message_of(value: object) -> str:
    """
    What an operator tells others.

    Raises:
        InvalidArgument: It is nothing, too much, or a token is in it.
    """
    return _words_without_token("message", value)


def _words_without_token(field: str, value: object) -> str:
    if value is None:
        raise InvalidArgument(field, "is required")
    words = words_of(field, value)
    if holds_token(words):
        raise InvalidArgument(field, "expected words, received something in the form of a token")
    return words


def subject_of(*, token_id: object, user_id: object, key_id: object) -> tuple[Subject, str]:
    """
    What a revocation is about: exactly one of the three.

    Raises:
        InvalidArgument: None or several are there, or the one has no such form.
    """
    given = {Subject.TOKEN: token_id, Subject.USER: user_id, Subject.KEY: key_id}
    named = [(subject, value) for subject, value in given.items() if value is not None]
    if len(named) != 1:
        field = named[1][0].value if named else Subject.TOKEN.value
        raise InvalidArgument(field, f"expected exactly one of {', '.join(Subject)}, received {len(named)}")
    ((subject, value),) = named
    if subject is Subject.USER:
        return subject, user_id_of(subject.value, value)
    return subject, _identifier_of(subject.value, value)


def _identifier_of(field: str, value: object) -> str:
    text = text_of(field, value)
    if holds_token(text):
        raise InvalidArgument(field, "expected a name such as a token's jti, received something in the form of a token")
    if not text.isprintable() or not 0 < len(text.encode()) <= LONGEST_USER_ID_BYTES:
        raise InvalidArgument(field, f"expected 1 to {LONGEST_USER_ID_BYTES} bytes of printable text")
    return text


def check_confirmed(value: object, name: str) -> None:
    """
    Let an operator revoke the key of the own token only who says so twice.

    Raises:
        InvalidArgument: It was said once.
    """
    if value != name:
        raise InvalidArgument(
            "confirm", "expected key_id once more: it is the key of your own token, and ends your own session too"
        )


def issued_before_of(subject: Subject, value: object, *, now_ns: int) -> float | None:
    """
    Up to when a user's tokens are revoked, UNIX seconds; None where it is not a user's.

    Raises:
        InvalidArgument: It is no time that has been, or goes with something else than a user.
    """
    if subject is not Subject.USER:
        if value is not None:
            raise InvalidArgument("issued_before", f"expected with user_id alone, received with {subject.value}")
        return None
    if value is None:
        return now_ns / NS_PER_S
    before_ns = time_of("issued_before", value)
    if not 0 <= before_ns <= now_ns:
        raise InvalidArgument("issued_before", "expected a time up to now")
    return before_ns / NS_PER_S


def network_of(value: object, *, field: str = "address") -> Network:
    """
    One address, or a network in the form `203.0.113.0/24`. IPv4 within IPv6 is IPv4.

    Raises:
        InvalidArgument: It is none, or has bits behind its prefix.
    """
    text = text_of(field, value)
    try:
        network = ipaddress.ip_network(text)
    except ValueError:
        raise InvalidArgument(
            field, "expected an address, or a network such as 203.0.113.0/24 or 2001:db8::/32"
        ) from None
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is not None and network.prefixlen >= MAPPED_PREFIX_BITS:
        return ipaddress.ip_network((mapped, network.prefixlen - MAPPED_PREFIX_BITS))
    return network


def blockable_of(value: object, *, own_address: str | None) -> Network:
    """
    A network that may be blocked by somebody who comes from an address.

    Raises:
        InvalidArgument: It is none, too wide, or the operator's own address is in it.
    """
    if value is None:
        raise InvalidArgument("address", "is required")
    network = network_of(value)
    least = SHORTEST_PREFIX_BITS[network.version]
    if network.prefixlen < least:
        raise InvalidArgument("address", f"expected a network of a prefix of {least} bits or more")
    if own_address is not None and is_in(own_address, network):
        raise InvalidArgument("address", "expected another's, received one that your own connection comes from")
    return network


def is_in(address: str, network: Network) -> bool:
    """Whether an address is one of a network."""
    return ipaddress.ip_address(address) in network


def block_end_of(duration_s: object, *, now_ns: int) -> int | None:
    """
    When a block ends, UNIX nanoseconds; None is never.

    Raises:
        InvalidArgument: It is no number of seconds, or out of range.
    """
    if duration_s is None:
        return None
    return now_ns + integer_of("duration_s", duration_s, least=1, most=LONGEST_BLOCK_S) * NS_PER_S


def role_of(value: object) -> Role:
    """
    A role that clients' sessions have.

    Raises:
        InvalidArgument: There is no such role.
    """
    return Role(one_of("role", value, sorted(CONNECTED_ROLES)))


def roles_of(value: object) -> frozenset[Role]:
    """
    Who may be connected while there is maintenance: those that are named, and `admin`, whatever is named.

    Raises:
        InvalidArgument: It is no list of roles.
    """
    names = _list_of("roles", value, sorted(CONNECTED_ROLES))
    return frozenset(Role(name) for name in names) | {Role.ADMIN}


def refused_of(value: object) -> frozenset[str]:
    """
    Families of procedures that are refused while there is maintenance.

    Raises:
        InvalidArgument: It is no list of them, or one must not be refused.
    """
    return frozenset(_list_of("refuse", value, REFUSABLE))


def _list_of(field: str, value: object, choices: Collection[str]) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, str) and one in choices for one in value):
        raise InvalidArgument(field, f"expected a list of {', '.join(choices)}")
    return value


def session_id_of(field: str, value: object) -> int:
    """
    A session's number.

    Raises:
        InvalidArgument: It is none.
    """
    return integer_of(field, value, least=1, most=LARGEST_SESSION_ID)


def action_of(uri: str) -> str:
    """What the trail calls a procedure."""
    return uri.removeprefix(f"{PREFIX}.")
