"""`tapecast.intake.*`: a platform hands in the events of venues of its own."""

import functools
from collections.abc import Callable, Collection

from components.contract.envelope import NS_PER_MS, NS_PER_S
from components.contract.topics import PREFIX
from components.marketdata.intake import Intake, Kind
from components.marketdata.market import Market
from components.model.arguments import one_of
from components.model.errors import InvalidArgument
from components.model.market import MarketEvent

QUIET_NS = 60 * NS_PER_S
"""A venue for which nothing was handed in for so long is `degraded`."""

HealthPart = dict[str, object]


class IntakeVenues:
    """
    The venues whose events are handed in by call.

    An event that is accepted is in its streams, and written down where their journal is; one that came before is
    accepted again, and changes nothing.
    """

    def __init__(
        self,
        venues: Collection[str],
        market: Market,
        *,
        take_in: Callable[[list[MarketEvent]], None],
        wall_clock_ns: Callable[[], int],
        monotonic_ns: Callable[[], int],
    ) -> None:
        """
        Take nothing in yet.

        Args:
            venues: Their names.
            market: Knows what is followed, and how far each book is.
            take_in: Publishes what events lead to.
            wall_clock_ns: What time it is, UNIX nanoseconds.
            monotonic_ns: This process's monotonic clock.
        """
        self._intakes = {venue: Intake(venue, following=market.following, books=market.books) for venue in venues}
        self._take_in = take_in
        self._wall_clock_ns = wall_clock_ns
        self._monotonic_ns = monotonic_ns
        self._last_ns: dict[str, int] = {}

    @property
    def venues(self) -> Collection[str]:
        """Their names; which instruments they have shows only when something is handed in."""
        return self._intakes.keys()

    def handlers(self) -> dict[str, Callable[..., object]]:
        """What answers which procedure; none where there is no such venue."""
        return {f"{PREFIX}.intake.{kind}": functools.partial(self._accept, kind) for kind in Kind}

    def health(self) -> list[HealthPart]:
        """How each venue is, as parts of the node's report."""
        return [self._part(venue) for venue in self._intakes]

    def _accept(self, kind: Kind, _caller: object, venue: object, events: object) -> dict[str, object]:
        if not self._intakes:
            raise InvalidArgument("venue", "no venue is handed in by call; TAPECAST_FEED=intake:NAME makes one")
        name = one_of("venue", venue, self._intakes)
        read = self._intakes[name].read(kind, events, received_ns=self._wall_clock_ns())
        self._take_in(read)
        self._last_ns[name] = self._monotonic_ns()
        return {"accepted": len(read)}

    def _part(self, venue: str) -> HealthPart:
        last_ns = self._last_ns.get(venue)
        age_ns = None if last_ns is None else self._monotonic_ns() - last_ns
        if age_ns is None:
            state, reason = "degraded", "nothing was handed in yet"
        elif age_ns > QUIET_NS:
            state, reason = "degraded", f"nothing was handed in for {age_ns // NS_PER_S} s"
        else:
            state, reason = "up", "events come"
        age_ms = None if age_ns is None else age_ns // NS_PER_MS
        return {"name": f"intake:{venue}", "state": state, "reason": reason, "age_ms": age_ms}
