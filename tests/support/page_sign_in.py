"""How a reader signs in on a page."""

from playwright.sync_api import Page, expect

from tests.support.node import RunningNode


def sign_in(page: Page, token: str) -> None:
    """Paste a token where a page asks for one, and wait until it has let in."""
    page.locator("#token").fill(token)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator("#state")).to_have_text("Live")


def open_console(page: Page, node: RunningNode, token: str) -> None:
    """Open the console of a gateway as the operator of a token."""
    page.goto(f"{node.url}/console.html")
    sign_in(page, token)
    expect(page.locator("#console")).to_be_visible()
