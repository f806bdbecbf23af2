"""What users are told of their sessions: in which form, and how much of it a minute."""

from collections import OrderedDict

import attrs

from components.contract.envelope import NS_PER_S, Payload
from components.model.arguments import words_of
from components.model.errors import InvalidArgument

NEWS_A_MINUTE = 60
"""Of one user: whoever renews a token over and over fills no journal."""

MOST_USERS = 10_000
"""How many are remembered; the one that had no news for longest is forgotten first."""

ANNOUNCEMENT = "announcement"
"""An operator's word to a user: it is told, whatever came before."""

_MINUTE_NS = 60 * NS_PER_S


def read_news(event: object, session: object, body: object) -> Payload:
    """
    One piece of news, as it is published.

    Args:
        event: What has happened.
        session: The session's number; None where it concerns all of a user's.
        body: More of it, by name.

    Raises:
        InvalidArgument: One of them is none.
    """
    if session is not None and (not isinstance(session, int) or isinstance(session, bool)):
        raise InvalidArgument("session", f"expected a whole number or null, received {type(session).__name__}")
    if not isinstance(body, dict) or not all(isinstance(name, str) for name in body):
        raise InvalidArgument("body", f"expected fields by their names, received {type(body).__name__}")
    return {**body, "session": session, "event": words_of("event", event)}


@attrs.define
class _Minute:
    begun_ns: int
    count: int = 0


class NewsRate:
    """
    How much users are told, in minutes that begin with the first news of each.

    Sans-I/O. Times are UNIX nanoseconds.
    """

    def __init__(self) -> None:
        """Begin with nobody."""
        self._minutes: OrderedDict[str, _Minute] = OrderedDict()

    def __len__(self) -> int:
        return len(self._minutes)

    def take(self, user_id: str, event: str, *, now_ns: int) -> bool:
        """Count one piece of news, and say whether it is still told."""
        if event == ANNOUNCEMENT:
            return True
        minute = self._minutes.get(user_id)
        if minute is None or not 0 <= now_ns - minute.begun_ns < _MINUTE_NS:
            minute = self._minutes[user_id] = _Minute(now_ns)
        self._minutes.move_to_end(user_id)
        if len(self._minutes) > MOST_USERS:
            self._minutes.popitem(last=False)
        minute.count += 1
        return minute.count <= NEWS_A_MINUTE
