"""permessage-deflate: what is agreed on, one compressed frame for all, and no message that unpacks to too much."""

import json
import zlib
from typing import Any

import pytest
import pytest_twisted

from tests.support.raw_websocket import CALL, EVENT, GOODBYE, HELLO, ROLES, SUBSCRIBE, TEXT, RawWebSocket
from tests.support.routers import OURS, RouterUnderTest, running

PRICE = "tapecast.price.BTCUSDT"
OFFER = "permessage-deflate; client_max_window_bits"
LONG = {"text": "price " * 50}
COMPRESSED: dict[str, Any] = {"compression": {"deflate": {}}}


async def _join(router: RouterUnderTest, offer: str | None = OFFER) -> RawWebSocket:
    client = await RawWebSocket.open(router.port, Sec_WebSocket_Extensions=offer)
    client.send(HELLO, "tapecast", {"roles": ROLES})
    await client.message()
    return client


async def _follow(client: RawWebSocket) -> None:
    client.send(SUBSCRIBE, 1, {}, PRICE)
    await client.message()


def _packed(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return (packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH)).removesuffix(b"\0\0\xff\xff")


@pytest_twisted.ensureDeferred
async def test_it_is_off_unless_the_operator_wants_it(router: RouterUnderTest) -> None:
    """Without the setting an offer is passed over, and every frame goes as it is."""
    client = await _join(router)

    assert "sec-websocket-extensions" not in client.headers
    assert client.compressed == 0


@pytest_twisted.ensureDeferred
async def test_long_messages_come_compressed_each_on_its_own() -> None:
    """A client that offers compression gets long messages so, short ones as they are, and can read each alone."""
    async with running(OURS, options=COMPRESSED) as router:
        client, other = await _join(router), await _join(router, None)
        await _follow(client)
        await _follow(other)
        before = client.compressed

        for text in (LONG, {"text": "short"}, LONG):
            router.gateway.publish(PRICE, **text)
        events = [await client.message() for _ in range(3)]
        plain = [await other.message() for _ in range(3)]

        assert client.headers["sec-websocket-extensions"].startswith("permessage-deflate")
        assert [event[5] for event in events] == [LONG, {"text": "short"}, LONG] == [event[5] for event in plain]
        assert (client.compressed - before, other.compressed) == (2, 0)
        assert events[0][0] == EVENT


@pytest_twisted.ensureDeferred
async def test_a_compressed_message_is_taken() -> None:
    """A client may send its own messages compressed."""
    async with running(OURS, options=COMPRESSED) as router:
        await router.gateway.register(lambda text: text, "tapecast.market.get_price")
        client = await _join(router)

        client.send_compressed(
            TEXT, _packed(json.dumps([CALL, 1, {}, "tapecast.market.get_price", ["x" * 500]]).encode())
        )

        assert (await client.message())[3] == ["x" * 500]


@pytest_twisted.ensureDeferred
async def test_a_message_that_unpacks_to_too_much_ends_the_connection() -> None:
    """A few bytes that stand for more than a message may have are not unpacked."""
    async with running(OURS, options=COMPRESSED) as router:
        client = await _join(router)

        client.send_compressed(TEXT, _packed(b"[" + b" " * 10_000_000 + b"]"))

        assert await client.message() == [GOODBYE, {}, "tapecast.close.invalid_message"]
        assert await client.close_frame() == (1009, "tapecast.close.invalid_message")


@pytest.mark.parametrize("offer", ["permessage-deflate; server_max_window_bits=9", "permessage-bzip2"])
@pytest_twisted.ensureDeferred
async def test_an_offer_that_does_not_fit_is_passed_over(offer: str) -> None:
    """Who wants a window smaller than the server's, or another extension, gets frames as they are."""
    async with running(OURS, options=COMPRESSED) as router:
        client = await _join(router, offer)

        assert "sec-websocket-extensions" not in client.headers


@pytest_twisted.ensureDeferred
async def test_without_a_limit_of_messages_there_is_none_of_unpacked_ones() -> None:
    """Where the operator switches the size of messages off, compressed ones are taken like any other."""
    async with running(OURS, options={**COMPRESSED, "max_message_size": 0}) as router:
        await router.gateway.register(lambda text: text, "tapecast.market.get_price")
        client = await _join(router)

        client.send_compressed(TEXT, _packed(json.dumps([CALL, 1, {}, "tapecast.market.get_price", ["x"]]).encode()))

        assert (await client.message())[3] == ["x"]
