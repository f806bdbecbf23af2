"""What becomes of an event that a connection cannot take at once."""

import enum


class Fate(enum.StrEnum):
    """What became of an event that was to wait, or of the one in whose place it waits."""

    WAITS = "waits"
    MERGED = "merged"
    CONFLATED = "conflated"
    DROPPED = "dropped"
    REFUSED = "refused"
