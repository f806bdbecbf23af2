"""The written table of permissions: which row a URI has, and what it says."""

import re
from pathlib import Path

import attrs

from components.contract.roles import Role

PAGE = Path(__file__).parents[2] / "docs/reference/permissions.md"
OWN, ANOTHER = "{own}", "{another}"

_ROW = re.compile(r"\| (call|subscribe|publish|register) \| (`.+?) \|(.*)\|")
_WHOSE = {"one's own": OWN, "another's": ANOTHER}


@attrs.frozen(kw_only=True)
class Family:
    """
    One row of the table.

    Attributes:
        patterns: Those that it is about; a user is `{own}` or `{another}` in them.
        words: What it says, by role.
    """

    action: str
    patterns: tuple[str, ...]
    words: dict[Role, str]

    def fits(self, uri: str) -> int:
        """How long a pattern of this row that fits a URI is; 0 where none does."""
        return max((_length(one) for one in self.patterns if _is_fit(one, uri)), default=0)


def read_families() -> list[Family]:
    """All rows."""
    found = _ROW.findall(PAGE.read_text())
    return [Family(action=action, patterns=_patterns(names), words=_words(cells)) for action, names, cells in found]


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


def _patterns(names: str) -> tuple[str, ...]:
    whose = _WHOSE.get(names.rpartition(", ")[2], "{user_id}")
    return tuple(pattern.replace("{user_id}", whose) for pattern in re.findall(r"`([^`]+)`", names))


def _length(pattern: str) -> int:
    # What is named weighs more than what stands for anything.
    return 2 * len(pattern.removesuffix("*")) + (not pattern.endswith("*"))


def _is_fit(pattern: str, uri: str) -> bool:
    return uri.startswith(pattern[:-1]) if pattern.endswith(".*") else uri == pattern
