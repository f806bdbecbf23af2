"""What an operator tells many at once: what it says, how urgent it is, to whom, and how often."""

import collections
import enum

import attrs

from components.contract.envelope import NS_PER_MS, NS_PER_S, Payload
from components.contract.roles import Role
from components.contract.topics import PREFIX, TOPIC_FAMILIES
from components.contract.uris import user_component
from components.model.arguments import one_of, text_of, user_id_of
from components.model.audit import holds_token
from components.model.errors import InvalidArgument, RateLimited

LONGEST_MESSAGE_CHARS = 1_000
MOST_A_MINUTE = 20
BROADCAST = "broadcast"

EVERYONE = f"{PREFIX}.system.announcements"
ROLES = tuple(role.value for role in (Role.TRADER, Role.RISK, Role.ISSUER, Role.ADMIN))
"""Those with a topic of their own; `service` reads none, and whoever is `public` reads what everyone does."""

FAMILIES = tuple(family.name for family in TOPIC_FAMILIES if not family.name.startswith("admin."))
"""What can be spoken of; that there is a topic everyone may know, whoever may read it."""

_MINUTE_NS = 60 * NS_PER_S


class BroadcastType(enum.StrEnum):
    """What an operator speaks of."""

    ANNOUNCEMENT = "announcement"
    INCIDENT = "incident"
    MAINTENANCE = "maintenance"


class Urgency(enum.StrEnum):
    """How much it matters."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


@attrs.frozen(kw_only=True)
class Broadcast:
    """
    One message to many.

    Attributes:
        message: For people.
        kind: What it is about.
        severity: How much it matters.
        role: Who alone is told; None is not by role.
        topic_family: The topics that it concerns; everyone is told, and may heed it or not.
        user_id: Who alone is told; None is not one user.
    """

    message: str
    kind: BroadcastType = BroadcastType.ANNOUNCEMENT
    severity: Urgency = Urgency.INFO
    role: str | None = None
    topic_family: str | None = None
    user_id: str | None = None

    @property
    def topic(self) -> str:
        """Where it is read."""
        if self.user_id is not None:
            return f"{PREFIX}.user.{user_component(self.user_id)}.session"
        return EVERYONE if self.role is None else f"{PREFIX}.role.{self.role}.announcements"

    def body(self) -> Payload:
        """What it says."""
        return {"type": self.kind.value, "severity": self.severity.value, "message": self.message}

    def payload(self) -> Payload:
        """An event of the topics of announcements."""
        audience = {"role": self.role, "topic_family": self.topic_family}
        named = {name: value for name, value in audience.items() if value is not None}
        return {**self.body(), "reason": BROADCAST, "audience": named, "retry_after_ms": None}


def read_broadcast(
    message: object,
    *,
    kind: object = None,
    severity: object = None,
    role: object = None,
    topic_family: object = None,
    user_id: object = None,
) -> Broadcast:
    """
    What an operator handed over, checked.

    Raises:
        InvalidArgument: An argument does not fit, or it is for two audiences.
    """
    named = {name: value for name, value in _named(role, topic_family, user_id).items() if value is not None}
    if len(named) > 1:
        second = list(named)[1]
        raise InvalidArgument(second, f"expected at most one of role, topic_family, user_id, received {len(named)}")
    return Broadcast(
        message=_message_of(message),
        kind=BroadcastType(one_of("type", BroadcastType.ANNOUNCEMENT if kind is None else kind, list(BroadcastType))),
        severity=Urgency(one_of("severity", Urgency.INFO if severity is None else severity, list(Urgency))),
        role=None if role is None else one_of("role", role, ROLES),
        topic_family=None if topic_family is None else one_of("topic_family", topic_family, FAMILIES),
        user_id=None if user_id is None else user_id_of("user_id", user_id),
    )


def _named(role: object, topic_family: object, user_id: object) -> dict[str, object]:
    return {"role": role, "topic_family": topic_family, "user_id": user_id}


def _message_of(value: object) -> str:
    if value is None:
        raise InvalidArgument("message", "is required")
    text = text_of("message", value)
    if not text.isprintable() or not 0 < len(text) <= LONGEST_MESSAGE_CHARS:
        raise InvalidArgument("message", f"expected 1 to {LONGEST_MESSAGE_CHARS} printable characters")
    if holds_token(text):
        raise InvalidArgument("message", "expected words, received something in the form of a token")
    return text


class BroadcastRate:
    """
    How many broadcasts a minute there may be, of all operators together: each goes to everyone, and to the disk.

    Sans-I/O.
    """

    def __init__(self) -> None:
        """Begin without any."""
        self._taken: collections.deque[int] = collections.deque()

    def take(self, *, now_ns: int) -> None:
        """
        Count one.

        Raises:
            RateLimited: It is one too many.
        """
        while self._taken and now_ns - self._taken[0] >= _MINUTE_NS:
            self._taken.popleft()
        if len(self._taken) >= MOST_A_MINUTE:
            wait_ns = self._taken[0] + _MINUTE_NS - now_ns
            raise RateLimited("broadcasts", limit=MOST_A_MINUTE, retry_after_ms=-(-wait_ns // NS_PER_MS))
        self._taken.append(now_ns)
