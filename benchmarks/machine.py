"""On what a measurement was made."""

import os
import platform
from pathlib import Path


def machine(module: str) -> str:
    """The processor, how many cores of it there are, Python's version and the command, in one line."""
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text(encoding="ascii").splitlines()
        if line.startswith("model name")
    ]
    model = models[0] if models else platform.machine()
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}, `python -m {module}`"
