"""The shell of the market data: feeds in, events and answers out, at the pace that the router takes them."""

import functools
import time
from collections.abc import Callable, Collection, Sequence

from twisted.internet.defer import gatherResults
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure

from components.contract.envelope import NS_PER_MS, NS_PER_S
from components.contract.topics import Delivery, Owner, family_of
from components.marketdata.book.book_queries import BookQueries
from components.marketdata.candle.candle_queries import CandleQueries
from components.marketdata.feed import Feed, FeedState, ReferenceFeed
from components.marketdata.feed_intake_component import FeedIntake, HealthPart
from components.marketdata.feeds_component import Changer, FeedAdministration, Followed
from components.marketdata.inbox import DEFAULT_CAPACITY, Inbox
from components.marketdata.instruments import Instruments
from components.marketdata.intake_component import IntakeVenues
from components.marketdata.market import Market
from components.marketdata.market_state import Publication
from components.marketdata.pipeline import Pipeline
from components.marketdata.price.preference import Preference
from components.marketdata.price.price_alerts_component import PriceAlerts
from components.marketdata.queries import MarketQueries, instrument_and_venue
from components.metrics.market import MarketMetrics
from components.model.errors import Unavailable
from components.model.market import Instrument, MarketEvent
from components.streams.answers import Ownership
from components.streams.component import StreamPublisher
from components.streams.stream import Streams
from components.wamp.audit_reports import AuditReports
from components.wamp.procedures import register_procedures
from components.wamp.session import WampSession

TURN_BUDGET_NS = 4 * NS_PER_MS
"""How long one reactor turn may go on with messages before everything else gets its turn."""

BATCH_LENGTH = 32

ADVANCE_INTERVAL_S = 0.1
"""How often the market is told that time goes by."""


