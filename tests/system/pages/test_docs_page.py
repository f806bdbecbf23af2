"""The developers' page in a real browser: everything on it can be tried, on a running gateway."""

import re
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, WebSocketRoute, expect

from components.contract.http import HTTP_PATHS
from components.contract.procedures import PROCEDURES
from components.contract.roles import Role
from components.contract.topics import TOPIC_FAMILIES, TopicFamily
from tests.support.accessibility import serious_faults
from tests.support.node import RunningNode
from tests.support.page_watch import PageWatch

RESULTS = Path(__file__).parents[3] / "test-results"
PHONE = ViewportSize(width=360, height=740)
BACK_OFF_MS = 40_000
UNPUBLISHED = "signals"


def is_for_everyone(family: TopicFamily) -> bool:
    """Whether the page can follow it without a token."""
    return Role.PUBLIC in family.readers.any_of and family.name != UNPUBLISHED


def open_docs(page: Page, node: RunningNode, anchor: str = "") -> None:
    """Open the page and wait until everything is there."""
    node.wait_for_price("BTCUSDT")
    page.goto(f"{node.url}/docs/{anchor}")
    expect(page.locator("#state")).to_have_text("Live")
    expect(page.locator("#loading")).to_be_hidden()


def opened(page: Page, entry_id: str) -> Locator:
    """An entry, open."""
    entry = page.locator(f"#{entry_id}")
    if entry.get_attribute("open") is None:
        entry.locator("summary").click()
    return entry


def go(entry: Locator) -> Locator:
    """The button that tries it, once it can be tried."""
    button = entry.locator("[data-part=go]")
    expect(button).to_be_enabled()
    return button


def test_every_public_topic_can_be_followed(page: Page, node: RunningNode, watch: PageWatch) -> None:
    """Of each family the page chooses a topic that there is, shows its state and what comes, and stops when told."""
    open_docs(page, node)

    for family in filter(is_for_everyone, TOPIC_FAMILIES):
        entry = opened(page, f"topic-{family.name.replace('.', '-')}")
        go(entry).click()
        expect(entry.locator("[data-part=count]")).to_have_text(re.compile(r"^\d+$"))
        expect(entry.locator("[data-part=seq]").first).to_have_text(re.compile(r"^\d+$"))
        expect(entry.locator("[data-part=result]")).to_have_text(re.compile(r"^\{"))
        go(entry).click()
        expect(entry.locator("[data-part=outcome]")).to_have_text(re.compile(r"^Stopped after \d+ events\.$"))
        entry.locator("summary").click()
    assert watch.complaints == []


def test_events_are_shown_as_they_come(page: Page, node: RunningNode) -> None:
    """The state comes first, then every event with its number, time and lag, and another choice is another topic."""
    open_docs(page, node, "#topic-trades")
    entry = page.locator("#topic-trades")
    expect(entry).to_have_attribute("open", "")
    entry.get_by_label("instrument", exact=True).select_option("ETHUSDT")

    go(entry).click()

    expect(entry.locator("[data-part=outcome]")).to_have_text("Following tapecast.trades.sim.ETHUSDT")
    rows = entry.locator("[data-part=arrivals] tr")
    expect(rows.nth(2)).to_be_visible()
    expect(rows.last.locator("[data-part=type]")).to_have_text("state")
    expect(rows.first.locator("[data-part=time]")).to_have_text(re.compile(r"^\d\d:\d\d:\d\d\.\d{3}$"))
    expect(entry.locator(".samples code")).to_contain_text("tapecast.trades.sim.ETHUSDT")
    RESULTS.mkdir(exist_ok=True)
    page.screenshot(path=RESULTS / "docs-topic.png")


def test_a_topic_that_nobody_publishes_says_so(page: Page, node: RunningNode) -> None:
    """There is nothing to follow, and the reader need not wait to find out."""
    open_docs(page, node)

    entry = opened(page, "topic-signals")

    expect(entry.locator("[data-part=outcome]")).to_have_text(
        re.compile("The gateway has no such topic just now.|Asking the gateway for its topics.")
    )
    expect(entry.locator("[data-part=go]")).to_be_disabled()


