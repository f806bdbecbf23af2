"""What operators see and do on the console, in a real browser on a running gateway."""

import re
from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from tests.support.accessibility import serious_faults
from tests.support.node import RunningNode
from tests.support.page_sign_in import open_console
from tests.support.page_watch import PageWatch

DESK = ViewportSize(width=1320, height=900)
PHONE = ViewportSize(width=360, height=740)
BACK_OFF_MS = 40_000
NUMBER = re.compile(r"\d")


@pytest.fixture(scope="module")
def token(node: RunningNode) -> str:
    """What lets an operator in."""
    return node.token("olga", "admin")


@pytest.fixture(scope="module")
def console(browser: Browser, node: RunningNode, token: str) -> Iterator[Page]:
    """A console that complains of nothing, the same for all tests: each brings it to where it begins."""
    context = browser.new_context(viewport=DESK, color_scheme="light")
    opened, watch = context.new_page(), PageWatch()
    watch.attach(opened)
    open_console(opened, node, token)
    yield opened
    context.close()
    assert watch.complaints == []


@pytest.fixture
def market(browser: Browser, node: RunningNode) -> Iterator[Page]:
    """The market page of somebody else, with live prices."""
    context = browser.new_context()
    opened = context.new_page()
    opened.goto(node.url)
    expect(opened.locator("#state")).to_have_text("Live")
    yield opened
    context.close()


def answer(page: Page, confirm: str, **fields: str) -> None:
    """Fill in what a question asks for, and say yes."""
    dialog = page.get_by_role("dialog")
    for label, value in fields.items():
        dialog.get_by_label(label.replace("_", " ")).fill(value)
    dialog.get_by_role("button", name=confirm, exact=True).click()
    expect(dialog).to_have_count(0)


def chart(page: Page, key: str) -> Locator:
    """One chart of the figures, in sight."""
    card = page.locator(f"#figures [data-key={key}]")
    card.scroll_into_view_if_needed()
    return card


def feed_of(page: Page, venue: str) -> Locator:
    """A feed's card; the feeds are asked for where they are seen."""
    page.locator("#feeds").scroll_into_view_if_needed()
    card = page.locator("#feeds article", has_text=venue)
    expect(card).to_be_visible()
    return card


def row_of(page: Page, topic: str) -> Locator:
    """The row of a topic that was searched for."""
    page.get_by_label("Find a topic").fill(topic)
    page.locator("#topics").scroll_into_view_if_needed()
    return page.locator(f'#topics-rows tr[data-key="{topic}"]')


def test_figures_move_and_say_so_in_words(console: Page, market: Page) -> None:
    """Every chart tells its numbers beside it and to whoever does not see it, and they follow what happens."""
    for key in ("connections", "messages", "lag", "thinned", "waiting", "refused", "ended", "cpu", "memory"):
        expect(chart(console, key).locator("li strong").first).to_have_text(NUMBER)
    drawn = chart(console, "connections").get_by_role("img")
    expect(drawn).to_have_attribute("aria-label", re.compile(r"public: [1-9]\d* now"))
    expect(console.locator("#figures-since")).to_contain_text("when this page was opened")

    numbers = chart(console, "messages").locator("details")
    numbers.locator("summary").press("Enter")
    sent = numbers.locator("tr", has_text="sent: event").locator("td").last
    before = sent.text_content() or ""

    expect(sent).to_have_text(NUMBER)
    expect(sent).not_to_have_text(before)
    chart(console, "lag").get_by_label("Topics whose lag is drawn").select_option("price")
    expect(chart(console, "lag").get_by_role("img")).to_have_attribute("aria-label", re.compile(r"p99: [\d.]+ ms now"))
    expect(market.locator("#state")).to_have_text("Live")


def test_topics_tell_how_much_comes_on_them(console: Page) -> None:
    """A topic's rate is what came from one listing to the next; a family narrows what is asked for."""
    row = row_of(console, "tapecast.system.heartbeat")

    expect(row.locator("[data-part=rate]")).to_have_text(re.compile(r"^[01](\.\d)?$"))
    expect(row.locator("[data-part=delivery]")).to_have_text("conflated")
    expect(row.locator("[data-part=subscribers]")).to_have_text(re.compile(r"^[1-9]"))

    console.get_by_label("Topics below").select_option("tapecast.price")

    expect(console.locator("#topics-nothing")).to_have_text("No topic matches.")
    expect(row_of(console, "tapecast.price.BTCUSDT")).to_be_visible()


def test_topics_are_sorted_by_keyboard(console: Page) -> None:
    """A header is a button that sorts, and says so to a screen reader."""
    console.locator("#topics").scroll_into_view_if_needed()
    console.get_by_label("Topics below").select_option("")
    console.get_by_label("Find a topic").fill("tapecast.")
    expect(console.locator("#topics-rows tr").first).to_be_visible()
    header = console.locator("#topics").get_by_role("columnheader", name="Seq")

    header.get_by_role("button").press("Enter")

    expect(header).to_have_attribute("aria-sort", "descending")
    shown = console.locator("#topics-rows [data-part=seq]").all_text_contents()
    values = [int(text.replace(",", "")) for text in shown]
    assert len(values) > 1
    assert values == sorted(values, reverse=True)


