"""When the keys of a URL are fetched: now and then, again after a failure, and where a token names one we lack."""

import enum
import re
from collections.abc import Callable

import attrs

from components.contract.envelope import NS_PER_S

USUAL_INTERVAL_S = 600
SHORTEST_INTERVAL_S, LONGEST_INTERVAL_S = 60, 3600
"""Bounds of what the issuer says: it decides neither to be asked all the time, nor never again."""

FIRST_RETRY_S, LONGEST_RETRY_S = 1, 60
DEMAND_INTERVAL_S = 30
JITTER = 0.1

_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,9})\"?\s*(?:,|$)", re.IGNORECASE)


class Demand(enum.Enum):
    """What comes of a token that names a key which is not known."""

    BEGIN = "begin"
    JOIN = "join"
    TOO_SOON = "too soon"


@attrs.define(kw_only=True)
class RefreshSchedule:
    """
    Says when to fetch; never more than one fetch at a time.

    Sans-I/O: it is told the time.

    - After an answer: when the answer said, within bounds, else ten minutes later; up to a tenth earlier, so that
      gateways that were started together do not ask together.
    - After a failure: a second later, and after each more in a row within twice the time, up to a minute, by chance.
    - On demand: at once, but once in 30 seconds, whatever came of it. Who demands while a fetch is on its way waits
      for that one.

    Units: nanoseconds of a clock that does not jump.

    Attributes:
        random: Gives a number from 0 up to, but not including, 1.
    """

    random: Callable[[], float]
    _is_fetching: bool = attrs.field(default=False, init=False)
    _due_ns: int = attrs.field(default=0, init=False)
    _failures: int = attrs.field(default=0, init=False)
    _next_demand_ns: int = attrs.field(default=0, init=False)

    @property
    def next_due_ns(self) -> int | None:
        """When to fetch without being asked; None while a fetch is on its way."""
        return None if self._is_fetching else self._due_ns

    def begin_if_due(self, *, now_ns: int) -> bool:
        """Begin a fetch where its time has come, and say so."""
        if self._is_fetching or now_ns < self._due_ns:
            return False
        self._is_fetching = True
        return True

    def demand(self, *, now_ns: int) -> Demand:
        """Take note that a key is wanted, and say whether a fetch begins, is on its way, or is not to be had now."""
        if self._is_fetching:
            return Demand.JOIN
        if now_ns < self._next_demand_ns:
            return Demand.TOO_SOON
        self._next_demand_ns = now_ns + DEMAND_INTERVAL_S * NS_PER_S
        self._is_fetching = True
        return Demand.BEGIN

    def succeed(self, max_age_s: int | None, *, now_ns: int) -> None:
        """
        End a fetch that brought keys.

        Args:
            max_age_s: How long the answer is good for, by its issuer; None where that does not say.
            now_ns: What time it is.
        """
        said_s = USUAL_INTERVAL_S if max_age_s is None else max_age_s
        interval_s = min(max(said_s, SHORTEST_INTERVAL_S), LONGEST_INTERVAL_S)
        self._failures = 0
        self._end(interval_s * (1 - JITTER * self.random()), now_ns)

    def fail(self, *, now_ns: int) -> None:
        """End a fetch that brought none."""
        # Beyond 2**16 the doubling has long met the longest wait.
        self._failures = min(self._failures + 1, 16)
        longest_s = min(LONGEST_RETRY_S, FIRST_RETRY_S * 2 ** (self._failures - 1))
        self._end(FIRST_RETRY_S + self.random() * (longest_s - FIRST_RETRY_S), now_ns)

    def _end(self, wait_s: float, now_ns: int) -> None:
        self._is_fetching = False
        self._due_ns = now_ns + int(wait_s * NS_PER_S)


def read_max_age_s(cache_control: str | None) -> int | None:
    """
    How long an answer is good for, by its header `Cache-Control`; None where it does not say.

    Source: RFC 9111 (HTTP caching), section 5.2.2.1.
    """
    found = _MAX_AGE.search(cache_control or "")
    return None if found is None else int(found[1])
