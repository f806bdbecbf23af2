"""How much a session and a user may be subscribed to."""

from collections.abc import Callable, Collection, Iterable
from typing import Protocol

from router.limits import Limits
from router.rate_limits import Excess

EXACT = "exact"
USER_CHANNELS = "tapecast.user."


class Subscribed(Protocol):
    """
    A subscription as the broker keeps it.

    Attributes:
        uri: The topic or the pattern.
        match: How it is meant.
    """

    uri: str
    match: str


def find_excess(
    limits: Limits,
    uri: str,
    match: str,
    *,
    own: Collection[Subscribed],
    of_user: Callable[[], Iterable[Subscribed]],
) -> Excess | None:
    """
    Say whether one more subscription is one too many; what is held already is none more.

    Counting is linear, and only done where so many are held that a limit could be reached.

    Args:
        limits: The table.
        uri: What is asked for.
        match: How it is meant.
        own: What the session holds.
        of_user: All that the user's sessions hold, this one's too.
    """
    is_alike: Callable[[Subscribed], bool]
    held: Iterable[Subscribed] = own
    if match != EXACT:
        name, limit, is_alike = "patterns_per_session", limits.patterns_per_session, _is_pattern
    elif uri.startswith(USER_CHANNELS):
        name, limit, is_alike = "channels_per_user", limits.channels_per_user, _is_channel
        held = of_user()
    else:
        name, limit, is_alike = "topics_per_session", limits.topics_per_session, _is_topic
    if limit is None or (held is own and len(own) < limit):
        return None
    if any(one.uri == uri and one.match == match for one in own) or sum(map(is_alike, held)) < limit:
        return None
    return Excess(name=name, limit=limit)


def _is_pattern(one: Subscribed) -> bool:
    return one.match != EXACT


def _is_channel(one: Subscribed) -> bool:
    return one.match == EXACT and one.uri.startswith(USER_CHANNELS)


def _is_topic(one: Subscribed) -> bool:
    return one.match == EXACT and not one.uri.startswith(USER_CHANNELS)
