"""The shell that brings the live market into the trading process: instruments, prices, and books where needed."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from autobahn.wamp.exception import ApplicationError, TransportLost
from twisted.internet.defer import Deferred, DeferredLock, ensureDeferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure

from components.contract.topics import PREFIX
from components.model.accounts import Mark
from components.model.errors import CommandRejected, Unavailable, UnknownInstrument
from components.model.money import quotient
from components.trading.live.followed_instrument_component import FollowedInstrument, MarketListener
from components.trading.live.followed_topic_component import Realm
from components.trading.live.instrument_list import InstrumentList
from components.trading.live.markets import InstrumentRules
from components.wamp.deadline import comes_within
from components.wamp.session import SubscribingSession

MOST_FOLLOWED = 1_000
"""Instruments that are followed at a time."""

WATCH_INTERVAL_S = 1.0
"""How often it is looked whether the market's process answers."""

LONGEST_SILENCE_S = 3.0
"""When it has not answered for so long it counts as away."""

LONGEST_WAIT_S = 1.0
"""How long `ensure` waits for a market that does not answer."""

LIST_INTERVAL_S = 60.0
"""How often the instruments are asked for anew."""

UNKNOWN_INTERVAL_S = 5.0
"""How often they are at most, where somebody names one that is not listed."""

KEPT_S = 60.0
"""How long an instrument is followed at least from when it was last ensured."""

_ONE = Decimal(1)
_FAILED = (ApplicationError, TransportLost)


