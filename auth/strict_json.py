"""JSON as RFC 8259 has it, where two readers cannot see two different things in it."""

import json
from typing import NoReturn


def parse_json(text: bytes) -> object:
    """
    Read UTF-8 JSON that names nothing twice, at any depth.

    Source: RFC 8725, 2.6: two parsers that choose differently see two tokens; RFC 8259, 6 and 8.1: no NaN, only UTF-8.

    Raises:
        ValueError: It is no such JSON, or nested too deep; the text may quote it.
    """
    try:
        return _decoder.decode(text.decode())
    except RecursionError:
        raise ValueError("nested too deep") from None


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate name")
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


_decoder = json.JSONDecoder(object_pairs_hook=_without_duplicates, parse_constant=_refuse_constant)
