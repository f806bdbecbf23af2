"""
Prices of many instruments at a steady rate, as the market's own process publishes them: on the services' socket.

A process of its own: `python -m benchmarks.price_load --socket=PATH --instruments=300 --hz=50`. It says once a
second how many events the router has taken; where that is less than was asked for, the router was not faster.
"""

import argparse
import json
import socket
import struct
import time
from collections.abc import Iterable

_HANDSHAKE = b"\x7f\xf1\x00\x00"
_JSON = 1
_HELLO, _WELCOME, _PUBLISH = 1, 2, 16
_DETAILS = {"roles": {"publisher": {}}, "authmethods": ["anonymous"]}
_EPOCH = "load"
_STEPS = 200
PARTS = 10
"""In how many parts a round goes out, so that not everything comes at once."""

MOST_LATE_S = 1.0
"""What is later is not made up for."""


class Publisher:
    """A session of the gateway's own."""

    def __init__(self, path: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(path)
        self._socket.sendall(_HANDSHAKE)
        if self._socket.recv(4)[1] & 0x0F != _JSON:
            raise ConnectionRefusedError("the router does not speak JSON here")
        self._socket.sendall(frame(encode([_HELLO, "tapecast", _DETAILS])))
        (length,) = struct.unpack("!L", self._socket.recv(4))
        answer = json.loads(self._socket.recv(length, socket.MSG_WAITALL))
        if answer[0] != _WELCOME:
            raise ConnectionRefusedError(str(answer))
        self._requests = 0

    def publish(self, events: Iterable[tuple[str, str]]) -> None:
        """Publish envelopes on topics; it waits while the router is behind."""
        frames = []
        for topic, envelope in events:
            self._requests += 1
            frames.append(frame(f'[{_PUBLISH},{self._requests},{{}},"{topic}",[],{envelope}]'.encode()))
        self._socket.sendall(b"".join(frames))


class Instrument:
    """One instrument, whose price goes up and down in a time of its own; what it says is encoded once."""

    def __init__(self, name: str, number: int) -> None:
        self.topic = f"tapecast.price.{name}"
        self._texts = [self._encode(name, number, (step + number * 13) % _STEPS) for step in range(_STEPS)]

    def envelope(self, seq: int, ts: str) -> str:
        """Its event of that number, encoded."""
        return (
            f'{{"type":"{"delta" if seq > 1 else "snapshot"}","epoch":"{_EPOCH}","seq":{seq},"ts":"{ts}",'
            + (self._texts[seq % _STEPS])
        )

    @staticmethod
    def _encode(name: str, number: int, place: int) -> str:
        price = 100 + number + min(place, _STEPS - place) / 100
        payload = {
            "instrument": name,
            "price": f"{price:.2f}",
            "bid": f"{price - 0.01:.2f}",
            "ask": f"{price + 0.01:.2f}",
        }
        payload |= {
            "change": f"{place / 100:.2f}",
            "change_percent": f"{place / 50:.2f}",
            "volume": f"{1000 + place}.5",
        }
        payload |= {"high_24h": f"{price + 5:.2f}", "low_24h": f"{price - 5:.2f}"}
        meta = {"source": "load", "quality": "live", "lag_ms": 0}
        return encode({"payload": payload, "meta": meta})[1:]


def encode(value: object) -> str:
    """JSON without spaces."""
    return json.dumps(value, separators=(",", ":"))


def frame(message: str | bytes) -> bytes:
    """A message as it goes over a RawSocket."""
    body = message.encode() if isinstance(message, str) else message
    return struct.pack("!L", len(body)) + body


def format_now() -> str:
    """The time, as the gateway writes it."""
    now_s = time.time()
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now_s))}.{int(now_s % 1 * 1e6):06d}Z"


def run(path: str, *, instruments: int, hz: float) -> None:
    """Publish for ever, of every instrument so often."""
    publisher = Publisher(path)
    followed = [Instrument(f"LOAD{number:03d}", number) for number in range(instruments)]
    due_s = told_s = time.monotonic()
    turn, published = PARTS, 0
    while True:
        now_s = time.monotonic()
        time.sleep(max(0.0, due_s - now_s))
        due_s = max(due_s, now_s - MOST_LATE_S) + 1 / hz / PARTS
        seq, part, ts = turn // PARTS, turn % PARTS, format_now()
        publisher.publish((one.topic, one.envelope(seq, ts)) for one in followed[part::PARTS])
        published += len(followed[part::PARTS])
        turn += 1
        if now_s - told_s >= 1.0:
            print(round(published / (now_s - told_s)), flush=True)
            told_s, published = now_s, 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--socket", required=True)
    parser.add_argument("--instruments", type=int, required=True)
    parser.add_argument("--hz", type=float, required=True)
    arguments = parser.parse_args()
    run(arguments.socket, instruments=arguments.instruments, hz=arguments.hz)
