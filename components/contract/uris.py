"""The words that URIs are made of: instruments, venues, user ids as one component; and how much of one is shown."""

import re

INSTRUMENT_PATTERN = r"[A-Za-z0-9_-]{1,32}"
VENUE_PATTERN = r"[a-z0-9]{1,16}"
MAX_SHOWN_URI_CHARS = 256

_NOT_PLAIN = re.compile(rb"[^A-Za-z0-9]")
_ESCAPED = re.compile(rb"_([0-9a-f]{2})")


def user_component(user_id: str) -> str:
    """
    A user id as one URI component: every byte outside `[A-Za-z0-9]` becomes `_hh`.

    Two ids never share a component, and every client's URI check lets it pass.
    """
    return _NOT_PLAIN.sub(lambda found: b"_%02x" % found.group()[0], user_id.encode()).decode("ascii")


def user_from_component(component: str) -> str | None:
    """The user id that a URI component stands for; None where it stands for none."""
    try:
        user_id = _ESCAPED.sub(lambda found: bytes.fromhex(found[1].decode()), component.encode("ascii")).decode()
    except UnicodeError:
        return None
    return user_id if user_component(user_id) == component else None


def shown_uri(uri: str) -> str:
    """As much of a client's URI as is told back to it or written to the log."""
    return uri[:MAX_SHOWN_URI_CHARS]