class MarketData:
    """
    Publish what the feeds tell, and answer for it.

    A reactor turn works on messages for `TURN_BUDGET_NS` at most, and not at all while the router is behind; what
    comes meanwhile waits in bounded inboxes. A message that cannot be read stops nothing.
    """

    _log = Logger()

    def __init__(  # noqa: PLR0913 - what the market is made of
        self,
        session: WampSession,
        clock: IReactorTime,
        feeds: Sequence[Feed],
        *,
        market: Market,
        keep: Callable[[str, Collection[str]], None],
        on_fault: Callable[[], None],
        streams: Streams,
        metrics: MarketMetrics,
        inbox_capacity: int = DEFAULT_CAPACITY,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
        wall_clock_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        """
        Wire the feeds to the realm; nothing happens before `start`.

        Args:
            session: Joined to the realm.
            clock: Gives the reactor turns in which messages are worked on.
            feeds: Sources of messages, the one whose prices count most first.
            market: What the feeds' messages are made into; it knows the venues of all feeds, and follows the same. The
                events of venues that it knows besides are handed in by call.
            keep: Writes down what a venue follows, so that a new start follows the same; raises OSError.
            on_fault: Called once a bug of ours is logged; what is published can be wrong from then on.
            streams: The market's, still empty, and their journal.
            metrics: Where everything is counted.
            inbox_capacity: How many messages of one feed may wait for the decoder.
            monotonic_ns: This process's monotonic clock.
            wall_clock_ns: What time it is, UNIX nanoseconds, for what is handed in by call.
        """
        self._session = session
        self._clock = clock
        self._feeds = tuple(feeds)
        self._metrics = metrics
        self._monotonic_ns = monotonic_ns
        self._instruments = Instruments()
        self._never_listed = set(market.following.chosen)
        self._feeds_to_list = sum(market.is_venue(feed.venue) for feed in feeds)
        self._market = market
        self._price_alerts = PriceAlerts(market.prices, metrics.prices, monotonic_ns=monotonic_ns)
        self._feed_clocks = _clocks(feeds)
        self._wall_clock_ns = wall_clock_ns
        clocks = {**dict.fromkeys(market.clocks, wall_clock_ns), **self._feed_clocks}
        self._queries = MarketQueries(streams, self._market.prices, self._instruments, clocks=clocks)
        self._book_queries = BookQueries(streams, self._market.books, self._instruments, now_ns=self._queries.now_ns)
        candle_queries = CandleQueries(streams, self._market.candles, self._instruments)
        self._publisher = StreamPublisher(
            session, streams, self._ownership(), on_ready=self._wake, on_failure=metrics.count_publish_failure
        )
        self._intakes = tuple(
            self._intake(name, feed, inbox_capacity) for name, feed in zip(_names(feeds), feeds, strict=True)
        )
        self._administration = self._make_administration(keep)
        self._audit = AuditReports(session, clock=clock, wall_clock_ns=wall_clock_ns)
        self._handed_in = self._intake_venues()
        self._answering = (self._queries, self._book_queries, candle_queries, self._handed_in)
        self._turn: IDelayedCall | None = None
        self._on_fault = on_fault
        self._advancing = LoopingCall(self._advance)
        self._advancing.clock = clock
        self._is_time_due = False
        self._is_stopped = False
        self._watch_venues()

    async def start(self) -> None:
        """
        Go on where the journal ends, answer procedures from now on, and let the feeds begin.

        Raises:
            ConfigError: The journal cannot be used.
            FirstError: The router refused to register a procedure.
        """
        await self._publisher.start()
        self._publisher.forget(lambda topic: not self._market.following.has(*instrument_and_venue(topic)))
        self._publisher.begin_epoch(_is_gapped)
        handlers = [item for one in self._answering for item in one.handlers().items()]
        guarded = {uri: self._publisher.guard(handler) for uri, handler in handlers}
        administered = self._audit.audited(self._administration.handlers())
        await register_procedures(self._session, {**guarded, **self._publisher.handlers(), **administered})
        for intake, feed in zip(self._intakes, self._feeds, strict=True):
            self._list_instruments(intake, feed)
            if isinstance(feed, ReferenceFeed):
                feed.follow(lambda: self._instruments.wanted(self._market.following.chosen))
            feed.start(intake)
        advancing = self._advancing.start(ADVANCE_INTERVAL_S, now=False)
        advancing.addErrback(self._report_fault)

    async def stop(self) -> None:
        """
        End the feeds and drop what still waits; the procedures go with the session.

        Raises:
            FirstError: A feed failed to end.
        """
        self._is_stopped = True
        self._audit.stop()
        if self._advancing.running:
            self._advancing.stop()
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None
        stopping = [feed.stop() for feed in self._feeds]
        for intake in self._intakes:
            intake.pipeline.inbox.clear()
            intake.release()
        await gatherResults(stopping, consumeErrors=True)
        await self._publisher.stop()

    def health(self) -> list[HealthPart]:
        """How all sources of events and the journal are, parts of the report: `name`, `state`, `reason`, `age_ms`."""
        parts = [intake.health() for intake in self._intakes]
        return [*parts, *self._handed_in.health(), *self._publisher.health()]

    def _make_administration(self, keep: Callable[[str, Collection[str]], None]) -> FeedAdministration:
        return FeedAdministration(
            {feed.venue: (feed, intake) for feed, intake in zip(self._feeds, self._intakes, strict=True)},
            Followed(following=self._market.following, keep=keep),
            self._instruments,
            Changer(follow=self._follow, forget=self._forget, prefer=self._prefer),
            self._market.clocks,
            self._market.prices,
            wall_clock_ns=self._wall_clock_ns,
        )

    def _watch_venues(self) -> None:
        for venue, venue_clock in self._market.clocks.items():
            self._metrics.watch_clock(venue, venue_clock)
            self._metrics.watch_books(venue, self._market.books)

    def _intake_venues(self) -> IntakeVenues:
        return IntakeVenues(
            [venue for venue in self._market.clocks if venue not in self._feed_clocks],
            self._market,
            take_in=self._take_in,
            wall_clock_ns=self._wall_clock_ns,
            monotonic_ns=self._monotonic_ns,
        )

    def _ownership(self) -> Ownership:
        return Ownership(
            owner=Owner.MARKET,
            now_ns=self._queries.now_ns,
            check=self._queries.check_topic,
            state=self._book_queries.state,
        )

    def _intake(self, name: str, feed: Feed, inbox_capacity: int) -> FeedIntake:
        pipeline = Pipeline(
            Inbox(feed.peek, capacity=inbox_capacity),
            feed.decoder,
            venue=feed.venue,
            market=self._market,
            numbering=self._publisher,
            instruments=self._instruments,
        )
        for state in (FeedState.CONNECTING, FeedState.LIVE, FeedState.SILENT):
            self._metrics.watch_connections(name, state.value, count=functools.partial(_count_in, feed, state))
        return FeedIntake(
            name,
            pipeline,
            metrics=self._metrics,
            feed_ns=feed.now_ns,
            monotonic_ns=self._monotonic_ns,
            on_message=self._wake,
            on_disconnection=functools.partial(self._disconnect, feed),
        )

    def _list_instruments(self, intake: FeedIntake, feed: Feed) -> None:
        def add(listed: tuple[Instrument, ...]) -> None:
            self._follow_listed(feed.venue, listed)
            if listed:
                self._miss_instruments({one.instrument_id for one in listed})

        def note_failure(failure: Failure) -> None:
            self._metrics.count_feed_error(intake.name, "no_instruments")
            self._log.warn("{feed}: instruments unknown: {error}", feed=intake.name, error=failure.getErrorMessage())

        feed.list_instruments().addCallbacks(add, note_failure)

    def _follow_listed(self, venue: str, listed: tuple[Instrument, ...]) -> None:
        following = self._market.following
        self._take_rules(venue, tuple(one for one in listed if following.has(one.instrument_id, venue)))

    def _disconnect(self, feed: Feed, instruments: Collection[str] | None) -> None:
        self._market.prices.receive_disconnection(feed.venue, instruments, now_ns=self._monotonic_ns())
        self._market.candles.receive_disconnection(feed.venue, instruments, received_ns=feed.now_ns())

    def _take_rules(self, venue: str, rules: tuple[Instrument, ...]) -> None:
        self._instruments.add(venue, rules)
        now_ns = self._monotonic_ns()
        self._publish_all(self._market.list_instruments(venue, rules, now_ns=now_ns), now_ns)

    def _follow(self, venue: str, rules: tuple[Instrument, ...]) -> None:
        self._market.following.add(venue, [one.instrument_id for one in rules])
        self._take_rules(venue, rules)

    def _forget(self, venue: str, instruments: tuple[str, ...]) -> None:
        for intake, feed in zip(self._intakes, self._feeds, strict=True):
            if feed.venue == venue:
                intake.pipeline.inbox.discard(instruments)
        now_ns = self._monotonic_ns()
        topics = self._market.forget(venue, instruments, now_ns=now_ns)
        self._publish_all(self._market.prices.take_farewells(), now_ns)
        self._publisher.forget(topics.__contains__)
        self._instruments.remove(venue, instruments)
        for instrument_id in instruments:
            if not self._market.following.has(instrument_id):
                self._metrics.forget_instrument(instrument_id)

    def _prefer(self, venue: str, duration_s: int) -> None:
        now_ns = self._said_until_ns()
        preference = Preference(venue=venue, until_ns=now_ns + duration_s * NS_PER_S)
        self._publish_all(self._market.prices.prefer(preference, now_ns=now_ns), now_ns)

    def _miss_instruments(self, listed: set[str]) -> None:
        self._never_listed -= listed
        self._feeds_to_list -= 1
        if self._never_listed and not self._feeds_to_list and not self._handed_in.venues:
            self._log.warn(
                "TAPECAST_INSTRUMENTS: no feed has {instruments}", instruments=", ".join(sorted(self._never_listed))
            )

    def _wake(self) -> None:
        if self._turn is None and not self._is_stopped and self._publisher.is_ready:
            self._turn = self._clock.callLater(0, self._run_turn)

    def _run_turn(self) -> None:
        self._turn = None
        try:
            self._work()
        except Exception:  # noqa: BLE001 - whatever it is, it is a bug
            self._report_fault(Failure())

    def _report_fault(self, failure: Failure) -> None:
        self._log.failure("the market has failed; this is a bug in the gateway", failure=failure)
        self._on_fault()

    def _work(self) -> None:
        if self._is_time_due:
            self._advance()
        deadline_ns = self._monotonic_ns() + TURN_BUDGET_NS
        while self._publisher.is_ready and self._work_round() and self._monotonic_ns() < deadline_ns:
            pass
        for reason, count in self._market.lines.take_ignored().items():
            self._metrics.count_ignored(reason.value, count)
        tally = self._market.candles.take_tally()
        self._metrics.candles.count(checked=tally.checked, differing=tally.differing, late_trades=tally.late_trades)
        self._price_alerts.report_refusals()
        for intake in self._intakes:
            intake.report_overflow()
            intake.release()
        if any(intake.pipeline.inbox for intake in self._intakes):
            self._wake()

    def _work_round(self) -> bool:
        has_worked = False
        for intake in self._intakes:
            for message in intake.pipeline.take(BATCH_LENGTH):
                has_worked = True
                self._publish(intake.process(message), ts_ns=intake.feed_ns(), arrived_ns=message.arrived_ns)
        return has_worked

    def _advance(self) -> None:
        self._is_time_due = not self._publisher.is_ready
        if self._is_time_due:
            return
        now_ns = self._said_until_ns()
        self._publish_all(self._market.advance(now_ns=now_ns, venue_times_ns=self._times_ns()), now_ns)
        for request in self._market.books.take_requests(now_ns=now_ns):
            for feed in self._feeds:
                if feed.venue == request.venue:
                    feed.request_book(request.instrument_id, is_urgent=request.is_urgent)
        for wanted in self._market.candles.take_requests():
            for feed in self._feeds:
                if feed.venue == wanted.venue:
                    feed.request_bars(
                        wanted.instrument_id, wanted.interval.name, start_ns=wanted.start_ns, end_ns=wanted.end_ns
                    )

    def _said_until_ns(self) -> int:
        # What waits was said when it came: nobody is silent because we are behind.
        waiting_ns = [intake.pipeline.inbox.oldest_arrival_ns for intake in self._intakes]
        return min([self._monotonic_ns(), *(one for one in waiting_ns if one is not None)])

    def _times_ns(self) -> dict[str, int]:
        times_ns = dict.fromkeys(self._market.clocks.keys() - self._feed_clocks.keys(), self._wall_clock_ns())
        for feed, intake in zip(self._feeds, self._intakes, strict=True):
            waiting_ns = intake.pipeline.inbox.oldest_received_ns
            time_ns = feed.now_ns() if waiting_ns is None else waiting_ns
            times_ns[feed.venue] = min(time_ns, times_ns.get(feed.venue, time_ns))
        return times_ns

    def _take_in(self, events: list[MarketEvent]) -> None:
        """
        Publish what events lead to that were handed in by call.

        Raises:
            Unavailable: The router or the journal is behind.
        """
        if not self._publisher.is_ready:
            raise Unavailable("more comes in than goes out at present; try again")
        arrived_ns = self._monotonic_ns()
        for event in events:
            publications = self._market.apply(event, now_ns=arrived_ns)
            self._instruments.note(event.venue, event.instrument_id)
            self._publish(publications, ts_ns=self._wall_clock_ns(), arrived_ns=arrived_ns)

    def _publish_all(self, publications: list[Publication], arrived_ns: int) -> None:
        times_ns = self._times_ns()
        for one in publications:
            self._publish([one], ts_ns=times_ns[str(one.meta["source"])], arrived_ns=arrived_ns)

    def _publish(self, publications: list[Publication], *, ts_ns: int, arrived_ns: int) -> None:
        for one in publications:
            if one.begins_epoch:
                self._publisher.begin_epoch(one.topic.__eq__)
            self._publisher.publish(one.topic, one.payload, ts_ns=ts_ns, meta=one.meta)
            if one.family == "status":
                self._price_alerts.report_status(one)
            self._metrics.count_event(
                family=one.family,
                source=str(one.meta["source"]),
                instrument_id=one.instrument_id,
                latency_ns=self._monotonic_ns() - arrived_ns,
            )


def _count_in(feed: Feed, state: FeedState) -> int:
    """How many of a feed's connections are in a state."""
    return sum(one.state is state for one in feed.connections())


def _clocks(feeds: Sequence[Feed]) -> dict[str, Callable[[], int]]:
    clocks: dict[str, Callable[[], int]] = {}
    for feed in feeds:
        clocks.setdefault(feed.venue, feed.now_ns)
    return clocks


def _is_gapped(topic: str) -> bool:
    """Whether a stream's continuity with the venue ends with the process."""
    family = family_of(topic)
    return family is not None and family.delivery is Delivery.GAPPED


def _names(feeds: Sequence[Feed]) -> list[str]:
    venues = [feed.venue for feed in feeds]
    return [
        venue if venues[:index].count(venue) == 0 else f"{venue}-{venues[:index].count(venue) + 1}"
        for index, venue in enumerate(venues)
    ]
