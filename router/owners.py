"""The processes that own what the router does not: asked by procedure, and told apart from those that are away."""

from typing import Any

from autobahn.wamp.exception import ApplicationError

from components.contract.errors import ErrorCode
from components.model.errors import Unavailable
from components.wamp.session import WampSession

_AWAY = ("wamp.error.no_such_procedure", ErrorCode.UNAVAILABLE.uri)


class Owners:
    """Asks whoever has registered a procedure."""

    def __init__(self, session: WampSession) -> None:
        self._session = session

    async def ask(self, procedure: str, **arguments: object) -> Any:
        """
        What an owner answers.

        Raises:
            Unavailable: It is away.
            ApplicationError: It refuses.
        """
        try:
            return await self._session.call(procedure, **arguments)
        except ApplicationError as error:
            if error.error in _AWAY:
                raise Unavailable("the owner of this is away; try again") from None
            raise
