"""How often something may happen: so many points in a window with a block, or a burst with a sustained rate."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from decimal import Decimal
from typing import TypeVar

import attrs

from components.contract.envelope import NS_PER_MS, NS_PER_S

NS_PER_MINUTE = 60 * NS_PER_S
MAX_KEYS = 10_000
"""How many keys one limiter remembers, about 300 bytes each."""

_LOOKED_AT = 2
"""How many of the oldest keys are looked at for each new one: more leave than come, at a fixed price."""


Factor = int | Decimal
"""How many sessions' worth; below one it leaves at least one of everything."""


def _times(count: int, factor: Factor) -> int:
    return max(int(count * factor), 1)


@attrs.frozen(kw_only=True)
class PointsRate:
    """
    So many points in a window that begins with the first of them; whoever takes one more is blocked.

    Attributes:
        points: How many the window has.
        duration_ns: How long the window lasts.
        block_ns: How long the block lasts; 0 is the rest of the window.
    """

    points: int
    duration_ns: int
    block_ns: int

    def times(self, factor: Factor) -> "PointsRate":
        """The same for so many at once."""
        return attrs.evolve(self, points=_times(self.points, factor))


@attrs.frozen(kw_only=True)
class BurstRate:
    """
    A burst at once, and a number a minute that it is refilled by.

    Attributes:
        burst: How many may come at once after a rest.
        per_minute: How many a minute may come for ever.
    """

    burst: int
    per_minute: int

    def times(self, factor: Factor) -> "BurstRate":
        """The same for so many at once."""
        return BurstRate(burst=_times(self.burst, factor), per_minute=_times(self.per_minute, factor))


@attrs.frozen(kw_only=True)
class Excess:
    """
    What is told to whoever wants more than a limit leaves.

    Attributes:
        name: The limit.
        limit: How many it allows.
        retry_after_ms: When the next one passes; None where that is not for time to decide.
    """

    name: str
    limit: int
    retry_after_ms: int | None = None

    @property
    def details(self) -> dict[str, object]:
        """The details of the coded error; what is left is always nothing."""
        return {"name": self.name, "limit": self.limit, "remaining": 0, "retry_after_ms": self.retry_after_ms}


@attrs.define
class _Window:
    ends_ns: int
    taken: int = 0


class PointsLimiter:
    """
    Points, duration and block for each key.

    The window is fixed: it begins with a key's first point. The point that is one too many begins the block, which
    those that follow do not lengthen; when it ends, the key begins anew. Over the border of two windows twice the
    points can pass.

    Shape: the least recently used key is forgotten where there is no room for another; nobody is refused for that.
    Source: rate-limiter-flexible 11.4.0, whose words and semantics these are.
    """

    def __init__(self, name: str, rate: PointsRate, *, max_keys: int = MAX_KEYS) -> None:
        self._name = name
        self._rate = rate
        self._points = rate.points
        self._max_keys = max_keys
        self._windows: OrderedDict[Hashable, _Window] = OrderedDict()

    def __len__(self) -> int:
        return len(self._windows)

    def take(self, key: Hashable, *, now_ns: int) -> Excess | None:
        """Take one point, and say what is wrong where there was none left."""
        window = self._windows.get(key)
        if window is None or now_ns >= window.ends_ns:
            window = self._begin(key, now_ns)
        else:
            self._windows.move_to_end(key)
        window.taken += 1
        if window.taken <= self._points:
            return None
        if window.taken == self._points + 1 and self._rate.block_ns:
            window.ends_ns = now_ns + self._rate.block_ns
        return self._excess(window, now_ns)

    def find_excess(self, key: Hashable, *, now_ns: int) -> Excess | None:
        """Say whether a key has taken too many, and take nothing."""
        window = self._windows.get(key)
        if window is None or now_ns >= window.ends_ns or window.taken <= self._points:
            return None
        return self._excess(window, now_ns)

    def _begin(self, key: Hashable, now_ns: int) -> _Window:
        _make_room(self._windows, lambda window: now_ns >= window.ends_ns, self._max_keys)
        window = self._windows[key] = _Window(now_ns + self._rate.duration_ns)
        self._windows.move_to_end(key)
        return window

    def _excess(self, window: _Window, now_ns: int) -> Excess:
        return Excess(name=self._name, limit=self._points, retry_after_ms=_ms_up(window.ends_ns - now_ns))


def points_limiter(name: str, rate: PointsRate | None) -> PointsLimiter | None:
    """The limiter of a rate; None for one that is switched off."""
    return None if rate is None else PointsLimiter(name, rate)


@attrs.define
class _Bucket:
    whole_at_ns: int


class BurstLimiter:
    """
    A burst and a sustained rate for each key, by the generic cell rate algorithm.

    One time a key: when its burst will be whole again. What is refused costs nothing.

    Shape: the least recently used key is forgotten where there is no room for another; nobody is refused for that.
    """

    def __init__(self, name: str, rate: BurstRate, *, max_keys: int = MAX_KEYS) -> None:
        self._name = name
        self._burst = rate.burst
        self._interval_ns = NS_PER_MINUTE // rate.per_minute
        self._tolerance_ns = self._interval_ns * rate.burst
        self._max_keys = max_keys
        self._buckets: OrderedDict[Hashable, _Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, key: Hashable, *, now_ns: int) -> Excess | None:
        """Let one pass, and say what is wrong where it cannot."""
        bucket = self._buckets.get(key)
        if bucket is None:
            _make_room(self._buckets, lambda bucket: bucket.whole_at_ns <= now_ns, self._max_keys)
            bucket = self._buckets[key] = _Bucket(now_ns)
        else:
            self._buckets.move_to_end(key)
        whole_at_ns, interval_ns = bucket.whole_at_ns, self._interval_ns
        missing_ns = interval_ns if whole_at_ns <= now_ns else whole_at_ns - now_ns + interval_ns
        if missing_ns > self._tolerance_ns:
            wait_ms = _ms_up(missing_ns - self._tolerance_ns)
            return Excess(name=self._name, limit=self._burst, retry_after_ms=wait_ms)
        bucket.whole_at_ns = now_ns + missing_ns
        return None


_State = TypeVar("_State")


def _make_room(states: OrderedDict[Hashable, _State], is_over: Callable[[_State], bool], max_keys: int) -> None:
    for _ in range(_LOOKED_AT):
        if not states:
            return
        oldest = next(iter(states))
        if len(states) < max_keys and not is_over(states[oldest]):
            return
        del states[oldest]


def _ms_up(duration_ns: int) -> int:
    return -(-duration_ns // NS_PER_MS)