def test_every_public_procedure_answers(page: Page, node: RunningNode, watch: PageWatch) -> None:
    """With what stands in its fields at first, each gives a result, and how long it took."""
    open_docs(page, node)

    for procedure in PROCEDURES:
        if Role.PUBLIC in procedure.callers.any_of:
            entry = opened(page, f"procedure-{procedure.uri.removeprefix('tapecast.').replace('.', '-')}")
            for name in procedure.arguments:
                if name not in procedure.optional:
                    expect(entry.locator(f"[name={name}]")).not_to_have_value("")
            go(entry).click()
            expect(entry.locator("[data-part=outcome]")).to_have_text(re.compile(r"^Answered in [\d.]+ ms$"))
            expect(entry.locator("[data-part=result]")).not_to_have_text("")
            entry.locator("summary").click()
    assert watch.complaints == []


def test_a_refusal_is_shown_with_its_code(page: Page, node: RunningNode) -> None:
    """The reader sees the code, the gateway's words, and whether to try again."""
    open_docs(page, node, "#procedure-market-get_price")
    entry = page.locator("#procedure-market-get_price")
    expect(entry.get_by_label("instrument", exact=True)).to_have_value("BTCUSDT")

    entry.get_by_label("instrument", exact=True).fill("NOPE")
    go(entry).click()

    expect(entry.locator("[data-part=outcome]")).to_have_text(
        re.compile(r"^unknown_instrument in [\d.]+ ms: .*NOPE.* \(the same call will not succeed\)$")
    )
    expect(entry.locator("[data-part=result]")).to_contain_text('"code": "unknown_instrument"')
    expect(entry.locator(".samples code")).to_contain_text('instrument: "NOPE"')


def test_every_path_answers(page: Page, node: RunningNode, watch: PageWatch) -> None:
    """Status, headers and body of each, with the parameter that stands in its field at first."""
    open_docs(page, node)

    for path in (one for one in HTTP_PATHS if one.name != "demoToken"):
        entry = opened(page, f"path-{path.name}")
        go(entry).click()
        expect(entry.locator("[data-part=outcome]")).to_have_text(re.compile(r"^200 OK in [\d.]+ ms$"))
        expect(entry.locator("[data-part=headers]")).to_contain_text("content-type: application/json")
        expect(entry.locator("[data-part=result]")).to_have_text(re.compile(r"^\{"))
        entry.locator("summary").click()
    assert watch.complaints == []


def test_a_token_opens_what_asks_for_one(page: Page, node: RunningNode, watch: PageWatch) -> None:
    """What public may not try says who may; a token opens it, and signing out takes that and the answer away."""
    open_docs(page, node)
    entry = opened(page, "procedure-admin-stats-get")
    outcome = entry.locator("[data-part=outcome]")
    expect(outcome).to_have_text("Sign in above as admin to try this.")
    expect(entry.locator("[data-part=go]")).to_be_disabled()

    page.get_by_label("Token").fill(node.token("docs-operator", "admin"))
    page.get_by_role("button", name="Sign in").click()

    expect(page.locator("#state-detail")).to_have_text("signed in as admin")
    go(entry).click()
    expect(outcome).to_have_text(re.compile("^Answered in"))

    page.get_by_role("button", name="Sign out").click()

    expect(page.locator("#state-detail")).to_have_text("signed in as public")
    expect(outcome).to_have_text("Sign in above as admin to try this.")
    expect(entry.locator("[data-part=result]")).to_be_hidden()
    expect(entry.locator("[data-part=result]")).to_have_text("")
    assert watch.complaints == []


def test_a_demo_user_is_one_press_away(page: Page, demo_node: RunningNode, watch: PageWatch) -> None:
    """On a development gateway nobody has to make a token to try what asks for one."""
    open_docs(page, demo_node, "#procedure-admin-stats-get")
    entry = page.locator("#procedure-admin-stats-get")

    page.get_by_role("button", name="olga, admin").click()

    expect(page.locator("#state-detail")).to_have_text("signed in as admin")
    go(entry).click()
    expect(entry.locator("[data-part=outcome]")).to_have_text(re.compile("^Answered in"))
    assert watch.complaints == []


def test_a_bad_token_is_said_to_be_one(page: Page, node: RunningNode) -> None:
    """By its form at once; what the gateway does not accept, in its words."""
    open_docs(page, node)

    for token, words in (("nonsense", "This is no token"), ("a.b.c", "The gateway does not accept this token")):
        page.get_by_label("Token").fill(token)
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator("#token-problem")).to_contain_text(words)


