"""An order book that follows its topic."""

from collections.abc import Callable

from tapecast_client.errors import BookFault
from tapecast_client.events import ContinuityLost, Event
from tapecast_client.follower import Follower
from tapecast_client.order_book import OrderBook


class LiveBook(OrderBook):
    """
    The local order book of one topic, changed by each of its events.

    It is empty, and not `is_synchronised`, while its state is not known: before the first, and where events went
    missing until the next.

    Attributes:
        venue: Where.
        instrument: What.
        follower: Its subscription.
    """

    def __init__(
        self,
        *,
        venue: str,
        instrument: str,
        report: Callable[[str, object], None],
        on_change: "Callable[[LiveBook], object] | None",
    ) -> None:
        super().__init__()
        self.venue = venue
        self.instrument = instrument
        self.follower: Follower | None = None
        self._report = report
        self._on_change = on_change

    def receive(self, event: Event) -> None:
        """Take an event, and say that the book changed."""
        try:
            self.apply(event)
        except BookFault as error:
            self._report("the book is empty until its next state", error)
        if self._on_change is not None:
            self._on_change(self)

    def lose(self, notice: ContinuityLost) -> None:
        """Take the news that events are missing, and say that the book is not certain."""
        super().lose(notice)
        if self._on_change is not None:
            self._on_change(self)
