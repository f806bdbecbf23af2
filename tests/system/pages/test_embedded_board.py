"""The price board on a page of another site, in a real browser: what its reader sees, and what the page keeps."""

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, WebSocket, expect

from tests.support.accessibility import serious_faults
from tests.support.documents import read
from tests.support.node import RunningNode, free_port
from tests.support.page_watch import PageWatch

RESULTS = Path(__file__).parents[3] / "test-results"
PHONE = ViewportSize(width=360, height=740)
EXAMPLE = "examples/embed.html"
IN_EXAMPLE = "http://127.0.0.1:8080"


class Site:
    """
    Another site: one page, on a port of its own, with a policy that lets in the gateway alone.

    Attributes:
        gateway: Whose board the page shows.
    """

    def __init__(self, gateway: RunningNode, port: int) -> None:
        self.gateway = gateway
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = site.page.encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Security-Policy", site.policy)
                self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"

    @property
    def policy(self) -> str:
        """That of the how-to, and no more."""
        url = self.gateway.url
        return f"default-src 'none'; script-src {url}; connect-src {url} {self.gateway.websocket_url}"

    @property
    def page(self) -> str:
        """The page of the example, with this gateway in the place of its own."""
        text = read(EXAMPLE).replace(IN_EXAMPLE, self.gateway.url)
        return text.replace("ws://127.0.0.1:8080", self.gateway.websocket_url.removesuffix("/ws"))

    def start(self) -> None:
        """Serve from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Serve no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture(scope="module")
def gateway() -> Iterator[tuple[RunningNode, int]]:
    """A gateway that allows the pages of one origin, and the port of it."""
    port = free_port()
    with RunningNode({"ALLOWED_ORIGINS": f"http://127.0.0.1:{port}"}) as running:
        running.wait_for_price("BTCUSDT")
        yield running, port


@pytest.fixture(scope="module")
def site(gateway: tuple[RunningNode, int]) -> Iterator[Site]:
    """The site that the gateway allows."""
    running = Site(*gateway)
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def stranger(gateway: tuple[RunningNode, int]) -> Iterator[Site]:
    """A site that it does not."""
    running = Site(gateway[0], 0)
    running.start()
    yield running
    running.stop()


def open_site(page: Page, site: Site) -> Locator:
    """Open the site's page, and return its board once it is live."""
    page.goto(site.url)
    board = page.locator("tapecast-prices")
    expect(board.locator("strong")).to_have_text("Live")
    return board


def test_prices_move_on_a_page_of_another_site(page: Page, site: Site, watch: PageWatch) -> None:
    """One script and one element, under a policy that forbids all else: a table of live prices, and no complaint."""
    board = open_site(page, site)

    rows = board.get_by_role("table", name="Live prices").locator("tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.first.get_by_role("rowheader")).to_have_text(re.compile(r"^BTC / USDT"))
    expect(rows.first.locator(".price")).to_have_text(re.compile(r"^[▲▼][\d,.]+ (up|down)$"))
    expect(rows.first.locator(".change")).to_have_text(re.compile(r"%$"))
    price = rows.first.locator(".price").text_content() or ""
    expect(rows.first.locator(".price")).not_to_have_text(price)
    RESULTS.mkdir(exist_ok=True)
    page.screenshot(path=RESULTS / "embedded-board.png")
    assert watch.complaints == []


def test_the_page_keeps_its_own_globals(page: Page, site: Site) -> None:
    """Nothing is left behind but the element, and a Wampy of the page's own stays what it was."""
    page.add_init_script("globalThis.Wampy = 'theirs'; globalThis.before = Object.getOwnPropertyNames(globalThis)")

    open_site(page, site)

    left = page.evaluate("Object.getOwnPropertyNames(globalThis).filter((name) => !before.includes(name))")
    assert set(left) <= {"before"}
    assert page.evaluate("globalThis.Wampy") == "theirs"


def test_other_instruments_take_the_place_of_those_before(page: Page, site: Site) -> None:
    """The attribute is heeded whenever it changes; what the gateway does not know is said so."""
    board = open_site(page, site)

    board.evaluate("(board) => board.setAttribute('instruments', 'ADAUSDT, NOPE')")

    expect(board.locator("tbody tr")).to_have_count(2)
    expect(board.locator("tbody tr").nth(0).locator(".price")).to_have_text(re.compile(r"\d"))
    expect(board.locator("tbody tr").nth(1).locator(".note")).to_have_text("not known here")

    board.evaluate("(board) => board.removeAttribute('instruments')")

    expect(board.locator("table")).to_be_hidden()
    expect(board.locator(".nothing")).to_be_visible()


def test_a_board_that_is_taken_out_disconnects(page: Page, site: Site) -> None:
    """Boards share one connection, which ends with the last of them; a board that comes back connects again."""
    closed: list[str] = []
    opened: list[str] = []

    def note(socket: WebSocket) -> None:
        opened.append(socket.url)
        socket.on("close", lambda _socket: closed.append(socket.url))

    page.on("websocket", note)
    open_site(page, site)
    page.evaluate("document.body.append(document.querySelector('tapecast-prices').cloneNode())")
    expect(page.locator("tapecast-prices").nth(1).locator("strong")).to_have_text("Live")
    assert len(opened) == 1

    page.evaluate("document.body.append(document.querySelector('tapecast-prices'))")
    expect(page.locator("tapecast-prices").nth(1).locator("strong")).to_have_text("Live")
    assert closed == []

    with page.expect_event("websocket", lambda _: True) as again:
        page.evaluate(
            "for (const one of [...document.querySelectorAll('tapecast-prices')]) one.remove();"
            "setTimeout(() => document.body.append(document.createElement('tapecast-prices')))"
        )
    assert again.value.url == site.gateway.websocket_url
    expect(page.locator("tapecast-prices strong")).to_have_text("Live")
    assert len(opened) == 2
    assert closed == [site.gateway.websocket_url]


def test_a_site_that_is_not_listed_is_told_so(page: Page, stranger: Site) -> None:
    """The scripts load, the socket does not open, and the reader reads whose fault it is."""
    page.goto(stranger.url)

    board = page.locator("tapecast-prices")
    expect(board.locator("strong")).to_have_text("Refused")
    expect(board.locator(".detail")).to_have_text(
        f"The gateway does not let pages of {stranger.url.removesuffix('/')} connect. Its operator can allow it."
    )
    expect(board.locator("tbody tr").first.locator(".note")).to_have_text("no price yet")


def test_a_theme_and_colours_of_the_page_are_heeded(browser: Browser, site: Site) -> None:
    """Dark where the reader has it so, light where the page says so, and the page's own colour before both."""
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    board = open_site(page, site)
    ground = "(board) => getComputedStyle(board).backgroundColor"

    dark = board.evaluate(ground)
    board.evaluate("(board) => board.setAttribute('theme', 'light')")
    light = board.evaluate(ground)
    board.evaluate("(board) => board.style.setProperty('--tapecast-ground', 'rgb(1, 2, 3)')")
    own = board.evaluate(ground)

    context.close()
    assert (dark, light, own) == ("rgb(16, 21, 31)", "rgb(255, 255, 255)", "rgb(1, 2, 3)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_stands_in_a_readers_way(browser: Browser, site: Site, *, scheme: Literal["light", "dark"]) -> None:
    """Whoever reads by ear or with weak eyes reads the board, and a phone shows it whole."""
    context = browser.new_context(color_scheme=scheme, viewport=PHONE)
    page = context.new_page()
    open_site(page, site)

    widths = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    faults = serious_faults(page)

    context.close()
    assert widths == [PHONE["width"], PHONE["width"]]
    assert faults == []
