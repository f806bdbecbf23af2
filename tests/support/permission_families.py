"""The written table of permissions: which row a URI has, and what it says."""

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import attrs

from components.contract.roles import Role

PAGE = Path(__file__).parents[2] / "docs/reference/permissions.md"
OWN, ANOTHER = "{own}", "{another}"

_ROW = re.compile(r"\| (call|subscribe|publish|register) \| `([^`]+)` \|(.*)\|")


@attrs.frozen(kw_only=True)
class Family:
    """
    One row of the table.

    Attributes:
        pattern: As it is written.
        words: What it says, by role.
    """

    action: str
    pattern: str
    words: dict[Role, str]

    def fits(self, uri: str) -> int:
        """How long a pattern of this row that fits a URI is; 0 where none does."""
        return max((_length(one) for one in spelled_out(self.pattern) if _is_fit(one, uri)), default=0)


def read_families() -> list[Family]:
    """All rows."""
    found = _ROW.findall(PAGE.read_text())
    return [Family(action=action, pattern=pattern, words=_words(cells)) for action, pattern, cells in found]


def family_of(families: list[Family], action: str, uri: str) -> Family:
    """
    The row of a URI, in which a user is `{own}` or `{another}`.

    Raises:
        AssertionError: There is none.
    """
    fitting = [(family.fits(uri), family) for family in families if family.action == action and family.fits(uri)]
    assert fitting, f"{action} {uri}: docs/reference/permissions.md has no row that says who may; add one"
    return max(fitting, key=lambda one: one[0])[1]


def _words(cells: str) -> dict[Role, str]:
    words = [cell.strip() for cell in cells.split("|")]
    return dict(zip((Role(role) for role in Role), words, strict=True))


def spelled_out(pattern: str) -> Iterator[str]:
    """A pattern once for each way of choosing a word of each of its lists in braces."""
    parts = re.split(r"(\{[a-z_]+(?:,[a-z_]+)+\})", pattern)
    choices = [part[1:-1].split(",") if "," in part else [part] for part in parts]
    return ("".join(words) for words in itertools.product(*choices))


def _length(pattern: str) -> int:
    # What is named weighs more than what stands for anything.
    return 2 * len(pattern.removesuffix("*")) + (not pattern.endswith("*"))


def _is_fit(pattern: str, uri: str) -> bool:
    return uri.startswith(pattern[:-1]) if pattern.endswith(".*") else uri == pattern
