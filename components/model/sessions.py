"""Who is connected, as whoever has to know is told."""

import attrs


@attrs.frozen(kw_only=True)
class JoinedSession:
    """
    One session of a user who has a token.

    Attributes:
        joined_ns: Since when it is there, UNIX nanoseconds.
    """

    session_id: int
    user_id: str
    joined_ns: int
