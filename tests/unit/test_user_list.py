"""A file of users, as it is read."""

import json

import pytest

from auth.user_list import MOST_FILE_BYTES, read_user_list
from auth.users import ANYBODY, Standing
from components.model.errors import ProviderFault

CLOSED = Standing(is_active=False)


def test_the_default_is_said_of_whoever_is_not_named() -> None:
    """Who is named is what is said there, limits and all."""
    content = b'{"default": {"active": false}, "users": {"alice": {"active": true, "connections": 20}}}'

    users = read_user_list(content)

    assert users.find("alice") == Standing(is_active=True, connections=20)
    assert users.find("bob") == CLOSED


def test_nobody_need_be_named() -> None:
    """A file of a default alone is one."""
    assert read_user_list(b'{"default": {"active": true}, "users": {}}').find("alice") == ANYBODY


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "line 1: expected JSON"),
        (b'{"default": {"active": true},\n "users": {', "line 2: expected JSON"),
        (b"\xff", "expected JSON in UTF-8 that names nothing twice"),
        (b'{"default": {"active": true}, "default": {"active": false}, "users": {}}', "names nothing twice"),
        (b'{"default": {"active": true}, "users": {"a": {"active": true}, "a": {"active": false}}}', "nothing twice"),
        (b"[" * 100_000, "expected JSON"),
        (b"[]", "expected an object with default and users"),
        (b'{"default": {"active": true}}', "expected an object with default and users"),
        (b'{"users": {}}', "expected an object with default and users"),
        (b'{"default": {"active": true}, "users": {}, "more": 1}', "expected an object with default and users"),
        (b'{"default": true, "users": {}}', "default: expected an object"),
        (b'{"default": {"active": true}, "users": []}', "users: expected an object with a standing"),
        (b'{"default": {"active": true}, "users": {"alice": {"aktive": true}}}', "users: 'alice': there is no field"),
        (b'{"default": {"active": true}, "users": {"": {"active": true}}}', "users: expected 1 to 128 bytes"),
        (b" " * (MOST_FILE_BYTES + 1), "expected at most 16777216 bytes"),
    ],
    ids=range(15),
)
def test_anything_else_is_refused_by_its_place(content: bytes, text: str) -> None:
    """Of a file that is wrong anywhere nothing is believed."""
    with pytest.raises(ProviderFault, match=text):
        read_user_list(content)


def test_user_ids_are_as_in_tokens() -> None:
    """Whatever a token can name can be named here."""
    content = json.dumps({"default": {"active": True}, "users": {"zoë@example.com": {"active": False}}})

    assert read_user_list(content.encode()).find("zoë@example.com") == CLOSED
