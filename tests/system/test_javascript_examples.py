"""The JavaScript examples run as their readers run them, on a running gateway."""

import re
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.support.browser import chromium
from tests.support.javascript_runtime import NODE, ROOT
from tests.support.node import RunningNode

DOCUMENTED_ADDRESS = "127.0.0.1:8080"
EXAMPLES = ROOT / "examples"
PATIENCE_MS = 60_000


@pytest.fixture
def project_copy(tmp_path: Path) -> Path:
    """What the examples load, and room for examples."""
    for name in ("clients", "web"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "examples").mkdir()
    return tmp_path


@pytest.fixture
def file_server(project_copy: Path) -> Iterator[str]:
    """A web server over the project's folder; the origin of its pages."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(project_copy))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_page_of_ten_lines_shows_prices(project_copy: Path, file_server: str) -> None:
    """A page of another origin that the gateway allows follows prices, in no more than ten lines."""
    page_text = (EXAMPLES / "prices.html").read_text()
    with RunningNode({"ALLOWED_ORIGINS": file_server}) as node, chromium() as browser:
        here = page_text.replace(DOCUMENTED_ADDRESS, f"127.0.0.1:{node.port}")
        (project_copy / "examples" / "prices.html").write_text(here)
        page = browser.new_page()
        page.goto(f"{file_server}/examples/prices.html")

        for instrument in ("BTCUSDT", "ETHUSDT"):
            expect(page.locator(f"#{instrument}")).to_have_text(re.compile(r"^\d+\.\d+$"), timeout=PATIENCE_MS)
        expect(page).to_have_title("live")

    assert DOCUMENTED_ADDRESS in page_text
    assert len(page_text.splitlines()) == 10


def test_a_script_follows_a_book(node: RunningNode) -> None:
    """The script says that it is connected, and then how the book is."""
    command = [str(NODE), str(EXAMPLES / "book.mjs"), node.websocket_url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as script:
        assert script.stdout is not None
        lines = [script.stdout.readline() for _ in range(4)]
        script.terminate()

    assert lines[:2] == ["connecting\n", "live\n"]
    assert all(re.fullmatch(r"\d+ [\d.]+ x [\d.]+ [\d.]+ x [\d.]+\n|0 none none\n", line) for line in lines[2:]), lines