def test_a_feed_is_preferred_for_a_while_and_no_more(console: Page) -> None:
    """The question names the feed and asks how long and why; the answer is shown, and so is the preference."""
    feed = feed_of(console, "sim")
    expect(feed.locator("[data-part=state]")).to_have_text("up")
    expect(feed.locator("[data-part=reason]")).to_contain_text("simulating")
    expect(feed.get_by_role("button", name="End preference")).to_be_hidden()

    feed.get_by_role("button", name="Prefer", exact=True).click()
    expect(console.get_by_role("dialog")).to_contain_text("Feed sim")
    answer(console, "Prefer sim", For_how_long="90 s", Reason="the other one lags")

    expect(console.locator("#feeds-outcome")).to_have_text(
        re.compile(r"^sim is preferred until \d\d:\d\d:\d\d UTC: (\d+) of \1 prices come from it already\.$")
    )
    expect(feed.locator("[data-part=preferred]")).to_have_text(re.compile("^preferred until"))

    feed.get_by_role("button", name="End preference").click()
    answer(console, "End the preference", Reason="it is well again")

    expect(console.locator("#feeds-outcome")).to_have_text("sim is not preferred any more.")
    expect(feed.locator("[data-part=preferred]")).to_be_hidden()


def test_instruments_are_taken_away_and_added_again(console: Page) -> None:
    """What a feed follows is changed while it runs; what cannot be done is refused in words."""
    feed = feed_of(console, "sim")
    outcome = console.locator("#feeds-outcome")

    feed.get_by_role("button", name="Remove instruments").click()
    answer(console, "Follow no longer", Instruments="DOTUSDT", Reason="it is not traded any more")

    expect(outcome).to_have_text(re.compile(r"^sim does not follow DOTUSDT any more; \d+ instruments are left\."))

    feed.get_by_role("button", name="Add instruments").click()
    answer(console, "Follow them", Instruments="NOSUCHTHING", Reason="a slip of the pen")

    expect(outcome).to_have_text(re.compile(r"^Adding to sim was refused\. .*\(unknown_instrument\)$"))

    feed.get_by_role("button", name="Add instruments").click()
    answer(console, "Follow them", Instruments="DOTUSDT", Reason="it is traded again")

    expect(outcome).to_have_text(re.compile(r"^sim follows DOTUSDT now, \d+ instruments in all\."))


def test_a_broadcast_is_read_by_whoever_has_a_page_open(console: Page, market: Page) -> None:
    """The preview shows what is read, the question whom it is told, and the result how many heard it."""
    form = console.locator("#broadcast")
    form.get_by_role("button", name="Tell everyone").click()
    expect(form.locator(".fault").first).to_have_text("What is to be told?")

    form.get_by_label("Message").fill("<b>Prices</b> are late.")
    form.get_by_label("About").select_option("incident")
    form.get_by_label("Severity").select_option("critical")
    expect(console.locator("#broadcast-preview")).to_have_text("Incident: <b>Prices</b> are late.")
    form.get_by_role("button", name="Tell everyone").click()
    answer(console, "Tell them")

    expect(console.locator("#broadcast-outcome")).to_have_text(
        re.compile(r"^Told on tapecast\.system\.announcements: [1-9]\d* sessions followed it\.$")
    )
    for page in (market, console):
        expect(page.locator("#announcement")).to_have_text("Incident: <b>Prices</b> are late.")
    expect(form.get_by_label("Message")).to_have_value("")


def test_a_broadcast_goes_to_a_role_alone_and_a_refusal_keeps_it(console: Page, market: Page) -> None:
    """Who is not meant reads nothing, the words on the button say who is, and what was refused can be sent again."""
    form = console.locator("#broadcast")
    form.get_by_label("Message").fill("For the desk alone.")
    form.get_by_label("To", exact=True).select_option("role")
    form.get_by_label("Role").select_option("risk")

    form.get_by_role("button", name="Tell everyone of risk").click()
    answer(console, "Tell them")

    expect(console.locator("#broadcast-outcome")).to_contain_text("Told on tapecast.role.risk.announcements")
    form.get_by_label("Message").fill("For one alone.")
    form.get_by_label("To", exact=True).select_option("user_id")
    form.get_by_label("User").fill("bob")
    form.get_by_role("button", name="Tell the user bob").click()
    answer(console, "Tell them")
    # Users are told by the process of accounts, which this gateway does without.
    expect(console.locator("#broadcast-outcome")).to_have_text(
        re.compile(r"^Telling them was refused\. .*tell a role or all\. .*\(unavailable\)$")
    )
    expect(form.get_by_label("Message")).to_have_value("For one alone.")
    expect(market.locator("#announcement")).to_be_hidden()


