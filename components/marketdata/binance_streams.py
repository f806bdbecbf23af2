"""Binance's combined streams: which we want, and how they are asked for."""

from urllib.parse import urlsplit

import attrs
import msgspec

from components.marketdata.binance_messages import Refusal, Reply
from components.model.errors import ConfigError

STREAM_KINDS = ("trade", "bookTicker", "ticker")
MAX_STREAMS_PER_CONNECTION = 1024
MAX_STREAMS_PER_REQUEST = 200
REQUEST_INTERVAL_S = 0.5
"""Two requests a second leave room for pongs below the venue's five incoming messages a second."""

COMBINED_PATH = "/stream"


def stream_names(instruments: tuple[str, ...]) -> tuple[str, ...]:
    """
    The streams that are followed for some instruments.

    Raises:
        ConfigError: They do not fit on one connection.
    """
    names = tuple(f"{instrument.lower()}@{kind}" for instrument in instruments for kind in STREAM_KINDS)
    if len(names) > MAX_STREAMS_PER_CONNECTION:
        most = MAX_STREAMS_PER_CONNECTION // len(STREAM_KINDS)
        raise ConfigError(
            f"TAPECAST_INSTRUMENTS: expected at most {most} instruments for the feed binance,"
            f" received {len(instruments)}"
        )
    if not names:
        raise ConfigError("TAPECAST_INSTRUMENTS: expected at least one instrument for the feed binance")
    return names


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
    The requests by which one connection asks for its streams, and the venue's answers.

    Sans-I/O. A request that is refused counts as answered: it will not be answered twice.

    Attributes:
        streams: What is asked for.
    """

    streams: tuple[str, ...]
    _asked: int = attrs.field(default=0, init=False)
    _last_id: int = attrs.field(default=0, init=False)
    _waiting: list[int] = attrs.field(factory=list, init=False)

    def next_request(self) -> bytes | None:
        """The next message to send, or None when everything has been asked for."""
        batch = self.streams[self._asked : self._asked + MAX_STREAMS_PER_REQUEST]
        if not batch:
            return None
        self._asked += len(batch)
        self._last_id += 1
        self._waiting.append(self._last_id)
        return msgspec.json.encode({"method": "SUBSCRIBE", "params": batch, "id": self._last_id})

    @property
    def is_confirmed(self) -> bool:
        """Whether everything has been asked for and answered."""
        return self._asked == len(self.streams) and not self._waiting

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
        error = reply.error or (None if reply.code is None else Refusal(reply.code, reply.msg or ""))
        if error is None:
            return None
        return f"the venue refused request {answered}: {error.code} {error.msg[:200]}"
