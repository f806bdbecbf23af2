"""One story over all three pages, as people live it, which also takes the pictures of the documents."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.node import RunningNode
from tests.support.page_watch import PageWatch

PICTURES = Path(os.environ.get("TAPECAST_PICTURES", Path(__file__).parents[3] / "test-results"))
QUANTITY = "0.5"


@pytest.fixture(scope="module")
def desk() -> Iterator[RunningNode]:
    """A development gateway with a trader and an operator, where all in one instrument is worth an alert."""
    settings = {
        "EXECUTION": "paper",
        "DEMO_USERS": "alice:trader,olga:admin",
        "RISK_CONCENTRATION_PERCENT": "60",
    }
    with RunningNode(settings) as running:
        running.wait_for_price("BTCUSDT")
        yield running


@pytest.fixture(scope="module")
def tabs(browser: Browser, desk: RunningNode) -> Iterator[dict[str, Page]]:
    """The three pages side by side, which nobody reloads; none complains of anything."""
    context = browser.new_context(viewport={"width": 1320, "height": 1000}, color_scheme="light")
    watches, opened = [], {}
    for name, path in (("market", ""), ("account", "account.html"), ("console", "console.html")):
        page, watch = context.new_page(), PageWatch()
        watch.attach(page)
        watches.append(watch)
        page.goto(f"{desk.url}/{path}")
        opened[name] = page
    go_in_as(opened["console"], "olga")  # whose charts begin then
    yield opened
    context.close()
    assert [watch.complaints for watch in watches] == [[], [], []]


def go_in_as(page: Page, user: str) -> None:
    """Sign in as a demo user."""
    page.get_by_role("button", name=re.compile(f"^{user},")).click()
    expect(page.locator("#state")).to_have_text("Live")


def keep_picture(page: Page, name: str) -> None:
    """Take a picture from the top of a page."""
    page.evaluate("scrollTo(0, 0)")
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png")


def test_prices_move_on_the_market_page(tabs: dict[str, Page]) -> None:
    """The chosen instrument has candles, a book and trades, and its price is another soon."""
    page = tabs["market"]
    page.locator("#watch-list").locator("tr[data-key=BTCUSDT] button").click()
    expect(page.locator("#state")).to_have_text("Live")
    expect(page.locator("#chart canvas").first).to_be_visible()
    for rows in ("#book tbody tr", "#tape tbody tr"):
        expect(page.locator(rows).first).to_be_visible()
    price = page.locator("#rows tr[data-key=BTCUSDT] [data-part=price]")
    before = price.text_content()

    expect(price).not_to_have_text(before or "")

    keep_picture(page, "market")


def test_an_order_is_placed_filled_and_held(tabs: dict[str, Page]) -> None:
    """A click is followed to its execution, to the position and to the wallet."""
    page = tabs["account"]
    go_in_as(page, "alice")
    expect(page.locator("#wallet-rows tr").first).to_contain_text("USDT")
    before = page.locator("#wallet-rows tr").first.text_content() or ""
    page.get_by_label("Instrument").select_option("BTCUSDT")
    page.get_by_label("Type").select_option("market")
    page.get_by_label(re.compile("^Quantity")).fill(QUANTITY)

    page.locator("#ticket-send").click()

    expect(page.locator("#activity-rows li").first).to_contain_text(re.compile("filled", re.IGNORECASE))
    position = page.locator("#positions-rows tr", has_text="BTC")
    for text in ("Long", QUANTITY):
        expect(position).to_contain_text(text)
    expect(page.locator("#fills tbody tr").first).to_contain_text("Buy")
    expect(page.locator("#wallet-rows tr").first).not_to_have_text(before)


def test_an_alert_is_raised_and_acknowledged(tabs: dict[str, Page]) -> None:
    """That all is in one instrument is said, and who looks after it."""
    page = tabs["account"]
    alert = page.locator("#alerts-open li", has_text=re.compile("concentration", re.IGNORECASE))
    expect(alert).to_be_visible()

    alert.get_by_role("button", name="Acknowledge").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Note").fill("on purpose")
    dialog.get_by_role("button", name="Acknowledge").click()

    expect(alert).to_contain_text("acknowledged")
    expect(alert).to_contain_text("on purpose")
    keep_picture(page, "account")


def test_an_operator_ends_that_very_session_and_it_comes_back(tabs: dict[str, Page]) -> None:
    """The account page says who ended it and offers to come back, and nothing of it was lost."""
    account, console = tabs["account"], tabs["console"]
    console.locator("#sessions").scroll_into_view_if_needed()
    console.get_by_label("Find a user, an address or a session").fill("alice")
    row = console.locator("#sessions-rows tr")
    expect(row).to_have_count(1)
    row.get_by_role("button").click()

    console.get_by_role("button", name="Disconnect this session").click()
    dialog = console.get_by_role("dialog")
    expect(dialog).to_contain_text("alice")
    dialog.get_by_label("Reason").fill("shows how it is done")
    dialog.get_by_role("button", name="Disconnect").click()

    expect(console.locator("#sessions-outcome")).to_contain_text(re.compile("1 session"))
    expect(account.locator("#state")).to_have_text("Disconnected")
    expect(account.locator("#news")).to_have_text("An operator ended this connection.")
    console.evaluate("scrollTo(0, 0)")
    expect(console.locator("#figures strong").first).to_have_text(re.compile(r"\d"))
    keep_picture(console, "console")

    account.get_by_role("button", name="Try now").click()

    expect(account.locator("#state")).to_have_text("Live")
    expect(account.locator("#positions-rows tr")).to_contain_text("Long")
    expect(account.locator("#alerts-open li").first).to_contain_text("on purpose")
