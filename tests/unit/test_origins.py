"""Which pages may connect."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.origins import is_allowed_origin

NONE: frozenset[str] = frozenset()


def allowed(*origins: str) -> frozenset[str]:
    return frozenset(origins)


@pytest.mark.parametrize("host", ["127.0.0.1:8080", None])
def test_a_client_without_origin_is_no_page(host: str | None) -> None:
    """Programs send no origin, and a header would not hold them back."""
    assert is_allowed_origin(None, host, NONE)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://desk.example", "desk.example"),
        ("https://desk.example", "desk.example"),
        ("https://desk.example", "desk.example:443"),
        ("http://desk.example:80", "desk.example"),
        ("http://127.0.0.1:8080", "127.0.0.1:8080"),
        ("http://[::1]:8080", "[::1]:8080"),
        ("http://[::1]", "[::1]"),
        ("http://Desk.Example:8080", "desk.example:8080"),
        ("HTTP://desk.example", "DESK.EXAMPLE"),
        ("http://desk.example.", "desk.example."),
    ],
)
def test_pages_of_our_own_address_connect(origin: str, host: str) -> None:
    """A page loaded from the address that it connects to is ours, in whatever spelling."""
    assert is_allowed_origin(origin, host, NONE)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://evil.example", "desk.example"),
        ("http://desk.example:8081", "desk.example:8080"),
        ("http://desk.example", "desk.example:8080"),
        ("https://desk.example:80", "desk.example"),
        ("http://desk.example", "desk.example:443"),
        ("http://desk.example.evil.example", "desk.example"),
        ("http://evil-desk.example", "desk.example"),
        ("http://[::1]:8080", "[::2]:8080"),
        ("http://desk.example@evil.example", "desk.example"),
        ("http://evil.example@desk.example", "desk.example"),
        ("http://desk.example", "evil@desk.example"),
        ("http://desk.example/", "desk.example"),
        ("http://desk.example.", "desk.example"),
        ("http://desk.example..", "desk.example."),
        ("NULL", "null"),
        ("http://desk.example http://evil.example", "desk.example"),
        ("http://desk.example,http://evil.example", "desk.example"),
        ("http://desk.example?", "desk.example?x"),
        ("http://desk.example#x", "desk.example"),
        ("http://none", None),
        ("http://", ""),
        ("http:", ""),
        ("ws://desk.example", "desk.example"),
        ("file://desk.example", "desk.example"),
        ("desk.example", "desk.example"),
        ("null", "null"),
        ("null", "desk.example"),
        ("", "desk.example"),
        ("http://desk.example:port", "desk.example:port"),
        ("http://desk.example:99999", "desk.example:99999"),
        ("http://[::1", "[::1"),
    ],
)
def test_other_pages_do_not(origin: str, host: str | None) -> None:
    """Another host, port or scheme, no origin at all, and what is no origin in the first place are kept out."""
    assert not is_allowed_origin(origin, host, NONE)


@pytest.mark.parametrize("origin", ["https://desk.example", "https://DESK.example", "https://desk.example:443"])
def test_listed_pages_connect(origin: str) -> None:
    """An origin that the operator lists is allowed whatever the host, default port written or not."""
    assert is_allowed_origin(origin, "gateway.example", allowed("https://desk.example", "http://other.example"))


@pytest.mark.parametrize(
    "origin",
    [
        "http://desk.example",
        "https://desk.example:8443",
        "https://x.desk.example",
        "https://desk.example.",
        "https://desk.example.evil.example",
        "null",
        "Null",
        "https://",
    ],
)
def test_what_is_listed_is_meant_exactly(origin: str) -> None:
    """Another scheme, port or subdomain of a listed origin is not listed."""
    assert not is_allowed_origin(origin, "gateway.example", allowed("https://desk.example", "nonsense"))


def test_null_can_be_listed() -> None:
    """An operator may name the origin that sandboxed pages have."""
    assert is_allowed_origin("null", "gateway.example", allowed("null"))


@pytest.mark.parametrize(
    ("origin", "host", "is_ours"),
    [
        ("https://desk.example", "desk.example", True),
        ("https://desk.example:8443", "desk.example:8443", True),
        ("http://desk.example", "desk.example", False),
        ("http://desk.example:443", "desk.example", False),
        ("http://desk.example:8443", "desk.example:8443", False),
    ],
)
def test_an_encrypted_gateways_pages_came_encrypted(origin: str, host: str, *, is_ours: bool) -> None:
    """A page of its name that came in the clear can be of anybody on the way."""
    assert is_allowed_origin(origin, host, NONE, is_encrypted=True) is is_ours


def test_what_is_listed_need_not_be_encrypted() -> None:
    """The operator may say so."""
    assert is_allowed_origin("http://dev.example", "desk.example", allowed("http://dev.example"), is_encrypted=True)


@given(st.text(max_size=40))
def test_a_star_allows_everything(origin: str) -> None:
    """With `*` no page is kept out."""
    assert is_allowed_origin(origin, "gateway.example", allowed("*"))


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_text_breaks_the_check(origin: str, host: str) -> None:
    """Any text in either header gets an answer, and only the origin of a page is let in."""
    if is_allowed_origin(origin, host, NONE):
        assert origin.lower().startswith(("http://", "https://"))
