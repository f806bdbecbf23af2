"""What was measured, as tables that read well in a terminal and in Markdown."""

import statistics
from collections.abc import Sequence

import attrs

_LARGE, _SMALL = 100, 1
HEAD = ("measurement", "of", "ours", "stock", "ratio", "load")


@attrs.frozen(kw_only=True)
class Row:
    """
    One figure of both routers.

    Attributes:
        name: What was measured.
        unit: What the figures count.
        ours: One figure for each run.
        stock: The same of the other; empty where it was not measured.
        load_share: The most that the load generator used of its core.
    """

    name: str
    unit: str
    ours: Sequence[float]
    stock: Sequence[float]
    load_share: float

    @property
    def ratio(self) -> float | None:
        """Ours to stock; None where there is nothing to divide by."""
        divisor = statistics.median(self.stock) if self.stock else 0
        return statistics.median(self.ours) / divisor if divisor else None

    def cells(self) -> tuple[str, ...]:
        """The row as text, in the order of `HEAD`."""
        ratio = "-" if self.ratio is None else f"{self.ratio:.2f}"
        return self.name, self.unit, shown(self.ours), shown(self.stock), ratio, f"{self.load_share:.0%}"


def shown(values: Sequence[float]) -> str:
    """Median, and least to most where there are several."""
    if not values:
        return "-"
    median = _number(statistics.median(values))
    return median if len(values) == 1 else f"{median} ({_number(min(values))} to {_number(max(values))})"


def _number(value: float) -> str:
    if abs(value) >= _LARGE:
        return f"{value:_.0f}".replace("_", " ")
    return f"{value:.1f}" if abs(value) >= _SMALL else f"{value:.2f}"


def table(rows: Sequence[Row], *, has_head: bool = True) -> str:
    """Rows with aligned columns."""
    lines = [row.cells() for row in rows]
    widths = [max(map(len, column)) for column in zip(HEAD, *lines, strict=True)]
    rule = tuple("-" * width for width in widths)
    return "\n".join(_line(cells, widths) for cells in [*([HEAD, rule] if has_head else []), *lines])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (
        cell.ljust(width) if place < 2 else cell.rjust(width)  # noqa: PLR2004 - two columns of words
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return f"| {' | '.join(padded)} |"
