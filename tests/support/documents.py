"""The project's documents as data: their tables, and their blocks of code."""

import re
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).parents[2]

Row = dict[str, str]

_CELL_END = re.compile(r"(?<!\\)\|")
_BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`]+)`")


def read(path: str) -> str:
    """A document's text, by its path in the project."""
    return (PROJECT / path).read_text(encoding="utf-8")


def table(path: str, first_column: str) -> list[Row]:
    """
    The rows of a document's table, known by the title of its first column.

    Raises:
        LookupError: There is no such table.
    """
    lines = iter(read(path).splitlines())
    for line in lines:
        titles = _cells(line)
        if titles and titles[0] == first_column:
            next(lines)
            return _rows(titles, lines)
    raise LookupError(f"{path} has no table whose first column is {first_column!r}")


def code(cell: str) -> str:
    """What a cell says without the marks of code, escapes taken back."""
    return cell.strip("`").replace("\\|", "|")


def codes(cell: str) -> list[str]:
    """All words of a cell that are marked as code."""
    return _CODE.findall(cell)


def blocks(path: str, language: str) -> list[tuple[str, str]]:
    """The blocks of code in one language, each with the name that follows the language, empty where none does."""
    return [(name, text) for found, name, text in _BLOCK.findall(read(path)) if found == language]


def _cells(line: str) -> list[str]:
    if not line.startswith("|"):
        return []
    return [cell.strip() for cell in _CELL_END.split(line.strip())[1:-1]]


def _rows(titles: list[str], lines: Iterator[str]) -> list[Row]:
    rows = []
    for line in lines:
        cells = _cells(line)
        if not cells:
            break
        rows.append(dict(zip(titles, cells, strict=True)))
    return rows
