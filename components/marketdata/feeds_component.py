"""What operators see and change of the feeds while they run: `tapecast.admin.feeds.*`."""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Protocol

import attrs
from twisted.logger import Logger

from components.contract.envelope import NS_PER_MS, NS_PER_S, format_time
from components.contract.topics import PREFIX
from components.contract.uris import INSTRUMENT_PATTERN
from components.marketdata.feed import AdjustableFeed, ConnectionReport, Feed
from components.marketdata.following import Following
from components.marketdata.instruments import MAX_SHOWN_CHARS, Instruments
from components.marketdata.price.one_price import OnePrices
from components.marketdata.venue_clock import VenueClock
from components.model.arguments import integer_of, one_of, text_of, words_of
from components.model.errors import InvalidArgument, UnknownInstrument
from components.model.market import Instrument
from components.wamp.procedures import Caller

MAX_INSTRUMENTS_PER_CALL = 1000
DEFAULT_PREFERENCE_S = 900
LONGEST_PREFERENCE_S = 86_400

Result = dict[str, object]

_security = Logger(namespace="tapecast.security")


@attrs.frozen(kw_only=True)
class Followed:
    """
    What is followed, and where it is written down so that a new start follows the same.

    Attributes:
        following: What is followed now.
        keep: Writes down what a venue follows; raises OSError.
    """

    following: Following
    keep: Callable[[str, Collection[str]], None]


class FeedView(Protocol):
    """
    How a feed is, as its intake knows it.

    Attributes:
        name: What health and figures call it.
        last_errors: When something went wrong, and what; the newest last.
    """

    @property
    def name(self) -> str: ...  # noqa: D102 - as above

    @property
    def last_errors(self) -> Collection[tuple[str, str]]: ...  # noqa: D102 - as above

    def health(self) -> dict[str, object]:
        """How it is, as one part of the node's report."""


@attrs.frozen(kw_only=True)
class Changer:
    """
    What carries a change through all that is made of a venue's events.

    Attributes:
        follow: Publish events of these instruments of a venue, whose rules these are, from now on.
        forget: Publish nothing more of these instruments of a venue, and forget all that is known of them.
        prefer: Take prices from this source for so many seconds before all others; 0 is not any more.
    """

    follow: Callable[[str, tuple[Instrument, ...]], None]
    forget: Callable[[str, tuple[str, ...]], None]
    prefer: Callable[[str, int], None]


