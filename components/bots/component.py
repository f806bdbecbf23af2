"""The shell of bots: takes their reports in, and tells how they are."""

from collections.abc import Callable

from components.bots.bot_reports import bot_body, bot_id_of, bots_body, read_report
from components.bots.bots import STALE_ALERT, BotChange, Bots
from components.bots.facts import encode_fact
from components.contract.envelope import Payload, format_time
from components.contract.topics import PREFIX
from components.contract.uris import user_component
from components.model.alerts import AlertDesk
from components.model.platform_reports import BotReport
from components.streams.component import StreamPublisher
from components.streams.stream import Streams
from components.wamp.account_access import account_of
from components.wamp.procedures import Caller, Handler


class BotsComponent:
    """
    Answer `bots.*`, and publish `user.{user_id}.bots`.

    It satisfies `BotKeeper`. What is done through it is written down at once, within the transaction that is open, if
    any.
    """

    def __init__(
        self,
        bots: Bots,
        publisher: StreamPublisher,
        streams: Streams,
        alerts: AlertDesk,
        *,
        wall_clock_ns: Callable[[], int],
    ) -> None:
        """
        Answer nothing yet.

        Args:
            bots: One of the publisher's parts.
            publisher: Writes down and tells what happens to bots.
            streams: The publisher's.
            alerts: Who is told of a bot that has fallen silent.
            wall_clock_ns: What time it is, UNIX nanoseconds.
        """
        self._bots = bots
        self._publisher = publisher
        self._streams = streams
        self._alerts = alerts
        self._wall_clock_ns = wall_clock_ns

    def start(self) -> None:
        """Listen from now on; to be called when the publisher has started."""
        self._bots.begin(now_ns=self._wall_clock_ns())

    def handlers(self) -> dict[str, Handler]:
        """What answers which procedure, to be guarded by the publisher."""
        return {f"{PREFIX}.bots.report": self._report, f"{PREFIX}.bots.list": self._list}

    def receive_handed_in(self, reports: list[BotReport], *, now_ns: int) -> None:
        """
        Take in a platform's reports of bots, all of them or none.

        Raises:
            InvalidArgument: A user would have too many.
        """
        self._bots.receive_handed_in(reports, now_ns=now_ns)
        self._write()

    def advance(self, now_ns: int) -> None:
        """See who has fallen silent; to be called about once a second."""
        self._bots.advance(now_ns=now_ns)
        self._write()

    def _report(
        self, caller: Caller, bot_id: object, name: object, status: object, performance: object = None
    ) -> Payload:
        known_as, told = bot_id_of(bot_id), read_report(name, status, performance)
        now_ns = self._wall_clock_ns()
        self._bots.report(caller.user_id, known_as, told, now_ns=now_ns)
        self._write(caller.correlation_id)
        return {"bot_id": known_as, "status": told.status.value, "reported_at": format_time(now_ns)}

    def _list(self, caller: Caller, user_id: object = None) -> Payload:
        account = account_of(caller, user_id)
        stream = self._streams.open(_topic(account))
        return {
            "bots": [bot_body(bot) for bot in self._bots.of(account)],
            "epoch": stream.epoch,
            "seq": stream.seq,
        }

    def _write(self, correlation_id: str | None = None) -> None:
        """Write down what has happened, and tell each user once; a correlation id is of the call that led to it."""
        changes = self._bots.take()
        if not changes:
            return
        last = {change.fact.user_id: change for change in changes}
        with self._publisher.joined_transaction():
            for change in changes:
                self._publisher.record(self._bots.name, encode_fact(change.fact))
            for change in last.values():
                self._publish(change, correlation_id=correlation_id)
            for change in changes:
                self._alert(change)

    def _publish(self, change: BotChange, *, correlation_id: str | None) -> None:
        user_id = change.fact.user_id
        self._publisher.publish(
            _topic(user_id),
            bots_body(change.bot, self._bots.of(user_id)),
            ts_ns=change.fact.ts_ns,
            correlation_id=correlation_id,
        )

    def _alert(self, change: BotChange) -> None:
        if change.alarm is not None:
            self._alerts.raise_alert(change.alarm, now_ns=change.fact.ts_ns)
        if change.ends_alarm:
            self._alerts.resolve_alert(change.fact.user_id, STALE_ALERT, now_ns=change.fact.ts_ns)


def _topic(user_id: str) -> str:
    return f"{PREFIX}.user.{user_component(user_id)}.bots"
