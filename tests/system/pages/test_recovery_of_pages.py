"""All three pages while the gateway is away: each says what happened, and goes on by itself without a reload."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.node import RunningNode
from tests.support.page_sign_in import sign_in

BACK_OFF_MS = 60_000
BACK = re.compile(r"^Back after \d+ s\.$")
WAIT = re.compile(r"^in \d+ s$")
SHORT_LIFE_S = 10
ROLES = {"account": "trader", "console": "admin"}

Pages = dict[str, Page]


@pytest.fixture(scope="module")
def node() -> Iterator[RunningNode]:
    """A gateway with accounts, which these tests stop and start."""
    with RunningNode({"EXECUTION": "paper", "JWT_LEEWAY_S": "0"}) as running:
        running.wait_for_price("BTCUSDT")
        yield running


@pytest.fixture(scope="module")
def pages(browser: Browser, node: RunningNode) -> Iterator[Pages]:
    """The market, the account and the console, each of a reader of its own; none is ever loaded again."""
    opened = {name: browser.new_context().new_page() for name in ("market", *ROLES)}
    opened["market"].goto(node.url)
    for name, role in ROLES.items():
        open_signed_in(opened[name], node, name, node.token(f"{name}-reader", role))
    for page in opened.values():
        expect(page.locator("#state")).to_have_text("Live")
        page.evaluate("window.isNeverLoadedAgain = true")
    yield opened
    for page in opened.values():
        assert page.evaluate("window.isNeverLoadedAgain")
        page.context.close()


def open_signed_in(page: Page, node: RunningNode, name: str, token: str) -> None:
    """Open one of the pages that need a token."""
    page.goto(f"{node.url}/{name}.html")
    sign_in(page, token)
    expect(page.locator("#signed-in")).to_be_visible()


def expect_away(page: Page, words: str) -> None:
    """The page says that it is away, and why; where somebody is signed in, that what is shown is not live."""
    expect(page.locator("#state")).to_have_text("Reconnecting")
    expect(page.locator("#news")).to_have_text(re.compile(words))
    if page.locator("#not-live").count():
        expect(page.locator("#not-live")).to_be_visible()


def expect_back(page: Page) -> None:
    """The page is back by itself, and says for how long it was away."""
    expect(page.locator("#state")).to_have_text("Live", timeout=BACK_OFF_MS)
    expect(page.locator("#news")).to_have_text(BACK)
    if page.locator("#not-live").count():
        expect(page.locator("#not-live")).to_be_hidden()


def expect_moving(pages: Pages) -> None:
    """What each page is for moves again: prices, who is signed in, the figures of the node."""
    prices = pages["market"].locator("#rows")
    before = prices.text_content() or ""
    expect(prices).not_to_have_text(before)
    expect(pages["account"].locator("#who")).to_have_text("account-reader")
    console = pages["console"]
    since = console.locator("#figures-since")
    told = since.text_content() or ""
    expect(since).not_to_have_text(told)
    expect(console.locator("#parts-summary")).to_have_text(re.compile(r"^All \d+ parts are up$"))


def test_a_network_that_was_cut(pages: Pages) -> None:
    """A cut closes no socket: each page misses the heartbeat, says so, and is back with the network."""
    for page in pages.values():
        page.context.set_offline(offline=True)

    for page in pages.values():
        expect_away(page, "^(The network went silent|This device is offline)")
        page.context.set_offline(offline=False)

    for page in pages.values():
        expect_back(page)
    expect_moving(pages)


def test_a_gateway_that_was_restarted(pages: Pages, node: RunningNode) -> None:
    """Whoever stops the gateway tells its readers; once it is there again so are they, with whatever it knows then."""
    node.stop()

    for page in pages.values():
        expect_away(page, "^The gateway (is restarting|does not answer)")
        expect(page.locator("#state-detail")).to_have_text(WAIT)
    expect(pages["console"].locator("#figures .not-live")).to_be_visible()

    node.start()

    for page in pages.values():
        expect_back(page)
    expect(pages["console"].locator("#figures .not-live")).to_be_hidden()
    expect_moving(pages)


def test_maintenance(pages: Pages, node: RunningNode) -> None:
    """Whom it ends reads why, what the operator says of it and when the page asks again; the operator stays."""
    begun = node.run("admin", "maintenance", "begin", "--message", "Back at noon", "--reason", "a new version")
    assert begun.returncode == 0, begun.stderr

    for name in ("market", "account"):
        expect_away(pages[name], "^The gateway is under maintenance")
        expect(pages[name].locator("#state-detail")).to_have_text(WAIT)
        pages[name].get_by_role("button", name="Try now").click()
        expect(pages[name].locator("#news")).to_have_text("The gateway is under maintenance: Back at noon")
        expect(pages[name].locator("#state-detail")).to_have_text(WAIT)
    expect(pages["console"].locator("#state")).to_have_text("Live")

    assert node.run("admin", "maintenance", "end", "--reason", "it is done").returncode == 0

    for name in ("market", "account"):
        expect_back(pages[name])
    expect_moving(pages)


@pytest.mark.parametrize("name", ROLES)
def test_a_token_that_ended(browser: Browser, node: RunningNode, name: str) -> None:
    """The page keeps what it shows, says that it is not live and why, and goes on from there with a new token."""
    page = browser.new_context().new_page()
    open_signed_in(page, node, name, node.token("bob", ROLES[name], lifetime_s=SHORT_LIFE_S))
    page.evaluate("window.isNeverLoadedAgain = true")
    shown = page.locator(f"#{name}")
    expect(shown).to_be_visible()

    problem = page.locator("#sign-in-problem")
    expect(problem).to_contain_text("The sign-in has expired.", timeout=BACK_OFF_MS)
    expect(problem).to_contain_text("not live")
    expect(page.locator("#state")).to_have_text("Disconnected")
    expect(shown).to_be_visible()

    sign_in(page, node.token("bob", ROLES[name]))

    expect(problem).to_be_hidden()
    expect(page.locator("#not-live")).to_be_hidden()
    assert page.evaluate("window.isNeverLoadedAgain")
    page.context.close()
