"""What real clients say to a router, recorded from the first byte to the last, for tests to distort."""

import zlib
from collections.abc import Iterator
from typing import Any

import attrs
from autobahn.twisted.rawsocket import WampRawSocketClientFactory
from autobahn.wamp.exception import ApplicationError
from autobahn.wamp.serializer import CBORSerializer, JsonSerializer, MsgPackSerializer
from autobahn.wamp.types import ComponentConfig, PublishOptions
from twisted.internet import reactor
from twisted.internet.defer import maybeDeferred
from twisted.internet.endpoints import TCP4ClientEndpoint

from tests.support.routers import REALM, Client, RouterUnderTest, turns
from tests.support.websocket_frames import BINARY, TEXT, client_frame, masked

TOPIC = "tapecast.price.BTCUSDT"
PREFIX = "tapecast.trades."
PROCEDURE = "tapecast.market.get_price"
OWN_PROCEDURE = "tapecast.market.get_quote"
COMPRESSED = 4
"""The reserved bit that says so of a message."""

SERIALIZERS = (JsonSerializer, MsgPackSerializer, CBORSerializer)


@attrs.frozen
class Frame:
    """A frame of a client, or a message of RawSocket: its kind and what is in it."""

    opcode: int
    payload: bytes


@attrs.frozen(kw_only=True)
class Conversation:
    """
    One client's side of a connection.

    Attributes:
        serializer: `json`, `msgpack` or `cbor`.
        is_websocket: Whether it is not RawSocket.
        opening: The opening handshake.
        frames: What follows it.
        is_compressed: Whether messages are compressed, as permessage-deflate has it.
    """

    serializer: str
    is_websocket: bool
    opening: bytes
    frames: tuple[Frame, ...]
    is_compressed: bool = False

    def message(self, payload: bytes) -> Frame:
        """A frame that holds a WAMP message."""
        return Frame(TEXT if self.serializer == "json" else BINARY, payload)

    def written(self, frame: Frame) -> bytes:
        """A frame as it should be written."""
        if self.is_compressed and frame.opcode in (TEXT, BINARY):
            return client_frame(frame.opcode, _deflated(frame.payload), reserved_bits=COMPRESSED)
        if self.is_websocket:
            return client_frame(frame.opcode, frame.payload)
        return len(frame.payload).to_bytes(4, "big") + frame.payload


def compressed(conversation: Conversation) -> Conversation:
    """The same conversation of a client that asks for permessage-deflate."""
    opening = conversation.opening.removesuffix(b"\r\n") + b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
    return attrs.evolve(conversation, opening=opening, is_compressed=True)


def _deflated(payload: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return (packer.compress(payload) + packer.flush(zlib.Z_SYNC_FLUSH)).removesuffix(b"\0\0\xff\xff")


async def record_websockets(router: RouterUnderTest) -> list[Conversation]:
    """Conversations of a visitor and of a user in each serializer, over WebSocket."""
    conversations = []
    for serializer in SERIALIZERS:
        for user in (None, "alice"):
            heard = _overhear(router.websocket_factory)
            client = await router.join(user, [serializer()])
            await _talk(client)
            conversations.append(_of_websocket(serializer.SERIALIZER_ID, b"".join(heard)))
    return conversations


async def record_rawsockets(factory: Any) -> list[Conversation]:
    """Conversations of a process of the gateway's own in each serializer, over RawSocket."""
    conversations = []
    port: Any = reactor.listenTCP(0, factory, interface="127.0.0.1")
    for serializer in SERIALIZERS:
        heard = _overhear(factory)
        process = Client(ComponentConfig(REALM))
        endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", port.getHost().port)
        await endpoint.connect(WampRawSocketClientFactory(lambda client=process: client, serializer()))
        await process.joined
        await process.register(lambda value=None: value, OWN_PROCEDURE)
        await process.call(OWN_PROCEDURE, 1)
        await _talk(process)
        conversations.append(_of_rawsocket(serializer.SERIALIZER_ID, b"".join(heard)))
    await maybeDeferred(port.stopListening)
    return conversations


async def _talk(client: Client) -> None:
    """Do what clients do, allowed or not, and leave."""
    subscription = await client.subscribe(lambda **_event: None, TOPIC)
    await client.follow(PREFIX, "prefix")
    await _in_vain_or_not(client.follow("tapecast.user.alice.orders"))
    await client.call(PROCEDURE, "64000.10")
    await _in_vain_or_not(client.call("tapecast.nothing", instrument="BTCUSDT"))
    await _in_vain_or_not(client.register(lambda: None, PROCEDURE))
    options = PublishOptions(acknowledge=True, exclude_me=False)
    await _in_vain_or_not(client.publish(TOPIC, 1, price="1.10", options=options))
    await subscription.unsubscribe()
    client.leave()
    await client.lost
    await turns()


async def _in_vain_or_not(action: Any) -> None:
    try:
        await action
    except ApplicationError:
        return


def _overhear(factory: Any) -> list[bytes]:
    """What the next connection of a server is told, as it comes."""
    heard: list[bytes] = []
    usual: Any = factory.protocol

    class Overheard(usual):
        def dataReceived(self, data: bytes) -> None:
            heard.append(data)
            super().dataReceived(data)

        def connectionMade(self) -> None:
            factory.protocol = usual
            super().connectionMade()

    factory.protocol = Overheard
    return heard


def _of_websocket(serializer: str, data: bytes) -> Conversation:
    opening, end, rest = data.partition(b"\r\n\r\n")
    frames = tuple(_client_frames(rest))
    return Conversation(serializer=serializer, is_websocket=True, opening=opening + end, frames=frames)


def _client_frames(data: bytes) -> Iterator[Frame]:
    start = 0
    while start < len(data):
        opcode, length = data[start] & 15, data[start + 1] & 127
        start += 2
        if length == 126:
            length = int.from_bytes(data[start : start + 2], "big")
            start += 2
        mask, body = data[start : start + 4], start + 4
        yield Frame(opcode, masked(data[body : body + length], mask))
        start = body + length


def _of_rawsocket(serializer: str, data: bytes) -> Conversation:
    frames = []
    start = 4
    while start < len(data):
        body = start + 4
        length = int.from_bytes(data[start:body], "big")
        frames.append(Frame(BINARY, data[body : body + length]))
        start = body + length
    return Conversation(serializer=serializer, is_websocket=False, opening=data[:4], frames=tuple(frames))
