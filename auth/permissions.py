"""
What a session may do: one decision for every role, action, URI and match policy, taken from the contract's tables.

- What is not granted is refused.
- Only `gateway` publishes and registers, one URI at a time, and nothing that the contract lacks.
- A prefix or a wildcard is granted only where every topic that it can match is readable.
- Below `wamp.`, `admin` reads; `gateway` reads and ends; testaments are for nobody, since they publish.
"""

import enum
import re
from collections.abc import Sequence

import attrs

from auth.meta_api import META_COMMANDS, META_EVENTS, META_QUERIES
from components.contract.errors import ErrorCode
from components.contract.procedures import INTERNAL_PROCEDURES, PROCEDURE_BY_URI, PROCEDURES
from components.contract.roles import OPERATOR, Access, Role
from components.contract.topics import TOPIC_FAMILIES, component_fits, family_of
from components.contract.uris import user_component


class Action(enum.StrEnum):
    """What a session asks the router to do with a URI."""

    CALL = "call"
    REGISTER = "register"
    PUBLISH = "publish"
    SUBSCRIBE = "subscribe"


class Match(enum.StrEnum):
    """How the URI of a subscription or registration stands for others."""

    EXACT = "exact"
    PREFIX = "prefix"
    WILDCARD = "wildcard"


class Decision(enum.Enum):
    """Whether a session may, and what to answer where it may not."""

    ALLOWED = "allowed"
    NOT_AUTHORIZED = ErrorCode.NOT_AUTHORIZED.value
    AUTHENTICATION_REQUIRED = ErrorCode.AUTHENTICATION_REQUIRED.value
    UNKNOWN_TOPIC = ErrorCode.UNKNOWN_TOPIC.value
    INVALID_ARGUMENT = ErrorCode.INVALID_ARGUMENT.value
    NO_SUCH_PROCEDURE = "no_such_procedure"

    @property
    def is_allowed(self) -> bool:
        """Whether the router goes on."""
        return self is Decision.ALLOWED

    @property
    def error(self) -> ErrorCode | None:
        """The contract's code; None where it is allowed, and where the answer is `wamp.error.no_such_procedure`."""
        return _ERROR_OF[self]


_ERROR_OF = {
    decision: None if decision in (Decision.ALLOWED, Decision.NO_SUCH_PROCEDURE) else ErrorCode(decision.value)
    for decision in Decision
}


@attrs.frozen
class _Readable:
    components: tuple[str, ...]
    readers: Access
    user_place: int = attrs.field(init=False)

    @user_place.default
    def _find_user(self) -> int:
        return self.components.index("{user_id}") if self.readers.own else len(self.components)


_OF_FAMILY = {family.pattern: _Readable(family.components, family.readers) for family in TOPIC_FAMILIES}
_OF_META_EVENT = {uri: _Readable(tuple(uri.split(".")), OPERATOR) for uri in META_EVENTS}
_EVERY_TOPIC = (*_OF_FAMILY.values(), *_OF_META_EVENT.values())
_REGISTRABLE = frozenset(PROCEDURE_BY_URI) | frozenset(INTERNAL_PROCEDURES)
_META_CALLABLE = {Role.ADMIN: META_QUERIES, Role.GATEWAY: META_QUERIES | META_COMMANDS}
_CALLABLE = {
    role: frozenset(
        procedure.uri for procedure in PROCEDURES if role in procedure.callers.any_of | procedure.callers.own
    )
    | (_REGISTRABLE if role is Role.GATEWAY else frozenset())
    | _META_CALLABLE.get(role, frozenset())
    for role in Role
}
_COMPONENT = re.compile(r"[^\s.#]+")


def decide(role: Role, user_id: str, action: Action, uri: str, match: Match) -> Decision:
    """
    Say whether a session may do this.

    Another user's topic is `not_authorized` whether or not such a user exists.

    Args:
        role: The session's role.
        user_id: The session's user; decides only where a topic has an owner.
        action: What it asks for.
        uri: Of the topic or procedure; of a pattern, as the client sent it.
        match: How the URI is meant; a call or publication is always `exact`.
    """
    if action is Action.CALL:
        return _decide_call(role, uri)
    if action is Action.SUBSCRIBE:
        return _decide_topic(role, user_id, uri) if match is Match.EXACT else _decide_pattern(role, user_id, uri, match)
    # To sign in would not help: no role that is for tokens may do either.
    if role is not Role.GATEWAY or match is not Match.EXACT:
        return Decision.NOT_AUTHORIZED
    if action is Action.REGISTER:
        return Decision.ALLOWED if uri in _REGISTRABLE else Decision.NOT_AUTHORIZED
    return Decision.UNKNOWN_TOPIC if family_of(uri) is None else Decision.ALLOWED


def may_read(role: Role, user_id: str, topic: str) -> bool:
    """Whether a session may have the snapshot of a topic; never of one that the contract lacks."""
    return family_of(topic) is not None and _decide_topic(role, user_id, topic).is_allowed


def normalised_prefix(uri: str) -> str:
    """
    The one spelling of a prefix subscription: `tapecast.trades` and `tapecast.trades.` are the same.

    A topic matches by whole components where the topic with a dot behind it starts with this.
    """
    return uri if not uri or uri.endswith(".") else f"{uri}."


def _refused(role: Role) -> Decision:
    return Decision.AUTHENTICATION_REQUIRED if role is Role.PUBLIC else Decision.NOT_AUTHORIZED


def _decide_call(role: Role, uri: str) -> Decision:
    if uri in _CALLABLE[role]:
        return Decision.ALLOWED
    return _refused(role) if uri in PROCEDURE_BY_URI else Decision.NO_SUCH_PROCEDURE


def _decide_topic(role: Role, user_id: str, uri: str) -> Decision:
    family = family_of(uri)
    readable = _OF_META_EVENT.get(uri) if family is None else _OF_FAMILY[family.pattern]
    if readable is None:
        return Decision.UNKNOWN_TOPIC
    return Decision.ALLOWED if _reads(role, user_id, readable, uri.split(".")) else _refused(role)


def _decide_pattern(role: Role, user_id: str, uri: str, match: Match) -> Decision:
    named = _split_prefix(uri) if match is Match.PREFIX else uri.split(".")
    if not all(_COMPONENT.fullmatch(word) or (match is Match.WILDCARD and not word) for word in named):
        return Decision.INVALID_ARGUMENT
    matched = [readable for readable in _EVERY_TOPIC if _can_match(named, match, readable.components)]
    if not matched:
        return Decision.UNKNOWN_TOPIC
    return Decision.ALLOWED if all(_reads(role, user_id, one, named) for one in matched) else _refused(role)


def _split_prefix(uri: str) -> list[str]:
    return normalised_prefix(uri).split(".")[:-1]


def _can_match(named: Sequence[str], match: Match, components: Sequence[str]) -> bool:
    fits_in_length = len(named) <= len(components) if match is Match.PREFIX else len(named) == len(components)
    return fits_in_length and all(
        not word or component_fits(component, word) for component, word in zip(components, named, strict=False)
    )


def _reads(role: Role, user_id: str, readable: _Readable, named: Sequence[str]) -> bool:
    """Whether the session reads all topics of a family whose first components are those named, empty ones any."""
    if role is Role.GATEWAY or role in readable.readers.any_of:
        return True
    if role not in readable.readers.own or len(named) <= readable.user_place:
        return False
    return named[readable.user_place] == user_component(user_id)
