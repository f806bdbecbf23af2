"""The console's sessions in a real browser, on a running gateway: found, looked at, and ended."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from tests.support.accessibility import serious_faults
from tests.support.node import RunningNode
from tests.support.page_watch import PageWatch
from tests.support.session_crowd import session_crowd

RESULTS = Path(__file__).parents[3] / "test-results"
PHONE = ViewportSize(width=360, height=740)
CROWD = 40
"""Ten sessions of a trader, five of each other user, fifteen of the public; each from an address of its own."""

OPERATOR = "olga"
SERVICE_ADDRESS = "127.0.0.8"


@pytest.fixture(scope="module")
def crowded(node: RunningNode) -> Iterator[RunningNode]:
    """A gateway that others are connected to."""
    with session_crowd(node, CROWD):
        yield node


def sign_in(page: Page, node: RunningNode, user: str, role: str, path: str) -> None:
    """Open a page as somebody."""
    page.goto(f"{node.url}/{path}")
    page.get_by_label("Token", exact=True).fill(node.token(user, role))
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#state")).to_have_text("Live")


def open_console(page: Page, node: RunningNode) -> Locator:
    """Open the console, wait for its sessions, and return their rows."""
    sign_in(page, node, OPERATOR, "admin", "console.html")
    page.locator("#sessions").scroll_into_view_if_needed()
    rows = page.locator("#sessions-rows tr")
    expect(rows.first).to_be_visible()
    return rows


def find(page: Page, text: str) -> Locator:
    """Look for sessions, and return the rows of those that are shown then."""
    page.get_by_label("Find a user, an address or a session").fill(text)
    rows = page.locator("#sessions-rows tr")
    expect(rows.filter(has_not_text=text)).to_have_count(0)
    return rows


def answer(page: Page, confirm: str, **fields: str) -> None:
    """Say yes to what is asked, and why."""
    dialog = page.get_by_role("dialog")
    for label, text in {"Reason": "a test", **fields}.items():
        dialog.get_by_label(label.replace("_", " ")).fill(text)
    dialog.get_by_role("button", name=confirm).click()
    expect(dialog).to_have_count(0)


def column(page: Page, name: str) -> list[str]:
    """The texts of a column, as they are shown."""
    return page.locator(f"#sessions-rows [data-part={name}]").all_text_contents()


def numbers(texts: list[str]) -> list[float]:
    """What stands in a column of numbers."""
    return [float(re.sub(r"[^\d.]", "", text)) for text in texts]


def test_everybody_who_is_connected_is_listed(page: Page, crowded: RunningNode, watch: PageWatch) -> None:
    """Each with what an operator looks for; the operator's own session is one of them."""
    open_console(page, crowded)

    expect(page.locator("#sessions-count")).to_have_text(re.compile(r"^\d+ sessions$"))
    own = find(page, OPERATOR)
    expect(own).to_have_count(1)
    expect(own).to_contain_text(re.compile(rf"{OPERATOR}admin127\.0\.0\.1\d+ s"))
    expect(page.locator("#sessions-count")).to_have_text(re.compile(r"^1 of \d+ sessions$"))
    RESULTS.mkdir(exist_ok=True)
    page.screenshot(path=RESULTS / "console-sessions.png")
    assert watch.complaints == []


def test_headers_sort_and_who_waits_longest_comes_first(page: Page, crowded: RunningNode) -> None:
    """By lag at first; any other header takes its place, by keyboard as well."""
    open_console(page, crowded)
    header = page.get_by_role("columnheader", name="Lag")
    expect(header).to_have_attribute("aria-sort", "descending")
    expect(page.locator("#sessions-rows [data-part=lag]").first).not_to_have_text("0 ms")
    assert numbers(column(page, "lag")) == sorted(numbers(column(page, "lag")), reverse=True)

    page.get_by_role("columnheader", name="Waiting").get_by_role("button").press("Enter")

    expect(header).to_have_attribute("aria-sort", "none")
    assert numbers(column(page, "waiting")) == sorted(numbers(column(page, "waiting")), reverse=True)

    page.get_by_role("columnheader", name="User").get_by_role("button").click()

    expect(page.get_by_role("columnheader", name="User")).to_have_attribute("aria-sort", "ascending")
    named = [user for user in column(page, "user") if user.startswith("user-")]
    assert named == sorted(named)


