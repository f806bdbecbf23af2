"""Asks Binance for snapshots of order books."""

from collections.abc import Callable
from urllib.parse import urlencode

from twisted.internet.defer import CancelledError
from twisted.logger import Logger
from twisted.python.failure import Failure

from components.marketdata.binance.frames import snapshot_message
from components.marketdata.binance.request_client import BinanceRequests

DEEP_LEVELS, DEEP_WEIGHT = 5000, 250
LEVELS, WEIGHT = 1000, 50
MOST_WAITING_FOR_DEEP = 2
"""While more wait, books are many and must come back soon: the cheaper kind is asked for."""

ROOM_FOR_DEEP = 2000


class BinanceDepth:
    """
    Snapshots of books, deep where the venue's limits leave room for it.

    Each instrument is asked for once at a time. An answer is handed on as it came, in the form of a stream that names
    its instrument; a failure is logged, and whoever needs the book asks again.

    Source: Binance spot API docs, rest-api.md, "Order book": weight 50 up to 1000 levels, 250 up to 5000.
    """

    _log = Logger(namespace="tapecast.feed.binance")

    def __init__(
        self, requests: BinanceRequests, *, deliver: Callable[[bytes], None], now_s: Callable[[], float]
    ) -> None:
        """
        Ask nothing yet.

        Args:
            requests: What asks.
            deliver: Takes each answer.
            now_s: The time by the clock that the requests' budget goes by.
        """
        self._requests = requests
        self._deliver = deliver
        self._now_s = now_s
        self._asked: set[str] = set()

    def request(self, instrument_id: str, *, is_urgent: bool) -> None:
        """Ask for the book of an instrument, unless that waits already."""
        if instrument_id in self._asked:
            return
        self._asked.add(instrument_id)
        has_room = self._requests.budget.room(now_s=self._now_s()) >= ROOM_FOR_DEEP
        is_deep = has_room and len(self._requests) <= MOST_WAITING_FOR_DEEP
        levels, weight = (DEEP_LEVELS, DEEP_WEIGHT) if is_deep else (LEVELS, WEIGHT)
        path = f"/api/v3/depth?{urlencode({'symbol': instrument_id, 'limit': levels})}"
        answer = self._requests.request(path, weight=weight, is_urgent=is_urgent)
        answer.addCallbacks(
            self._receive, self._fail, callbackArgs=(instrument_id, levels), errbackArgs=(instrument_id,)
        )

    def _receive(self, body: bytes, instrument_id: str, levels: int) -> None:
        self._asked.discard(instrument_id)
        self._deliver(snapshot_message(instrument_id, levels, body))

    def _fail(self, failure: Failure, instrument_id: str) -> None:
        self._asked.discard(instrument_id)
        if not isinstance(failure.value, CancelledError):
            self._log.warn(
                "no snapshot of {instrument}: {error}",
                instrument=instrument_id,
                error=failure.getErrorMessage() or type(failure.value).__name__,
            )
