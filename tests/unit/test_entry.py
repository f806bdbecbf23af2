"""What an operator has said of who may be connected, asked at joins, at calls, and of who is there."""

import ipaddress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.contract.errors import BLOCKED, MAINTENANCE, REVOKED, Close, ErrorCode
from components.contract.roles import Role
from components.model.entry import BlockedNetwork, EntryRules, Maintenance, Revocation, Revocations
from router.addresses import Address, Network, parse_address
from router.entry import BlockedNetworks, Entry, JoinDenied
from tests.support.granted_tickets import credential

NOW_NS = 1_700_000_000_000_000_000
WORK = Maintenance(roles=frozenset({Role.ADMIN}), refused=frozenset({"orders", "admin"}), message="we move house")
HERE, THERE = ipaddress.ip_address("203.0.113.7"), ipaddress.ip_address("198.51.100.1")


def blocked(network: str, expires_at_ns: int | None = None) -> BlockedNetwork:
    return BlockedNetwork(network=ipaddress.ip_network(network), expires_at_ns=expires_at_ns)


def revoked(**what: Any) -> Revocations:
    return Revocations([Revocation(expires_at_s=0, **what)])


def entry(**rules: Any) -> Entry:
    held = Entry()
    held.set(EntryRules(**rules))
    return held


@pytest.mark.parametrize(
    ("networks", "address", "is_held"),
    [
        ([], "203.0.113.7", False),
        (["203.0.113.7/32"], "203.0.113.7", True),
        (["203.0.113.7/32"], "203.0.113.8", False),
        (["198.51.100.0/24", "203.0.113.0/24"], "203.0.113.7", True),
        (["0.0.0.0/0"], "203.0.113.7", True),
        (["0.0.0.0/0"], "2001:db8::7", False),
        (["2001:db8::/32"], "2001:db8::7", True),
        (["::/0"], "203.0.113.7", False),
        (["::ffff:203.0.113.7/128"], "203.0.113.7", True),
        (["::ffff:203.0.113.0/120"], "203.0.113.7", True),
        (["203.0.113.0/24"], "::ffff:203.0.113.7", True),
    ],
)
def test_an_address_is_blocked_within_its_networks(networks: list[str], address: str, *, is_held: bool) -> None:
    """Whatever the size of the network; the two versions are two worlds but for IPv4 that is written as IPv6."""
    parsed = parse_address(address)
    assert parsed is not None

    assert BlockedNetworks(map(blocked, networks)).hold(parsed, now_ns=NOW_NS) is is_held


def test_a_block_ends_by_itself() -> None:
    """Of two blocks of one network the longer counts, and one without an end has none."""
    short = BlockedNetworks([blocked("203.0.113.0/24", NOW_NS + 2), blocked("203.0.113.0/24", NOW_NS + 1)])
    long = BlockedNetworks([blocked("203.0.113.0/24", NOW_NS + 2), blocked("203.0.113.0/24")])

    assert [short.hold(HERE, now_ns=NOW_NS + later) for later in (1, 2)] == [True, False]
    assert long.hold(HERE, now_ns=2 * NOW_NS)


few_bits = st.integers(0, 7)
addresses: st.SearchStrategy[Address] = few_bits.map(lambda low: HERE + low) | few_bits.map(ipaddress.IPv6Address)


@st.composite
def networks(draw: st.DrawFn) -> Network:
    address = draw(addresses)
    return ipaddress.ip_network(
        (address, draw(st.integers(address.max_prefixlen - 4, address.max_prefixlen))), strict=False
    )


@given(st.lists(st.tuples(networks(), st.none() | few_bits), max_size=6), addresses, few_bits)
def test_blocks_hold_what_one_by_one_they_hold(
    listed: list[tuple[Network, int | None]], address: Address, now: int
) -> None:
    """The short way to look is right wherever the long one is."""
    held = BlockedNetworks(BlockedNetwork(network=network, expires_at_ns=end) for network, end in listed)

    expected = any(address in network and (end is None or now < end) for network, end in listed)
    assert held.hold(address, now_ns=now) is expected


