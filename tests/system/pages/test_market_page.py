"""The market page in a real browser, on a running gateway."""

import re
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, WebSocketRoute, expect

from tests.support.accessibility import serious_faults
from tests.support.node import RunningNode
from tests.support.page_watch import PageWatch

RESULTS = Path(__file__).parents[3] / "test-results"
PHONE = ViewportSize(width=360, height=740)
BACK_OFF_MS = 40_000
MINUS = "\N{MINUS SIGN}"


def open_market(page: Page, node: RunningNode) -> Locator:
    """Open the page, wait for a live price, and return the rows."""
    page.goto(node.url)
    expect(page.locator("#state")).to_have_text("Live")
    rows = page.locator("#rows tr")
    expect(rows.first).to_be_visible()
    return rows


def cell(row: Locator, name: str) -> str:
    """The text of one cell of a row."""
    return (row.locator(f".{name}").first.text_content() or "").strip()


def test_prices_are_shown_and_move(page: Page, node: RunningNode, watch: PageWatch) -> None:
    """A reader sees live prices of the gateway, with their direction in words, and the page asks nobody else."""
    rows = open_market(page, node)

    expect(page.locator("td.last [data-part=direction]", has_text=re.compile("up|down")).first).to_be_attached()
    expect(page.locator("#empty")).to_be_hidden()
    expect(page.locator("#state-detail")).to_have_text("signed in as public")
    expect(page).to_have_title(re.compile(r"\d.* · Tapecast"))
    row = rows.first
    assert re.fullmatch(r"\w+ / \w+", cell(row, "instrument"))
    assert re.fullmatch(r"[▲▼]?[\d,.]+(up|down|unchanged)", cell(row, "last"))
    assert re.fullmatch(r"[\d.]+[KMB]?", cell(row, "volume"))
    assert re.fullmatch(rf"[+{MINUS}]?[\d.]+ %", cell(row, "change"))
    assert cell(row, "source") == "sim"
    assert cell(row, "quality") == "live"
    assert re.fullmatch(r"(quiet)? ?\d+ (s|min)", cell(row, "age"))
    RESULTS.mkdir(exist_ok=True)
    page.screenshot(path=RESULTS / "market-light.png")
    assert watch.complaints == []
    assert {urlsplit(url).netloc for url in watch.requested} == {urlsplit(node.url).netloc}


def test_direction_is_told_by_arrow_and_word_as_by_colour(page: Page, node: RunningNode) -> None:
    """Whoever cannot see the colour reads the arrow, and whoever sees neither hears the word."""
    open_market(page, node)

    for word, arrow in (("up", "▲"), ("down", "▼")):
        moved = page.locator(f"td.last[data-direction={word}]").first
        expect(moved).to_have_text(re.compile(f"^{arrow}.*{word}$"))


def test_a_search_narrows_the_rows(page: Page, node: RunningNode) -> None:
    """Only instruments that match are shown, and no match is said so."""
    open_market(page, node)

    page.get_by_label("Find an instrument").fill("btc/usdt")

    rows = page.locator("#rows tr")
    expect(rows).to_have_count(1)
    expect(rows.first).to_have_attribute("data-key", "BTCUSDT")

    page.get_by_label("Find an instrument").fill("nothing of this name")

    expect(rows).to_have_count(0)
    expect(page.locator("#nothing-found")).to_be_visible()


def test_headers_sort_by_keyboard(page: Page, node: RunningNode) -> None:
    """A header is a button that sorts, and says so to a screen reader."""
    open_market(page, node)
    header = page.get_by_role("columnheader", name="Last")

    header.get_by_role("button").press("Enter")

    expect(header).to_have_attribute("aria-sort", "descending")
    prices = page.locator("td.last [data-part=price]").all_text_contents()
    assert len(prices) > 1
    values = [float(price.replace(",", "")) for price in prices]
    assert values == sorted(values, reverse=True)


def test_a_row_is_chosen_by_mouse_and_by_keyboard(page: Page, node: RunningNode) -> None:
    """A slash leads to the search, Enter chooses what was found, arrows go on, and a press anywhere in a row counts."""
    open_market(page, node)
    chosen = page.locator("#rows tr:has([aria-current=true])")
    expect(chosen).to_have_count(1)

    page.keyboard.type("/eth/usdt")
    expect(page.locator("#rows tr")).to_have_count(1)
    page.keyboard.press("Enter")

    expect(chosen).to_have_attribute("data-key", "ETHUSDT")

    page.keyboard.press("Escape")
    expect(page.locator("#rows tr")).not_to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    second = page.locator("#rows tr").nth(1)
    expect(second.locator("button")).to_be_focused()
    expect(second.locator("button")).to_have_attribute("aria-current", "true")

    page.locator("#rows tr[data-key=BTCUSDT] .age").click()

    expect(chosen).to_have_attribute("data-key", "BTCUSDT")
    expect(page).to_have_title(re.compile(r" BTC/USDT · Tapecast$"))


