"""An opening request is taken apart before anybody reads it: what is needed, the token, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.opening import NEEDED_HEADERS, read_opening

LINES = ("Host: gateway.example", "Upgrade: websocket", "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==")
NEEDED = b"host: gateway.example\r\nupgrade: websocket\r\nsec-websocket-key: MDEyMzQ1Njc4OWFiY2RlZg=="
SECRET = "sesame-open"


def request(*lines: str, uri: str = "/ws") -> bytes:
    return "\r\n".join([f"GET {uri} HTTP/1.1", *LINES, *lines]).encode("iso-8859-1")


def test_what_is_needed_stays() -> None:
    """The handshake can be read of what is left."""
    assert read_opening(request()).head == b"GET /ws HTTP/1.1\r\n" + NEEDED


@pytest.mark.parametrize(
    "lines",
    [
        ("Authorization: Bearer sesame-open",),
        ("authorization:bearer   sesame-open  ",),
        ("Cookie: a=b", "AUTHORIZATION: BEARER sesame-open"),
    ],
)
def test_a_token_in_a_header_is_taken_out(lines: tuple[str, ...]) -> None:
    """The scheme's name is written in any case; the header is gone."""
    opening = read_opening(request(*lines))

    assert opening.tokens == (SECRET,)
    assert opening.head == b"GET /ws HTTP/1.1\r\n" + NEEDED


@pytest.mark.parametrize(
    ("query", "tokens"),
    [
        ("token=sesame-open", (SECRET,)),
        ("a=b&token=sesame-open&c", (SECRET,)),
        ("token=%73esame%2Dopen", (SECRET,)),
        ("%74oken=sesame-open", (SECRET,)),
        ("token=", ("",)),
        ("token", ("",)),
        ("Token=sesame-open", ()),
        ("tokens=sesame-open", ()),
        ("", ()),
        ("token=a&token=b", ("a", "b")),
        ("token=%ff", ("\ufffd",)),
    ],
)
def test_a_token_in_the_query_is_taken_out(query: str, tokens: tuple[str, ...]) -> None:
    """Its name is written in lower case; an empty one is one, so that who meant to sign in is not let in as nobody."""
    opening = read_opening(request(uri=f"/ws?{query}"))

    assert opening.tokens == tokens
    assert opening.head.startswith(b"GET /ws HTTP/1.1\r\n")


def test_every_token_is_found() -> None:
    """Who sends several has to be refused, whichever they are."""
    opening = read_opening(
        request("Authorization: Bearer one", "Authorization: Bearer two", uri="/ws?token=three&token=three")
    )

    assert opening.tokens == ("one", "two", "three", "three")


@pytest.mark.parametrize("value", ["Basic c2VzYW1lLW9wZW4=", "Digest username=sesame-open", "sesame-open", ""])
def test_another_scheme_is_no_token(value: str) -> None:
    """What a proxy asks its users for is not ours to read, or to keep."""
    opening = read_opening(request(f"Authorization: {value}"))

    assert opening.tokens == ()
    assert opening.head == b"GET /ws HTTP/1.1\r\n" + NEEDED


def test_a_bearer_without_a_token_has_an_empty_one() -> None:
    """It is refused like any other that is no good."""
    assert read_opening(request("Authorization: Bearer")).tokens == ("",)


def test_the_token_is_in_no_representation() -> None:
    """Whoever writes the object down does not write it."""
    assert SECRET not in repr(read_opening(request(uri=f"/ws?token={SECRET}")))


def test_fragments_and_what_is_no_request_are_left_to_the_handshake() -> None:
    """They are refused there; a secret in a query is out of them all the same."""
    assert read_opening(b"GET /ws?token=sesame-open#part HTTP/1.1").head == b"GET /ws#part HTTP/1.1"
    assert read_opening(b"nonsense ?x=y z").head == b"nonsense  z"
    assert read_opening(b"").head == b""


@pytest.mark.parametrize("separator", ["\x0b", "\x0c", "\x1c", "\x1e", "\x85", "\n", "\r", "\r\n ", "\r\n\t", "\n\t"])
def test_no_header_hides_in_another(separator: str) -> None:
    """What a proxy passes on as a part of one header is not taken for another, such as the proxy's own."""
    head = read_opening(request("X-Forwarded-For: 203.0.113.7", f"X-Note: a{separator}X-Forwarded-For: 10.0.0.1")).head

    assert head == b"GET /ws HTTP/1.1\r\n" + NEEDED + b"\r\nx-forwarded-for: 203.0.113.7"
    assert len(head.decode("iso-8859-1").splitlines()) == 5
    within = read_opening(request(f"Origin: https://a{separator}X-Forwarded-For: 10.0.0.1")).head
    assert len(within.decode("iso-8859-1").splitlines()) == 5


@pytest.mark.parametrize(
    "line", ["X-Forwarded-For : 10.0.0.1", " X-Forwarded-For: 10.0.0.1", ": x", "host", "ho st: x"]
)
def test_what_is_no_header_is_left_out(line: str) -> None:
    """White space around a name makes none of it."""
    assert read_opening(request(line)).head == b"GET /ws HTTP/1.1\r\n" + NEEDED


@given(st.text(st.characters(max_codepoint=255), max_size=40), st.text(st.characters(max_codepoint=255), max_size=40))
def test_nothing_but_needed_headers_is_left(name: str, value: str) -> None:
    """Whatever a header is called and holds, it is one of those that are read, or gone."""
    head = read_opening(request(f"{name}: {value}")).head.decode("iso-8859-1")

    assert {line.partition(":")[0] for line in head.splitlines()[1:]} <= NEEDED_HEADERS


@pytest.mark.parametrize("value", ["a" + 300_000 * " \t" + "b", 600_000 * " " + "b", "a" + 600_000 * "\t"])
def test_white_space_is_passed_over_once(value: str) -> None:
    """A client cannot have the router look at it for minutes."""
    opening = read_opening(request(f"Origin: {value}"))

    assert opening.head == request(f"origin: {value.strip()}".replace("\t", "")).replace(
        request().partition(b"\r\n")[2], NEEDED
    )
