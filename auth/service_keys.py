"""Service accounts: programs that sign in by a key pair of their own, and what the operator's file says of them."""

import binascii
import re

import attrs

from auth.strict_json import parse_json
from components.contract.roles import Role
from components.model.errors import ConfigError

SERVICE_ROLES = frozenset({Role.SERVICE, Role.RISK, Role.ADMIN})
"""What a service account may be: nobody who has an account, and none of the gateway's own processes."""

PUBLIC_KEY_BYTES = 32
MOST_ACCOUNTS = 1_000
MOST_FILE_BYTES = 1_048_576

_FIELDS = {"name", "role", "public_key"}
_NAME = re.compile(r"(?!local-|public-)[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SIGN_BIT = 0x80

_OF_SMALL_ORDER = frozenset(
    bytes.fromhex(point)
    for point in (
        "00" * 32,
        "01" + "00" * 31,
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ec" + "ff" * 30 + "7f",
        "ed" + "ff" * 30 + "7f",
        "ee" + "ff" * 30 + "7f",
    )
)
"""
Public keys that anybody can sign for, without the sign bit; a placeholder of zeros is one.

Source: libsodium, ge25519_has_small_order.
"""


@attrs.frozen(kw_only=True)
class ServiceAccount:
    """
    One key of one program.

    Attributes:
        name: What the program is called; its user id.
        role: What it may do.
        public_key: What its signatures are checked with.
    """

    name: str
    role: Role
    public_key: bytes


@attrs.frozen
class ServiceKeys:
    """The service accounts of one moment."""

    accounts: tuple[ServiceAccount, ...] = ()

    def find(self, public_key: bytes) -> ServiceAccount | None:
        """Whose key this is."""
        return next((one for one in self.accounts if one.public_key == public_key), None)


def parse_service_keys(content: bytes) -> ServiceKeys:
    """
    Read a JSON list of objects with `name`, `role` and `public_key`, the last in hexadecimal.

    A program may have several keys, so that it can be given a new one before it loses the old one.

    Raises:
        ConfigError: It is something else; the text says where, and what was expected.
    """
    if len(content) > MOST_FILE_BYTES:
        raise ConfigError(f"expected at most {MOST_FILE_BYTES} bytes")
    try:
        rows = parse_json(content)
    except ValueError:
        raise ConfigError("expected JSON that names nothing twice") from None
    if not isinstance(rows, list) or len(rows) > MOST_ACCOUNTS:
        raise ConfigError(f"expected a list of at most {MOST_ACCOUNTS} accounts")
    accounts = tuple(_read_account(row, f"account {number}") for number, row in enumerate(rows, 1))
    _check_unambiguous(accounts)
    return ServiceKeys(accounts)


def parse_public_key(value: object) -> bytes:
    """
    Read a public key in hexadecimal, as clients send it.

    Raises:
        ValueError: It is none, or one that anybody can sign for.
    """
    if not isinstance(value, str) or len(value) != 2 * PUBLIC_KEY_BYTES or not value.isascii():
        raise ValueError("64 hexadecimal digits")
    try:
        key = binascii.a2b_hex(value)
    except binascii.Error:
        raise ValueError("64 hexadecimal digits") from None
    if key[:-1] + bytes([key[-1] & ~_SIGN_BIT]) in _OF_SMALL_ORDER:
        raise ValueError("the key of a pair; this one has no private key that only one could know")
    return key


def _read_account(row: object, place: str) -> ServiceAccount:
    if not isinstance(row, dict) or row.keys() != _FIELDS:
        raise ConfigError(f"{place}: expected an object with name, role and public_key, and nothing else")
    name, role = row["name"], row["role"]
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ConfigError(
            f"{place}: name: expected 1 to 64 of A-Za-z0-9._- that begin with a letter or digit, "
            "and neither with local- nor with public-"
        )
    if not isinstance(role, str) or role not in SERVICE_ROLES:
        raise ConfigError(f"{place}, {name}: role: expected one of {', '.join(sorted(SERVICE_ROLES))}")
    try:
        return ServiceAccount(name=name, role=Role(role), public_key=parse_public_key(row["public_key"]))
    except ValueError as error:
        raise ConfigError(f"{place}, {name}: public_key: expected {error}") from None


def _check_unambiguous(accounts: tuple[ServiceAccount, ...]) -> None:
    if len({one.public_key for one in accounts}) < len(accounts):
        raise ConfigError("expected each public_key once, received one twice")
    roles: dict[str, Role] = {}
    for one in accounts:
        if roles.setdefault(one.name, one.role) is not one.role:
            raise ConfigError(f"{one.name}: expected one role for all of its keys")