def test_sessions_are_found_by_role_user_and_address(page: Page, crowded: RunningNode) -> None:
    """What does not match is not shown, and no match is said so."""
    open_console(page, crowded)

    page.get_by_label("Role of sessions").select_option("trader")

    expect(page.locator("#sessions-count")).to_have_text(re.compile("^10 of"))
    assert set(column(page, "role")) == {"trader"}

    page.get_by_label("Role of sessions").select_option("all roles")
    expect(find(page, "127.0.4.5")).to_have_count(1)

    page.get_by_label("Find a user, an address or a session").fill("nobody of this name")

    expect(page.locator("#sessions-nothing")).to_have_text("No session matches.")


def test_a_session_opens_with_all_that_is_known_of_it(page: Page, crowded: RunningNode) -> None:
    """Beside the table; Escape closes it, and the keyboard is back where it was."""
    open_console(page, crowded)
    button = find(page, "user-000-trader").first.get_by_role("button")
    number = button.text_content()

    button.press("Enter")

    beside = page.get_by_role("complementary", name=f"Session {number}")
    expect(beside.locator("h3")).to_be_focused()
    for text in ("user-000-trader", "json", "Lag", "as it comes", "Limits"):
        expect(beside).to_contain_text(text)
    expect(beside.get_by_role("button", name="Revoke all tokens of user-000-trader")).to_be_visible()

    page.keyboard.press("Escape")

    expect(beside).to_be_hidden()
    expect(page.locator(f"#sessions-rows tr[data-key='{number}'] button")).to_be_focused()


def test_a_row_keeps_the_keyboard_while_the_list_is_read_again(page: Page, crowded: RunningNode) -> None:
    """Sessions come and go and trade places, and whoever is at one stays at it."""
    open_console(page, crowded)
    page.get_by_label("Role of sessions").select_option("trader")
    button = page.locator("#sessions-rows button").nth(5)
    button.focus()
    number = button.text_content()

    page.evaluate("document.querySelector('#sessions-columns button[data-sort=session]').click()")
    page.evaluate("document.querySelector('#sessions-columns button[data-sort=user]').click()")

    assert page.evaluate("document.activeElement.textContent") == number


def test_the_box_scrolls_by_keyboard(page: Page, crowded: RunningNode) -> None:
    """A screen reader is told how many rows there are, though only those that are seen are in the document."""
    rows = open_console(page, crowded)
    box = page.locator("#sessions-scroll")
    count = int(page.locator("#sessions-scroll table").get_attribute("aria-rowcount") or 0)
    assert count > rows.count() > 0
    box.focus()

    page.keyboard.press("End")

    expect(rows.last).to_have_attribute("aria-rowindex", str(count))


def test_a_disconnect_ends_that_very_session(
    page: Page, crowded: RunningNode, browser: Browser, watch: PageWatch
) -> None:
    """The operator is asked with the session's full name; its page says why it ended, and comes back when asked."""
    other = browser.new_page()
    sign_in(other, crowded, "karl", "trader", "account.html")
    open_console(page, crowded)
    page.evaluate("document.querySelector('#sessions').scrollIntoView()")
    row = find(page, "karl")
    expect(row).to_have_count(1, timeout=30_000)
    number = row.get_by_role("button").text_content()
    row.get_by_role("button").click()

    page.get_by_role("button", name="Disconnect this session").click()

    dialog = page.get_by_role("dialog", name="Disconnect a session")
    expect(dialog).to_contain_text(f"Session {number} of karl from 127.0.0.1")
    expect(dialog).to_contain_text("It ends 1 session now.")
    answer(page, "Disconnect")
    expect(page.locator("#sessions-outcome")).to_have_text("Disconnected 1 session.")
    expect(page.locator("#session-note")).to_have_text("This session has ended.")
    expect(row).to_have_count(0)
    expect(other.locator("#state")).to_have_text("Disconnected")
    expect(other.locator("#news")).to_have_text("An operator ended this connection.")

    other.get_by_role("button", name="Try now").click()

    expect(other.locator("#state")).to_have_text("Live")
    expect(row).to_have_count(1)
    other.close()
    assert watch.complaints == []


