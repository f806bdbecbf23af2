"""Plays a recording as if the venue were speaking, again and again, by the recording's own clock."""

from pathlib import Path
from typing import BinaryIO

from twisted.internet.defer import CancelledError, Deferred, ensureDeferred, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure

from components.marketdata.binance.decoder import BinanceDecoder
from components.marketdata.binance.frames import peek
from components.marketdata.feed import ConnectionReport, FeedOutput, FeedState
from components.marketdata.frames import Decoder, MessageKind, Peek
from components.marketdata.replay.recording import LINE_FORMAT, RecordedMessage, RecordingReader, ReplayClock
from components.model.errors import ConfigError, MalformedMessage
from components.model.market import Instrument

PIECE_BYTES = 64 * 1024
MESSAGES_PER_TURN = 200


def check_recording(path: Path) -> None:
    """
    See whether a file is a recording, by its first line.

    Raises:
        ConfigError: It is none, or cannot be read.
    """
    expected = f"TAPECAST_FEED: {path}: expected a recording ({LINE_FORMAT})"
    reader = RecordingReader()
    try:
        with path.open("rb") as file:
            first = _first_message(file, reader)
    except OSError as error:
        raise ConfigError(f"{expected}, but it cannot be read: {error.strerror}") from None
    except MalformedMessage as error:
        raise ConfigError(f"{expected}, but {error}") from None
    if first is None:
        raise ConfigError(f"{expected}, but the file is empty")
    if first.received_ns is None:
        raise ConfigError(f"{expected}, but its first line has another form")


class ReplayFeed:
    """
    The feed that plays a recording.

    It reads as much as it plays, gives way to the reactor after some messages, and waits for room where whoever
    listens has none. What a line says is handed on as it is, a REST snapshot among them, and a line of another form as
    a whole: the decoder judges. Each round after the first begins with a break. Who asks for a book gets the last
    snapshot that was played in this round; where that is too old to be of use, the book waits for the next round.

    Attributes:
        venue: Whose messages were recorded.
        peek: Tells what a message is about.
        decoder: Reads the messages.
    """

    _log = Logger(namespace="tapecast.feed.replay")

    def __init__(self, reactor: IReactorTime, *, path: Path, speed: float | None, venue: str = "binance") -> None:
        """
        Open nothing yet.

        Args:
            reactor: Whose time it goes by.
            path: The recording, gzip or not.
            speed: Recorded seconds a second; None is as fast as it goes.
            venue: Whose messages were recorded.
        """
        self.venue = venue
        self.peek: Peek = peek
        self.decoder: Decoder = BinanceDecoder(venue)
        self._reactor = reactor
        self._path = path
        self._clock = ReplayClock(speed)
        self._playing: Deferred[None] | None = None
        self._output: FeedOutput | None = None
        self._snapshots: dict[str, bytes] = {}

    def start(self, output: FeedOutput) -> None:
        """Begin to play."""
        self._output = output
        self._playing = ensureDeferred(self._play(output))
        self._playing.addErrback(self._end, output)

    def stop(self) -> "Deferred[None]":
        """Play no more."""
        if self._playing is not None:
            self._playing.cancel()
        return succeed(None)

    def now_ns(self) -> int:
        """The recorded time."""
        return self._clock.now_ns(now_s=self._reactor.seconds())

    def list_instruments(self) -> "Deferred[tuple[Instrument, ...]]":
        """None: a recording tells no rules."""
        return succeed(())

    def connections(self) -> tuple[ConnectionReport, ...]:
        """None: it reads a file."""
        return ()

    def request_book(self, instrument_id: str, *, is_urgent: bool) -> None:  # noqa: ARG002 - it answers at once
        """Hand out the last recorded snapshot again: of the instrument, or else the one that names none."""
        data = self._snapshots.get(instrument_id, self._snapshots.get(""))
        if self._output is not None and data is not None:
            self._output.receive_message(data, self.now_ns())

    def request_bars(self, instrument_id: str, interval: str, *, start_ns: int, end_ns: int) -> None:
        """Nothing: a recording has no other bars than those that were recorded."""

    async def _play(self, output: FeedOutput) -> None:
        output.receive_state(FeedState.LIVE, f"playing {self._path.name}")
        while True:
            with self._path.open("rb") as file:
                await self._play_round(file, output)
            self._clock.restart()
            self._snapshots.clear()
            output.receive_break("the recording starts again")

    async def _play_round(self, file: BinaryIO, output: FeedOutput) -> None:
        reader = RecordingReader()
        has_more, is_empty = True, True
        while has_more:
            has_more = _feed_reader(file, reader)
            while messages := reader.take(MESSAGES_PER_TURN):
                is_empty = False
                await self._wait_for_room(output)
                await self._hand_on(messages, output)
                await deferLater(self._reactor, 0)
        if is_empty:
            raise MalformedMessage("it has become empty")

    async def _wait_for_room(self, output: FeedOutput) -> None:
        room = output.when_room()
        if not room.called:
            await room
            self._clock.resume(now_s=self._reactor.seconds())

    async def _hand_on(self, messages: list[RecordedMessage], output: FeedOutput) -> None:
        for message in messages:
            if message.received_ns is None:
                output.receive_message(message.data, self.now_ns())
                continue
            wait_s = self._clock.wait_s(message.received_ns, now_s=self._reactor.seconds())
            if wait_s > 0:
                await deferLater(self._reactor, wait_s)
            self._clock.receive(message.received_ns)
            frame = self.peek(message.data)
            if frame.kind is MessageKind.SNAPSHOT:
                self._snapshots[frame.instrument_id] = message.data
            output.receive_message(message.data, message.received_ns)

    def _end(self, failure: Failure, output: FeedOutput) -> None:
        error = failure.value
        if isinstance(error, CancelledError):
            return
        if isinstance(error, OSError):
            output.receive_state(FeedState.ENDED, f"{self._path} cannot be read: {error.strerror}")
        elif isinstance(error, MalformedMessage):
            output.receive_state(FeedState.ENDED, f"{self._path} cannot be played on: {error}")
        else:
            self._log.failure("playing {path} failed; this is a bug in the gateway", failure=failure, path=self._path)
            output.receive_state(FeedState.ENDED, "the player failed")


def _feed_reader(file: BinaryIO, reader: RecordingReader) -> bool:
    piece = file.read(PIECE_BYTES)
    if piece:
        reader.receive(piece)
    else:
        reader.receive_end()
    return bool(piece)


def _first_message(file: BinaryIO, reader: RecordingReader) -> RecordedMessage | None:
    has_more = True
    while has_more:
        has_more = _feed_reader(file, reader)
        for message in reader.take(1):
            return message
    return None