class FeedAdministration:
    """
    Answer the operators' procedures.

    Every method takes the caller first, as registration hands it over; the router lets operators call, and nobody else.
    Changes are idempotent: what is so already is left out of the answer. They are made at once and then written down;
    where that fails they hold until the process ends, and the answer says so.
    """

    _log = Logger(namespace="tapecast.feeds")

    def __init__(
        self,
        feeds: Mapping[str, tuple[Feed, FeedView]],
        followed: Followed,
        instruments: Instruments,
        changer: Changer,
        clocks: Mapping[str, VenueClock],
        prices: OnePrices,
        *,
        wall_clock_ns: Callable[[], int],
    ) -> None:
        """
        Answer for these feeds.

        Args:
            feeds: By venue.
            followed: What is followed, and where that is written down.
            instruments: What is listed, with its aliases.
            changer: Carries changes out.
            clocks: By venue, how its clock is to its feed's.
            prices: Which source each price is taken from.
            wall_clock_ns: The time, UNIX nanoseconds.
        """
        self._feeds = feeds
        self._following = followed.following
        self._instruments = instruments
        self._changer = changer
        self._clocks = clocks
        self._keep = followed.keep
        self._prices = prices
        self._wall_clock_ns = wall_clock_ns
        self._preferred_until_ns = 0

    def handlers(self) -> dict[str, Callable[..., object]]:
        """The methods by the URI that each answers."""
        return {
            f"{PREFIX}.admin.feeds.list": self.list_feeds,
            f"{PREFIX}.admin.feeds.add": self.add,
            f"{PREFIX}.admin.feeds.remove": self.remove,
            f"{PREFIX}.admin.feeds.prefer": self.prefer,
        }

    def list_feeds(self, _caller: object) -> list[Result]:
        """Every feed: its venue, state and reason, its connections, and what went wrong last."""
        return [self._row(venue, feed, view) for venue, (feed, view) in self._feeds.items()]

    async def add(self, caller: Caller, venue: object, instruments: object, reason: object = None) -> Result:
        """
        Follow more instruments of a venue.

        Raises:
            InvalidArgument: An argument is of the wrong type, there is no such venue, its feed follows what it follows,
                or they are too many.
            UnknownInstrument: The venue has no such instrument; nothing is changed.
            Unavailable: The venue does not tell; nothing is changed.
        """
        words = _reason(reason)
        venue, feed = self._adjustable(venue)
        wanted = [self._resolve(name) for name in _names(instruments)]
        rules = await feed.look_up(self._missing(venue, wanted)) if self._missing(venue, wanted) else ()
        missing = self._missing(venue, wanted)
        feed.add_instruments(missing)
        self._changer.follow(venue, tuple(one for one in rules if one.instrument_id in missing))
        return self._changed(caller, venue, "added", missing, words)

    def remove(self, caller: Caller, venue: object, instruments: object, reason: object = None) -> Result:
        """
        Follow instruments of a venue no longer.

        Raises:
            InvalidArgument: An argument is of the wrong type, there is no such venue, or its feed follows what it
                follows.
        """
        words = _reason(reason)
        venue, feed = self._adjustable(venue)
        named = {self._resolve_if_listed(name) for name in _names(instruments)}
        removed = tuple(name for name in self._following.of(venue) or () if name in named)
        feed.remove_instruments(removed)
        self._changer.forget(venue, removed)
        return self._changed(caller, venue, "removed", removed, words)

    def prefer(self, _caller: Caller, venue: object, duration_s: object = None, reason: object = None) -> Result:
        """
        Take prices from one source before all others for a while; for no time at all is not any more.

        Raises:
            InvalidArgument: An argument does not fit, or the source cannot be preferred.
        """
        words_of("reason", reason)
        seconds = DEFAULT_PREFERENCE_S
        if duration_s is not None:
            seconds = integer_of("duration_s", duration_s, least=0, most=LONGEST_PREFERENCE_S)
        named = text_of("venue", venue)
        self._changer.prefer(named, seconds)
        self._preferred_until_ns = self._wall_clock_ns() + seconds * NS_PER_S
        taken, heard = self._prices.count_from(named)
        return {"venue": named, "until": self._preferred_until(named), "taken": taken, "instruments": heard}

    def _preferred_until(self, venue: str) -> str | None:
        preference = self._prices.preference
        is_preferred = preference is not None and preference.venue == venue
        return format_time(self._preferred_until_ns) if is_preferred else None

    def _row(self, venue: str, feed: Feed, view: FeedView) -> Result:
        health = view.health()
        followed = self._following.of(venue)
        return {
            "venue": venue,
            "feed": view.name,
            "state": health["state"],
            "reason": health["reason"],
            "age_ms": health["age_ms"],
            "clock_offset_ms": self._clock_offset_ms(venue),
            "instruments": None if followed is None else len(followed),
            "preferred_until": self._preferred_until(venue),
            "is_adjustable": isinstance(feed, AdjustableFeed),
            "connections": [_connection_row(one) for one in feed.connections()],
            "last_errors": [{"ts": ts, "error": error} for ts, error in view.last_errors],
        }

    def _clock_offset_ms(self, venue: str) -> float | None:
        clock = self._clocks.get(venue)
        offset_ns = None if clock is None else clock.offset_ns
        return None if offset_ns is None else round(offset_ns / NS_PER_MS, 3)

    def _changed(self, caller: Caller, venue: str, what: str, instruments: Collection[str], reason: str) -> Result:
        followed = self._following.of(venue) or ()
        is_kept = True
        if instruments:
            _security.info(
                "{user} {what} instruments of {venue} (session {session}): {instruments}: {reason}",
                event="feed_changed",
                user=caller.user_id,
                what=what,
                venue=venue,
                session=caller.session_id,
                instruments=", ".join(instruments),
                reason=reason or "no reason given",
            )
            is_kept = self._is_kept(venue, followed)
        return {"venue": venue, what: list(instruments), "instruments": len(followed), "kept": is_kept}

    def _is_kept(self, venue: str, followed: Collection[str]) -> bool:
        try:
            self._keep(venue, followed)
        except OSError as error:
            self._log.error(
                "what {venue} follows cannot be written down, and holds until this process ends: {error}",
                venue=venue,
                error=str(error),
            )
            return False
        return True

    def _adjustable(self, venue: object) -> tuple[str, AdjustableFeed]:
        venue = one_of("venue", venue, self._feeds)
        feed, _ = self._feeds[venue]
        if not isinstance(feed, AdjustableFeed):
            raise InvalidArgument(
                "venue",
                f"{venue} cannot be changed: a recording holds what it holds, a fallback prices what venues have",
            )
        return venue, feed

    def _missing(self, venue: str, wanted: Collection[str]) -> tuple[str, ...]:
        return tuple(name for name in dict.fromkeys(wanted) if not self._following.has(name, venue))

    def _resolve(self, name: str) -> str:
        instrument_id = self._resolve_if_listed(name)
        if not re.fullmatch(INSTRUMENT_PATTERN, instrument_id):
            raise UnknownInstrument(f"there is no instrument {name[:MAX_SHOWN_CHARS]!r}")
        return instrument_id

    def _resolve_if_listed(self, name: str) -> str:
        try:
            return self._instruments.resolve(name)
        except UnknownInstrument:
            return name


def _reason(value: object) -> str:
    return "" if value is None else words_of("reason", value)


def _names(instruments: object) -> list[str]:
    if (
        not isinstance(instruments, list)
        or not 1 <= len(instruments) <= MAX_INSTRUMENTS_PER_CALL
        or not all(isinstance(name, str) for name in instruments)
    ):
        raise InvalidArgument("instruments", f"expected a list of 1 to {MAX_INSTRUMENTS_PER_CALL} names")
    return instruments


def _connection_row(report: ConnectionReport) -> Result:
    return {
        "connection": report.number,
        "state": report.state.value,
        "reason": report.reason,
        "instruments": report.instruments,
        "streams": report.streams,
        "age_ms": None if report.age_s is None else int(report.age_s * 1000),
    }
