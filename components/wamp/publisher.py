"""Publishing no faster than the router takes it."""

from collections.abc import Callable

from autobahn.wamp.exception import TransportLost
from autobahn.wamp.types import PublishOptions
from twisted.internet.defer import Deferred, succeed
from twisted.python.failure import Failure

from components.contract.envelope import Envelope
from components.wamp.session import WampSession

ACKNOWLEDGE_EVERY = 256
MAX_OUTSTANDING = 2
MAX_UNACKNOWLEDGED = 4096
"""Events behind the last acknowledgement that is due: what is asked for singly need not wait before."""


class PacedPublisher:
    """
    Publish events, and know when to wait for the router.

    Every `ACKNOWLEDGE_EVERY`-th event is acknowledged by the router. While `MAX_OUTSTANDING` acknowledgements are due
    it is not ready: what the router has not taken then stays bounded, here and in the transport. It does not refuse
    what is published all the same, so that the events of one message stay together.
    """

    def __init__(
        self,
        session: WampSession,
        *,
        on_ready: Callable[[], None],
        on_failure: Callable[[], None],
        on_acknowledged: Callable[[int], None] = lambda _position: None,
    ) -> None:
        """
        Publish on a session.

        Args:
            session: Joined to the realm.
            on_ready: Called when it is ready again, as soon as an acknowledgement has come or failed.
            on_failure: Called for every event that failed, or whose acknowledgement did.
            on_acknowledged: Called with the position of an event that the router has, and with it all before.
        """
        self._session = session
        self._on_ready = on_ready
        self._on_acknowledged = on_acknowledged
        self._waiting_for_rest: list[Deferred[None]] = []
        self._on_failure = on_failure
        self._since_acknowledged = 0
        self._outstanding = 0
        self._is_lost = False

    @property
    def is_ready(self) -> bool:
        """Whether the router keeps up, and is there at all."""
        return not self._is_lost and self._outstanding < MAX_OUTSTANDING

    @property
    def has_room(self) -> bool:
        """Whether what cannot be put off may be published all the same: the router is there, and not far behind."""
        return self.is_ready or (not self._is_lost and self._since_acknowledged < MAX_UNACKNOWLEDGED)

    def publish(self, topic: str, event: Envelope, *, position: int = 0, is_last: bool = False) -> None:
        """
        Publish one event; once the session is gone, nothing is published and it is never ready again.

        Args:
            topic: Where it goes.
            event: What clients get.
            position: Its place among all events, for who is told of acknowledgements.
            is_last: Whether it may be the last for a while, and is to be acknowledged for that.
        """
        self._since_acknowledged += 1
        wants_acknowledgement = is_last or self._since_acknowledged >= ACKNOWLEDGE_EVERY
        try:
            if wants_acknowledgement and self._outstanding < MAX_OUTSTANDING:
                self._publish_acknowledged(topic, event, position)
            else:
                self._session.publish(topic, **event)
        except TransportLost:
            self._is_lost = True
            self._on_failure()

    def when_quiet(self) -> "Deferred[None]":
        """A Deferred that fires when no acknowledgement is due."""
        if not self._outstanding:
            return succeed(None)
        waiting: Deferred[None] = Deferred()
        self._waiting_for_rest.append(waiting)
        return waiting

    def _publish_acknowledged(self, topic: str, event: Envelope, position: int) -> None:
        acknowledged = self._session.publish(topic, options=PublishOptions(acknowledge=True), **event)
        self._since_acknowledged = 0
        if acknowledged is not None:
            self._outstanding += 1
            acknowledged.addCallbacks(
                lambda _publication: self._receive_acknowledgement(position), self._receive_failure
            )

    def _receive_acknowledgement(self, position: int) -> None:
        self._on_acknowledged(position)
        self._settle_one()

    def _receive_failure(self, _failure: Failure) -> None:
        self._on_failure()
        self._settle_one()

    def _settle_one(self) -> None:
        self._outstanding -= 1
        self._on_ready()
        if not self._outstanding:
            released, self._waiting_for_rest = self._waiting_for_rest, []
            for waiting in released:
                waiting.callback(None)
