"""Where the recorded market data is that tests play."""

import os
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
