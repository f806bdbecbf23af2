"""What a client may put into a message: the values that every serializer can write, each told but once."""

from typing import Any

SMALLEST_INTEGER = -(2**63)
LARGEST_INTEGER = 2**64 - 1


def check_plain(message: Any, *, size_bytes: int) -> None:
    """
    Refuse a decoded message with values that others could not be told, or that is more than it was sent as.

    CBOR can name an earlier value again, and such names can be nested: 200 bytes stand for gigabytes once they are
    written out. What was sent in full weighs at most its bytes twice, each value and each character counted.

    Args:
        message: What the decoder made; it may hold itself.
        size_bytes: How long the message was.

    Raises:
        ValueError: It holds another type than None, bool, int of 64 bits, float, str, bytes, list and dict with keys of
            text, or it repeats itself by name.
    """
    limit = 2 * size_bytes
    weight = 0
    waiting = [message]
    while waiting:
        value = waiting.pop()
        weight += 1 + _own_weight(value)
        if weight > limit:
            raise ValueError("expected every value in full, received names of earlier ones")
        if type(value) is list:
            waiting.extend(value)
        elif type(value) is dict:
            waiting.extend(value.values())


def _own_weight(value: Any) -> int:
    kind = type(value)
    if kind is str or kind is bytes:
        return len(value)
    if kind is dict:
        if not all(type(key) is str for key in value):
            raise ValueError("expected text as keys")
        return sum(map(len, value))
    if kind is int and not SMALLEST_INTEGER <= value <= LARGEST_INTEGER:
        raise ValueError("expected integers of 64 bits")
    if kind not in _PLAIN:
        raise ValueError(f"expected plain values, received {kind.__name__}")
    return 0


_PLAIN = (type(None), bool, int, float, list)
