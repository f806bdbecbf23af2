"""All that is limited in one router process, behind one door."""

from collections.abc import Callable

from router.admission import Admission
from router.limit_settings import LimitSettings
from router.meters import Meters
from router.rate_limits import points_limiter

RESERVED_FILES = 256
"""Open files that are no client connection's: listeners, containers, HTTP, databases, logs."""


class Gate:
    """
    What one router process lets its clients do.

    Attributes:
        limits: The table.
        admission: Who connects, by address.
        meters: Who asks how often, once joined.
        refusals: How often a session was refused by a rate, by its id; None where it is not ended for that.
        count_refusal: Takes the name of a limit that something was refused by.
    """

    def __init__(
        self,
        settings: LimitSettings,
        *,
        max_open_files: int,
        unix_offset_ns: int,
        count_refusal: Callable[[str], None],
    ) -> None:
        """
        Begin with nobody.

        Args:
            settings: What is limited, and for whom.
            max_open_files: How many files the process may have open.
            unix_offset_ns: What makes a UNIX time of a monotonic one.
            count_refusal: Counts by the limit's name.
        """
        limits = self.limits = settings.limits
        max_connections = max(max_open_files - RESERVED_FILES, 1)
        self.admission = Admission(settings, max_connections=max_connections, unix_offset_ns=unix_offset_ns)
        self.meters = Meters(limits)
        self.refusals = points_limiter("refusal_points", limits.refusal_points)
        self.count_refusal = count_refusal
