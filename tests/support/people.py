"""Sessions of several users on one running gateway, and what each is answered."""

from collections.abc import Awaitable
from typing import Any

import attrs
from autobahn.twisted.websocket import WampWebSocketClientFactory
from autobahn.wamp.exception import ApplicationError
from autobahn.wamp.serializer import CBORSerializer, JsonSerializer, MsgPackSerializer
from autobahn.wamp.types import ComponentConfig
from twisted.internet import reactor

from components.contract.errors import ERROR_PREFIX
from tests.support.node import RunningNode
from tests.support.routers import REALM, Client

ROLES = {"desk": "risk", "house": "issuer", "platform": "service", "operator": "admin"}
"""Who is what; everybody else is a trader, and `public` has no token."""

SERIALIZERS = {"json": JsonSerializer, "msgpack": MsgPackSerializer, "cbor": CBORSerializer}


@attrs.frozen(kw_only=True)
class Outcome:
    """
    What came of something that was asked for.

    Attributes:
        code: `ok`, or the error's code, which is its whole URI where it is none of ours.
        answer: What was answered; None where it was refused.
        said: The keyword arguments of the refusal.
    """

    code: str
    answer: Any = None
    said: dict[str, Any] = attrs.field(factory=dict)


async def outcome_of(asked: Awaitable[Any]) -> Outcome:
    """What comes of it."""
    try:
        return Outcome(code="ok", answer=await asked)
    except ApplicationError as error:
        return Outcome(code=error.error.removeprefix(ERROR_PREFIX), said=dict(error.kwargs))


class Person(Client):
    """
    A client with the token of a user.

    Attributes:
        name: The user; `public` has none.
    """

    def __init__(self, name: str, token: str | None) -> None:
        super().__init__(ComponentConfig(REALM))
        self.name = name
        self._token = token

    def onConnect(self) -> None:
        self.join(REALM, ["anonymous" if self._token is None else "ticket"])

    def onChallenge(self, _challenge: Any) -> str | None:
        return self._token

    async def ask(self, procedure: str, **arguments: Any) -> Outcome:
        """Call a procedure of ours, named without its first word."""
        return await outcome_of(self.call(f"tapecast.{procedure}", **arguments))

    async def get(self, procedure: str, **arguments: Any) -> Any:
        """The answer of a procedure that does not refuse."""
        outcome = await self.ask(procedure, **arguments)
        assert outcome.code == "ok", (self.name, procedure, outcome)
        return outcome.answer


async def join_as(node: RunningNode, name: str, *, serializer: str = "msgpack") -> Person:
    """Join a running gateway as somebody, in the role that goes with the name."""
    token = None if name == "public" else node.token(name, ROLES.get(name, "trader"))
    person = Person(name, token)
    serializers = [SERIALIZERS[serializer]()]
    factory = WampWebSocketClientFactory(lambda: person, node.websocket_url, serializers=serializers)
    reactor.connectTCP("127.0.0.1", node.port, factory)
    await person.joined
    return person
