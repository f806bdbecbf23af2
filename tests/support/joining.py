"""A WAMP client that joins once, tells what became of it, and leaves."""

from typing import Any

import attrs
from autobahn.twisted.wamp import ApplicationSession
from autobahn.twisted.websocket import WampWebSocketClientFactory
from autobahn.wamp.types import ComponentConfig
from twisted.internet import defer, reactor
from twisted.internet.endpoints import TCP4ClientEndpoint


@attrs.frozen(kw_only=True)
class Welcomed:
    """What WELCOME told the client."""

    authid: str
    role: str
    extra: dict[str, object] | None


@attrs.frozen
class Aborted:
    """What ABORT told the client."""

    reason: str
    text: str | None


class _Joining(ApplicationSession):
    def __init__(self, config: ComponentConfig, *, ticket: str | None, authid: str | None) -> None:
        super().__init__(config)
        self._ticket = ticket
        self._hello_authid = authid
        self.outcome: defer.Deferred[Welcomed | Aborted] = defer.Deferred()
        self.disconnected: defer.Deferred[None] = defer.Deferred()

    def onConnect(self) -> None:
        method = "anonymous" if self._ticket is None else "ticket"
        self.join(self.config.realm, [method], self._hello_authid)

    def onChallenge(self, _challenge: Any) -> str | None:
        return self._ticket

    def onJoin(self, details: Any) -> None:
        welcomed = Welcomed(authid=details.authid, role=details.authrole, extra=details.authextra)
        self.outcome.callback(welcomed)
        self.leave()

    def onLeave(self, details: Any) -> None:
        if not self.outcome.called:
            self.outcome.callback(Aborted(details.reason, details.message))
        self.disconnect()

    def onDisconnect(self) -> None:
        self.disconnected.callback(None)


async def join(port: int, realm: str, *, ticket: str | None = None, authid: str | None = None) -> Welcomed | Aborted:
    """Join over WebSocket on the loopback interface: by ticket where there is one, else as anonymous."""
    session = _Joining(ComponentConfig(realm=realm), ticket=ticket, authid=authid)
    factory = WampWebSocketClientFactory(lambda: session, url=f"ws://127.0.0.1:{port}/")
    await TCP4ClientEndpoint(reactor, "127.0.0.1", port).connect(factory)
    outcome = await session.outcome
    await session.disconnected
    return outcome
