"""What a process of the node says of itself."""

import attrs


@attrs.frozen(kw_only=True)
class ProcessReading:
    """
    What a process has used up, as it read it itself.

    Attributes:
        pid: Its number; another one is another process.
        uptime_ns: How long it has been there, nanoseconds.
        cpu_ns: How long it has computed since its start, on all cores together, nanoseconds.
        memory_bytes: What it holds of the machine's memory; None where the system does not tell.
    """

    pid: int
    uptime_ns: int
    cpu_ns: int
    memory_bytes: int | None
