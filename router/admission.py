"""Who may connect and ask over HTTP, by address: how many at once, how often, and who not at all."""

from collections import Counter
from collections.abc import Callable

import attrs

from components.contract.errors import ErrorCode
from router.addresses import Address, limited_as
from router.limit_settings import LimitSettings
from router.rate_limits import Excess, points_limiter
from router.refusal import TurnedAway

SPARE_CONNECTIONS = 128
"""How many above the cap of the node may connect to be told that it is full; the next are not even answered so."""

NODE_FULL = "connections"
"""The name that a connection too many of the node is counted under."""


def _too_much(excess: Excess, text: str) -> TurnedAway:
    return TurnedAway(excess.name, ErrorCode.RATE_LIMITED, text, excess=excess)


@attrs.define(kw_only=True, eq=False)
class Place:
    """
    One WebSocket connection's place in the node.

    Attributes:
        address: What it is limited by; None where its address is exempt.
        is_surplus: Whether the node is full without it: it is told so, and ended.
    """

    address: str | None
    is_surplus: bool
    _leave: Callable[["Place"], None]
    _is_left: bool = attrs.field(default=False, init=False)

    def leave(self) -> None:
        """Give the place free; a second time does nothing."""
        if not self._is_left:
            self._is_left = True
            self._leave(self)


class Admission:
    """
    The connections of one process, counted by address.

    Sans-I/O. Times are monotonic; lists of addresses end by UNIX time.
    """

    def __init__(self, settings: LimitSettings, *, max_connections: int, unix_offset_ns: int) -> None:
        """
        Begin with nobody.

        Args:
            settings: What is limited, and for whom.
            max_connections: How many connections there is room for.
            unix_offset_ns: What makes a UNIX time of a monotonic one.
        """
        limits = settings.limits
        self._settings = settings
        self._unix_offset_ns = unix_offset_ns
        self._per_address = limits.connections_per_address
        self._max_connections = max_connections
        self._places = 0
        self._by_address: Counter[str] = Counter()
        self._http_minute = points_limiter("http_minute_points", limits.http_minute_points)
        self._http_hour = points_limiter("http_hour_points", limits.http_hour_points)
        self._endings = points_limiter("ending_points", limits.ending_points)

    def enter(self, address: Address | None, *, now_ns: int) -> Place:
        """
        Give a WebSocket connection a place.

        Raises:
            TurnedAway: Its address is blocked or has too many connections, or the node is more than full.
        """
        key = self._check(address, now_ns)
        limit = self._per_address
        if key is not None and limit is not None and self._by_address[key] >= limit:
            excess = Excess(name="connections_per_address", limit=limit)
            raise _too_much(excess, "this address has too many connections")
        if self._places >= self._max_connections + SPARE_CONNECTIONS:
            raise TurnedAway(NODE_FULL, ErrorCode.UNAVAILABLE, "the node is full")
        is_surplus = self._places >= self._max_connections
        self._places += 1
        if key is not None:
            self._by_address[key] += 1
        return Place(address=key, is_surplus=is_surplus, leave=self._leave)

    def check_request(self, address: Address | None, *, is_counted: bool, now_ns: int) -> None:
        """
        Let an HTTP request pass.

        Raises:
            TurnedAway: Its address is blocked, or has asked too often.
        """
        key = self._check(address, now_ns)
        if key is None or not is_counted:
            return
        for limiter in (self._http_minute, self._http_hour):
            excess = None if limiter is None else limiter.take(key, now_ns=now_ns)
            if excess is not None:
                raise _too_much(excess, "this address asks too often")

    def note_ending(self, key: str | None, *, now_ns: int) -> None:
        """Remember that a session was ended for asking too often; after some, its address is refused for a while."""
        if key is not None and self._endings is not None:
            self._endings.take(key, now_ns=now_ns)

    def _check(self, address: Address | None, now_ns: int) -> str | None:
        """What an address is limited by, where it is not blocked."""
        unix_ns = now_ns + self._unix_offset_ns
        if address is None or self._settings.allowed_addresses.holds(address, now_ns=unix_ns):
            return None
        if self._settings.blocked_addresses.holds(address, now_ns=unix_ns):
            raise TurnedAway("blocked_addresses", ErrorCode.NOT_AUTHORIZED, "this address is blocked")
        key = limited_as(address)
        excess = None if self._endings is None else self._endings.find_excess(key, now_ns=now_ns)
        if excess is not None:
            raise _too_much(excess, "sessions of this address asked too often again and again")
        return key

    def _leave(self, place: Place) -> None:
        self._places -= 1
        if place.address is not None:
            self._by_address[place.address] -= 1
            if not self._by_address[place.address]:
                del self._by_address[place.address]
