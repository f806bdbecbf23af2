"""Where the recorded market data is that tests play."""

import gzip
import os
from collections.abc import Iterator
from pathlib import Path

BTCUSDT = "binance-spot-btcusdt-20240808.txt.gz"
SAMPLES = "binance-message-samples.jsonl"


def recording(name: str) -> Path:
    """
    A file of the recordings' folder.

    Raises:
        RuntimeError: TAPECAST_RECORDINGS does not name the folder, or the file is not in it.
    """
    folder = os.environ.get("TAPECAST_RECORDINGS")
    if not folder:
        raise RuntimeError("TAPECAST_RECORDINGS: expected the folder of the recorded market data, but it is not set")
    path = Path(folder) / name
    if not path.is_file():
        raise RuntimeError(f"TAPECAST_RECORDINGS: expected a folder that holds {name}, received {folder}")
    return path


def messages(name: str) -> Iterator[tuple[int, bytes]]:
    """The lines of a packed recording: when each message was received, UNIX nanoseconds, and the message."""
    with gzip.open(recording(name)) as lines:
        for line in lines:
            received_ns, _, data = line.rstrip(b"\n").partition(b" ")
            yield int(received_ns), data
