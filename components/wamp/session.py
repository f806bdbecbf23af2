"""What a component needs of a WAMP session; Autobahn's session and the tests' recording one both have it."""

from collections.abc import Callable
from typing import Any, Protocol

from twisted.internet.defer import Deferred


class WampSession(Protocol):
    """The seam between a component and the realm."""

    def publish(self, topic: str, *args: object, **kwargs: Any) -> "Deferred[Any] | None":
        """Publish one event; with `options=PublishOptions(acknowledge=True)` a Deferred fires when it is out."""

    def register(self, endpoint: Callable[..., object], procedure: str, options: Any = None) -> "Deferred[Any]":
        """Answer a procedure from now on."""

    def call(self, procedure: str, *args: object, **kwargs: Any) -> "Deferred[Any]":
        """Call a procedure of another component."""


class Subscription(Protocol):
    """One subscription that stands."""

    def unsubscribe(self) -> "Deferred[Any]":
        """Get its events no longer."""


class SubscribingSession(WampSession, Protocol):
    """The seam for who also gets events."""

    def subscribe(self, handler: Callable[..., object], topic: str) -> "Deferred[Any]":
        """Get the events of a topic from now on; the Deferred gives the `Subscription`."""
