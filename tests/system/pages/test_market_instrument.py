"""The chosen instrument on the market page, in a real browser: its price, candles, book and trades."""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, WebSocket, WebSocketRoute, expect

from tests.support.accessibility import serious_faults
from tests.support.node import RunningNode
from tests.support.page_watch import PageWatch

RESULTS = Path(__file__).parents[3] / "test-results"
PHONE = ViewportSize(width=360, height=740)
BACK_OFF_MS = 40_000
SUBSCRIBE, UNSUBSCRIBE, CALL = 32, 34, 48
SWITCHES = 50
MOST_GROWN_BYTES = 4_000_000
IS_GROUPED = """step => {
    const price = document.querySelector("#bids [data-part=price]").textContent.replaceAll(",", "");
    return step < 1 || Number(price) % step === 0;
}"""
SWITCH = """async (times) => {
    const frame = () => new Promise(requestAnimationFrame);
    for (let turn = 0; turn < times; turn += 1) {
        const base = ["ETH", "SOL", "XRP", "BTC"][turn % 4];
        location.hash = `#${base}USDT/${["1m", "5m"][turn % 2]}`;
        while (!document.getElementById("instrument-name").textContent.startsWith(base)) await frame();
    }
}"""
PANELS = ("instrument", "chart", "book", "tape")


def open_instrument(page: Page, node: RunningNode, choice: str = "#BTCUSDT/1m") -> None:
    """Open the page at a choice, and wait until every panel has something to show."""
    node.wait_for_price("BTCUSDT")
    page.goto(f"{node.url}/{choice}")
    expect(page.locator("#state")).to_have_text("Live")
    expect_everything(page)


def expect_everything(page: Page) -> None:
    """Wait until every panel has something to show; what is out of sight is not drawn."""
    expect(page.locator("#chart-legend")).to_be_visible()
    for panel, content in (("book", "ladder"), ("tape", "tape-box")):
        page.locator(f"#{panel}").scroll_into_view_if_needed()
        expect(page.locator(f"#{content}")).to_be_visible()


def sent_messages(page: Page) -> list[list[Any]]:
    """Every WAMP message that the page sends from now on, as it grows."""
    messages: list[list[Any]] = []

    def attach(socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: messages.append(json.loads(frame)))

    page.on("websocket", attach)
    return messages


def rungs(page: Page, side: Literal["asks", "bids"]) -> list[tuple[Decimal, Decimal, Decimal]]:
    """The price, size and total of every row of one side of the book, as they stand at one moment."""
    rows: list[list[str]] = page.evaluate(
        """side => [...document.querySelectorAll(`#${side} tr`)].map(row => ["price", "size", "total"].map(
            part => row.querySelector(`[data-part=${part}]`).textContent.replaceAll(",", "")))""",
        side,
    )
    return [(Decimal(price), Decimal(size), Decimal(total)) for price, size, total in rows]


def test_the_chosen_instrument_is_shown(page: Page, node: RunningNode, watch: PageWatch) -> None:
    """A reader sees what it costs, where that comes from and how late it is, and whose chart that is."""
    open_instrument(page, node)

    panel = page.locator("#instrument")
    expect(panel.get_by_role("heading")).to_have_text("BTC / USDT")
    expect(panel.locator("[data-part=price]")).to_have_text(re.compile(r"^[\d,]+\.\d\d$"))
    expect(panel.locator("[data-part=origin]")).to_have_text(re.compile(r"^sim, live, (below 1|\d+) ms$"))
    expect(panel.locator("[data-part=trading]")).to_have_text("Trading")
    expect(panel.locator("[data-part=volume]")).to_have_text(re.compile(r"^[\d.]+K? BTC$"))
    expect(page.locator("#venues")).to_be_hidden()
    expect(page.locator("#candles canvas").first).to_be_visible()
    expect(page.get_by_role("link", name="Charts by TradingView")).to_have_attribute(
        "href", "https://www.tradingview.com/"
    )
    RESULTS.mkdir(exist_ok=True)
    page.screenshot(path=RESULTS / "market-instrument.png", full_page=True)
    assert watch.complaints == []


