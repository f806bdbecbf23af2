"""What users are told of their sessions, on its way to the process that publishes it."""

from collections import deque

from twisted.internet.defer import maybeDeferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from components.wamp.router_view import SessionNews
from components.wamp.session import WampSession

TELL_SESSION = "tapecast.trading.tell_session"
MOST_ON_THE_WAY = 32
"""How many calls may wait for their answers: where many tokens end at once, orders are not held up for it."""

MOST_WAITING = 20_000
"""How many more may wait for their turn; the oldest goes where there is no room."""

_log = Logger(namespace="tapecast.node")


class NewsSender:
    """
    Hand news over one after the other, a few at a time.

    Where nobody takes them, as on a gateway without accounts, or the process that does is away, they are dropped:
    whoever is connected goes on, and learns the same by `tapecast.session.info`.
    """

    def __init__(self, session: WampSession) -> None:
        """Send on this session, which may call what is the gateway's own."""
        self._session = session
        self._waiting: deque[SessionNews] = deque(maxlen=MOST_WAITING)
        self._on_the_way = 0

    def send(self, news: SessionNews) -> None:
        """Hand over one, as soon as it is its turn."""
        self._waiting.append(news)
        self._go_on()

    def _go_on(self) -> None:
        while self._waiting and self._on_the_way < MOST_ON_THE_WAY:
            news = self._waiting.popleft()
            self._on_the_way += 1
            # What would be raised where the session is at its end is a failure like any other.
            called = maybeDeferred(
                self._session.call,
                TELL_SESSION,
                user_id=news.user_id,
                event=news.event,
                session=news.session_id,
                body=dict(news.body),
            )
            called.addErrback(_note_failure, news)
            called.addCallback(self._settle)

    def _settle(self, _answer: object) -> None:
        self._on_the_way -= 1
        self._go_on()


def _note_failure(failure: Failure, news: SessionNews) -> None:
    _log.debug(
        "{event} of session {session} is not told: {error}",
        event=news.event,
        session=news.session_id,
        error=failure.value,
    )