def test_all_sessions_of_a_user_are_counted_before_they_end(page: Page, crowded: RunningNode) -> None:
    """The question tells how many there are, and the result how many there were."""
    open_console(page, crowded)
    rows = find(page, "user-000-issuer")
    expect(rows).to_have_count(5)
    rows.first.get_by_role("button").click()

    page.get_by_role("button", name="Disconnect all of user-000-issuer").click()

    expect(page.get_by_role("dialog")).to_contain_text("It ends 5 sessions now.")
    answer(page, "Disconnect")
    expect(page.locator("#sessions-outcome")).to_have_text("Disconnected 5 sessions.")
    expect(rows).to_have_count(0)


def test_an_address_is_blocked_and_let_in_again(page: Page, crowded: RunningNode) -> None:
    """Who is connected from there goes; the list tells for how long, why and by whom, and takes it back."""
    open_console(page, crowded)
    rows = find(page, SERVICE_ADDRESS)
    expect(rows).to_have_count(1)
    rows.first.get_by_role("button").click()
    page.get_by_role("button", name=f"Block {SERVICE_ADDRESS}").click()
    expect(page.get_by_role("dialog")).to_contain_text(f"Everybody from {SERVICE_ADDRESS}")

    answer(page, "Block", For_how_long="15 min")

    expect(page.locator("#sessions-outcome")).to_have_text(f"Blocked {SERVICE_ADDRESS}; it ended 1 session.")
    expect(rows).to_have_count(0)
    page.locator("#blocks").scroll_into_view_if_needed()
    block = page.locator("#blocks-rows tr")
    expect(block).to_have_count(1)
    expect(block).to_contain_text(re.compile(rf"{SERVICE_ADDRESS}1\d min more{OPERATOR}, .*a test"))

    block.get_by_role("button", name=f"Unblock {SERVICE_ADDRESS}").click()
    answer(page, "Unblock")

    expect(page.locator("#blocks-outcome")).to_have_text(f"Unblocked {SERVICE_ADDRESS}.")
    expect(page.locator("#blocks-nothing")).to_be_visible()


def test_tokens_are_revoked_and_restored(page: Page, crowded: RunningNode) -> None:
    """By the user's name, also of who has to be typed; the list tells it, and takes it back."""
    open_console(page, crowded)
    page.locator("#revocations").scroll_into_view_if_needed()
    page.get_by_label("Its name").fill("user-000-risk")
    page.locator("#revocations-form").get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("dialog")).to_contain_text("It ends 5 sessions now.")

    answer(page, "Revoke")

    said = page.locator("#revocations-outcome")
    expect(said).to_have_text("Revoked all tokens of user-000-risk; it ended 5 sessions.")
    revocation = page.locator("#revocations-rows tr")
    expect(revocation).to_contain_text("user user-000-risk")

    revocation.get_by_role("button", name="Restore user user-000-risk").click()
    answer(page, "Restore")

    expect(said).to_have_text("Restored all tokens of user-000-risk.")
    expect(page.locator("#revocations-nothing")).to_be_visible()


def test_a_refusal_is_told_in_words(page: Page, crowded: RunningNode) -> None:
    """What the gateway does not do, it says why; the table goes on."""
    open_console(page, crowded)
    page.locator("#blocks").scroll_into_view_if_needed()
    page.get_by_label("Address or network").fill("127.0.0.1")
    page.locator("#blocks-form").get_by_role("button", name="Block").click()

    answer(page, "Block")

    said = page.locator("#blocks-outcome")
    expect(said).to_have_text(re.compile(r"^Blocking 127\.0\.0\.1 was refused\. .+ \(invalid_argument\)$"))
    expect(said).to_have_attribute("data-tone", "bad")
    expect(page.locator("#sessions-rows tr").first).to_be_attached()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_sessions_stand_in_nobodys_way(
    browser: Browser, crowded: RunningNode, *, scheme: Literal["light", "dark"]
) -> None:
    """On a phone as on a desk: axe finds nothing serious with a session open, and the page fits its width."""
    context = browser.new_context(viewport=PHONE, color_scheme=scheme)
    page = context.new_page()
    rows = open_console(page, crowded)
    rows.first.get_by_role("button").click()
    expect(page.locator("#session-groups")).to_contain_text("Lag")

    faults = serious_faults(page)
    widths = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    RESULTS.mkdir(exist_ok=True)
    page.screenshot(path=RESULTS / f"console-phone-{scheme}.png")

    context.close()
    assert faults == []
    assert widths == [PHONE["width"], PHONE["width"]]
