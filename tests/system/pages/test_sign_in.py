"""Signing in on the pages of accounts and operators, in a real browser on a running gateway."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, WebSocket, expect

from tests.support.accessibility import serious_faults
from tests.support.node import RunningNode
from tests.support.page_watch import PageWatch

TRADER, ADMIN = "alice, trader", "olga, admin"
SHORT_S = 10
"""How long a token is good that ends while a test looks on; the gateway's leeway is off."""


@pytest.fixture(scope="module")
def strict_node() -> Iterator[RunningNode]:
    """A gateway that ends sessions with their token to the second."""
    with RunningNode({"EXECUTION": "paper", "JWT_LEEWAY_S": "0"}) as running:
        running.wait_for_price("BTCUSDT")
        yield running


def paste(page: Page, token: str) -> None:
    """Give the page a token."""
    page.get_by_label("Token").fill(token)
    page.get_by_label("Token").press("Enter")


def kept(page: Page) -> str:
    """All that the page has stored, and all that is written in its document and its address."""
    stored: str = page.evaluate(
        "JSON.stringify([{...localStorage}, document.cookie, document.documentElement.outerHTML, location.href])"
    )
    return stored


def test_a_token_signs_in_and_is_kept_in_the_tab_alone(page: Page, paper_node: RunningNode, watch: PageWatch) -> None:
    """A reload goes on with it; nothing but session storage has it, and after signing out nothing does."""
    token = paper_node.token("sign-in-1", "trader")
    page.goto(f"{paper_node.url}/account.html")
    expect(page.locator("#state")).to_have_text("Signed out")

    paste(page, token)

    expect(page.locator("#who")).to_have_text("sign-in-1")
    expect(page.locator("#account")).to_be_visible()
    expect(page.locator("#sign-in")).to_be_hidden()
    assert token not in kept(page)
    assert token in page.evaluate("JSON.stringify({...sessionStorage})")

    page.reload()

    expect(page.locator("#who")).to_have_text("sign-in-1")

    page.get_by_role("button", name="Sign out").click()

    expect(page.locator("#account")).to_be_hidden()
    expect(page.get_by_label("Token")).to_be_focused()
    assert page.evaluate("sessionStorage.length") == 0
    assert watch.complaints == []


