"""Who may connect and ask over HTTP, by address: how many at once, how often, and who not at all."""

from components.contract.errors import ErrorCode
from router.addresses import Address, limited_as
from router.entry import Entry
from router.limit_settings import LimitSettings
from router.places import Crowd, Place
from router.rate_limits import Excess, points_limiter
from router.refusal import TurnedAway

SPARE_CONNECTIONS = 128
"""How many above the cap of the node may connect to be told that it is full; the next are not even answered so."""

SOCKETS_PER_CONNECTION = 10
"""How many sockets for HTTP an address may have open for each WebSocket connection that it may have."""

NODE_FULL = "connections"
"""The name that a connection too many of the node is counted under."""


def _too_much(excess: Excess, text: str) -> TurnedAway:
    return TurnedAway(excess.name, ErrorCode.RATE_LIMITED, text, excess=excess)


def _blocked() -> TurnedAway:
    return TurnedAway("blocked_addresses", ErrorCode.NOT_AUTHORIZED, "this address is blocked")


class Admission:
    """
    The connections of one process, counted by address.

    Sans-I/O. Times are monotonic; lists of addresses end by UNIX time.
    """

    def __init__(self, settings: LimitSettings, entry: Entry, *, max_connections: int, unix_offset_ns: int) -> None:
        """
        Begin with nobody.

        Args:
            settings: What is limited, and for whom.
            entry: Whom the operator has blocked meanwhile.
            max_connections: How many connections there is room for.
            unix_offset_ns: What makes a UNIX time of a monotonic one.
        """
        limits = settings.limits
        self._settings = settings
        self._entry = entry
        self._unix_offset_ns = unix_offset_ns
        self._per_address = limits.connections_per_address
        self._max_connections = max_connections
        self._connections = Crowd()
        self._sockets = Crowd()
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
        if key is not None and limit is not None and self._connections.count(key) >= limit:
            excess = Excess(name="connections_per_address", limit=limit)
            raise _too_much(excess, "this address has too many connections")
        self._check_room()
        is_surplus = len(self._connections) >= self._max_connections
        return self._connections.enter(key, client=address, is_surplus=is_surplus)

    def open_socket(self, peer: Address | None, *, now_ns: int) -> Place:
        """
        Give a socket a place that has not said yet what it wants, and may never say.

        Raises:
            TurnedAway: Its address has too many of them, or the node is more than full.
        """
        key = None if peer is None or self._is_exempt(peer, now_ns) else limited_as(peer)
        if key is not None and self._per_address is not None:
            limit = self._per_address * SOCKETS_PER_CONNECTION
            if self._sockets.count(key) >= limit:
                excess = Excess(name="sockets_per_address", limit=limit)
                raise _too_much(excess, "this address has too many sockets")
        self._check_room()
        return self._sockets.enter(key, client=peer)

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

    def _is_exempt(self, peer: Address, now_ns: int) -> bool:
        """Whether no limit by address applies to a socket: whose it is a proxy does not say before it asks."""
        allowed, proxies = self._settings.allowed_addresses, self._settings.trusted_proxies
        return proxies.holds(peer) or allowed.holds(peer, now_ns=now_ns + self._unix_offset_ns)

    def _check_room(self) -> None:
        if len(self._connections) + len(self._sockets) >= self._max_connections + SPARE_CONNECTIONS:
            raise TurnedAway(NODE_FULL, ErrorCode.UNAVAILABLE, "the node is full")

    def _check(self, address: Address | None, now_ns: int) -> str | None:
        """What an address is limited by, where it is not blocked."""
        unix_ns = now_ns + self._unix_offset_ns
        if address is None:
            return None
        # What an operator has just said comes before what the settings say.
        if self._entry.is_blocked(address, now_ns=unix_ns):
            raise _blocked()
        if self._settings.allowed_addresses.holds(address, now_ns=unix_ns):
            return None
        if self._settings.blocked_addresses.holds(address, now_ns=unix_ns):
            raise _blocked()
        key = limited_as(address)
        excess = None if self._endings is None else self._endings.find_excess(key, now_ns=now_ns)
        if excess is not None:
            raise _too_much(excess, "sessions of this address asked too often again and again")
        return key
