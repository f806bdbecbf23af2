"""
The request that opens a WebSocket, before anything else reads it: what it needs to say, and the token it may carry.

Everything that is not needed is left out here, at the first moment: no other code has it to write it down anywhere.
"""

import re
from collections.abc import Iterable
from urllib.parse import parse_qsl

import attrs

TOKEN_PARAMETER = "token"
_AUTHORIZATION = "authorization"
_BEARER = "bearer"

NEEDED_HEADERS = frozenset(
    {
        "connection",
        "host",
        "origin",
        "sec-websocket-extensions",
        "sec-websocket-key",
        "sec-websocket-origin",
        "sec-websocket-protocol",
        "sec-websocket-version",
        "upgrade",
        "x-background-mode",
        "x-client-version",
        "x-device-type",
        "x-forwarded-for",
    }
)
"""Headers that are read."""

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
"""What Python, and Autobahn with it, takes for the end of a line, and proxies for a part of it."""

_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):(.*)", re.DOTALL)
"""Source: RFC 9112, section 5.1: no white space before the colon."""

_AROUND_VALUES = " \t"

_QUERY = re.compile(r"\?([^\s#]*)")


@attrs.frozen(kw_only=True)
class Opening:
    """
    An opening request, taken apart.

    Attributes:
        head: The request line without its query, and the headers of `NEEDED_HEADERS`, without the end of the last line.
        tokens: What it carries as `Authorization: Bearer` and as `?token=`; more than one is for nobody to choose from.
    """

    head: bytes
    tokens: tuple[str, ...] = attrs.field(repr=False)


def read_opening(head: bytes) -> Opening:
    """
    Take apart the head of a request; whatever is wrong with it is left for the handshake to find.

    A line ends with CR LF alone, and what does not begin with a header's name is none: a client could write a header
    of a proxy of ours in a place that the proxy does not take for one.
    """
    first_line, *lines = head.decode("iso-8859-1").split("\r\n")
    request_line = _CONTROL.sub("", first_line)
    query = _QUERY.search(request_line)
    found = [header for header in map(_HEADER.fullmatch, lines) if header]
    headers = [(header[1].lower(), _CONTROL.sub("", header[2].strip(_AROUND_VALUES))) for header in found]
    kept = [f"{name}: {value}" for name, value in headers if name in NEEDED_HEADERS]
    authorizations = [value for name, value in headers if name == _AUTHORIZATION]
    return Opening(
        head="\r\n".join([_QUERY.sub("", request_line), *kept]).encode("iso-8859-1"),
        tokens=(*bearer_tokens(authorizations), *_tokens_of_query(query.group(1) if query else "")),
    )


def bearer_tokens(authorizations: Iterable[str]) -> list[str]:
    """The tokens of a request's `Authorization` headers; what is not `Bearer` is none of ours."""
    credentials = [value.partition(" ") for value in authorizations]
    return [token.strip() for scheme, _, token in credentials if scheme.lower() == _BEARER]


def _tokens_of_query(query: str) -> list[str]:
    return [value for name, value in parse_qsl(query, keep_blank_values=True) if name == TOKEN_PARAMETER]