def test_the_legend_tells_the_bar_under_the_pointer_or_the_keys(page: Page, node: RunningNode) -> None:
    """Figures are those of the last candle, of the one that is pointed at, or of the one that keys have led to."""
    open_instrument(page, node)
    when = page.locator("#chart-legend .when")
    expect(page.locator("#chart-legend")).to_have_text(re.compile(r"O [\d,.]+\s+H [\d,.]+\s+L [\d,.]+\s+C [\d,.]+"))
    expect(page.locator("#chart-legend .state")).to_have_text("still open")
    expect(page.locator("#chart-summary")).to_have_text(re.compile(r"^1 minute candle of .* UTC: open .*, volume "))

    page.locator("#candles").hover(position={"x": 120, "y": 120})

    expect(page.locator("#chart-legend .state")).to_have_text("")
    pointed = when.text_content()
    page.locator("#book").hover()
    expect(page.locator("#chart-legend .state")).to_have_text("still open")
    page.locator("#chart-box").press("Home")
    expect(page.locator("#chart-spoken")).to_have_text(re.compile(r"^1 minute candle of .* trades"))
    assert when.text_content() != pointed


def test_older_candles_come_when_they_are_looked_at(page: Page, node: RunningNode) -> None:
    """Whoever goes to the oldest candle gets older ones before it."""
    sent = sent_messages(page)
    open_instrument(page, node)
    when = page.locator("#chart-legend .when")
    chart = page.locator("#chart-box")
    chart.press("Home")
    expect(page.locator("#chart-spoken")).not_to_be_empty()
    oldest = when.text_content() or ""

    chart.press("Home")
    page.wait_for_function(
        """([before]) => {
            document.getElementById("chart-box").dispatchEvent(new KeyboardEvent("keydown", {key: "Home"}));
            return document.querySelector("#chart-legend .when").textContent !== before;
        }""",
        arg=[oldest],
    )

    calls = [message for message in sent if message[0] == CALL and message[3] == "tapecast.market.get_candles"]
    assert "before" not in calls[0][5]
    assert any("before" in call[5] for call in calls)


def test_the_book_is_sorted_and_its_sums_are_exact(page: Page, node: RunningNode) -> None:
    """Asks stand above bids, the best next to the middle, and totals are the sums of sizes, to the digit."""
    open_instrument(page, node)
    step = page.get_by_label("Group by")
    expect(step).to_be_enabled()

    for label in ("0.01", "10"):
        step.select_option(label)
        page.wait_for_function(IS_GROUPED, arg=float(label))
        for side, best_first in (("asks", rungs(page, "asks")[::-1]), ("bids", rungs(page, "bids"))):
            prices = [price for price, _, _ in best_first]
            assert prices == sorted(prices, reverse=side == "bids")
            assert all(price % Decimal(label) == 0 for price in prices)
            sizes = [size for _, size, _ in best_first]
            assert [total for _, _, total in best_first] == [sum(sizes[: place + 1]) for place in range(len(sizes))]

    expect(page.locator("#book-trust")).to_have_text("The whole book is known.")
    expect(page.locator("#book .middle")).to_have_text(re.compile(r"^Mid [\d,.]+ Spread [\d,.]+ \([\d.]+ %\)$"))


def test_trades_come_with_their_side_in_words(page: Page, node: RunningNode) -> None:
    """Each trade tells when, by whom it was taken, at which price and how much; those before the page, too."""
    open_instrument(page, node)
    rows = page.locator("#trades tr")

    row = re.compile(r"^\s*\d\d:\d\d:\d\d\s*(▲\s*Buy|▼\s*Sell)\s*[\d,.]+\s*[\d.]+\s*$")
    expect(rows.first).to_have_text(row)
    expect(rows.nth(5)).to_have_text(row)
    first = rows.first.get_attribute("data-key")
    expect(page.locator(f"#trades tr:not(:first-child)[data-key='{first}']")).to_be_attached()


def test_the_address_keeps_the_choice(page: Page, node: RunningNode, watch: PageWatch) -> None:
    """A link shows what it names, a reload too, and the way back leads to the instrument before."""
    open_instrument(page, node, "#ETHUSDT/5m")
    heading = page.locator("#instrument-name")
    intervals = page.get_by_role("group", name="Interval")
    expect(heading).to_have_text("ETH / USDT")
    expect(intervals.get_by_role("button", name="5m", exact=True)).to_have_attribute("aria-pressed", "true")

    intervals.get_by_role("button", name="1h", exact=True).click()
    expect(page).to_have_url(re.compile("#ETHUSDT/1h$"))
    page.locator("#rows tr[data-key=BTCUSDT] button").click()
    expect(page).to_have_url(re.compile("#BTCUSDT/1h$"))
    expect(heading).to_have_text("BTC / USDT")
    page.reload()
    expect(heading).to_have_text("BTC / USDT")
    expect(intervals.get_by_role("button", name="1h", exact=True)).to_have_attribute("aria-pressed", "true")
    page.go_back()
    expect(heading).to_have_text("ETH / USDT")

    page.goto(f"{node.url}/#NOSUCH")
    expect(page.locator("#instrument")).to_contain_text("This gateway does not list NOSUCH.")
    for panel, what in (("chart", "candles"), ("book", "order book"), ("tape", "trades")):
        expect(page.locator(f"#{panel} .nothing")).to_have_text(f"No venue tells the {what} of this instrument.")
    assert watch.complaints == []


