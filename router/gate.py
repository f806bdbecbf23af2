"""All that is limited in one router process, behind one door."""

from collections.abc import Callable

from router.addresses import client_address, parse_address
from router.admission import NODE_FULL, Admission
from router.entry import Entry
from router.limit_settings import LimitSettings
from router.meters import Meters
from router.places import Place
from router.rate_limits import points_limiter
from router.refusal import TurnedAway

RESERVED_FILES = 256
"""Open files that are no client connection's: listeners, containers, HTTP, databases, logs."""


class Gate:
    """
    What one router process lets its clients do; whatever it refuses is counted.

    Sans-I/O. Times are monotonic.

    Attributes:
        limits: The table.
        meters: Who asks how often, once joined.
        max_connections: How many connections the node takes.
        count_refusal: Takes the name of a limit that something was refused by.
    """

    def __init__(
        self,
        settings: LimitSettings,
        entry: Entry,
        *,
        max_open_files: int,
        unix_offset_ns: int,
        count_refusal: Callable[[str], None],
    ) -> None:
        """
        Begin with nobody.

        Args:
            settings: What is limited, and for whom.
            entry: Whom the operator has blocked meanwhile.
            max_open_files: How many files the process may have open.
            unix_offset_ns: What makes a UNIX time of a monotonic one.
            count_refusal: Counts by the limit's name.
        """
        limits = self.limits = settings.limits
        self.meters = Meters(limits)
        most = max(max_open_files - RESERVED_FILES, 1)
        self.max_connections = min(most, limits.connections or most)
        self.count_refusal = count_refusal
        self._proxies = settings.trusted_proxies
        self._admission = Admission(
            settings, entry, max_connections=self.max_connections, unix_offset_ns=unix_offset_ns
        )
        self._refusals = points_limiter("refusal_points", limits.refusal_points)

    def enter(self, peer: str | None, forwarded_for: str | None, *, now_ns: int) -> Place:
        """
        Give a WebSocket connection its place.

        Args:
            peer: The address at the other end of the socket; None where it has none.
            forwarded_for: The header of that name.
            now_ns: Monotonic time.

        Raises:
            TurnedAway: Its address is blocked or has too many connections, or the node is more than full.
        """
        try:
            place = self._admission.enter(client_address(peer, forwarded_for, self._proxies), now_ns=now_ns)
        except TurnedAway as refused:
            self.count_refusal(refused.limit)
            raise
        if place.is_surplus:
            self.count_refusal(NODE_FULL)
        return place

    def open_socket(self, peer: str | None, *, now_ns: int) -> Place:
        """
        Give a socket its place that has not said yet what it wants.

        Raises:
            TurnedAway: Its address has too many of them, or the node is more than full.
        """
        try:
            return self._admission.open_socket(None if peer is None else parse_address(peer), now_ns=now_ns)
        except TurnedAway as refused:
            self.count_refusal(refused.limit)
            raise

    def check_request(self, peer: str | None, forwarded_for: str | None, *, is_counted: bool, now_ns: int) -> None:
        """
        Let an HTTP request pass.

        Args:
            peer: The address at the other end of the socket; None where it has none.
            forwarded_for: The header of that name.
            is_counted: Whether it is one of those that an address may not make too many of.
            now_ns: Monotonic time.

        Raises:
            TurnedAway: Its address is blocked, or has asked too often.
        """
        address = client_address(peer, forwarded_for, self._proxies)
        try:
            self._admission.check_request(address, is_counted=is_counted, now_ns=now_ns)
        except TurnedAway as refused:
            self.count_refusal(refused.limit)
            raise

    def note_refusal(self, limit: str, session_id: int, address: str | None, *, now_ns: int) -> bool:
        """
        Count a request that a rate refused.

        Args:
            limit: Name of the rate.
            session_id: Of the session that asked.
            address: What its address is limited by.
            now_ns: Monotonic time.

        Returns:
            Whether the session has asked on for so long that it is to be ended.
        """
        self.count_refusal(limit)
        if self._refusals is None or self._refusals.take(session_id, now_ns=now_ns) is None:
            return False
        self._admission.note_ending(address, now_ns=now_ns)
        return True
