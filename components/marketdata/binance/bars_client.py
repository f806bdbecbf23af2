"""Asks Binance for closed bars."""

from collections.abc import Callable
from typing import Protocol
from urllib.parse import urlencode

from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from components.contract.envelope import NS_PER_MS
from components.marketdata.binance.frames import klines_message

WEIGHT = 2
LIMIT = 1000

_Key = tuple[str, str]


class Requests(Protocol):
    """What asks the venue, within its limits."""

    def request(self, path: str, *, weight: int) -> "Deferred[bytes]":
        """Ask for something, by path and query, that costs so much."""


class BinanceBars:
    """
    Closed bars of many instruments, one request at a time, behind what is urgent.

    What is asked for waits here, once for each instrument and interval, so that the queue that it shares with order
    books stays short. An answer is handed on as it came, in the form of a stream that names its instrument and
    interval; a failure is logged, and whoever needs the bars asks again.

    Source: Binance spot API docs, rest-api.md, "Kline/Candlestick data": weight 2, at most 1000 bars.
    """

    _log = Logger(namespace="tapecast.feed.binance")

    def __init__(self, requests: Requests, *, deliver: Callable[[bytes], None]) -> None:
        """
        Ask nothing yet.

        Args:
            requests: What asks.
            deliver: Takes each answer.
        """
        self._requests = requests
        self._deliver = deliver
        self._waiting: dict[_Key, tuple[int, int]] = {}
        self._is_asking = False

    def request(self, instrument_id: str, interval: str, *, start_ns: int, end_ns: int) -> None:
        """Ask for the bars that open from one time to another, in place of what still waits of them."""
        self._waiting[instrument_id, interval] = (start_ns, end_ns)
        self._go_on()

    def forget(self, instruments: frozenset[str]) -> None:
        """Ask for nothing more of some instruments."""
        self._waiting = {key: span for key, span in self._waiting.items() if key[0] not in instruments}

    def _go_on(self) -> None:
        if self._is_asking or not self._waiting:
            return
        key = next(iter(self._waiting))
        (instrument_id, interval), (start_ns, end_ns) = key, self._waiting.pop(key)
        query = {
            "symbol": instrument_id,
            "interval": interval,
            "startTime": start_ns // NS_PER_MS,
            "endTime": end_ns // NS_PER_MS,
            "limit": LIMIT,
        }
        self._is_asking = True
        answer = self._requests.request(f"/api/v3/klines?{urlencode(query)}", weight=WEIGHT)
        answer.addCallbacks(self._receive, self._fail, callbackArgs=key, errbackArgs=key)

    def _receive(self, body: bytes, instrument_id: str, interval: str) -> None:
        self._is_asking = False
        self._deliver(klines_message(instrument_id, interval, body))
        self._go_on()

    def _fail(self, failure: Failure, instrument_id: str, interval: str) -> None:
        self._is_asking = False
        if isinstance(failure.value, CancelledError):
            self._waiting.clear()
            return
        self._log.warn(
            "no bars of {instrument}, {interval}: {error}",
            instrument=instrument_id,
            interval=interval,
            error=failure.getErrorMessage() or type(failure.value).__name__,
        )
        self._go_on()
