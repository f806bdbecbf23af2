"""Answers of the gateway as text for people: tables, and fields with their values."""

from collections.abc import Mapping, Sequence
from typing import TypeGuard

INDENT = "  "
NOTHING = "-"
NONE_AT_ALL = "none"


def rendered(value: object) -> str:
    """
    An answer as text: a list of things is a table, a thing is a line for each of its fields.

    Some of it may be a client's own text: nothing in it can begin a line or steer a terminal.
    """
    return "\n".join(_lines(value))


def one_line(value: Mapping[str, object]) -> str:
    """A thing on one line: its fields that are there, with their values."""
    there = {name: field for name, field in value.items() if field not in (None, "", [], {})}
    return "  ".join(f"{_text(name)}={_cell(field)}" for name, field in there.items())


def _lines(value: object) -> list[str]:
    if isinstance(value, Mapping):
        return [line for name, field in value.items() for line in _field(str(name), field)]
    if _is_list(value) and not value:
        return [NONE_AT_ALL]
    if _is_table(value):
        return _table(value)
    if _is_list(value):
        return [_cell(one) for one in value]
    return [_cell(value)]


def _field(name: str, value: object) -> list[str]:
    below: list[str] = []
    if _is_table(value):
        below = _table(value)
    elif isinstance(value, Mapping) and value and all(map(_is_flat, value.values())):
        below = _table([{"": key, **row} for key, row in value.items()])
    elif isinstance(value, Mapping) and any(isinstance(one, Mapping) for one in value.values()):
        below = _lines(value)
    return [f"{_text(name)}:", *(INDENT + line for line in below)] if below else [f"{_text(name)}: {_cell(value)}"]


def _table(rows: Sequence[Mapping[str, object]]) -> list[str]:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    cells = [[_text(name) for name in columns], *([_cell(row.get(name)) for name in columns] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [INDENT.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]


def _cell(value: object) -> str:
    if value is None or value in ("", [], {}):
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return " ".join(f"{_text(name)}={_cell(one)}" for name, one in value.items())
    if _is_list(value):
        return ", ".join(map(_cell, value))
    return _text(value)


def _text(value: object) -> str:
    return "".join(character if character.isprintable() else "?" for character in str(value))


def _is_flat(value: object) -> bool:
    return isinstance(value, Mapping) and not any(isinstance(one, Mapping) for one in value.values())


def _is_list(value: object) -> "TypeGuard[Sequence[object]]":
    return isinstance(value, list | tuple)


def _is_table(value: object) -> "TypeGuard[Sequence[Mapping[str, object]]]":
    return _is_list(value) and len(value) > 0 and all(isinstance(one, Mapping) for one in value)