class LiveMarkets:
    """
    The markets, as the market's process tells them over the realm.

    An instrument is followed from `ensure` to `release`; besides, whatever price `rate` was asked for. While the
    market's process is away what it told is stale and its books are lost; all comes back by itself.
    """

    _log = Logger()

    def __init__(
        self,
        session: SubscribingSession,
        clock: IReactorTime,
        listener: MarketListener,
        *,
        wall_clock_ns: Callable[[], int],
        chance: Callable[[], float],
        on_fault: Callable[[], None],
        most_followed: int = MOST_FOLLOWED,
    ) -> None:
        """
        Know nothing yet.

        Args:
            session: Joined to the realm.
            clock: Tells when to ask again.
            listener: Who is told of what changes.
            wall_clock_ns: What time it is, UNIX nanoseconds.
            chance: Gives a number from 0 up to, but not including, 1, for the jitter of waits.
            on_fault: Called once a bug of ours is logged.
            most_followed: How many instruments are followed at most.
        """
        self._session = session
        self._clock = clock
        self._listener = listener
        self._wall_clock_ns = wall_clock_ns
        self._most_followed = most_followed
        self._realm = Realm(session=session, clock=clock, chance=chance, on_fault=on_fault)
        self._list = InstrumentList()
        self._followed: dict[str, FollowedInstrument] = {}
        self._watching = LoopingCall(self._watch)
        self._watching.clock = clock
        self._probing: Deferred[None] | None = None
        self._probed_s = 0.0
        self._answered_ns: int | None = None
        self._listed_s: float | None = None
        self._listing = DeferredLock()
        self._is_away = False
        self._was_there = False

    def start(self) -> None:
        """Ask for the instruments, and look from now on whether the market's process is there."""
        self._watching.start(WATCH_INTERVAL_S).addErrback(self._report_fault)

    def stop(self) -> None:
        """Follow nothing any more."""
        if self._watching.running:
            self._watching.stop()
        for followed in self._followed.values():
            followed.stop()
        self._followed.clear()

    def rules(self, name: str) -> InstrumentRules:
        """
        The rules of an instrument, by its id or an alias.

        Raises:
            UnknownInstrument: There is no such instrument, or it is not for trading.
            Unavailable: The instruments are not known yet.
        """
        return self._list.rules(name)

    def mark(self, instrument_id: str) -> Mark | None:
        """
        What an instrument is worth now; None where nothing is known, or it is not followed.

        A price that does not change is as of when the market's process answered last.
        """
        followed = self._followed.get(instrument_id)
        if followed is None:
            return None
        if self._answered_ns is not None:
            followed.vouch(self._answered_ns)
        return followed.mark

    def rate(self, currency: str, into: str) -> Decimal | None:
        """
        What one unit of a currency is worth in another, by an instrument of the two; None where none tells.

        The first time that a rate is asked for its instrument is followed, so that the rate is there soon.
        """
        if currency == into:
            return _ONE
        price = self._rate_price(currency, into)
        if price is not None:
            return price
        inverse = self._rate_price(into, currency)
        return None if inverse is None else quotient(_ONE, inverse)

    @property
    def followed(self) -> set[str]:
        """The instruments that are followed with their books."""
        return {name for name, one in self._followed.items() if one.venue is not None}

    def is_followed(self, name: str) -> bool:
        """Whether an instrument is followed already, so that `ensure` would have nothing to wait for."""
        rules = self._list.find(name)
        followed = None if rules is None or self._is_away else self._followed.get(rules.instrument_id)
        if followed is None or not followed.is_answered:
            return False
        followed.kept_until_s = self._clock.seconds() + KEPT_S
        return True

    async def ensure(self, name: str) -> InstrumentRules:
        """
        Follow an instrument with its book, if it is not followed yet, and wait until all was asked for once.

        A market that does not answer is waited for a second: what it has not told by then is not known.

        Raises:
            UnknownInstrument: There is no such instrument, or it is not for trading.
            Unavailable: The instruments are not known yet, or too many are followed.
        """
        preparing = ensureDeferred(self._prepare(name))
        preparing.addErrback(self._report_fault)
        await comes_within(LONGEST_WAIT_S, preparing, self._clock)
        rules = self._list.rules(name)
        self._keep(rules)
        return rules

    def release(self, instrument_id: str) -> None:
        """Follow an instrument no longer, but for its price where that tells a rate; not soon after it was ensured."""
        followed = self._followed.get(instrument_id)
        if followed is None or self._clock.seconds() < followed.kept_until_s:
            return
        followed.leave_book()
        if not followed.is_for_rate:
            followed.stop()
            del self._followed[instrument_id]

    async def _prepare(self, name: str) -> None:
        if self._is_away:
            # It may have come since it was looked for last.
            await self._probe()
        try:
            followed = self._keep(await self._find(name))
        except CommandRejected:
            return
        await followed.when_answered()

    def _keep(self, rules: InstrumentRules) -> FollowedInstrument:
        followed = self._follow(rules.instrument_id)
        if followed is None:
            raise Unavailable(f"expected at most {self._most_followed} instruments with orders or positions; try later")
        followed.kept_until_s = self._clock.seconds() + KEPT_S
        followed.follow_book(rules.venue)
        return followed

    async def _find(self, name: str) -> InstrumentRules:
        try:
            return self._list.rules(name)
        except (UnknownInstrument, Unavailable):
            await self._refresh(UNKNOWN_INTERVAL_S)
        return self._list.rules(name)

    def _rate_price(self, base: str, quote: str) -> Decimal | None:
        instrument_id = self._list.pair(base, quote)
        followed = None if instrument_id is None else self._follow(instrument_id)
        if followed is None:
            return None
        followed.is_for_rate = True
        return None if followed.mark is None else followed.mark.price

    def _follow(self, instrument_id: str) -> FollowedInstrument | None:
        followed = self._followed.get(instrument_id)
        if followed is None and len(self._followed) < self._most_followed:
            followed = FollowedInstrument(self._realm, instrument_id, self._listener, wall_clock_ns=self._wall_clock_ns)
            self._followed[instrument_id] = followed
            if self._is_away:
                followed.lose()
            followed.start()
        return followed

    def _watch(self) -> None:
        if self._probing is None:
            self._probe()
        elif self._clock.seconds() - self._probed_s >= LONGEST_SILENCE_S:
            self._note_absence("it does not answer")

    def _probe(self) -> "Deferred[None]":
        """Ask whether the market's process is there, or hear what it answers to who has asked."""
        if self._probing is not None:
            return self._probing
        self._probed_s = self._clock.seconds()
        probing = self._probing = ensureDeferred(self._ask_whether_there())
        probing.addErrback(self._report_fault)
        probing.addBoth(self._end_probe)
        return probing

    def _end_probe(self, _result: object) -> None:
        self._probing = None

    async def _ask_whether_there(self) -> None:
        try:
            await self._session.call(f"{PREFIX}.market.get_prices", instruments=[])
        except _FAILED as error:
            self._note_absence(error.error if isinstance(error, ApplicationError) else str(error))
        else:
            self._answered_ns = self._wall_clock_ns()
            self._note_presence()
            is_complete = all(self._list.find(instrument_id) for instrument_id in self._followed)
            refreshing = self._refresh(LIST_INTERVAL_S if self._list.is_known and is_complete else UNKNOWN_INTERVAL_S)
            ensureDeferred(refreshing).addErrback(self._report_fault)

    def _note_absence(self, reason: str) -> None:
        if not self._is_away:
            self._is_away = True
            # A node's processes start at the same time: one that was never there is not missed.
            (self._log.warn if self._was_there else self._log.debug)("the market is away: {reason}", reason=reason)
            for followed in list(self._followed.values()):
                followed.lose()

    def _note_presence(self) -> None:
        if self._is_away:
            self._is_away = False
            self._listed_s = None
            (self._log.info if self._was_there else self._log.debug)("the market is back")
            for followed in list(self._followed.values()):
                followed.resume()
        self._was_there = True

    async def _refresh(self, interval_s: float) -> None:
        """Ask for the instruments anew, unless that was less than the interval ago."""
        await self._listing.acquire()
        try:
            now_s = self._clock.seconds()
            if self._listed_s is None or now_s - self._listed_s >= interval_s:
                self._listed_s = now_s
                self._take_list(await self._session.call(f"{PREFIX}.market.list_instruments"))
        except _FAILED as error:
            self._log.debug("the instruments are not told: {error}", error=error)
        finally:
            self._listing.release()

    def _take_list(self, rows: list[dict[str, Any]]) -> None:
        self._list.replace(rows)
        for instrument_id, followed in self._followed.items():
            rules = self._list.find(instrument_id)
            if rules is not None and followed.venue is not None:
                followed.follow_book(rules.venue)

    def _report_fault(self, failure: Failure) -> None:
        self._log.failure("the markets cannot be followed; this is a bug in the gateway", failure)
        self._realm.on_fault()
