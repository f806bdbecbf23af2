"""A file that says which users may come in: what is in it, and what of it has changed."""

import json
from collections.abc import Mapping

import attrs

from auth.strict_json import parse_json
from auth.users import Standing, read_standing
from components.model.arguments import user_id_of
from components.model.errors import InvalidArgument, ProviderFault

MOST_FILE_BYTES = 16_777_216

_FIELDS = {"default", "users"}


@attrs.frozen(kw_only=True)
class UserList:
    """
    What is said of users.

    Attributes:
        default: Of whoever is not named.
        users: By user id.
    """

    default: Standing
    users: Mapping[str, Standing]

    def find(self, user_id: str) -> Standing:
        """What is said of a user."""
        return self.users.get(user_id, self.default)


def read_user_list(content: bytes) -> UserList:
    """
    Read a JSON object: `default`, a standing, and `users`, standings by user id.

    Raises:
        ProviderFault: It is something else; the text says where, and what was expected.
    """
    said = _read_json(content)
    if not isinstance(said, dict) or said.keys() != _FIELDS:
        raise ProviderFault("expected an object with default and users, and nothing else")
    users = said["users"]
    if not isinstance(users, dict):
        raise ProviderFault("users: expected an object with a standing for each user id")
    return UserList(
        default=_read_named("default", said["default"]),
        users={_read_user_id(user_id): _read_named(f"users: {user_id!r}", one) for user_id, one in users.items()},
    )


def _read_json(content: bytes) -> object:
    if len(content) > MOST_FILE_BYTES:
        raise ProviderFault(f"expected at most {MOST_FILE_BYTES} bytes, received {len(content)}")
    try:
        return parse_json(content)
    except json.JSONDecodeError as error:
        raise ProviderFault(f"line {error.lineno}: expected JSON") from None
    except ValueError:
        # Two entries for one user are two files, of which one would be believed.
        raise ProviderFault("expected JSON in UTF-8 that names nothing twice") from None


def _read_named(name: str, said: object) -> Standing:
    try:
        return read_standing(said, is_open=False)
    except ProviderFault as error:
        raise ProviderFault(f"{name}: {error}") from None


def _read_user_id(user_id: str) -> str:
    try:
        return user_id_of("users", user_id)
    except InvalidArgument as error:
        raise ProviderFault(str(error)) from None
