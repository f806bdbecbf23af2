"""Files of keys: read at the start, and again when they change."""

import os
import stat
from pathlib import Path

import attrs

from auth.key_documents import MAX_DOCUMENT_BYTES, KeyDocument, parse_key_file
from auth.keys import VerificationKey
from components.model.errors import ConfigError

_Version = tuple[int, ...]


@attrs.define
class KeyFileStore:
    """
    One file of keys.

    It is read again where it is another file than the last time, or was written since; a link to another file is
    another file. A file that cannot be used is not read again until it has changed.

    Attributes:
        path: Where it is.
    """

    path: Path
    _version: _Version | None = attrs.field(default=None, init=False)

    def read_if_changed(self) -> KeyDocument | None:
        """
        What is in it, where that may be something else than the last time; None where nothing has changed.

        Raises:
            ConfigError: What it holds now cannot be used; told once for each content.
        """
        version = self._look()
        if version == self._version:
            return None
        self._version = version
        content, mode = self._read()
        document = parse_key_file(content, source=str(self.path))
        if mode & (stat.S_IRWXG | stat.S_IRWXO) and any(key.is_secret for key in document.keys):
            raise ConfigError(
                f"{self.path}: expected a file that only its owner can use, since it holds a secret, "
                f"received mode {mode:04o}; chmod 600, and make a new secret if others may have read it"
            )
        return document

    def read_anew(self) -> None:
        """Read it the next time, changed or not."""
        self._version = None

    def _look(self) -> _Version:
        try:
            found = self.path.stat()
        except OSError as error:
            # Another error is another content.
            return (error.errno or 0,)
        return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)

    def _read(self) -> tuple[bytes, int]:
        try:
            # Whoever waits for the other end of a pipe serves nobody meanwhile.
            with os.fdopen(os.open(self.path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
                mode = os.fstat(file.fileno()).st_mode
                if not stat.S_ISREG(mode):
                    raise ConfigError(f"{self.path}: expected a file of keys, received something else")
                return file.read(MAX_DOCUMENT_BYTES + 1), stat.S_IMODE(mode)
        except OSError as error:
            raise ConfigError(f"{self.path}: cannot read the keys: {error.strerror}") from None


def read_keys(path: Path) -> tuple[VerificationKey, ...]:
    """
    The keys in a file.

    Raises:
        ConfigError: It cannot be read, or what it holds cannot be used.
    """
    document = KeyFileStore(path).read_if_changed()
    return () if document is None else document.keys
