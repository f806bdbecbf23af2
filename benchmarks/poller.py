"""Waiting for thousands of sockets at once."""

import select
import time
from collections.abc import Callable

READS, READS_AND_WRITES = select.EPOLLIN, select.EPOLLIN | select.EPOLLOUT
_LONGEST_TURN_S = 0.05
_MOST_AT_ONCE = 512


class Poller:
    """Tells each socket's owner when there is something to read, or room to write."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._receivers: dict[int, Callable[[], None]] = {}
        self._writers: dict[int, Callable[[], None]] = {}

    def add(self, descriptor: int, receive: Callable[[], None], write: Callable[[], None]) -> None:
        """Begin to watch a socket, for room to write too."""
        self._receivers[descriptor], self._writers[descriptor] = receive, write
        self._epoll.register(descriptor, READS_AND_WRITES)

    def remove(self, descriptor: int) -> None:
        """Forget a socket that is about to be closed."""
        del self._receivers[descriptor], self._writers[descriptor]
        self._epoll.unregister(descriptor)

    def receive_by(self, descriptor: int, receive: Callable[[], None]) -> None:
        """Call something else when there is something to read from now on."""
        self._receivers[descriptor] = receive

    def wait_for(self, descriptor: int, events: int) -> None:
        """Watch a socket for these events from now on; 0 leaves it unread."""
        self._epoll.modify(descriptor, events)

    def turn(self, timeout_s: float) -> None:
        """Wait until some socket is ready, at most so long, and tell the owners of all that are."""
        for descriptor, events in self._epoll.poll(timeout_s, _MOST_AT_ONCE):
            if events == READS:
                self._receivers[descriptor]()
            else:
                self._tell_of_more(descriptor, events)

    def _tell_of_more(self, descriptor: int, events: int) -> None:
        if events & select.EPOLLOUT:
            self._writers[descriptor]()
        # It may have found the connection lost, and closed it.
        if events & ~select.EPOLLOUT and descriptor in self._receivers:
            self._receivers[descriptor]()

    def run_until(self, is_done: Callable[[], bool], timeout_s: float) -> bool:
        """Go on until something is so, and say whether it is; False after the timeout."""
        deadline_s = time.monotonic() + timeout_s
        while not is_done():
            left_s = deadline_s - time.monotonic()
            if left_s <= 0:
                return False
            self.turn(min(left_s, _LONGEST_TURN_S))
        return True

    def run_for(self, duration_s: float) -> None:
        """Go on for so long."""
        self.run_until(lambda: False, duration_s)
