"""The shell of one followed instrument: what it is worth, whether that can be relied on, and its book where needed."""

from collections.abc import Callable, Sequence

import attrs

from components.contract.envelope import Quality
from components.contract.topics import PREFIX, Delivery
from components.model.accounts import Mark
from components.trading.live.followed_topic_component import FollowedTopic, Realm, Receiver
from components.trading.live.market_readings import read_book, read_mark
from components.trading.live.markets import Level
from components.trading.live.stream_follower import Event


@attrs.frozen(kw_only=True)
class MarketListener:
    """
    Who is told of the markets.

    Attributes:
        on_book_snapshot: A whole book came: of which instrument, bids and asks.
        on_book_deltas: Levels of it changed.
        on_book_lost: What was told of the book counts no more, until a whole one comes.
        on_mark: An instrument is worth something else, or what it is worth has become doubtful.
    """

    on_book_snapshot: Callable[[str, Sequence[Level], Sequence[Level]], None]
    on_book_deltas: Callable[[str, Sequence[Level], Sequence[Level]], None]
    on_book_lost: Callable[[str], None]
    on_mark: Callable[[str, Mark], None]


class FollowedInstrument:
    """
    Follow the price and the status of one instrument, and the book of one venue where that is wanted.

    Attributes:
        mark: What the instrument is worth; None where nothing was told.
        venue: Whose book is followed; None where none is.
        is_for_rate: Whether its price tells what a currency is worth in another.
        kept_until_s: Until when it is followed whether it is needed or not, by the reactor's clock.
    """

    def __init__(
        self, realm: Realm, instrument_id: str, listener: MarketListener, *, wall_clock_ns: Callable[[], int]
    ) -> None:
        """
        Follow nothing yet.

        Args:
            realm: What all topics have in common.
            instrument_id: Which instrument.
            listener: Who is told.
            wall_clock_ns: What time it is, UNIX nanoseconds.
        """
        self.mark: Mark | None = None
        self.venue: str | None = None
        self.is_for_rate = False
        self.kept_until_s = 0.0
        self._realm = realm
        self._instrument_id = instrument_id
        self._listener = listener
        self._wall_clock_ns = wall_clock_ns
        self._is_away = False
        self._book: FollowedTopic | None = None
        # The status first: the price's state, which comes after it, says how it is now.
        self._prices = (
            self._topic("status", Delivery.LOSSLESS, Receiver(self._take_status, lambda: None)),
            self._topic("price", Delivery.CONFLATED, Receiver(self._take_price, self._doubt)),
        )

    def vouch(self, now_ns: int) -> None:
        """The market's process answers: what it told last, and does not call stale, is what it says now."""
        if self.mark is not None and not self.mark.is_stale and self.mark.ts_ns < now_ns:
            self.mark = attrs.evolve(self.mark, ts_ns=now_ns)

    def start(self) -> None:
        """Follow the price and the status."""
        for topic in self._prices:
            topic.start()

    def follow_book(self, venue: str) -> None:
        """Follow the book of a venue, in the place of another's."""
        if venue == self.venue:
            return
        self.leave_book()
        self.venue = venue
        self._book = self._topic(f"book.{venue}", Delivery.GAPPED, Receiver(self._take_book, self._lose_book))
        if self._is_away:
            self._book.lose()
        self._book.start()

    def leave_book(self) -> None:
        """Follow no book any more."""
        if self._book is not None:
            self._book.stop()
            self._lose_book()
            self.venue = self._book = None

    @property
    def is_answered(self) -> bool:
        """Whether everything was asked for once, the book too."""
        return self._book is not None and all(topic.is_answered for topic in self._topics)

    async def when_answered(self) -> None:
        """Return when everything was asked for once, whatever the answers, or the market's process is away."""
        for topic in self._topics:
            await topic.when_answered()

    def stop(self) -> None:
        """Follow nothing any more."""
        self.leave_book()
        for topic in self._prices:
            topic.stop()

    def lose(self) -> None:
        """The market's process is away."""
        self._is_away = True
        for topic in self._topics:
            topic.lose()

    def resume(self) -> None:
        """The market's process is back."""
        self._is_away = False
        for topic in self._topics:
            topic.resume()

    @property
    def _topics(self) -> tuple[FollowedTopic, ...]:
        return self._prices if self._book is None else (*self._prices, self._book)

    def _topic(self, family: str, delivery: Delivery, receiver: Receiver) -> FollowedTopic:
        return FollowedTopic(self._realm, f"{PREFIX}.{family}.{self._instrument_id}", delivery, receiver)

    def _take_price(self, event: Event, _is_whole: bool) -> None:  # noqa: FBT001 - the signature of a `Receiver`
        if not event["payload"]:
            self._doubt()
            return
        self._take_mark(read_mark(event, now_ns=self._wall_clock_ns()))

    def _take_status(self, event: Event, is_whole: bool) -> None:  # noqa: FBT001 - the signature of a `Receiver`
        # Its state is as old as the last change: only what comes says how the price is now.
        if not is_whole and (event.get("meta") or {}).get("quality") == Quality.STALE:
            self._doubt()

    def _take_book(self, event: Event, is_whole: bool) -> None:  # noqa: FBT001 - the signature of a `Receiver`
        # The state of a book that is out of step with its venue is empty.
        if not event["payload"]:
            return
        book = read_book(event["payload"])
        take = self._listener.on_book_snapshot if is_whole else self._listener.on_book_deltas
        take(self._instrument_id, book.bids, book.asks)

    def _lose_book(self) -> None:
        self._listener.on_book_lost(self._instrument_id)

    def _doubt(self) -> None:
        if self.mark is not None and not self.mark.is_stale:
            self._take_mark(attrs.evolve(self.mark, is_stale=True))

    def _take_mark(self, mark: Mark) -> None:
        self.mark = mark
        self._listener.on_mark(self._instrument_id, mark)
        if mark.is_stale and self._book is not None:
            self._book.check()
