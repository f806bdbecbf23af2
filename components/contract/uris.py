"""The words that URIs are made of: instruments, venues, and user ids as one component."""

import re

INSTRUMENT_PATTERN = r"[A-Za-z0-9_-]{1,32}"
VENUE_PATTERN = r"[a-z0-9]{1,16}"

_NOT_PLAIN = re.compile(rb"[^A-Za-z0-9]")


def user_component(user_id: str) -> str:
    """
    A user id as one URI component: every byte outside `[A-Za-z0-9]` becomes `_hh`.

    Two ids never share a component, and every client's URI check lets it pass.
    """
    return _NOT_PLAIN.sub(lambda found: b"_%02x" % found.group()[0], user_id.encode()).decode("ascii")
