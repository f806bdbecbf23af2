"""A place with room for little more than nothing."""

import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def small_disk(directory: Path, *, size_kb: int = 256) -> Iterator[Path]:
    """
    A directory with room for no larger file: a file system of that size, or else a limit for this process.

    Only an administrator may mount one; for everybody else the limit makes writing fail at the same size.
    """
    mounting = ["mount", "-t", "tmpfs", "-o", f"size={size_kb}k,mode=0700", "tapecast-test", str(directory)]
    try:
        is_mounted = subprocess.run(mounting, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        is_mounted = False
    if is_mounted:
        try:
            yield directory
        finally:
            subprocess.run(["umount", "--lazy", str(directory)], check=True)
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_kb * 1024, hard))
    try:
        yield directory
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
