"""The shell of what users are told of their sessions: the router says it, and this process owns the topic."""

from collections.abc import Callable

from components.contract.topics import PREFIX
from components.model.arguments import user_id_of
from components.model.errors import Unavailable
from components.streams.component import StreamPublisher
from components.trading.payloads import topic_of
from components.trading.session_news import NewsRate, read_news
from components.wamp.procedures import Caller, Handler


class SessionNewsPublisher:
    """Answers `tapecast.trading.tell_session`, and publishes `user.{user_id}.session`."""

    def __init__(self, publisher: StreamPublisher, *, wall_clock_ns: Callable[[], int]) -> None:
        """Answer nothing yet; the clock tells UNIX nanoseconds."""
        self._publisher = publisher
        self._wall_clock_ns = wall_clock_ns
        self._rate = NewsRate()

    def handlers(self) -> dict[str, Handler]:
        """What answers which procedure."""
        return {f"{PREFIX}.trading.tell_session": self._tell}

    def _tell(
        self, _caller: Caller, user_id: object, event: object, session: object = None, body: object = None
    ) -> dict[str, object]:
        """Publish one piece of news, and say whether that was not one too many."""
        named = user_id_of("user_id", user_id)
        payload = read_news(event, session, {} if body is None else body)
        if not self._publisher.has_room:
            raise Unavailable("more comes in than can be written down at present; try again")
        now_ns = self._wall_clock_ns()
        is_told = self._rate.take(named, str(payload["event"]), now_ns=now_ns)
        if is_told:
            self._publisher.publish(topic_of(named, "session"), payload, ts_ns=now_ns)
        return {"told": is_told}