def test_the_first_instrument_is_chosen_without_an_address(page: Page, node: RunningNode) -> None:
    """Whoever names no instrument looks at the first of the list."""
    open_instrument(page, node, "")

    first = page.locator("#rows tr").first.get_attribute("data-key")
    expect(page).to_have_url(re.compile(f"#{first}/1m$"))


def test_switching_leaves_nothing_behind(page: Page, node: RunningNode) -> None:
    """After many switches the page follows as many topics as before, and keeps no more memory."""
    sent = sent_messages(page)
    open_instrument(page, node)
    session = page.context.new_cdp_session(page)

    def followed() -> int:
        kinds = [message[0] for message in sent]
        return kinds.count(SUBSCRIBE) - kinds.count(UNSUBSCRIBE)

    def kept() -> int:
        session.send("HeapProfiler.collectGarbage")
        return int(session.send("Runtime.getHeapUsage")["usedSize"])

    topics = followed()
    page.evaluate(SWITCH, 8)
    expect_everything(page)
    memory = kept()
    page.evaluate(SWITCH, SWITCHES)
    expect_everything(page)

    assert followed() == topics
    assert kept() - memory < MOST_GROWN_BYTES


def test_a_lost_connection_is_told_and_everything_comes_back(
    page: Page, node: RunningNode, sockets: list[WebSocketRoute]
) -> None:
    """While there is no connection nothing is called live, and afterwards every panel goes on by itself."""
    open_instrument(page, node)
    origin = page.locator("#instrument [data-part=origin]")

    sockets[-1].close(code=4012, reason="tapecast.close.shutdown")

    expect(origin).to_have_text(re.compile("^sim, not live, "))
    expect(page.locator("#book-old")).to_have_text("Not live: as it was when the connection was lost.")
    expect(page.locator("#state")).to_have_text("Live", timeout=BACK_OFF_MS)
    expect(origin).to_have_text(re.compile("^sim, live, "))
    expect(page.locator("#book-old")).to_have_text("")
    newest = page.locator("#trades tr").first.get_attribute("data-key")
    expect(page.locator("#trades tr").first).not_to_have_attribute("data-key", newest or "")


def test_the_chart_follows_the_readers_scheme(page: Page, node: RunningNode) -> None:
    """Who turns the lights off gets a dark chart at once."""
    open_instrument(page, node)
    is_bright = """isBright => {
        const [red] = document.querySelector("#candles canvas").getContext("2d").getImageData(2, 2, 1, 1).data;
        return isBright === red > 128;
    }"""
    page.wait_for_function(is_bright, arg=True)

    page.emulate_media(color_scheme="dark")

    page.wait_for_function(is_bright, arg=False)


def test_a_phone_shows_every_panel_in_its_width(browser: Browser, node: RunningNode) -> None:
    """On 360 pixels the panels stand below each other, and none is wider than the page."""
    context = browser.new_context(viewport=PHONE, color_scheme="dark", device_scale_factor=2)
    page = context.new_page()
    open_instrument(page, node)

    for panel in PANELS:
        page.locator(f"#{panel}").scroll_into_view_if_needed()
        box = page.locator(f"#{panel}").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["width"]
    expect(page.locator("#trades tr").first).to_be_visible()
    width = page.evaluate("document.documentElement.scrollWidth")
    page.screenshot(path=RESULTS / "market-instrument-phone.png", full_page=True)
    context.close()
    assert width == PHONE["width"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_stands_in_a_readers_way(
    browser: Browser, node: RunningNode, *, scheme: Literal["light", "dark"]
) -> None:
    """Whoever reads by ear, by keyboard or with weak eyes reads all of the instrument."""
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    open_instrument(page, node)

    faults = serious_faults(page)

    context.close()
    assert faults == []
