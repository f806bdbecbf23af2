"""`tapecast.stream.*`: who may read a topic is checked here, and its owner asked."""

import time
from collections.abc import Callable
from typing import Any

from auth.permissions import Action, Match, decide, may_read
from components.contract.errors import ErrorCode
from components.contract.roles import Role
from components.contract.topics import Owner, family_of, owners_below
from components.contract.uris import shown_uri
from components.model.errors import (
    AuthenticationRequired,
    CommandRejected,
    InvalidArgument,
    NotAuthorized,
    Unavailable,
    UnknownTopic,
)
from components.streams.stream import Streams
from components.wamp.procedures import Caller, Handler
from components.wamp.router_view import RouterView
from router.owners import Owners

_ELSEWHERE = (Owner.MARKET,)
"""Owners in processes of their own."""


class StreamQueries:
    """Answers about all topics: its own streams' here, the others' by their owner."""

    def __init__(self, streams: Streams, router: RouterView, owners: Owners) -> None:
        self._streams = streams
        self._router = router
        self._owners = owners

    def handlers(self) -> dict[str, Handler]:
        """What answers which procedure."""
        return {"tapecast.stream.get": self._get, "tapecast.stream.list": self._list}

    async def list_topics(self, role: Role, user_id: str, prefix: str) -> tuple[list[dict[str, Any]], list[str]]:
        """
        The topics below a prefix that a session may read, and the owners that are away, whose topics are missing.

        Args:
            role: The session's role.
            user_id: Its user.
            prefix: Matches whole components; an empty one is all.
        """
        rows: list[dict[str, Any]] = self._streams.rows(prefix)
        absent = []
        wanted = owners_below(prefix)
        for owner in _ELSEWHERE:
            if owner in wanted:
                try:
                    rows += await self._owners.ask(f"tapecast.{owner}.stream_list", prefix=prefix)
                except Unavailable:
                    absent.append(owner.value)
        readable = (row for row in rows if may_read(role, user_id, row["topic"]))
        return [{**row, "subscribers": self._router.count_subscribers(row["topic"])} for row in readable], absent

    async def _get(self, caller: Caller, topic: object) -> object:
        if not isinstance(topic, str):
            raise InvalidArgument("topic", "expected a string")
        refused = decide(caller.role, caller.user_id, Action.SUBSCRIBE, topic, Match.EXACT).error
        if refused is not None:
            raise _REFUSALS[refused](shown_uri(topic))
        family = family_of(topic)
        if family is None:
            raise _REFUSALS[ErrorCode.UNKNOWN_TOPIC](shown_uri(topic))
        if family.owner is Owner.ROUTER:
            return self._streams.open(topic).snapshot(now_ns=time.time_ns())
        return await self._owners.ask(f"tapecast.{family.owner}.stream_get", topic=topic)

    async def _list(self, caller: Caller, prefix: object = "") -> list[dict[str, Any]]:
        if not isinstance(prefix, str):
            raise InvalidArgument("prefix", "expected a string")
        rows, absent = await self.list_topics(caller.role, caller.user_id, prefix)
        if absent and Owner.ROUTER not in owners_below(prefix):
            raise Unavailable("the owner of these topics is away; try again")
        return rows


_REFUSALS: dict[ErrorCode, Callable[[str], CommandRejected]] = {
    ErrorCode.NOT_AUTHORIZED: lambda topic: NotAuthorized(f"{topic}: your role does not allow this"),
    ErrorCode.AUTHENTICATION_REQUIRED: lambda topic: AuthenticationRequired(f"{topic}: sign in to read this"),
    ErrorCode.UNKNOWN_TOPIC: lambda topic: UnknownTopic(f"there is no topic {topic}"),
    ErrorCode.INVALID_ARGUMENT: lambda _topic: InvalidArgument("topic", "expected the URI of one topic"),
}
