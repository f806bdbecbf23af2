"""Binance's combined streams: which we want, and how they are asked for."""

from collections.abc import Collection, Iterable
from urllib.parse import urlsplit

import attrs
import msgspec

from components.marketdata.binance.messages import Refusal, Reply
from components.model.errors import ConfigError

STREAM_KINDS = ("trade", "bookTicker", "ticker", "depth@100ms", "kline_1s", "kline_1m")
"""Longer bars are made of the venue's minutes, and need no stream."""

MAX_STREAMS_PER_CONNECTION = 1024
"""The venue's own limit."""

STREAMS_PER_CONNECTION = 600
"""What one connection is given: one that is lost takes fewer with it, and asks for everything again in two seconds."""

INSTRUMENTS_PER_CONNECTION = STREAMS_PER_CONNECTION // len(STREAM_KINDS)
MAX_CONNECTIONS = 40
MAX_INSTRUMENTS = MAX_CONNECTIONS * INSTRUMENTS_PER_CONNECTION
"""Most instruments of the feed, more than the venue's spot market has."""

MAX_STREAMS_PER_REQUEST = 200
REQUEST_INTERVAL_S = 0.5
"""Two requests a second leave room for pongs below the venue's five incoming messages a second."""

COMBINED_PATH = "/stream"


def stream_names(instruments: Iterable[str]) -> tuple[str, ...]:
    """The streams that are followed for some instruments."""
    return tuple(f"{instrument.lower()}@{kind}" for instrument in instruments for kind in STREAM_KINDS)


def check_instruments_fit(instruments: Collection[str]) -> None:
    """
    Look whether the feed can follow so many instruments.

    Raises:
        ConfigError: It cannot.
    """
    if len(instruments) > MAX_INSTRUMENTS:
        raise ConfigError(
            f"TAPECAST_INSTRUMENTS: expected at most {MAX_INSTRUMENTS} instruments for the feed binance,"
            f" received {len(instruments)}"
        )


def check_url(url: str, *, schemes: tuple[str, ...]) -> str:
    """
    A base URL without a slash at its end.

    Raises:
        ConfigError: It is not a URL of one of the schemes, with a host.
    """
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_good = False
    if not is_good:
        raise ConfigError(f"{url}: expected a URL such as {schemes[0]}://host:port")
    return url.rstrip("/")


_decode_reply = msgspec.json.Decoder(Reply).decode


@attrs.define
class Subscription:
    """
    The requests by which one connection follows and leaves streams, and the venue's answers.

    Sans-I/O. What is wanted changes at any time; each request brings what the venue has been asked for nearer to it. A
    request that is refused counts as answered: it will not be answered twice. A stream that was left is ending until
    the venue has answered so; what still comes of it belongs to the time before, even where the stream is wanted again.
    """

    _wanted: dict[str, None] = attrs.field(factory=dict, init=False)
    _asked: dict[str, None] = attrs.field(factory=dict, init=False)
    _ending: dict[str, int] = attrs.field(factory=dict, init=False)
    """By stream, the unanswered request that ends it."""
    _last_id: int = attrs.field(default=0, init=False)
    _waiting: list[int] = attrs.field(factory=list, init=False)

    def follow(self, streams: Iterable[str]) -> None:
        """Want streams; one whose end has not been asked for goes on as if nothing had been."""
        self._wanted.update(dict.fromkeys(streams))

    def leave(self, streams: Iterable[str]) -> None:
        """Want streams no longer."""
        for stream in streams:
            self._wanted.pop(stream, None)

    def next_request(self) -> bytes | None:
        """The next message to send, or None when everything has been asked for."""
        ended = [stream for stream in self._asked if stream not in self._wanted][:MAX_STREAMS_PER_REQUEST]
        if ended:
            request = self._request("UNSUBSCRIBE", ended)
            for stream in ended:
                del self._asked[stream]
                self._ending[stream] = self._last_id
            return request
        begun = [stream for stream in self._wanted if stream not in self._asked][:MAX_STREAMS_PER_REQUEST]
        if begun:
            self._asked.update(dict.fromkeys(begun))
            return self._request("SUBSCRIBE", begun)
        return None

    @property
    def is_confirmed(self) -> bool:
        """Whether everything has been asked for and answered."""
        return self._asked.keys() == self._wanted.keys() and not self._waiting

    def is_ending(self, stream: str) -> bool:
        """Whether what comes of a stream is from before it was left."""
        return stream in self._ending or (stream in self._asked and stream not in self._wanted)

    def apply(self, message: bytes) -> str | None:
        """
        Take one reply.

        Returns:
            What went wrong, in words for the operator; None where nothing did.
        """
        try:
            reply = _decode_reply(message)
        except (msgspec.MsgspecError, UnicodeError):
            return "the venue answered what cannot be read"
        # Some error replies have no id: they answer what was asked first.
        answered = reply.id if reply.id is not None else next(iter(self._waiting), None)
        if answered not in self._waiting:
            return f"the venue answered request {answered}, which was not asked"
        self._waiting.remove(answered)
        self._end_up_to(answered)
        error = reply.error or (None if reply.code is None else Refusal(reply.code, reply.msg or ""))
        if error is None:
            return None
        return f"the venue refused request {answered}: {error.code} {error.msg[:200]}"

    def _request(self, method: str, streams: list[str]) -> bytes:
        self._last_id += 1
        self._waiting.append(self._last_id)
        return msgspec.json.encode({"method": method, "params": streams, "id": self._last_id})

    def _end_up_to(self, request_id: int | str | None) -> None:
        # The venue answers in order, so what was asked before is done too, whatever became of its answer.
        for stream, ended_by in tuple(self._ending.items()):
            if isinstance(request_id, int) and ended_by <= request_id:
                del self._ending[stream]
