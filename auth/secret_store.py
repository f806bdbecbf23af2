"""Where the secret of tokens is kept: the environment, or a file that only its owner can read."""

import os
import secrets
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path

from auth.keys import check_secret
from components.model.errors import ConfigError

SECRET_FILE_NAME = "jwt.secret"
_RANDOM_BYTES = 48


def load_secret(environ: Mapping[str, str], *, variable: str, path: Path | None) -> bytes:
    """
    The secret of the environment where that has one, else of the file; an empty variable counts as not set.

    Raises:
        ConfigError: Neither has one, or what it has cannot be used.
    """
    value = environ.get(variable)
    if value:
        secret = os.fsencode(value)
        check_secret(secret, source=variable)
        return secret
    if path is None:
        raise ConfigError(f"{variable} is not set and has no default")
    return read_secret_file(path)


def load_or_make_development_secret(data_dir: Path) -> bytes:
    """
    The secret that a node without one of its own keeps in its data directory; made where there is none.

    Processes that start at the same time agree on one: the file appears with all of its content or not at all.

    Raises:
        ConfigError: The file cannot be made, or what is there cannot be used.
    """
    path = data_dir / SECRET_FILE_NAME
    try:
        if not path.exists():
            _make_secret_file(path)
    except OSError as error:
        raise ConfigError(f"{path}: cannot keep a secret here: {error.strerror}") from None
    return read_secret_file(path)


def read_secret_file(path: Path) -> bytes:
    """
    The content of a secret's file, without the end of its line.

    Raises:
        ConfigError: The file cannot be read, others than its owner can, or its content is no secret.
    """
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            secret = file.read().rstrip(b"\r\n")
    except OSError as error:
        raise ConfigError(f"{path}: cannot read the secret: {error.strerror}") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigError(
            f"{path}: expected a file that only its owner can use, received mode {mode:04o}; "
            f"chmod 600, and make a new secret if others may have read it"
        )
    check_secret(secret, source=str(path))
    return secret


def _make_secret_file(path: Path) -> None:
    # mkstemp: O_EXCL and mode 0600. The link, unlike a rename, never replaces what another process has made.
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(_RANDOM_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, path)
        except FileExistsError:
            return
    finally:
        Path(temporary).unlink()
