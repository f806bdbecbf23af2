"""What the load generator finds in any bytes, however they are cut, and how it sums latencies up."""

from hypothesis import given
from hypothesis import strategies as st

from benchmarks.encodings import ENCODINGS, Code, Encoding
from benchmarks.frames import BINARY, PING, TEXT, client_frame, split_frames
from benchmarks.latency import NS_PER_MS, LatencyHistogram
from benchmarks.stamps import MarkerCounter, StampReader, stamp_of, stamped_payload

PAYLOADS = st.binary(max_size=300) | st.integers(65_500, 65_600).map(bytes)


def unmasked(data: bytes) -> tuple[int, bytes]:
    """Opcode and payload of a client's frame, by the letter of RFC 6455, 5.2."""
    size, start = data[1] & 0x7F, 2
    if size > 125:
        start += 2 if size == 126 else 8
        size = int.from_bytes(data[2:start])
    key, masked = data[start : start + 4], data[start + 4 :]
    assert data[1] & 0x80
    assert len(masked) == size
    return data[0] & 0x0F, bytes(byte ^ key[place % 4] for place, byte in enumerate(masked))


@given(payload=PAYLOADS)
def test_a_clients_frame_carries_its_payload_masked(payload: bytes) -> None:
    """Whatever its size, a server reads what was written."""
    assert unmasked(client_frame(BINARY, payload)) == (BINARY, payload)


@given(frames=st.lists(st.tuples(st.sampled_from([TEXT, BINARY, PING]), PAYLOADS), max_size=5), data=st.data())
def test_frames_are_found_wherever_the_stream_is_cut(frames: list[tuple[int, bytes]], data: st.DataObject) -> None:
    """A server's frames come out whole and in order, and nothing is lost between two reads."""
    stream = b"".join(served(opcode, payload) for opcode, payload in frames)
    cut = data.draw(st.integers(0, len(stream)))

    first, rest = split_frames(stream[:cut])
    second, left = split_frames(rest + stream[cut:])

    assert first + second == frames
    assert left == b""


def served(opcode: int, payload: bytes) -> bytes:
    """A frame as a server sends it."""
    size = len(payload)
    length = (
        bytes([size]) if size < 126 else b"\x7e" + size.to_bytes(2) if size < 65_536 else b"\x7f" + size.to_bytes(8)
    )
    return bytes([0x80 | opcode]) + length + payload


@given(
    encoding=st.sampled_from(list(ENCODINGS.values())),
    stamps=st.lists(st.integers(0, 10**19 - 1), max_size=6),
    size=st.integers(1, 400),
)
def test_every_event_is_found_in_the_raw_bytes(encoding: Encoding, stamps: list[int], size: int) -> None:
    """However the bytes are cut, each event is counted once and its time is read."""
    events = [encoding.encode([Code.EVENT, 7, 9, {}, [], stamped_payload(stamp)]) for stamp in stamps]
    stream = b"".join(events)
    chunks = [stream[start : start + size] for start in range(0, len(stream), size)]
    counter, reader = MarkerCounter(), StampReader()

    counted = sum(counter.take(chunk) for chunk in chunks)
    read = [stamp for chunk in chunks for stamp in reader.take(chunk)]

    assert counted == counter.count == reader.count == len(stamps)
    assert read == stamps
    assert [stamp_of(event) for event in events] == stamps


@given(latencies_ns=st.lists(st.integers(0, 10**12), min_size=1, max_size=200), percent=st.sampled_from([50, 95, 99]))
def test_a_percentile_is_that_of_the_sorted_list(latencies_ns: list[int], percent: int) -> None:
    """Within the histogram's precision, and never below."""
    histogram = LatencyHistogram()
    for latency_ns in latencies_ns:
        histogram.record(latency_ns)

    exact_ns = sorted(latencies_ns)[-(-len(latencies_ns) * percent // 100) - 1]

    assert histogram.total == len(latencies_ns)
    assert exact_ns <= histogram.percentile_ms(percent) * NS_PER_MS + 1e-3 <= exact_ns * 1.016 + 1
