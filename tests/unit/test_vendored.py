"""What is vendored below web/ is what its publisher published, and the page runs nothing else."""

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import TypedDict

import pytest

WEB = Path(__file__).parents[2] / "web"
VENDOR = WEB / "vendor"


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


VENDORED: list[Vendored] = json.loads((VENDOR / "vendor.json").read_text())


def sha384(path: Path) -> str:
    """A file's hash in the form of a Subresource Integrity attribute."""
    return "sha384-" + base64.b64encode(hashlib.sha384(path.read_bytes()).digest()).decode()


@pytest.mark.parametrize("entry", VENDORED, ids=lambda entry: entry["file"])
def test_file_has_the_recorded_hash(entry: Vendored) -> None:
    """Nobody has edited the file since it was taken from its package."""
    assert sha384(VENDOR / entry["file"]) == entry["integrity"]


@pytest.mark.parametrize("entry", VENDORED, ids=lambda entry: entry["file"])
def test_file_comes_with_its_licence(entry: Vendored) -> None:
    """The licence text is beside the file, as the licence asks."""
    text = (VENDOR / entry["licence_file"]).read_text()

    assert entry["licence"] in text
    assert "Copyright" in text


def test_every_vendored_file_is_recorded() -> None:
    """There is no file of unknown origin."""
    recorded = {name for entry in VENDORED for name in (entry["file"], entry["licence_file"])}

    assert {path.name for path in VENDOR.iterdir()} == recorded | {"vendor.json"}


def test_the_page_loads_vendored_scripts_by_their_hash() -> None:
    """A browser refuses a vendored script that was changed on the way."""
    page = (WEB / "index.html").read_text()
    loaded = dict(re.findall(r'src="vendor/([^"]+)"\s+integrity="([^"]+)"', page))

    assert loaded == {entry["file"]: entry["integrity"] for entry in VENDORED}
    assert page.count('src="vendor/') == len(loaded)


def test_the_page_loads_nothing_from_elsewhere_and_nothing_inline() -> None:
    """What the content security policy forbids is not even tried."""
    page = (WEB / "index.html").read_text()

    assert "//" not in "".join(re.findall(r'(?:src|href)="([^"]*)"', page))
    assert not re.findall(r"<style|<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=", page)
