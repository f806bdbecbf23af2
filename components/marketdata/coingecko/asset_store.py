"""Keeps CoinGecko's list of coins, which is long and changes slowly, from one start to the next."""

import os
import tempfile
from pathlib import Path

import msgspec

from components.contract.envelope import NS_PER_S

COINS_FILE_NAME = "coingecko-coins.json"
MAX_AGE_NS = 7 * 86_400 * NS_PER_S


class _Kept(msgspec.Struct):
    fetched_ns: int
    ids: frozenset[str]


_decode = msgspec.json.Decoder(_Kept).decode


class CoinListStore:
    """A file with the ids of all coins and when they were told; what cannot be read or is a week old is not there."""

    def __init__(self, path: Path) -> None:
        """Read nothing yet."""
        self._path = path

    def read(self, *, now_ns: int) -> frozenset[str] | None:
        """The ids, where they are not too old."""
        try:
            kept = _decode(self._path.read_bytes())
        except (OSError, msgspec.MsgspecError, UnicodeError):
            return None
        return kept.ids if 0 <= now_ns - kept.fetched_ns < MAX_AGE_NS else None

    def keep(self, ids: frozenset[str], *, now_ns: int) -> None:
        """
        Write the ids down.

        Raises:
            OSError: They cannot be written; the file is as it was.
        """
        descriptor, temporary = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(msgspec.json.encode(_Kept(now_ns, ids), order="sorted"))
            Path(temporary).replace(self._path)
        except OSError:
            Path(temporary).unlink(missing_ok=True)
            raise
