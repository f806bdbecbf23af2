"""What this process has used up, as the system tells it."""

import os
import time
from pathlib import Path

from components.model.processes import ProcessReading

_STARTED_NS = time.monotonic_ns()
"""When this was imported: with the process, but for the second that its libraries take."""

_STATM = Path("/proc/self/statm")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def read_process() -> ProcessReading:
    """Read it now; that takes less than a tenth of a millisecond."""
    return ProcessReading(
        pid=os.getpid(),
        uptime_ns=time.monotonic_ns() - _STARTED_NS,
        cpu_ns=time.process_time_ns(),
        memory_bytes=_memory_bytes(),
    )


def _memory_bytes() -> int | None:
    # Source: proc(5), /proc/pid/statm: the second field is the resident set in pages. Only Linux has it.
    try:
        return int(_STATM.read_bytes().split()[1]) * _PAGE_BYTES
    except OSError:
        return None
