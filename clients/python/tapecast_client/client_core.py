"""What a client is, whatever event loop it runs on: subscriptions and calls over any number of sessions."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tapecast_client.connection import Connection, ConnectionChange
from tapecast_client.driver import Driver, Once, TokenSource
from tapecast_client.errors import CallRefused, ClientError, NotConnected, RateLimited
from tapecast_client.events import ContinuityLost, Event, Match, Refused
from tapecast_client.follower import Callbacks, Follower
from tapecast_client.link import Link, Phase
from tapecast_client.live_book import LiveBook
from tapecast_client.paced_calls import PacedCalls
from tapecast_client.token_refresh import TokenRefresh
from tapecast_client.wamp_session import Done, WampSession

ANNOUNCEMENTS = "tapecast.system.announcements"
HEARTBEAT = "tapecast.system.heartbeat"
EXACT = Match.EXACT.value
SUBSCRIBE_AGAIN_S = 2.0

OnChange = Callable[[ConnectionChange], object]
OnPrice = Callable[[Event], object]


class ClientCore:
    """
    A client's subscriptions, calls and prices; the shells add how to start, stop and wait.

    It does nothing but through its driver, and calls back at once.

    Attributes:
        driver: The event loop that it runs on.
        connection: Its connection; `connection.session` is None while there is none.
    """

    def __init__(
        self,
        driver: Driver,
        *,
        token_source: TokenSource | None,
        first_delay_s: float = 0.5,
        longest_delay_s: float = 30.0,
    ) -> None:
        link = Link(
            random=driver.random,
            first_delay_s=first_delay_s,
            longest_delay_s=longest_delay_s,
            has_token_source=token_source is not None,
        )
        self.connection = Connection(driver, self, link=link, token_source=token_source)
        self.driver = driver
        self._calls = PacedCalls(driver)
        self._refresh = TokenRefresh(driver, token_source, self._take_role) if token_source is not None else None
        self._channels: dict[tuple[str, Match], _Channel] = {}
        self._prices: dict[str, list[tuple[OnPrice, Follower]]] = {}
        self._on_change: list[OnChange] = []

    def on_connection_change(self, callback: OnChange) -> None:
        """Tell this callback whatever becomes of the connection."""
        self._on_change.append(callback)

    def ask(self, procedure: str, arguments: Mapping[str, Any], done: Done) -> None:
        """
        Call a procedure on the session that is live.

        `done` takes the result, or a `CallRefused`, a `NotConnected` where there is no session, or a `ConnectionLost`
        where it ended before the answer.
        """
        session = self.connection.session
        if session is None:
            done(None, NotConnected(f"{procedure}: there is no session"))
            return

        def answered(result: Any, error: ClientError | None) -> None:
            if error is None:
                self.connection.link.receive_data()
            done(result, error)

        session.call(procedure, arguments, answered)

    def subscribe(
        self,
        uri: str,
        on_event: Callable[[Event], object],
        *,
        match: str = Match.EXACT,
        on_loss: Callable[[ContinuityLost], object] | None = None,
        on_refused: Callable[[Refused], object] | None = None,
    ) -> Follower:
        """
        Follow a topic, or all topics below a prefix, from now on and over all sessions to come.

        Args:
            uri: The topic or prefix.
            on_event: Takes the topic's state, then its events, in order and each once.
            match: `exact` or `prefix`.
            on_loss: Takes the news that events are missing; the state that follows goes to `on_event`. Without it the
                log is told.
            on_refused: Takes the news that the gateway does not let us read. Without it the log is told.

        Raises:
            ValueError: There is no such match.
        """
        return self._follow(uri, Match(match), Callbacks(on_event=on_event, on_loss=on_loss, on_refused=on_refused))

    def _follow(self, uri: str, match: Match, callbacks: Callbacks) -> Follower:
        if match is Match.PREFIX:
            # With and without its last dot a prefix is the same subscription.
            uri = uri.removesuffix(".")
        follower = Follower(uri, match, callbacks, driver=self.driver, calls=self._calls)
        channel = self._channels.get((uri, match))
        if channel is None:
            channel = self._channels[uri, match] = _Channel(uri, match, self.driver, self.connection, self._forget)
            channel.followers.append(follower)
            channel.subscribe()
        else:
            channel.add(follower)
        return follower

    def unsubscribe(self, follower: Follower) -> None:
        """Follow it no longer; nothing more is told."""
        follower.close()
        channel = self._channels.get((follower.uri, follower.match))
        if channel is not None and channel.remove(follower):
            self._forget(channel)

    def subscribe_prices(self, instruments: Iterable[str], on_price: OnPrice) -> None:
        """
        Give every price of these instruments to a callback; it can have others already.

        Raises:
            TypeError: They are one text, whose letters are no instruments.
        """
        if isinstance(instruments, str):
            raise TypeError(f"expected a list of instruments, received {instruments!r}")
        for instrument in instruments:
            follower = self.subscribe(f"tapecast.price.{instrument}", on_price)
            self._prices.setdefault(instrument, []).append((on_price, follower))

    def unsubscribe_prices(self, instruments: Iterable[str] | None = None, on_price: OnPrice | None = None) -> None:
        """Give prices no longer: of all instruments where none are named, to all callbacks where none is."""
        for instrument in list(self._prices) if instruments is None else instruments:
            kept = []
            for callback, follower in self._prices.pop(instrument, []):
                if on_price is None or callback == on_price:
                    self.unsubscribe(follower)
                else:
                    kept.append((callback, follower))
            if kept:
                self._prices[instrument] = kept

    def follow_book(
        self, venue: str, instrument: str, on_change: Callable[[LiveBook], object] | None = None
    ) -> LiveBook:
        """Keep a local order book; the callback is told of every change, also that the book is not certain any more."""
        book = LiveBook(venue=venue, instrument=instrument, report=self.driver.report, on_change=on_change)
        topic = f"tapecast.book.{venue}.{instrument}"
        book.follower = self.subscribe(topic, book.receive, on_loss=book.lose)
        return book

    def session_joined(self, session: WampSession, *, has_token: bool) -> None:
        """Subscribe anew, and find each topic's place in its stream."""
        self._calls.begin(session)
        session.subscribe(ANNOUNCEMENTS, EXACT, self._announced, on_revoked=_ignore, done=_ignore)
        session.subscribe(HEARTBEAT, EXACT, _ignore, on_revoked=_ignore, done=_ignore)
        if self._refresh is not None and has_token:
            self._refresh.begin(session)
        for channel in list(self._channels.values()):
            channel.subscribe()

    def session_lost(self) -> None:
        """Keep each topic's place until the next session."""
        self._calls.lose()
        if self._refresh is not None:
            self._refresh.lose()
        for channel in list(self._channels.values()):
            if channel.lose():
                self._forget(channel)

    def connection_changed(self, change: ConnectionChange) -> None:
        """Tell who asked to be told."""
        for callback in list(self._on_change):
            try:
                callback(change)
            except Exception as error:  # noqa: BLE001 - the user's code; whatever it is, the connection goes on
                self.driver.report("a callback failed", error)

    def _take_role(self, role: str) -> None:
        self.connection_changed(ConnectionChange(phase=Phase.LIVE, role=role))

    def _forget(self, channel: "_Channel") -> None:
        if self._channels.get((channel.uri, channel.match)) is channel:
            del self._channels[channel.uri, channel.match]

    def _announced(self, _topic: str | None, envelope: Mapping[str, Any]) -> None:
        payload = envelope.get("payload")
        if isinstance(payload, Mapping):
            self.connection.link.announce(payload.get("retry_after_ms"))