def test_a_search_leaves_what_has_its_words(page: Page, node: RunningNode) -> None:
    """Entries and codes are found by name and meaning; nothing found is said; an address shows all again."""
    open_docs(page, node)
    search = page.get_by_label("Find a topic")

    search.fill("best bid")

    expect(page.locator(".entry:visible")).to_have_count(3)
    expect(page.locator("#found")).to_have_text(re.compile(r"^3 of \d+ entries$"))
    expect(page.locator("#start")).to_be_hidden()

    search.fill("slow_consumer")

    expect(page.locator("#close-rows tr:visible")).to_have_count(1)

    search.fill("nothing of this name")

    expect(page.locator("#nothing-found")).to_be_visible()

    page.evaluate("location.hash = 'topic-book'")

    expect(page.locator("#topic-book")).to_have_attribute("open", "")
    expect(page.locator("#topic-book")).to_be_in_viewport()


def test_samples_are_copied_and_are_code(page: Page, node: RunningNode) -> None:
    """A choice of language is that of all samples, and one press copies what is shown."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_docs(page, node, "#procedure-market-get_book")
    entry = page.locator("#procedure-market-get_book")
    expect(entry.get_by_label("venue", exact=True)).to_have_value("sim")

    page.locator("#start-samples").get_by_role("button", name="Python").click()
    entry.get_by_role("button", name="Copy").click()

    expect(entry.locator("[data-part=copied]")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    compile(copied, "sample.py", "exec")
    assert 'client.call("tapecast.market.get_book", venue="sim", instrument="BTCUSDT", depth=5)' in copied
    assert node.websocket_url in copied


def test_what_is_followed_goes_on_after_a_loss(page: Page, node: RunningNode, sockets: list[WebSocketRoute]) -> None:
    """The page says what happened, comes back by itself, and more events come."""
    open_docs(page, node, "#topic-system-heartbeat")
    entry = page.locator("#topic-system-heartbeat")
    go(entry).click()
    count = entry.locator("[data-part=count]")
    expect(count).to_have_text(re.compile(r"^\d+$"))

    sockets[-1].close(code=4012, reason="tapecast.close.shutdown")

    expect(page.locator("#news")).to_have_text("The gateway is restarting.")
    expect(page.locator("#state")).to_have_text("Live", timeout=BACK_OFF_MS)
    before = count.text_content() or ""
    expect(count).not_to_have_text(before)
    expect(entry.locator("[data-part=outcome]")).to_have_text("Following tapecast.system.heartbeat")


def test_docs_without_a_slash_lead_there(page: Page, node: RunningNode) -> None:
    """Whoever types the address by hand reads the page, with its style."""
    page.goto(f"{node.url}/docs")

    assert page.url == f"{node.url}/docs/"
    expect(page.locator("#loading")).to_be_hidden()


def test_a_phone_shows_everything_without_scrolling_sideways(browser: Browser, node: RunningNode) -> None:
    """On 360 pixels the page fits its width, with a topic followed and a call answered."""
    context = browser.new_context(viewport=PHONE, color_scheme="dark", device_scale_factor=2)
    page = context.new_page()
    open_docs(page, node)
    for entry_id in ("topic-book", "procedure-market-get_candles", "path-price"):
        entry = opened(page, entry_id)
        go(entry).click()
        expect(entry.locator("[data-part=result]")).not_to_have_text("")

    widths = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    opened(page, "topic-book").scroll_into_view_if_needed()
    RESULTS.mkdir(exist_ok=True)
    page.screenshot(path=RESULTS / "docs-phone.png")

    context.close()
    assert widths == [PHONE["width"], PHONE["width"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_stands_in_a_readers_way(
    browser: Browser, node: RunningNode, *, scheme: Literal["light", "dark"]
) -> None:
    """Whoever reads by ear, by keyboard or with weak eyes reads it all, and tries it."""
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    open_docs(page, node)
    for entry_id in ("topic-price", "procedure-market-get_price", "procedure-orders-place", "path-price"):
        entry = opened(page, entry_id)
        if entry_id != "procedure-orders-place":
            go(entry).click()
            expect(entry.locator("[data-part=result]")).not_to_have_text("")

    faults = serious_faults(page)

    context.close()
    assert faults == []
