"""The WAMP contract as one JSON document, made of its tables, for tools and for the developers' page."""

from typing import Any

from components.contract.envelope import EventType, Quality
from components.contract.errors import CLOSES, ErrorCode
from components.contract.http import STATUS_OF_ERRORS
from components.contract.meanings import (
    ARGUMENTS,
    MEANING_OF_DELIVERIES,
    MEANING_OF_ERRORS,
    MEANING_OF_ROLES,
    meaning_of_close,
)
from components.contract.payloads import PAYLOAD_FIELDS
from components.contract.procedures import PROCEDURES, Procedure
from components.contract.roles import TOKEN_ROLES, Access, Role
from components.contract.topics import TOPIC_FAMILIES, VARIABLES, Delivery, TopicFamily
from components.contract.version import VERSION

Json = dict[str, Any]

REALM = "tapecast"
SUBPROTOCOLS = ("wamp.2.json", "wamp.2.msgpack", "wamp.2.cbor")


def contract_document() -> Json:
    """The document; the same for all nodes of a version."""
    return {
        "name": "tapecast",
        "version": VERSION,
        "realm": REALM,
        "websocket": {"path": "/ws", "subprotocols": list(SUBPROTOCOLS)},
        "variables": {name.strip("{}"): pattern for name, pattern in VARIABLES.items()},
        "event_types": [kind.value for kind in EventType],
        "qualities": [quality.value for quality in Quality],
        "deliveries": [{"name": one.value, "content": MEANING_OF_DELIVERIES[one]} for one in Delivery],
        "topics": [_topic(family) for family in TOPIC_FAMILIES],
        "procedures": [_procedure(procedure) for procedure in PROCEDURES],
        "roles": [
            {"name": role.value, "from_token": role in TOKEN_ROLES, "content": MEANING_OF_ROLES[role]} for role in Role
        ],
        "errors": [_error(code) for code in ErrorCode],
        "closes": [
            {
                "reason": close.reason,
                "code": close.code,
                "come_back": close.come_back.value,
                "says_goodbye": close.says_goodbye,
                "content": meaning_of_close(close),
            }
            for close in CLOSES
        ],
    }


def _topic(family: TopicFamily) -> Json:
    return {
        "pattern": family.pattern,
        "name": family.name,
        "content": family.content,
        "delivery": family.delivery.value,
        "merged": family.is_merged,
        "readers": _access(family.readers),
        "owner": family.owner.value,
        "payload": list(PAYLOAD_FIELDS[family.name]),
    }


def _procedure(procedure: Procedure) -> Json:
    return {
        "uri": procedure.uri,
        "content": procedure.content,
        "arguments": [
            {
                "name": name,
                "kind": ARGUMENTS[name].kind.value,
                "required": name not in procedure.optional,
                "content": ARGUMENTS[name].content,
            }
            for name in procedure.arguments
        ],
        "callers": _access(procedure.callers),
        "owner": procedure.owner.value,
        "audited": procedure.is_audited,
    }


def _access(access: Access) -> Json:
    return {"any_of": _names(access.any_of), "own": _names(access.own)}


def _names(roles: frozenset[Role]) -> list[str]:
    return [role.value for role in Role if role in roles]


def _error(code: ErrorCode) -> Json:
    return {
        "code": code.value,
        "uri": code.uri,
        "retry": code.is_worth_a_retry,
        "http_status": STATUS_OF_ERRORS.get(code),
        "content": MEANING_OF_ERRORS[code],
    }
