"""The operator's file of service accounts: what may be in it, and what is refused with a line that says where."""

import json
from typing import Any

import pytest

from auth.service_keys import MOST_ACCOUNTS, MOST_FILE_BYTES, ServiceAccount, parse_public_key, parse_service_keys
from components.contract.roles import Role
from components.model.errors import ConfigError

KEY, OTHER_KEY = "a1" * 32, "b2" * 32


def account(**changes: object) -> dict[str, object]:
    return {"name": "platform", "role": "service", "public_key": KEY, **changes}


def refusal(*rows: object) -> str:
    with pytest.raises(ConfigError) as raised:
        parse_service_keys(json.dumps(rows).encode())
    return str(raised.value)


def test_each_key_stands_for_an_account() -> None:
    """A program is found by its key, in either case of its digits, and by no other."""
    rows = [account(), account(name="ops.1", role="admin", public_key=OTHER_KEY.upper())]

    keys = parse_service_keys(json.dumps(rows).encode())

    assert keys.find(bytes.fromhex(KEY)) == ServiceAccount(
        name="platform", role=Role.SERVICE, public_key=bytes.fromhex(KEY)
    )
    found = keys.find(bytes.fromhex(OTHER_KEY))
    assert found is not None
    assert (found.name, found.role) == ("ops.1", Role.ADMIN)
    assert keys.find(b"x" * 32) is None


def test_nobody_is_a_list_too() -> None:
    """An operator who takes all accounts back leaves an empty one."""
    assert parse_service_keys(b"[]").accounts == ()


def test_a_program_may_change_its_key() -> None:
    """Both are good while it does."""
    keys = parse_service_keys(json.dumps([account(), account(public_key=OTHER_KEY)]).encode())

    assert [one.name for one in keys.accounts] == ["platform", "platform"]


@pytest.mark.parametrize("role", ["gateway", "trader", "issuer", "public", "trusted", "", None, 1, ["service"]])
def test_some_roles_are_for_nobody_with_a_key(role: object) -> None:
    """Least of all that of the gateway's own processes, or of somebody with an account."""
    assert "role: expected one of admin, risk, service" in refusal(account(role=role))


@pytest.mark.parametrize(
    "name", ["", "local-root", "public-1", "-x", "a b", "a\n", "x" * 65, "ü", "a/b", None, 7, "platform\x00"]
)
def test_names_are_plain_and_nobody_elses(name: object) -> None:
    """None can be taken for a session without a token, or for who comes over a local socket."""
    assert "name: expected" in refusal(account(name=name))


@pytest.mark.parametrize(
    "public_key",
    ["", "a1", "a1" * 33, "g1" * 32, "é" * 64, None, 5, "00" * 32, "01" + "00" * 31, "ed" + "ff" * 30 + "ff"],
)
def test_a_key_is_one(public_key: object) -> None:
    """What is no key is refused, and so is one that anybody can sign for, such as a placeholder of zeros."""
    text = refusal(account(), account(name="other", public_key=public_key))

    assert text.startswith("account 2, other: public_key: expected")


@pytest.mark.parametrize(
    "row", [[], "x", None, {}, {"name": "a", "role": "service"}, account(realm="tapecast"), account(publickey=KEY)]
)
def test_an_account_has_three_fields(row: object) -> None:
    """A slip of the pen is not passed over."""
    assert refusal(row).startswith("account 1: expected an object with name, role and public_key")


def test_no_key_and_no_name_means_two_things() -> None:
    """A key is one account's, and a name has one role."""
    assert "once" in refusal(account(), account(name="other"))
    assert "platform: expected one role" in refusal(account(), account(role="admin", public_key=OTHER_KEY))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"null",
        b"[",
        b'[{"name": "a", "name": "b", "role": "service", "public_key": ""}]',
        b"\xff",
        b" " * (MOST_FILE_BYTES + 1),
        json.dumps([{}] * (MOST_ACCOUNTS + 1)).encode(),
    ],
)
def test_the_file_is_a_list(content: bytes) -> None:
    """Anything else, and anything too large, is refused."""
    with pytest.raises(ConfigError, match="expected"):
        parse_service_keys(content)


@pytest.mark.parametrize("value", [KEY, KEY.upper()])
def test_a_key_is_read_as_clients_send_it(value: Any) -> None:
    """In hexadecimal, whichever case."""
    assert parse_public_key(value) == bytes.fromhex(KEY)