def test_a_role_reads_what_it_is_told(console: Page, market: Page) -> None:
    """A broadcast to operators is read on a page of an operator's, and on no page of nobody's."""
    form = console.locator("#broadcast")
    form.get_by_label("Message").fill("For operators alone.")
    form.get_by_label("About").select_option("announcement")
    form.get_by_label("To", exact=True).select_option("role")
    form.get_by_label("Role").select_option("admin")

    form.get_by_role("button", name="Tell every operator").click()
    answer(console, "Tell them")

    expect(console.locator("#announcement")).to_have_text("Announcement: For operators alone.")
    expect(market.locator("#announcement")).to_be_hidden()


def test_maintenance_ends_a_public_page_and_lets_it_back(console: Page, market: Page, node: RunningNode) -> None:
    """The question says whose sessions it ends, the page that was ended says why, and the trail tells who did it."""
    panel = console.locator("#maintenance")
    panel.scroll_into_view_if_needed()
    expect(console.locator("#maintenance-state")).to_contain_text("There is none")

    try:
        panel.get_by_role("checkbox", name="orders").check()
        panel.get_by_role("button", name="Begin maintenance").click()
        expect(console.get_by_role("dialog")).to_contain_text(re.compile(r"It ends \d+ sessions? at once: \d+ public"))
        answer(console, "Begin maintenance", Message="Back at noon", Reason="a new version")

        expect(console.locator("#maintenance-outcome")).to_have_text(re.compile("^Maintenance has begun; [1-9]"))
        expect(console.locator("#maintenance-chip")).to_have_text("under maintenance")
        expect(console.locator("#maintenance-state")).to_contain_text("requests of orders are refused")
        expect(market.locator("#state")).to_have_text("Reconnecting")
        expect(market.locator("#news")).to_have_text("The gateway is under maintenance.")
        expect(market.locator("#state-detail")).to_have_text(re.compile(r"^in \d+ s$"))

        market.get_by_role("button", name="Try now").click()

        expect(market.locator("#news")).to_have_text("The gateway is under maintenance: Back at noon")
        panel.get_by_role("button", name="End maintenance").click()
        answer(console, "End maintenance", Reason="it is done")
    finally:
        node.run("admin", "maintenance", "end", "--reason", "whatever a test left")
    expect(console.locator("#maintenance-outcome")).to_have_text("Maintenance has ended: everybody may come in again.")
    expect(market.locator("#state")).to_have_text("Live", timeout=BACK_OFF_MS)
    console.get_by_label("Action").fill("maintenance.begin")
    record = console.locator("#audit-rows tr").first
    expect(record).to_contain_text("message: Back at noon")
    expect(record).to_contain_text("a new version")
    expect(record.locator("[data-part=user]")).to_have_text("olga")
    expect(record.locator("[data-part=outcome]")).to_have_text("done")


def test_the_trail_tells_what_is_done_elsewhere(console: Page, node: RunningNode) -> None:
    """What another operator does is shown as it is done, and what was refused with it."""
    console.get_by_label("Action").fill("admin.broadcast")
    told = console.locator("#audit-rows tr", has_text="Told by hand.")

    assert node.run("admin", "broadcast", "--message", "Told by hand.").returncode == 0

    expect(told.first).to_contain_text("message: Told by hand.")
    console.get_by_label("User or role").fill("nobody of this name")
    expect(console.locator("#audit-nothing")).to_have_text("No record matches.")


def test_the_log_writes_more_for_a_while(console: Page) -> None:
    """Every process of the node is told, and the answer says until when."""
    console.get_by_label("Write from this level on").select_option("warn")
    console.locator("#level-form").get_by_role("button", name="Change").click()
    answer(console, "Change the level", For_how_long="1 s", Reason="too much of it")

    expect(console.locator("#level-outcome")).to_have_text(
        re.compile(r"^router, market.* write from warn on, until \d\d:\d\d:\d\d UTC\.")
    )


def test_parts_and_alerts_are_told(console: Page) -> None:
    """A gateway that is well says so part by part, and that nobody has to look after anything."""
    parts = console.locator("#parts-list li")

    expect(parts.filter(has_text="Router").first).to_contain_text("up")
    expect(parts.filter(has_text="Feed sim")).to_contain_text("simulating")
    expect(console.locator("#parts-summary")).to_have_text(re.compile(r"^All \d+ parts are up$"))
    expect(console.locator("#alerts-summary")).to_have_text("none open")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_stands_in_an_operators_way(
    browser: Browser, node: RunningNode, token: str, *, scheme: Literal["light", "dark"]
) -> None:
    """Whoever reads by ear, by keyboard or with weak eyes reads it all; also a chart's table, and a phone's page."""
    context = browser.new_context(viewport=PHONE, color_scheme=scheme)
    page = context.new_page()
    open_console(page, node, token)
    chart(page, "cpu").locator("summary").press("Enter")
    expect(chart(page, "cpu").locator("tbody tr", has_text="router")).to_be_visible()
    feed_of(page, "sim")

    faults = serious_faults(page)

    widths = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    context.close()
    assert faults == []
    assert widths == [PHONE["width"], PHONE["width"]]
