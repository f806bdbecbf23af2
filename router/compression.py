"""
permessage-deflate, with every message compressed on its own: once for all who get it, and no state for any of them.

Source: RFC 7692.
"""

import zlib
from collections.abc import Iterable
from functools import partial

from autobahn.websocket.compress import PerMessageDeflateOffer, PerMessageDeflateOfferAccept

from router.events import WireFormat
from router.frames import websocket_frame
from router.serializers import WEBSOCKET_WIRES, opcode_of

WINDOW_BITS = 12
MEMORY_LEVEL = 5
LEAST_BYTES = 128
"""A shorter message goes as it is: it would hardly get shorter."""

_SYNC_MARK = b"\0\0\xff\xff"
_fresh = zlib.compressobj(zlib.Z_BEST_SPEED, zlib.DEFLATED, -WINDOW_BITS, MEMORY_LEVEL)


def accept(offers: Iterable[object], *, max_message_bytes: int | None) -> PerMessageDeflateOfferAccept | None:
    """
    Accept the first of a client's offers that lets the server use a window of its own.

    Args:
        offers: What Autobahn read from the opening handshake.
        max_message_bytes: The longest message that is unpacked, since a few bytes can stand for gigabytes; None is any.
    """
    for offer in offers:
        if isinstance(offer, PerMessageDeflateOffer) and not 0 < offer.request_max_window_bits < WINDOW_BITS:
            return PerMessageDeflateOfferAccept(
                offer,
                request_no_context_takeover=offer.accept_no_context_takeover,
                no_context_takeover=True,
                window_bits=WINDOW_BITS,
                mem_level=MEMORY_LEVEL,
                max_message_size=max_message_bytes,
            )
    return None


def compressed_frame(payload: bytes, *, opcode: int) -> bytes:
    """One message of a server in one frame, compressed where that is worth it."""
    if len(payload) < LEAST_BYTES:
        return websocket_frame(payload, opcode=opcode)
    packer = _fresh.copy()
    packed = packer.compress(payload) + packer.flush(zlib.Z_SYNC_FLUSH)
    return websocket_frame(packed.removesuffix(_SYNC_MARK), opcode=opcode, is_compressed=True)


COMPRESSED_WIRES = {
    name: WireFormat(wire.encoding, partial(compressed_frame, opcode=opcode_of(name)))
    for name, wire in WEBSOCKET_WIRES.items()
}
"""How a WebSocket connection gets its messages where it takes them compressed, by the name of its serializer."""
