"""What is vendored is what its publisher published, and the page runs nothing else than what is below web/."""

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import TypedDict

import pytest

TESTS = Path(__file__).parents[1]
WEB = TESTS.parent / "web"
FOR_PAGES = WEB / "vendor"
FOR_TESTS = TESTS / "support" / "javascript" / "vendor"


class Vendored(TypedDict):
    """One entry of vendor.json."""

    file: str
    licence: str
    licence_file: str
    package: str
    version: str
    source: str
    source_integrity: str
    file_in_source: str
    integrity: str


def read_entries(folder: Path) -> list[Vendored]:
    """What a folder says of its files."""
    entries: list[Vendored] = json.loads((folder / "vendor.json").read_text())
    return entries


VENDORED = [(folder, entry) for folder in (FOR_PAGES, FOR_TESTS) for entry in read_entries(folder)]
EACH = pytest.mark.parametrize(("folder", "entry"), VENDORED, ids=[entry["file"] for _, entry in VENDORED])


def sha384(path: Path) -> str:
    """A file's hash in the form of a Subresource Integrity attribute."""
    return "sha384-" + base64.b64encode(hashlib.sha384(path.read_bytes()).digest()).decode()


@EACH
def test_file_has_the_recorded_hash(folder: Path, entry: Vendored) -> None:
    """Nobody has edited the file since it was taken from its package."""
    assert sha384(folder / entry["file"]) == entry["integrity"]


@EACH
def test_file_comes_with_its_licence(folder: Path, entry: Vendored) -> None:
    """The licence text is beside the file, as the licence asks."""
    text = (folder / entry["licence_file"]).read_text()

    assert entry["licence"] in text
    assert "Copyright" in text


@pytest.mark.parametrize("folder", [FOR_PAGES, FOR_TESTS], ids=["pages", "tests"])
def test_every_vendored_file_is_recorded(folder: Path) -> None:
    """There is no file of unknown origin."""
    recorded = {name for entry in read_entries(folder) for name in (entry["file"], entry["licence_file"])}

    assert {path.name for path in folder.iterdir()} == recorded | {"vendor.json"}


def test_the_page_loads_vendored_scripts_by_their_hash() -> None:
    """A browser refuses a vendored script that was changed on the way."""
    page = (WEB / "index.html").read_text()
    loaded = dict(re.findall(r'src="vendor/([^"]+)"\s+integrity="([^"]+)"', page))

    assert loaded == {entry["file"]: entry["integrity"] for entry in read_entries(FOR_PAGES)}
    assert page.count('src="vendor/') == len(loaded)


def test_the_page_loads_nothing_from_elsewhere_and_nothing_inline() -> None:
    """What the content security policy forbids is not even tried."""
    page = (WEB / "index.html").read_text()

    assert "//" not in "".join(re.findall(r'(?:src|href)="([^"]*)"', page))
    assert not re.findall(r"<style|<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=", page)