@pytest.mark.parametrize(
    ("said", "is_held"),
    [
        ({"token_id": "t-1"}, True),
        ({"token_id": "t-2"}, False),
        ({"key_id": "key-1"}, True),
        ({"key_id": "key-2"}, False),
        ({"user_id": "alice", "issued_before_s": 100}, True),
        ({"user_id": "alice", "issued_before_s": 99}, False),
        ({"user_id": "bob", "issued_before_s": 100}, False),
    ],
)
def test_a_revoked_token_does_not_join_and_is_ended(said: dict[str, object], *, is_held: bool) -> None:
    """By its own id, by its key, or by its user where it was issued no later."""
    granted = credential(token_id="t-1", issued_at_s=100)
    held = entry(revocations=revoked(**said))
    denied = JoinDenied(code=ErrorCode.TOKEN_REVOKED, text="the token has been revoked")

    assert held.is_revoked(granted) is is_held
    assert held.denial(Role.TRADER, granted) == (denied if is_held else None)
    assert held.close_of(Role.TRADER, granted, HERE, now_ns=NOW_NS) == (REVOKED if is_held else None)


def test_a_token_that_does_not_say_when_it_was_issued_is_revoked_with_its_user() -> None:
    """Nobody can tell that it is newer."""
    held = entry(revocations=revoked(user_id="alice", issued_before_s=1))

    assert held.is_revoked(credential(issued_at_s=None))


@pytest.mark.parametrize(
    ("role", "close"),
    [
        (Role.TRADER, MAINTENANCE),
        (Role.PUBLIC, MAINTENANCE),
        (Role.SERVICE, MAINTENANCE),
        (Role.ADMIN, None),
        (Role.GATEWAY, None),
        (None, None),
    ],
)
def test_maintenance_keeps_roles_out(role: Role | None, close: Close | None) -> None:
    """All that are not named, but never our own processes; who has not joined yet may try."""
    held = entry(maintenance=WORK)
    denied = JoinDenied(code=ErrorCode.MAINTENANCE, text="we move house")

    assert held.close_of(role, None, HERE, now_ns=NOW_NS) == close
    if role is not None:
        assert held.denial(role, None) == (None if close is None else denied)


def test_a_role_of_another_word_stays_out_of_maintenance() -> None:
    """What the contract has no word for is not among those who may come in."""
    assert entry(maintenance=WORK).denial(None, None) is not None
    assert entry().denial(None, None) is None


@pytest.mark.parametrize(
    ("procedure", "told"),
    [
        ("tapecast.orders.place", "tapecast.orders.place: we move house"),
        ("tapecast.orders", "tapecast.orders: we move house"),
        ("tapecast.ordersx.place", None),
        ("tapecast.account.get_wallet", None),
        ("other.orders.place", None),
        ("tapecast.admin.maintenance.end", None),
    ],
)
def test_maintenance_refuses_families_of_procedures(procedure: str, told: str | None) -> None:
    """Those that are named and nothing else; never the one that the maintenance is ended by."""
    held = entry(maintenance=WORK)

    assert held.refuses_procedures
    assert held.refusal_of_call(procedure) == told


def test_without_maintenance_nothing_is_refused() -> None:
    """Before it, after it, and where it only keeps people out, the question is not even asked."""
    held = entry(maintenance=WORK)
    held.set(EntryRules())
    only_people = entry(maintenance=Maintenance(roles=frozenset(), refused=frozenset({"admin"}), message=""))

    assert not held.refuses_procedures
    assert held.refusal_of_call("tapecast.orders.place") is None
    assert not only_people.refuses_procedures


def test_a_blocked_address_goes_first() -> None:
    """Whoever has two reasons to go is not told to come back with another token; joined or not."""
    held = entry(blocked=(blocked("203.0.113.0/24"),), revocations=revoked(key_id="key-1"), maintenance=WORK)

    assert held.close_of(Role.TRADER, credential(), HERE, now_ns=NOW_NS) == BLOCKED
    assert held.close_of(None, None, HERE, now_ns=NOW_NS) == BLOCKED
    assert held.close_of(Role.TRADER, credential(), THERE, now_ns=NOW_NS) == REVOKED
    assert held.close_of(Role.TRADER, None, THERE, now_ns=NOW_NS) == MAINTENANCE
    assert held.close_of(Role.ADMIN, None, None, now_ns=NOW_NS) is None
