"""The page that a security team reads first: what it names is there."""

import re

import pytest

from tests.support.modules import PROJECT
from tests.support.named_tests import missing_tests, named_tests

PAGE = (PROJECT / "docs" / "explanation" / "security.md").read_text()
THREATS = [line for line in PAGE.splitlines() if re.match(r"\| \d+ \|", line)]


def test_every_test_that_it_names_exists() -> None:
    """A threat is stopped by what a test shows, not by what was once intended."""
    assert len(named_tests(PAGE)) > len(THREATS)
    assert missing_tests(PAGE) == []


def test_every_threat_has_a_number_and_names_a_test() -> None:
    """In one order over all tables."""
    assert [int(line.split()[1]) for line in THREATS] == list(range(1, len(THREATS) + 1))
    assert [line.split()[1] for line in THREATS if "`tests/" not in line] == []


@pytest.mark.parametrize("path", re.findall(r"`(tests/[a-z_/]+\.py)`", PAGE))
def test_whole_files_that_it_names_exist(path: str) -> None:
    """Where all tests of a file together show it."""
    assert (PROJECT / path).is_file()
