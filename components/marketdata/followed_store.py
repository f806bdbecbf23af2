"""Keeps what operators added and removed at run time, so that a new start follows the same instruments."""

import os
import re
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path

import msgspec

from components.contract.uris import INSTRUMENT_PATTERN
from components.marketdata.following import Changes
from components.model.errors import ConfigError

FOLLOWED_FILE_NAME = "followed.json"


class _VenueChanges(msgspec.Struct, forbid_unknown_fields=True):
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


_decode = msgspec.json.Decoder(dict[str, _VenueChanges]).decode


class FollowedStore:
    """
    A file with the changes of each venue against its settings, so that a change of the settings still counts.

    It is replaced as a whole, and only its owner can read it.
    """

    def __init__(self, path: Path, configured: Mapping[str, Collection[str]]) -> None:
        """
        Read the file, where there is one.

        Args:
            path: The file.
            configured: By venue, what the settings say that is followed; other venues are kept as they are.

        Raises:
            ConfigError: The file cannot be read, or is of another form.
        """
        self._path = path
        self._configured = configured
        self._changes = _read(path)

    def followed(self, venue: str) -> tuple[str, ...]:
        """What a venue follows: what the settings say, with what was changed."""
        return self._changes.get(venue, Changes()).applied_to(self._configured[venue])

    def keep(self, venue: str, followed: Collection[str]) -> None:
        """
        Write down what a venue follows now.

        Raises:
            OSError: It cannot be written; the file is as it was.
        """
        self._changes[venue] = Changes.between(self._configured[venue], followed)
        changed = {name: one for name, one in self._changes.items() if one.added or one.removed}
        content = {name: _VenueChanges(one.added, one.removed) for name, one in changed.items()}
        _replace(self._path, msgspec.json.format(msgspec.json.encode(content)) + b"\n")


def _read(path: Path) -> dict[str, Changes]:
    try:
        content = _decode(path.read_bytes())
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}; look at its owner and mode") from None
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise _malformed(path, str(error)) from None
    for one in content.values():
        for name in (*one.added, *one.removed):
            if not re.fullmatch(INSTRUMENT_PATTERN, name):
                raise _malformed(path, f"{name[:40]!r} is no instrument")
    return {venue: Changes(one.added, one.removed) for venue, one in content.items()}


def _malformed(path: Path, problem: str) -> ConfigError:
    return ConfigError(
        f"{path}: expected the instruments that were added and removed, but {problem}; "
        "correct it, or delete it to follow what the settings say"
    )


def _replace(path: Path, content: bytes) -> None:
    # mkstemp: O_EXCL and mode 0600.
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