@pytest.mark.parametrize(
    ("place", "role", "words"),
    [
        ("console", "trader", "This page is for the role admin. The role of this token is trader."),
        ("account", "admin", "This page is for the role trader. The role of this token is admin."),
        ("account", "expired", "The gateway does not accept this token: the token has expired."),
        ("account", "forged", "The gateway does not accept this token: the token is not valid."),
        ("account", "text", "This is no token"),
        ("account", "nothing", "Paste a token."),
    ],
)
def test_what_is_wrong_with_a_token_is_told_in_words(
    page: Page, strict_node: RunningNode, *, place: str, role: str, words: str
) -> None:
    """Of another role, too old, of nobody, or no token at all: it is told beside the field, and nothing is kept."""
    expired = strict_node.token("sign-in-2", "trader", lifetime_s=60, age_s=120)
    made = {"expired": expired, "forged": "e30.e30.e30", "text": "my password", "nothing": ""}
    token = made[role] if role in made else strict_node.token("sign-in-2", role)
    page.goto(f"{strict_node.url}/{place}.html")

    paste(page, token)

    problem = page.get_by_role("alert").filter(has_text=words)
    expect(problem).to_be_visible()
    expect(page.get_by_label("Token")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Token")).to_have_value("")
    expect(page.locator("#signed-in")).to_be_hidden()
    assert page.evaluate("sessionStorage.length") == 0


def test_a_token_that_ends_asks_for_the_next_one(page: Page, strict_node: RunningNode) -> None:
    """The page says that it is over and that nothing is live, and goes on with another token without a reload."""
    page.goto(f"{strict_node.url}/account.html")
    paste(page, strict_node.token("sign-in-3", "trader", lifetime_s=SHORT_S))

    problem = page.locator("#sign-in-problem")
    expect(problem).to_contain_text("The sign-in has expired. What is shown is not live")
    expect(page.locator("#state")).to_have_text("Disconnected")
    expect(page.locator("#not-live")).to_be_visible()
    expect(page.locator("#account")).to_be_visible()
    page.evaluate("globalThis.isTheSame = true")

    paste(page, strict_node.token("sign-in-3", "trader"))

    expect(page.locator("#state")).to_have_text("Live")
    expect(page.locator("#not-live")).to_be_hidden()
    expect(page.locator("#sign-in")).to_be_hidden()
    assert page.evaluate("globalThis.isTheSame") is True


def test_a_new_token_is_taken_without_reconnecting(page: Page, strict_node: RunningNode) -> None:
    """Warned that the end is near, a reader gives the next token on the very same connection."""
    sockets: list[WebSocket] = []
    page.on("websocket", lambda socket: sockets.append(socket))  # noqa: PLW0108 - playwright writes on what it is given
    page.goto(f"{strict_node.url}/account.html")
    paste(page, strict_node.token("sign-in-4", "trader", lifetime_s=55))
    expect(page.locator("#sign-in-end")).to_have_text(re.compile(r"^The sign-in ends in \d+ s\.$"))

    page.get_by_role("button", name="New token").click()
    expect(page.get_by_label("Token")).to_be_focused()
    paste(page, strict_node.token("sign-in-4", "trader", lifetime_s=3_000))

    expect(page.locator("#sign-in-end")).to_have_text(re.compile(r"^for \d+ min$"))
    expect(page.locator("#sign-in")).to_be_hidden()
    assert len(sockets) == 1


def test_another_users_token_begins_anew(page: Page, strict_node: RunningNode) -> None:
    """Who comes in on the same page sees nothing of who was there."""
    page.goto(f"{strict_node.url}/account.html")
    paste(page, strict_node.token("sign-in-5", "trader"))
    expect(page.locator("#who")).to_have_text("sign-in-5")

    page.get_by_role("button", name="New token").click()
    paste(page, strict_node.token("sign-in-6", "trader"))

    expect(page.locator("#who")).to_have_text("sign-in-6")
    expect(page.locator("#state")).to_have_text("Live")


def test_a_revoked_sign_in_is_told(page: Page, strict_node: RunningNode) -> None:
    """Whoever is put out learns why."""
    page.goto(f"{strict_node.url}/account.html")
    paste(page, strict_node.token("sign-in-7", "trader"))
    expect(page.locator("#who")).to_have_text("sign-in-7")

    revoked = strict_node.run("admin", "tokens", "revoke", "--user-id", "sign-in-7", "--reason", "test")

    assert revoked.returncode == 0, revoked.stderr
    expect(page.locator("#sign-in-problem")).to_contain_text("The sign-in was revoked.")


@pytest.mark.parametrize(("place", "person"), [("account", TRADER), ("console", ADMIN)])
def test_a_demo_user_is_one_click_away(
    page: Page, demo_node: RunningNode, watch: PageWatch, *, place: str, person: str
) -> None:
    """On a development gateway a button goes in, a reload stays in, and only those of the page's role are offered."""
    page.goto(f"{demo_node.url}/{place}.html")
    expect(page.locator("#demo-users button")).to_have_text([person])
    assert serious_faults(page) == []

    page.get_by_role("button", name=person).click()

    expect(page.locator("#who")).to_have_text(person.partition(",")[0])
    expect(page.get_by_role("button", name="New token")).to_be_hidden()

    page.reload()

    expect(page.locator(f"#{place}")).to_be_visible()
    assert "eyJ" not in page.evaluate("JSON.stringify({...sessionStorage})")
    assert watch.complaints == []


def test_a_gateway_without_demo_users_offers_none(page: Page, paper_node: RunningNode, watch: PageWatch) -> None:
    """There is the field for a token, and nothing to complain of."""
    page.goto(f"{paper_node.url}/account.html")

    expect(page.get_by_label("Token")).to_be_visible()
    expect(page.locator("#demo")).to_be_hidden()
    assert watch.complaints == []


def test_the_sign_in_fits_a_phone(browser: Browser, demo_node: RunningNode) -> None:
    """360 pixels wide, in the dark, nothing is cut off and nothing stands in a reader's way."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, color_scheme="dark")
    page = context.new_page()
    page.goto(f"{demo_node.url}/account.html")
    expect(page.locator("#demo-users button")).to_be_visible()

    width = page.evaluate("document.documentElement.scrollWidth")
    faults = serious_faults(page)

    context.close()
    assert (width, faults) == (360, [])
