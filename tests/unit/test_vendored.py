"""What is vendored is what its publisher published, and the pages run nothing else than what is below web/."""

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
PAGES = sorted(WEB.rglob("*.html"))
LICENCES = {
    "MIT": "MIT",
    "Apache-2.0": "Apache License",
    "MPL-2.0": "Mozilla Public License",
}
"""What the text of each licence calls itself."""


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

    assert LICENCES[entry["licence"]] in text
    assert "Copyright" in text + (folder / entry["file"]).read_text()[:200]


@pytest.mark.parametrize("folder", [FOR_PAGES, FOR_TESTS], ids=["pages", "tests"])
def test_every_vendored_file_is_recorded(folder: Path) -> None:
    """There is no file of unknown origin."""
    recorded = {name for entry in read_entries(folder) for name in (entry["file"], entry["licence_file"])}

    assert {path.name for path in folder.iterdir()} == recorded | {"vendor.json"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(WEB).as_posix())
def test_a_page_loads_what_is_vendored_by_its_hash(page: Path) -> None:
    """A browser refuses a vendored file that was changed on the way."""
    text = page.read_text()
    loaded = re.findall(r'(?:src|href)="[./]*vendor/([^"]+)"\s+integrity="([^"]+)"', text)
    published = {entry["file"]: entry["integrity"] for entry in read_entries(FOR_PAGES)}

    assert text.count("vendor/") == len(loaded)
    assert loaded == [(file, published.get(file)) for file, _ in loaded]


def test_nothing_is_vendored_for_nobody() -> None:
    """Each vendored file is loaded by a page."""
    text = "".join(page.read_text() for page in PAGES)

    assert all(f"vendor/{entry['file']}" in text for entry in read_entries(FOR_PAGES))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(WEB).as_posix())
def test_a_page_loads_nothing_from_elsewhere_and_nothing_inline(page: Path) -> None:
    """What the content security policy forbids is not even tried; a link may lead elsewhere."""
    text = page.read_text()

    assert "//" not in "".join(re.findall(r'<(?:script|link|img)[^>]*\s(?:src|href)="([^"]*)"', text))
    assert not re.findall(r"<style|<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=", text)
