"""Files of keys: read at the start, and again when they change."""

import stat
from pathlib import Path

import attrs

from auth.key_documents import MAX_DOCUMENT_BYTES, KeyDocument, parse_key_file
from auth.keys import VerificationKey
from auth.operator_file_store import Version, read_operator_file, version_of
from components.model.errors import ConfigError


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
    _version: Version | None = attrs.field(default=None, init=False)

    def read_if_changed(self) -> KeyDocument | None:
        """
        What is in it, where that may be something else than the last time; None where nothing has changed.

        Raises:
            ConfigError: What it holds now cannot be used; told once for each content.
        """
        version = version_of(self.path)
        if version == self._version:
            return None
        self._version = version
        content = read_operator_file(self.path, what="keys", most_bytes=MAX_DOCUMENT_BYTES)
        document = parse_key_file(content.data, source=str(self.path))
        if content.is_open_to(stat.S_IRWXG | stat.S_IRWXO) and any(key.is_secret for key in document.keys):
            raise ConfigError(
                f"{self.path}: expected a file that only its owner can use, since it holds a secret, "
                f"received mode {content.mode:04o}; chmod 600, and make a new secret if others may have read it"
            )
        return document

    def read_anew(self) -> None:
        """Read it the next time, changed or not."""
        self._version = None


def read_keys(path: Path) -> tuple[VerificationKey, ...]:
    """
    The keys in a file.

    Raises:
        ConfigError: It cannot be read, or what it holds cannot be used.
    """
    document = KeyFileStore(path).read_if_changed()
    return () if document is None else document.keys