class _Channel:
    """One WAMP subscription, and all who follow it."""

    def __init__(
        self,
        uri: str,
        match: Match,
        driver: Driver,
        connection: Connection,
        on_end: "Callable[[_Channel], None]",
    ) -> None:
        self.uri = uri
        self.match = match
        self.followers: list[Follower] = []
        self._driver = driver
        self._connection = connection
        self._on_end = on_end
        self._subscription: int | None = None
        self._is_asked = False
        self._timer = Once(driver)

    def add(self, follower: Follower) -> None:
        """One more follows; where the subscription stands, it begins at once."""
        self.followers.append(follower)
        if self._subscription is not None:
            follower.begin()
        elif not self._is_asked:
            self.subscribe()

    def remove(self, follower: Follower) -> bool:
        """One less follows; say whether nobody does any more, and the subscription is given back."""
        if follower in self.followers:
            self.followers.remove(follower)
        return self._give_back()

    def subscribe(self) -> None:
        """Ask for the subscription on the session that is live."""
        session = self._connection.session
        if session is None:
            return
        self._is_asked = True
        self._timer.cancel()
        session.subscribe(self.uri, self.match.value, self._receive, on_revoked=self._revoked, done=self._answered)

    def lose(self) -> bool:
        """The session is over; say whether nobody follows any more."""
        self._subscription = None
        self._is_asked = False
        self._timer.cancel()
        for follower in list(self.followers):
            follower.lose()
        return not self.followers

    def _give_back(self) -> bool:
        session = self._connection.session
        if self.followers or (self._is_asked and session is not None):
            return False
        self._timer.cancel()
        if self._subscription is not None and session is not None:
            session.unsubscribe(self._subscription, self._receive)
        self._subscription = None
        return True

    def _receive(self, topic: str | None, envelope: Mapping[str, Any]) -> None:
        self._connection.link.receive_data()
        for follower in tuple(self.followers):
            follower.receive(topic, envelope)

    def _revoked(self) -> None:
        self._subscription = None
        for follower in list(self.followers):
            follower.lose()
        self._timer.set(SUBSCRIBE_AGAIN_S, self.subscribe)

    def _answered(self, subscription: Any, error: ClientError | None) -> None:
        if self._connection.session is None:
            return
        self._is_asked = False
        if error is None:
            self._subscription = subscription
            for follower in list(self.followers):
                follower.begin()
        elif isinstance(error, CallRefused) and self.followers:
            self._refused(error)
        if self._give_back():
            self._on_end(self)

    def _refused(self, error: CallRefused) -> None:
        if error.retry:
            announced_ms = error.retry_after_ms if isinstance(error, RateLimited) else None
            self._timer.set(max(SUBSCRIBE_AGAIN_S, (announced_ms or 0) / 1000), self.subscribe)
            return
        for follower in list(self.followers):
            follower.refuse(error)


def _ignore(*_args: object) -> None:
    """Do nothing about it."""
