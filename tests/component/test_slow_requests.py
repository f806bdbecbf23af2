"""HTTP requests that trickle in: a byte now and then keeps no socket."""

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.web.resource import Resource
from twisted.web.server import Site

from router.entrance import open_gate
from router.entry import Entry
from router.figures import Figures
from router.limit_settings import LimitSettings
from router.limits import UNLIMITED
from router.site import use_our_channel

TIME_S = 10
REQUEST = b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n"


class Socket:
    """A client's end of a connection to a server without pages, where time goes by as a test says."""

    def __init__(self) -> None:
        self.clock = Clock()
        site = Site(Resource(), timeout=TIME_S, reactor=self.clock)
        use_our_channel(site, open_gate(LimitSettings(limits=UNLIMITED), Entry(), Figures()))
        self.transport = StringTransport(peerAddress=IPv4Address("TCP", "192.0.2.1", 5))
        self._channel = site.buildProtocol(self.transport.getPeer())
        assert self._channel is not None
        self._channel.makeConnection(self.transport)

    def send(self, data: bytes) -> None:
        """Send something, where the other end still listens."""
        if not self.transport.disconnecting:
            self._channel.dataReceived(data)

    def lives_s(self, drip: bytes, *, longest_s: int = 60) -> int:
        """For how many seconds it stays open while something comes every second."""
        for second in range(longest_s):
            if self.transport.disconnecting:
                return second
            self.clock.advance(1)
            if drip:
                self.send(drip)
        return longest_s

    @property
    def answers(self) -> int:
        """How many requests were answered."""
        written: bytes = self.transport.value()
        return written.count(b"HTTP/1.1 404 ")


@pytest.fixture
def socket() -> Socket:
    """One that has just been opened."""
    return Socket()


@pytest.mark.parametrize(
    "begun",
    [
        b"G",
        b"GET /health HTTP/1.1\r\nHost: ",
        b"GET /ws HTTP/1.1\r\nUpgrade: websocket\r\nX: ",
        b"POST /health HTTP/1.1\r\nContent-Length: 100000\r\n\r\n",
    ],
)
def test_a_request_that_never_ends_is_not_waited_for(socket: Socket, begun: bytes) -> None:
    """It has as long as a socket may be silent, from its first byte on."""
    socket.clock.advance(5)
    socket.send(begun)

    assert socket.lives_s(b"a") == TIME_S


def test_a_request_may_come_in_pieces(socket: Socket) -> None:
    """In time; and the next one has as much."""
    for _ in range(3):
        for byte in REQUEST[:-1]:
            socket.send(bytes([byte]))
            socket.clock.advance(0.25)
        socket.send(REQUEST[-1:])
        socket.clock.advance(9)

    assert socket.answers == 3
    assert not socket.transport.disconnecting


def test_a_request_behind_another_one_has_its_own_time(socket: Socket) -> None:
    """Also where its beginning came together with that."""
    socket.send(REQUEST + REQUEST[:-5])

    assert socket.answers == 1
    assert socket.lives_s(b"") == TIME_S


def test_a_socket_that_asks_nothing_more_is_closed(socket: Socket) -> None:
    """As ever."""
    socket.send(REQUEST)

    assert socket.lives_s(b"") == TIME_S
