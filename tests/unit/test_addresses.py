"""Whose address a request comes from, and which are listed."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.addresses import AddressList, ListedNetwork, client_address, limited_as, parse_address

PROXY, INNER_PROXY, CLIENT, FORGED = "10.0.0.1", "10.0.0.2", "203.0.113.7", "198.51.100.1"


def listed(*networks: str, expires_at_ns: int | None = None) -> AddressList:
    return AddressList(
        ListedNetwork(network=ipaddress.ip_network(network), expires_at_ns=expires_at_ns) for network in networks
    )


PROXIES = listed("10.0.0.0/8")


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "expected"),
    [
        (CLIENT, None, CLIENT),
        (CLIENT, FORGED, CLIENT),
        (CLIENT, PROXY, CLIENT),
        (PROXY, CLIENT, CLIENT),
        (PROXY, f"{FORGED}, {CLIENT}", CLIENT),
        (PROXY, f"{FORGED},{CLIENT} , {INNER_PROXY}", CLIENT),
        (PROXY, None, PROXY),
        (PROXY, "", PROXY),
        (PROXY, INNER_PROXY, INNER_PROXY),
        (PROXY, f"{CLIENT}, unknown", PROXY),
        (PROXY, f"{CLIENT}, unknown, {INNER_PROXY}", INNER_PROXY),
        (PROXY, f"{CLIENT}:4711", CLIENT),
        (PROXY, "[2001:db8::7]:4711", "2001:db8::7"),
        ("::ffff:10.0.0.1", CLIENT, CLIENT),
    ],
)
def test_only_a_trusted_proxy_says_who_comes(peer: str, forwarded_for: str | None, expected: str) -> None:
    """The rightmost address that is no proxy of ours counts; what a client wrote itself is left of it."""
    assert str(client_address(peer, forwarded_for, PROXIES)) == expected


def test_a_socket_without_an_address_has_none() -> None:
    """The gateway's own processes come over a Unix socket."""
    assert client_address(None, CLIENT, PROXIES) is None


@given(st.text(max_size=40), st.ip_addresses(v=4).map(str))
def test_no_header_speaks_for_a_stranger(forwarded_for: str, peer: str) -> None:
    """Whatever a header says, a peer that is not trusted is itself."""
    assert str(client_address(peer, forwarded_for, AddressList())) == peer


@given(st.text(max_size=60))
def test_no_header_breaks_the_reading_of_it(forwarded_for: str) -> None:
    """A trusted proxy that passes nonsense on is itself the client."""
    assert client_address(PROXY, forwarded_for, PROXIES) is not None


@pytest.mark.parametrize("text", ["", "unknown", "_hidden", "1.2.3", "1.2.3.4.5", "[::1", "::1%", "1.2.3.4:x:y"])
def test_what_is_no_address_is_none(text: str) -> None:
    """Or it is one with something around it, which is read."""
    address = parse_address(text)

    assert address is None or str(address) == "::1"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
    ],
)
def test_a_network_of_ipv6_is_one_client(address: str, expected: str) -> None:
    """Whoever has one address of IPv6 has a whole /64 of them."""
    assert limited_as(ipaddress.ip_address(address)) == expected


def test_an_entry_ends_at_its_time() -> None:
    """Before it the list holds the address, from then on no longer."""
    until = listed("203.0.113.0/24", expires_at_ns=100)

    assert until.holds(ipaddress.ip_address(CLIENT), now_ns=99)
    assert not until.holds(ipaddress.ip_address(CLIENT), now_ns=100)


def test_an_entry_without_a_time_stays() -> None:
    """And holds nobody else, of whatever version."""
    for_ever = listed("203.0.113.0/24", "2001:db8::/32")

    assert for_ever.holds(ipaddress.ip_address(CLIENT), now_ns=2**63)
    assert for_ever.holds(ipaddress.ip_address("2001:db8::1"), now_ns=2**63)
    assert not for_ever.holds(ipaddress.ip_address(FORGED), now_ns=2**63)