def test_an_operators_word_is_shown(page: Page, node: RunningNode, watch: PageWatch) -> None:
    """Whoever has the page open reads a broadcast as it comes, as text and nothing else; the newest takes its place."""
    open_market(page, node)
    announcement = page.locator("#announcement")
    expect(announcement).to_be_hidden()

    for message, more in (
        ("Hello.", ()),
        ("<b>Prices</b> are late.", ("--type", "incident", "--severity", "critical")),
    ):
        assert node.run("admin", "broadcast", "--message", message, *more).returncode == 0
        expect(announcement).to_contain_text(message)

    expect(announcement).to_have_text("Incident: <b>Prices</b> are late.")
    expect(announcement).to_have_attribute("data-severity", "critical")
    assert watch.complaints == []


@pytest.mark.parametrize(
    ("code", "reason", "words"),
    [
        (4012, "tapecast.close.shutdown", "The gateway is restarting."),
        (4008, "tapecast.close.slow_consumer", "This page was too slow to keep up."),
        (1001, "", "The connection was cut."),
    ],
)
def test_the_page_recovers_from_a_close(
    page: Page, node: RunningNode, sockets: list[WebSocketRoute], *, code: int, reason: str, words: str
) -> None:
    """After a close the page says what happened, comes back by itself, and prices move on."""
    open_market(page, node)

    sockets[-1].close(code=code, reason=reason)

    expect(page.locator("#state")).to_have_text("Reconnecting")
    expect(page.locator("#news")).to_have_text(words)
    expect(page.locator("#state")).to_have_text("Live", timeout=BACK_OFF_MS)
    expect(page.locator("#news")).to_have_text(re.compile(r"^Back after \d+ s\.$"))
    assert len(sockets) == 2
    before = page.locator("td.last").all_text_contents()
    expect(
        page.locator("td.last").filter(has_not_text=re.compile("|".join(map(re.escape, before)))).first
    ).to_be_attached()


def test_a_page_that_was_kicked_stays_away_until_asked(
    page: Page, node: RunningNode, sockets: list[WebSocketRoute]
) -> None:
    """Where the gateway says not to come back, the page offers it and does not do it."""
    open_market(page, node)

    sockets[-1].close(code=4005, reason="tapecast.close.kicked")

    expect(page.locator("#state")).to_have_text("Disconnected")
    expect(page.locator("#news")).to_have_text("An operator ended this connection.")
    expect(page).to_have_title("Disconnected · Tapecast")
    expect(page.locator(".quality .chip").first).to_have_text("not live")

    page.get_by_role("button", name="Try now").click()

    expect(page.locator("#state")).to_have_text("Live")


def test_the_page_notices_a_network_that_went_silent(page: Page, node: RunningNode) -> None:
    """A network that is gone closes no socket; the page misses the heartbeat, and is back as soon as it can be."""
    open_market(page, node)

    page.context.set_offline(offline=True)

    expect(page.locator("#state")).to_have_text("Reconnecting")
    expect(page.locator("#news")).to_have_text(re.compile("silent|offline"))

    page.context.set_offline(offline=False)

    expect(page.locator("#state")).to_have_text("Live", timeout=BACK_OFF_MS)


def test_a_phone_shows_everything_without_scrolling_sideways(browser: Browser, node: RunningNode) -> None:
    """On 360 pixels the page fits its width, and a row still tells price, change, source, quality and age."""
    context = browser.new_context(viewport=PHONE, color_scheme="dark", device_scale_factor=2)
    page = context.new_page()
    rows = open_market(page, node)

    for name in ("instrument", "last", "change", "volume", "source", "quality", "age"):
        part = rows.first.locator(f".{name}").first
        expect(part).to_be_in_viewport(ratio=1)
        assert part.evaluate("cell => cell.scrollWidth <= cell.clientWidth"), name
    widths = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    RESULTS.mkdir(exist_ok=True)
    page.screenshot(path=RESULTS / "market-phone.png")
    context.close()
    assert widths == [PHONE["width"], PHONE["width"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_stands_in_a_readers_way(
    browser: Browser, node: RunningNode, *, scheme: Literal["light", "dark"]
) -> None:
    """Whoever reads by ear, by keyboard or with weak eyes reads it all."""
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    open_market(page, node)

    faults = serious_faults(page)

    context.close()
    assert faults == []
