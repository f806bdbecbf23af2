"""No bytes whatever make the decoder raise anything but its own error."""

import functools
import json

from hypothesis import given
from hypothesis import strategies as st

from components.contract.envelope import format_time
from components.marketdata.binance.decoder import BinanceDecoder
from components.marketdata.market import Market
from components.model.errors import MalformedMessage
from components.model.market import MarketEvent
from tests.support.binance_text import combined, raw
from tests.support.recordings import SAMPLES, recording

STREAMS = [
    "btcusdt@trade",
    "btcusdt@bookTicker",
    "btcusdt@depth5",
    "!miniTicker@arr",
    "x@kline_1m",
    "x@klines_1m",
    "@",
    "",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from("esupPqQbBaAEtTmknUohlcv") | st.text(), inner),
)


@functools.cache
def sample_messages() -> list[bytes]:
    """The real messages, each as the venue writes it and as a recorder may."""
    messages = [json.loads(line)["msg"] for line in recording(SAMPLES).read_text().splitlines()]
    return [data for message in messages for data in (raw(message), json.dumps(message).encode())]


SAMPLE_MESSAGES = st.deferred(lambda: st.sampled_from(sample_messages()))


def decode_and_apply(data: bytes) -> None:
    """Let a message go all the way that a venue's messages go."""
    try:
        events = BinanceDecoder("binance").decode(data, received_ns=1)
    except MalformedMessage:
        return
    market = Market(["binance"])
    for event in events:
        if isinstance(event, MarketEvent):
            market.apply(event, now_ns=0)
            assert event.ts_event is None or format_time(event.ts_event)


@given(data=st.binary())
def test_any_bytes(data: bytes) -> None:
    """Arbitrary bytes decode or are refused."""
    decode_and_apply(data)


@given(message=SAMPLE_MESSAGES, changes=st.lists(st.tuples(st.integers(0, 2000), st.binary(max_size=3))))
def test_mutated_messages(message: bytes, changes: list[tuple[int, bytes]]) -> None:
    """Real messages with bytes replaced, inserted or taken out decode or are refused."""
    mutated = bytearray(message)
    for position, inserted in changes:
        at = position % (len(mutated) + 1)
        mutated[at : at + 1] = inserted

    decode_and_apply(bytes(mutated))


@given(stream=st.sampled_from(STREAMS), data=JSON)
def test_well_formed_messages_of_any_content(stream: str, data: object) -> None:
    """JSON of any content, raw or in a stream's wrapper, decodes or is refused."""
    decode_and_apply(combined(stream, data))
    decode_and_apply(raw(data))
