"""What every test of a page in a real browser asks for."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, WebSocketRoute, expect

from tests.support.browser import chromium
from tests.support.node import RunningNode
from tests.support.page_watch import PageWatch

DESK = ViewportSize(width=1320, height=900)
PATIENCE_MS = 60_000

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests of a module; each gets a context of its own."""
    with chromium() as started:
        yield started


@pytest.fixture
def watch() -> PageWatch:
    """What the page of this test does unseen."""
    return PageWatch()


@pytest.fixture
def page(browser: Browser, watch: PageWatch) -> Iterator[Page]:
    """An empty tab on a desk."""
    context = browser.new_context(viewport=DESK, color_scheme="light")
    opened = context.new_page()
    watch.attach(opened)
    yield opened
    context.close()


@pytest.fixture
def sockets(page: Page, node: RunningNode) -> list[WebSocketRoute]:
    """The page's connections to the gateway, oldest first; closing one is what the gateway would do."""
    opened: list[WebSocketRoute] = []

    def pass_through(socket: WebSocketRoute) -> None:
        socket.connect_to_server()
        opened.append(socket)

    page.route_web_socket(node.websocket_url, pass_through)
    return opened
