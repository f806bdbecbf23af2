"""`tapecast.stream.*`: who may read a topic is checked here, and its owner asked."""

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, DeferredList

from auth.permissions import Action, Match, decide, may_read
from components.contract.errors import ErrorCode
from components.contract.roles import Role
from components.contract.topics import Owner, TopicFamily, family_of, owners_below
from components.contract.uris import shown_uri
from components.model.errors import (
    AuthenticationRequired,
    CommandRejected,
    InvalidArgument,
    NotAuthorized,
    Unavailable,
    UnknownTopic,
)
from components.wamp.owners import Owners
from components.wamp.procedures import Caller, Handler
from components.wamp.router_view import RouterView
from router.own_streams import OwnStreams

MAX_EPOCH_CHARS = 64
LARGEST_SEQ = 2**53
"""The largest integer up to which JSON in a browser holds them all."""

_ELSEWHERE = (Owner.MARKET, Owner.TRADING)
"""Owners in processes of their own."""


class StreamQueries:
    """Answers about all topics: its own streams' here, the others' by their owner."""

    def __init__(
        self,
        own: OwnStreams,
        router: RouterView,
        owners: Owners,
        *,
        containers: tuple[str, ...],
        count_resume: Callable[[str, str], None],
    ) -> None:
        """
        Answer from what this process owns, and ask the others.

        Args:
            own: Knows this process's own streams.
            router: Knows who subscribes.
            owners: Are asked for theirs.
            containers: The processes that the node has: the topics of an owner that is none of them are not missed.
            count_resume: Counts one answer to who missed something, by the topic's family and what was told.
        """
        self._own = own
        self._router = router
        self._owners = owners
        self._containers = containers
        self._count_resume = count_resume

    def handlers(self) -> dict[str, Handler]:
        """What answers which procedure."""
        return {
            "tapecast.stream.get": self._get,
            "tapecast.stream.resume": self._resume,
            "tapecast.stream.list": self._list,
        }

    async def list_topics(self, role: Role, user_id: str, prefix: str) -> tuple[list[dict[str, Any]], list[str]]:
        """
        The topics below a prefix that a session may read, and the owners that are away, whose topics are missing.

        Args:
            role: The session's role.
            user_id: Its user.
            prefix: Matches whole components; an empty one is all.
        """
        rows: list[dict[str, Any]] = await self._own.rows(prefix)
        wanted = owners_below(prefix)
        asked = [owner for owner in _ELSEWHERE if owner in wanted]
        # All at once: one that does not answer costs no more time than two.
        asking = [Deferred.fromCoroutine(self._rows_of(owner, prefix)) for owner in asked]
        outcomes: list[tuple[bool, Any]] = await DeferredList(asking, consumeErrors=True)
        absent: list[str] = []
        for owner, (is_answered, answer) in zip(asked, outcomes, strict=True):
            if not is_answered:
                answer.raiseException()
            elif answer is not None:
                rows += answer
            elif owner.value in self._containers:
                absent.append(owner.value)
        readable = (row for row in rows if may_read(role, user_id, row["topic"]))
        return [{**row, "subscribers": self._router.count_subscribers(row["topic"])} for row in readable], absent

    async def _rows_of(self, owner: Owner, prefix: str) -> list[dict[str, Any]] | None:
        """What an owner lists; None where it is away."""
        try:
            rows: list[dict[str, Any]] = await self._owners.ask(f"tapecast.{owner}.stream_list", prefix=prefix)
        except Unavailable:
            return None
        return rows

    async def _get(self, caller: Caller, topic: object) -> object:
        readable, family = _readable(caller, topic)
        if family.owner is Owner.ROUTER:
            return await self._own.get(caller, readable)
        return await self._owners.ask(f"tapecast.{family.owner}.stream_get", topic=readable)

    async def _resume(self, caller: Caller, topic: object, epoch: object, seq: object) -> object:
        readable, family = _readable(caller, topic)
        if not isinstance(epoch, str) or not 0 < len(epoch) <= MAX_EPOCH_CHARS:
            raise InvalidArgument("epoch", f"expected a string of 1 to {MAX_EPOCH_CHARS} characters")
        # JSON's true is a number to Python.
        if not isinstance(seq, int) or isinstance(seq, bool) or not 0 <= seq <= LARGEST_SEQ:
            raise InvalidArgument("seq", "expected an integer from 0 to 2**53")
        if family.owner is Owner.ROUTER:
            resumed: dict[str, object] = await self._own.resume(caller, readable, epoch, seq)
        else:
            procedure = f"tapecast.{family.owner}.stream_resume"
            resumed = await self._owners.ask(procedure, topic=readable, epoch=epoch, seq=seq)
        self._count_resume(family.name, "recovered" if resumed["recovered"] else "snapshot")
        return resumed

    async def _list(self, caller: Caller, prefix: object = "") -> list[dict[str, Any]]:
        if not isinstance(prefix, str):
            raise InvalidArgument("prefix", "expected a string")
        rows, absent = await self.list_topics(caller.role, caller.user_id, prefix)
        if absent and Owner.ROUTER not in owners_below(prefix):
            raise Unavailable("the owner of these topics is away; try again")
        return rows


def _readable(caller: Caller, topic: object) -> tuple[str, TopicFamily]:
    """The topic that a session may subscribe to, and its family; everything else is refused as subscribing is."""
    if not isinstance(topic, str):
        raise InvalidArgument("topic", "expected a string")
    refused = decide(caller.role, caller.user_id, Action.SUBSCRIBE, topic, Match.EXACT).error
    if refused is not None:
        raise _REFUSALS[refused](shown_uri(topic))
    family = family_of(topic)
    if family is None:
        raise _REFUSALS[ErrorCode.UNKNOWN_TOPIC](shown_uri(topic))
    return topic, family


_REFUSALS: dict[ErrorCode, Callable[[str], CommandRejected]] = {
    ErrorCode.NOT_AUTHORIZED: lambda topic: NotAuthorized(f"{topic}: your role does not allow this"),
    ErrorCode.AUTHENTICATION_REQUIRED: lambda topic: AuthenticationRequired(f"{topic}: sign in to read this"),
    ErrorCode.UNKNOWN_TOPIC: lambda topic: UnknownTopic(f"there is no topic {topic}"),
    ErrorCode.INVALID_ARGUMENT: lambda _topic: InvalidArgument("topic", "expected the URI of one topic"),
}
