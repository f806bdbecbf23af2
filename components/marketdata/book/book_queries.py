"""What callers may ask of the order books."""

from collections.abc import Callable
from typing import cast

from components.contract.envelope import Payload
from components.contract.topics import PREFIX, family_of
from components.marketdata.book.books import Books, book_topic
from components.marketdata.instruments import Instruments
from components.model.arguments import integer_of, text_of
from components.model.errors import Unavailable
from components.streams.stream import Streams

DEFAULT_DEPTH = 100
MAX_DEPTH = 1000

Result = dict[str, object]


class BookQueries:
    """
    Answer for the order books.

    Sans-I/O. The market is open to all whom the router lets call. A book that is out of step with its venue is told to
    nobody.
    """

    def __init__(
        self, streams: Streams, books: Books, instruments: Instruments, *, now_ns: Callable[[str], int]
    ) -> None:
        """
        Answer from what others keep up to date.

        Args:
            streams: All streams of the market.
            books: The books.
            instruments: What can be asked for.
            now_ns: The time by a topic's own clock, UNIX nanoseconds.
        """
        self._streams = streams
        self._books = books
        self._instruments = instruments
        self._now_ns = now_ns

    def handlers(self) -> dict[str, Callable[..., object]]:
        """The methods by the URI that each answers."""
        return {f"{PREFIX}.market.get_book": self.get_book}

    def get_book(self, _caller: object, venue: object, instrument: object, depth: object = DEFAULT_DEPTH) -> Result:
        """
        The best levels of an instrument's book on a venue, as of the last event of the book's stream.

        Raises:
            InvalidArgument: An argument is of the wrong type, or the depth is out of range.
            UnknownInstrument: There is no such instrument on the venue.
            Unavailable: There is no book yet, or it is being made anew.
        """
        name = text_of("venue", venue)
        instrument_id = self._instruments.resolve_on(name, text_of("instrument", instrument))
        levels = integer_of("depth", depth, least=1, most=MAX_DEPTH)
        payload = self._books.payload(name, instrument_id, most=levels)
        if payload is None:
            raise Unavailable(f"the book of {instrument_id} on {name} is not in step with the venue now")
        topic = book_topic(name, instrument_id)
        event = self._streams.open(topic).snapshot(now_ns=self._now_ns(topic), state=payload)
        return {**payload, **{key: event[key] for key in ("epoch", "seq", "ts", "meta")}}

    def state(self, topic: str) -> Payload | None:
        """The state of a topic where that is a book: all that is shown, empty while it is out of step; else None."""
        family = family_of(topic)
        if family is None or family.name != "book":
            return None
        venue, instrument_id = topic.split(".")[-2:]
        return cast("Payload", self._books.payload(venue, instrument_id) or {})
