"""The connection to the gateway: it opens sockets and sessions as the link decides, and opens them again."""

from collections.abc import Callable
from typing import Any, Protocol

import attrs

from tapecast_client.closes import ComeBack, Ending, ending_of_close, ending_of_refusal
from tapecast_client.driver import Driver, Once, TokenSource, Transport
from tapecast_client.errors import CallRefused, ConnectionLost
from tapecast_client.link import Check, Link, Phase
from tapecast_client.wamp_session import WampSession

REALM = "tapecast"
CHECK_S = 1.0
CLOSE_S = 2.0
"""How long the gateway has to answer our close."""


@attrs.frozen(kw_only=True)
class ConnectionChange:
    """
    What the connection has become.

    Attributes:
        phase: `opening`, `live`, `waiting` (to open it again), or `ended` for good.
        role: Of the session that is live, such as `public` or `trader`.
        reason: Why it ended or waits: the close's URI where the gateway gave one, else words.
        error: The refusal, or whatever kept an attempt from becoming a connection.
        retry_in_s: How long it waits.
    """

    phase: Phase
    role: str | None = None
    reason: str | None = None
    error: Exception | None = None
    retry_in_s: float | None = None


class ConnectionOutput(Protocol):
    """Whoever uses the sessions."""

    def session_joined(self, session: WampSession, *, has_token: bool) -> None:
        """A session is live."""

    def session_lost(self) -> None:
        """It is over."""

    def connection_changed(self, change: ConnectionChange) -> None:
        """The connection is something else than before."""


class Connection:
    """
    One session at a time, opened again whenever it is lost, until it is stopped or told not to come back.

    Attributes:
        link: What decides; `link.phase` tells how it is.
        session: The session that is live, None while none is.
    """

    def __init__(
        self, driver: Driver, output: ConnectionOutput, *, link: Link, token_source: TokenSource | None
    ) -> None:
        self.link = link
        self.session: WampSession | None = None
        self._driver = driver
        self._output = output
        self._token_source = token_source
        self._attempt: _Attempt | None = None
        self._retry = Once(driver)
        self._watch = Once(driver)

    @property
    def has_ended(self) -> bool:
        """Whether it has ended for good, and nothing of it is open any more."""
        return self.link.phase is Phase.ENDED and self._attempt is None

    def start(self) -> None:
        """Connect, and stay connected."""
        if self.link.phase is Phase.IDLE:
            self._open()

    def stop(self) -> None:
        """Say goodbye and close; nothing is opened again."""
        if self.link.phase is Phase.ENDED:
            return
        self._retry.cancel()
        attempt, session = self._attempt, self.session
        self.link.stop()
        if session is None:
            self._end("stopped", attempt)
            return
        session.leave()
        self._watch.set(CLOSE_S, lambda: self._end("stopped", attempt))

    def _open(self) -> None:
        self.link.open(now_ns=self._driver.now_ns())
        attempt = self._attempt = _Attempt(self)
        self._watch.set(CHECK_S, lambda: self._check(attempt))
        self._output.connection_changed(ConnectionChange(phase=Phase.OPENING))
        if self._token_source is None:
            self._connect(attempt, None)
            return

        def fetched(token: str | None, error: Exception | None) -> None:
            if error is None:
                self._connect(attempt, token)
            else:
                self.lose(attempt, Ending(reason="there is no token", come_back=ComeBack.YES, error=error))

        self._driver.fetch(self._token_source, fetched)

    def _connect(self, attempt: "_Attempt", token: str | None) -> None:
        if attempt is self._attempt and self.link.phase is Phase.OPENING:
            attempt.token = token
            attempt.abort = self._driver.open(attempt)

    def _check(self, attempt: "_Attempt") -> None:
        wanted = self.link.check(now_ns=self._driver.now_ns())
        if wanted is Check.CUT:
            self.lose(attempt, Ending(reason="the gateway is silent", come_back=ComeBack.YES))
            return
        if wanted is Check.ASK and self.session is not None:
            self.session.call("tapecast.session.ping", {}, lambda _result, _error: None)
        self._watch.set(CHECK_S, lambda: self._check(attempt))

    def joined(self, attempt: "_Attempt", session: WampSession, role: str) -> None:
        """An attempt became a session."""
        if attempt is not self._attempt or self.link.phase is not Phase.OPENING:
            return
        self.link.join(now_ns=self._driver.now_ns())
        self.session = session
        self._output.session_joined(session, has_token=attempt.token is not None)
        self._output.connection_changed(ConnectionChange(phase=Phase.LIVE, role=role))

    def heard(self) -> None:
        """A message came."""
        self.link.hear(now_ns=self._driver.now_ns())

    def lose(self, attempt: "_Attempt", ending: Ending) -> None:
        """An attempt, or the session that it became, is over."""
        if attempt is not self._attempt:
            return
        if self.link.phase is Phase.ENDED:
            self._end("stopped", attempt)
            return
        delay_s = self.link.lose(ending)
        if delay_s is not None:
            self._retry.set(delay_s, self._open)
        phase = self.link.phase
        self._drop(attempt)
        if self.link.phase is not phase:
            # Somebody who waited for an answer has stopped the client for the loss of it.
            return
        self._output.connection_changed(
            ConnectionChange(phase=self.link.phase, reason=ending.reason, error=ending.error, retry_in_s=delay_s)
        )

    def _end(self, reason: str, attempt: "_Attempt | None") -> None:
        if attempt is not None:
            self._drop(attempt)
        self._output.connection_changed(ConnectionChange(phase=Phase.ENDED, reason=reason))

    def _drop(self, attempt: "_Attempt") -> None:
        self._watch.cancel()
        self._attempt = None
        session, self.session = self.session, None
        if session is not None:
            self._output.session_lost()
        attempt.drop()


class _Attempt:
    """One attempt, and the session that comes of it."""

    def __init__(self, connection: Connection) -> None:
        self.token: str | None = None
        self.abort: Callable[[], None] = lambda: None
        self._connection = connection
        self._session: WampSession | None = None
        self._transport: Transport | None = None
        self._refusal: CallRefused | None = None
        self._goodbye: str | None = None

    def opened(self, transport: Transport) -> None:
        """Say hello."""
        self._transport = transport
        self._session = WampSession(transport.send, self, token=self.token)
        self._session.hello(REALM)

    def received(self, message: Any) -> None:
        """Hand a message to the session."""
        self._connection.heard()
        if self._session is not None:
            self._session.receive(message)

    def closed(self, code: int | None, reason: str | None, error: Exception | None = None) -> None:
        """Say what it was that ended."""
        if self._refusal is not None:
            ending = ending_of_refusal(self._refusal, code, reason)
        else:
            ending = ending_of_close(code, reason, goodbye=self._goodbye)
            if error is not None:
                ending = attrs.evolve(ending, reason=str(error) or type(error).__name__, error=error)
        self._connection.lose(self, ending)

    def joined(self, role: str) -> None:
        """The gateway let us in."""
        if self._session is not None:
            self._connection.joined(self, self._session, role)

    def refused(self, error: CallRefused) -> None:
        """Keep why; the close that follows says whether to come back."""
        self._refusal = error

    def left(self, reason: str) -> None:
        """Keep why; the close follows."""
        self._goodbye = reason
        if self._transport is not None:
            self._transport.close()

    def drop(self) -> None:
        """End what is left of it, with an error for everyone who waits for an answer."""
        session, self._session = self._session, None
        if session is not None:
            session.lose(ConnectionLost("the connection ended before the answer came"))
        self.abort()
