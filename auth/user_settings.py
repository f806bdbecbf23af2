"""Which directory says who may come in: `TAPECAST_USERS` and what goes with it."""

import enum
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from auth.key_sources import check_keys_url
from components.model.errors import ConfigError
from components.model.setting_values import Parse, read_setting, whole_number

USERS_VARIABLE = "TAPECAST_USERS"
TOKEN_VARIABLE = "TAPECAST_USERS_TOKEN"
LONGEST_TOKEN_CHARS = 4_096

_FILE_PREFIX = "file:"
_EXPECTED = (
    "all, file:PATH, or an https URL without user, password, query and fragment (http on the loopback interface)"
)


class DirectoryKind(enum.StrEnum):
    """What kind of directory there is."""

    ALL = "all"
    FILE = "file"
    HTTP = "http"


@attrs.frozen
class DirectoryChoice:
    """
    The directory that the operator chose.

    Attributes:
        path: Of a file; None for any other.
        url: Of an endpoint, without a slash at its end; None for any other.
    """

    kind: DirectoryKind = DirectoryKind.ALL
    path: Path | None = None
    url: str | None = None

    @property
    def setting(self) -> str:
        """The choice as `TAPECAST_USERS` has it."""
        return self.url or (f"{_FILE_PREFIX}{self.path}" if self.path is not None else self.kind.value)


@attrs.frozen(kw_only=True)
class UserSettings:
    """
    Who is asked about users, and for how long an answer holds.

    Attributes:
        directory: Who is asked.
        token: What an endpoint is told to let us ask; empty for nothing.
        fresh_s: How long an answer of an endpoint takes the place of a question.
        kept_s: How long it takes the place of one that cannot be had; 0 is no longer than that.
    """

    directory: DirectoryChoice = DirectoryChoice()
    token: str = attrs.field(default="", repr=False)
    fresh_s: int = 60
    kept_s: int = 600

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "UserSettings":
        """
        Read the variables of this module; one that is empty counts as not set.

        Raises:
            ConfigError: A value is not what its setting needs.
        """
        given = {name: environ[name] for name in USER_VARIABLES if environ.get(name)}
        token = given.pop(TOKEN_VARIABLE, "")
        if not token.isascii() or not token.isprintable() or len(token) > LONGEST_TOKEN_CHARS:
            # Its value must not be told.
            raise ConfigError(f"{TOKEN_VARIABLE}: expected at most {LONGEST_TOKEN_CHARS} printable ASCII characters")
        if "@" in given.get(USERS_VARIABLE, ""):
            # Nor a password's, where there is one in a URL.
            raise ConfigError(f"{USERS_VARIABLE}: must be {_EXPECTED}")
        values: dict[str, Any] = {
            _ATTRIBUTES[name]: read_setting(name, text, _READERS[name]) for name, text in given.items()
        }
        return cls(token=token, **values)


def _directory(text: str) -> DirectoryChoice:
    if text == DirectoryKind.ALL:
        return DirectoryChoice()
    path = text.removeprefix(_FILE_PREFIX)
    if path != text and path:
        return DirectoryChoice(DirectoryKind.FILE, path=Path(path).absolute())
    try:
        url = check_keys_url(text)
    except ValueError:
        raise ValueError(_EXPECTED) from None
    if "?" in url:
        raise ValueError(_EXPECTED)
    return DirectoryChoice(DirectoryKind.HTTP, url=url.rstrip("/"))


_READERS: Mapping[str, Parse] = {
    USERS_VARIABLE: _directory,
    "TAPECAST_USERS_FRESH_S": whole_number(1, 3_600),
    "TAPECAST_USERS_KEPT_S": whole_number(0, 86_400),
}
_ATTRIBUTES = {USERS_VARIABLE: "directory", "TAPECAST_USERS_FRESH_S": "fresh_s", "TAPECAST_USERS_KEPT_S": "kept_s"}

USER_VARIABLES = (*_READERS, TOKEN_VARIABLE)
