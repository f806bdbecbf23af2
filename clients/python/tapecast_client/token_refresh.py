"""A new token for a session that lives longer than its token."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from tapecast_client.driver import Driver, Once, TokenSource
from tapecast_client.errors import CallRefused, ClientError, NoSuchProcedure
from tapecast_client.wamp_session import WampSession

AHEAD_S = 60.0
"""How long before a token expires the next one is asked for; for a short one, at half of its time."""
SOONEST_S = 5.0
RETRY_S = 10.0


def refresh_in_s(expires_at: str, gateway_time: str) -> float:
    """
    How long to wait before a token is renewed.

    Args:
        expires_at: When it expires, as the gateway says.
        gateway_time: What time it is there; our own clock may be wrong.

    Raises:
        ValueError: One of them is no time.
    """
    remaining_s = (datetime.fromisoformat(expires_at) - datetime.fromisoformat(gateway_time)).total_seconds()
    return max(SOONEST_S, remaining_s - AHEAD_S, remaining_s / 2)


class TokenRefresh:
    """
    Renews the token of each session before it expires.

    Where that fails it is tried again; if it never works, the gateway closes the connection, and the next one begins
    with a new token.
    """

    def __init__(self, driver: Driver, source: TokenSource, on_role: Callable[[str], None]) -> None:
        """
        Renew nothing yet.

        Args:
            driver: What runs the client.
            source: Gives tokens.
            on_role: Told the role of a session that is another since its token was renewed.
        """
        self._driver = driver
        self._source = source
        self._on_role = on_role
        self._timer = Once(driver)
        self._session: WampSession | None = None
        self._role: str | None = None

    def begin(self, session: WampSession) -> None:
        """A session joined with a token."""
        self._session = session
        session.call("tapecast.session.info", {}, lambda info, error: self._told(session, info, error))

    def lose(self) -> None:
        """The session is over."""
        self._session = self._role = None
        self._timer.cancel()

    def _told(self, session: WampSession, info: Any, error: ClientError | None) -> None:
        if session is not self._session:
            return
        if error is not None:
            self._timer.set(RETRY_S, lambda: self.begin(session))
        elif isinstance(info, Mapping) and isinstance(info.get("expires_at"), str):
            self._take_role(info.get("role"))
            expires_at: str = info["expires_at"]
            session.call("tapecast.session.ping", {}, lambda pong, error: self._plan(session, expires_at, pong, error))

    def _take_role(self, role: object) -> None:
        before, self._role = self._role, role if isinstance(role, str) else None
        if before is not None and self._role is not None and self._role != before:
            self._on_role(self._role)

    def _plan(self, session: WampSession, expires_at: str, pong: Any, error: ClientError | None) -> None:
        if session is not self._session:
            return
        delay_s = RETRY_S
        if error is None:
            try:
                delay_s = refresh_in_s(expires_at, pong["ts"])
            except (ValueError, TypeError, KeyError) as not_a_time:
                self._driver.report("the token's end cannot be read", not_a_time)
        self._timer.set(delay_s, lambda: self._renew(session))

    def _renew(self, session: WampSession) -> None:
        def fetched(token: str | None, error: Exception | None) -> None:
            if session is not self._session:
                return
            if error is not None or token is None:
                self._driver.report("there is no new token", error or "the source gave none")
                self._timer.set(RETRY_S, lambda: self._renew(session))
                return
            session.call("tapecast.session.refresh", {"token": token}, lambda _, error: self._renewed(session, error))

        self._driver.fetch(self._source, fetched)

    def _renewed(self, session: WampSession, error: ClientError | None) -> None:
        if session is not self._session or isinstance(error, NoSuchProcedure):
            return
        if error is None:
            self.begin(session)
            return
        if isinstance(error, CallRefused) and not error.retry:
            self._driver.report("the new token was refused", error)
        self._timer.set(RETRY_S, lambda: self._renew(session))
