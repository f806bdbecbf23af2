"""What the connection's light opens: the session's own figures, and the pace."""

import re
from typing import Literal

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, WebSocketRoute, expect

from tests.support.accessibility import serious_faults
from tests.support.node import RunningNode
from tests.support.page_watch import PageWatch

PHONE = ViewportSize(width=360, height=740)
BACK_OFF_MS = 40_000
EVERY_EVENT, TWO_A_SECOND = "10", "4"
"""Steps of the slider."""


def open_figures(page: Page, node: RunningNode, path: str = "/") -> Locator:
    """Open a page and what its light opens, and wait until there are figures, or nothing to tell."""
    page.goto(node.url + path)
    expect(page.locator("#state")).to_have_text(re.compile("Live|Signed out|Disconnected"))
    page.get_by_role("button", name="How the connection gets along").click()
    figures = page.get_by_role("dialog", name="This connection")
    expect(figures).to_be_visible()
    return figures


def figure(page: Page, key: str) -> Locator:
    """The value of one figure."""
    return page.locator(f"#connection-figures [data-figure={key}]")


def test_the_light_opens_the_sessions_own_figures(page: Page, node: RunningNode, watch: PageWatch) -> None:
    """Round trip, clock, lag, what waits and went, what was sent, the pace and who it is, as the gateway tells."""
    open_figures(page, node)

    for key, form in {
        "round-trip": r"[\d,]+ ms",
        "clock": r"as this device.s|[\d,]+ ms (ahead|behind)",
        "lag": r"[\d,]+ ms",
        "waiting": r"nothing|.*\d [kM]?B",
        "received": r"[\d,]+/s",
        "conflated": r"[\d,]+ \([\d,]+/s\)",
        "dropped": r"[\d,]+ \([\d,]+/s\)",
        "messages": r"[\d,]+ \([\d,]+/s\)",
        "bytes": r"[\d.]+ [kM]?B \([\d.]+ [kM]?B/s\)",
        "pace": "every event",
        "role": "public",
        "session": r"\d+",
        "expiry": "never",
    }.items():
        expect(figure(page, key)).to_have_text(re.compile(f"^({form})$"))
    before = figure(page, "messages").text_content() or ""
    expect(figure(page, "messages")).not_to_have_text(before)
    assert watch.complaints == []


def test_figures_open_and_close_by_keyboard(page: Page, node: RunningNode) -> None:
    """The button says whether they are open; Escape closes them and leads back to it."""
    page.goto(node.url)
    light = page.get_by_role("button", name="How the connection gets along")
    expect(light).to_have_attribute("aria-expanded", "false")

    light.press("Enter")

    expect(light).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("dialog", name="This connection")).to_be_focused()

    page.keyboard.press("Escape")

    expect(light).to_have_attribute("aria-expanded", "false")
    expect(light).to_be_focused()
    expect(page.get_by_role("dialog", name="This connection")).to_be_hidden()


def test_a_slower_pace_thins_prices_out(page: Page, node: RunningNode) -> None:
    """The slider asks for the pace, which takes effect, and what newer events took the place of is counted."""
    open_figures(page, node)
    slider = page.get_by_role("slider", name="At most so many events of each price")
    expect(slider).to_have_attribute("aria-valuetext", "every event")

    slider.fill("2")
    page.get_by_role("switch").check()

    expect(slider).to_have_attribute("aria-valuetext", "one in 2 s")
    expect(figure(page, "pace")).to_have_text("one in 2 s, in the background")
    expect(page.locator("#pace-effect")).to_have_text(re.compile(r"received, [1-9]\d* conflated$"))

    page.get_by_role("switch").uncheck()
    slider.fill(EVERY_EVENT)

    expect(figure(page, "pace")).to_have_text("every event")


def test_the_pace_is_set_again_in_a_new_session(page: Page, node: RunningNode, sockets: list[WebSocketRoute]) -> None:
    """A pace ends with its session; the next one has what the reader chose, without being asked."""
    open_figures(page, node)
    page.get_by_role("slider").fill(TWO_A_SECOND)
    expect(figure(page, "pace")).to_have_text("2 a second")
    session = figure(page, "session").text_content() or ""

    sockets[-1].close(code=4012, reason="tapecast.close.shutdown")

    expect(page.locator("#connection-figures .nothing")).to_be_visible()
    expect(page.locator("#state")).to_have_text("Live", timeout=BACK_OFF_MS)
    expect(figure(page, "session")).not_to_have_text(session)
    expect(figure(page, "pace")).to_have_text("2 a second")


def test_the_pace_is_set_again_when_the_page_is_seen_again(page: Page, node: RunningNode) -> None:
    """The client lets everything come again when its page is seen; what the reader chose comes after it."""
    open_figures(page, node)
    page.get_by_role("slider").fill(TWO_A_SECOND)
    expect(figure(page, "pace")).to_have_text("2 a second")
    page.evaluate(
        """() => {
            globalThis.paces = [];
            const send = WebSocket.prototype.send;
            WebSocket.prototype.send = function (data) {
                if (String(data).includes("session.pace")) {
                    globalThis.paces.push(JSON.parse(data).at(-1).max_hz);
                }
                return send.call(this, data);
            };
        }"""
    )

    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    page.wait_for_function("globalThis.paces.length === 2")
    assert page.evaluate("globalThis.paces") == [None, 2]
    expect(figure(page, "pace")).to_have_text("2 a second")


def test_figures_fit_a_phone(browser: Browser, node: RunningNode) -> None:
    """On 360 pixels they fit the width, and all of them can be reached."""
    context = browser.new_context(viewport=PHONE, color_scheme="dark")
    page = context.new_page()
    figures = open_figures(page, node)
    expect(figure(page, "expiry")).to_have_text("never")

    box = figures.bounding_box()
    widths = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    page.locator("#pace-effect").scroll_into_view_if_needed()
    expect(page.locator("#pace-effect")).to_be_in_viewport()

    context.close()
    assert widths == [PHONE["width"], PHONE["width"]]
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE["width"]
    assert box["y"] + box["height"] <= PHONE["height"]


@pytest.mark.parametrize("path", ["/account.html", "/console.html"])
def test_other_pages_have_them_as_well(page: Page, node: RunningNode, *, path: str) -> None:
    """Also where nobody is signed in, it says that there is nothing to tell."""
    figures = open_figures(page, node, path)

    expect(figures).to_have_text(re.compile("Nothing is known without a connection"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_of_them_stands_in_a_readers_way(
    browser: Browser, node: RunningNode, *, scheme: Literal["light", "dark"]
) -> None:
    """Whoever reads by ear, by keyboard or with weak eyes reads them all."""
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    open_figures(page, node)
    expect(figure(page, "expiry")).to_have_text("never")

    faults = serious_faults(page)

    context.close()
    assert faults == []
