"""The contract as a document: everything that its tables say, and words for all of it."""

import pytest

from components.contract.document import contract_document
from components.contract.errors import CLOSES, ErrorCode
from components.contract.meanings import ARGUMENTS
from components.contract.payloads import PAYLOAD_FIELDS
from components.contract.procedures import PROCEDURES
from components.contract.roles import TOKEN_ROLES, Access, Role
from components.contract.topics import TOPIC_FAMILIES, VARIABLES
from components.contract.version import VERSION
from tests.support.documents import read

DOCUMENT = contract_document()
UNPUBLISHED = {"signals", "auctions"}


def access(told: dict[str, list[str]]) -> Access:
    """Who may, as the tables have it."""
    return Access(any_of=frozenset(map(Role, told["any_of"])), own=frozenset(map(Role, told["own"])))


def test_every_topic_is_told() -> None:
    """Pattern, content, class, readers and owner, in the contract's order."""
    assert [
        (one["pattern"], one["content"], one["delivery"], one["merged"], access(one["readers"]), one["owner"])
        for one in DOCUMENT["topics"]
    ] == [(one.pattern, one.content, one.delivery, one.is_merged, one.readers, one.owner) for one in TOPIC_FAMILIES]


def test_every_procedure_is_told() -> None:
    """Arguments in order, which of them may be left out, callers, owner and content."""
    assert [
        (
            one["uri"],
            tuple(argument["name"] for argument in one["arguments"]),
            frozenset(argument["name"] for argument in one["arguments"] if not argument["required"]),
            access(one["callers"]),
            one["owner"],
            one["content"],
        )
        for one in DOCUMENT["procedures"]
    ] == [(one.uri, one.arguments, one.optional, one.callers, one.owner, one.content) for one in PROCEDURES]


def test_every_error_close_and_role_is_told() -> None:
    """With what to do about it, and in words."""
    assert [(one["code"], one["retry"]) for one in DOCUMENT["errors"]] == [
        (code, code.is_worth_a_retry) for code in ErrorCode
    ]
    assert [(one["reason"], one["code"], one["come_back"], one["says_goodbye"]) for one in DOCUMENT["closes"]] == [
        (one.reason, one.code, one.come_back, one.says_goodbye) for one in CLOSES
    ]
    assert [one["name"] for one in DOCUMENT["roles"]] == list(Role)
    assert {one["name"] for one in DOCUMENT["roles"] if one["from_token"]} == TOKEN_ROLES
    for table in ("errors", "closes", "roles", "deliveries", "topics", "procedures"):
        assert all(one["content"] for one in DOCUMENT[table])


def test_it_says_of_which_version_it_is() -> None:
    """Whoever keeps a copy knows how old it is, and where to connect."""
    assert DOCUMENT["version"] == VERSION
    assert DOCUMENT["websocket"]["path"] == "/ws"
    assert {f"{{{name}}}" for name in DOCUMENT["variables"]} == set(VARIABLES)


def test_every_argument_has_a_meaning() -> None:
    """Each that a procedure takes, and none that no procedure takes."""
    assert set(ARGUMENTS) == {name for procedure in PROCEDURES for name in procedure.arguments}


@pytest.mark.parametrize("family", [family.name for family in TOPIC_FAMILIES])
def test_fields_of_a_payload_are_those_of_the_reference(family: str) -> None:
    """Each field that is named is described in the reference of the wire, or of risk."""
    text = read("docs/reference/wire.md") + read("docs/reference/risk.md") + read("docs/reference/orders.md")

    assert bool(PAYLOAD_FIELDS[family]) is (family not in UNPUBLISHED)
    assert [name for name in PAYLOAD_FIELDS[family] if f"`{name}" not in text and f" {name}" not in text] == []
