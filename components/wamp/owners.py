"""The processes that own what this one does not: asked by procedure, and told apart from those that are away."""

from typing import Any

from autobahn.wamp.exception import ApplicationError, TransportLost

from components.contract.errors import ErrorCode
from components.model.errors import Unavailable
from components.wamp.session import WampSession

_AWAY = (ApplicationError.NO_SUCH_PROCEDURE, ErrorCode.UNAVAILABLE.uri, ApplicationError.CANCELED)
"""What the router answers where an owner has not registered yet, has just gone, or went while it was asked."""


class Owners:
    """Asks whoever has registered a procedure."""

    def __init__(self, session: WampSession, *, away: str = "the owner of this is away; try again") -> None:
        """
        Ask over a session.

        Args:
            session: Joined to the realm.
            away: What is said where nobody is there to answer.
        """
        self._session = session
        self._away = away

    async def ask(self, procedure: str, **arguments: object) -> Any:
        """
        What an owner answers.

        Raises:
            Unavailable: It is away.
            ApplicationError: It refuses.
        """
        try:
            return await self._session.call(procedure, **arguments)
        except TransportLost:
            raise Unavailable(self._away) from None
        except ApplicationError as error:
            if error.error in _AWAY:
                raise Unavailable(self._away) from None
            raise
