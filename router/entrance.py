"""The gate of this very process: with its open files, its clock and its figures."""

import resource
import time

from router.entry import Entry
from router.figures import Figures
from router.gate import Gate
from router.limit_settings import LimitSettings

_MANY_FILES = 1 << 20
"""Stands for no limit of open files; no kernel has more by default."""


def open_gate(settings: LimitSettings, entry: Entry, figures: Figures) -> Gate:
    """Make the gate of this process."""
    soft_limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return Gate(
        settings,
        entry,
        max_open_files=_MANY_FILES if soft_limit == resource.RLIM_INFINITY else soft_limit,
        unix_offset_ns=time.time_ns() - time.monotonic_ns(),
        count_refusal=figures.count_refusal,
    )
