"""What becomes of sessions: their joins and ends as the router tells them, to whoever wants to know for a while."""

from collections.abc import Callable, Collection
from typing import Any

from twisted.internet.defer import DeferredLock

from components.contract.roles import TOKEN_ROLES
from components.model.sessions import JoinedSession
from components.wamp.owners import Owners
from components.wamp.session import SubscribingSession, Subscription

ON_JOIN, ON_LEAVE = "wamp.session.on_join", "wamp.session.on_leave"
LIST_SESSIONS = "tapecast.node.list_sessions"


class SessionWatch:
    """
    Watch the sessions of the realm while that is wanted, as the router has work with each join that is watched.

    A session without a token, and one of the gateway's own, joins unseen: it can have any user's name. The ends of all
    sessions are told, by number.

    Attributes:
        is_on: Whether every join and end is told from here on.
    """

    def __init__(
        self, session: SubscribingSession, *, on_join: Callable[[str], None], on_leave: Callable[[int], None]
    ) -> None:
        """
        Watch nothing yet.

        Args:
            session: Joined to the realm.
            on_join: Called with the user's id when a session has joined.
            on_leave: Called with a session's number when it has ended.
        """
        self.is_on = False
        self._session = session
        self._router = Owners(session, away="the router does not tell who is connected; try again")
        self._on_join = on_join
        self._on_leave = on_leave
        self._changing = DeferredLock()
        self._subscriptions: list[Subscription] = []

    async def begin(self) -> None:
        """
        Watch from now on; what happened before is not told, but `list_sessions` tells what it led to.

        Raises:
            ApplicationError: The router refused.
        """
        await self._changing.acquire()
        try:
            if not self.is_on:
                for topic, handler in ((ON_LEAVE, self._receive_leave), (ON_JOIN, self._receive_join)):
                    self._subscriptions.append(await self._session.subscribe(handler, topic))
                self.is_on = True
        finally:
            self._changing.release()

    async def end(self) -> None:
        """
        Watch no longer.

        Raises:
            ApplicationError: The router refused.
        """
        await self._changing.acquire()
        try:
            self.is_on = False
            subscriptions, self._subscriptions = self._subscriptions, []
            for subscription in subscriptions:
                await subscription.unsubscribe()
        finally:
            self._changing.release()

    async def list_sessions(self, user_ids: Collection[str]) -> list[JoinedSession]:
        """
        The sessions of some users that are joined now.

        Raises:
            Unavailable: Whoever knows is away.
        """
        listed: Any = await self._router.ask(LIST_SESSIONS, user_ids=list(user_ids))
        return [JoinedSession(**one) for one in listed]

    def _receive_join(self, details: dict[str, Any]) -> None:
        if details["authrole"] in TOKEN_ROLES:
            self._on_join(details["authid"])

    def _receive_leave(self, session_id: int, *_more: object) -> None:
        self._on_leave(session_id)
