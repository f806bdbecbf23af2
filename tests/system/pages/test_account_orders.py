"""Orders on the account page in a real browser: from the ticket to what became of them, whatever is cut in between."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import attrs
import pytest
from playwright.sync_api import Browser, Locator, Page, WebSocketRoute, expect

from tests.support.accessibility import serious_faults
from tests.support.node import RunningNode
from tests.support.page_watch import PageWatch

RESULTS = Path(__file__).parents[3] / "test-results"
BACK_OFF_MS = 60_000
CALL, RESULT = 48, 50
FAR_BELOW = "80000"


@attrs.define(slots=False)  # playwright writes on the object whose method it is to call
class Line:
    """
    The page's connections to the gateway, and what is cut of them.

    Attributes:
        drops: Whether a message of the page's is kept from the gateway.
        loses: Whether one of the gateway's is kept from the page.
    """

    opened: list[WebSocketRoute] = attrs.field(factory=list)
    drops: Callable[[list[object]], bool] = lambda _message: False
    loses: Callable[[list[object]], bool] = lambda _message: False

    def carry(self, socket: WebSocketRoute) -> None:
        """Pass messages on, and cut the connection at one that is kept back."""
        server = socket.connect_to_server()
        self.opened.append(socket)

        def pass_on(to: WebSocketRoute, message: str | bytes, is_kept_back: Callable[[list[object]], bool]) -> None:
            if is_kept_back(json.loads(message)):
                socket.close(code=1001)
            else:
                to.send(message)

        socket.on_message(lambda message: pass_on(server, message, self.drops))
        server.on_message(lambda message: pass_on(socket, message, self.loses))


def open_account(page: Page, node: RunningNode, user: str) -> Locator:
    """Open the page as a trader of its own, choose an instrument, and return what is followed of actions."""
    page.goto(f"{node.url}/account.html")
    page.get_by_label("Token").fill(node.token(user, "trader"))
    page.get_by_label("Token").press("Enter")
    expect(page.locator("#state")).to_have_text("Live")
    expect(page.locator("#ticket-free")).to_have_text("100,000.00 USDT")
    page.get_by_label("Instrument").select_option("BTCUSDT")
    expect(page.locator("#ticket-ask-now")).to_have_text(re.compile(r"^[\d,.]+$"))
    return page.locator("#activity-rows > li")


def fill_limit(page: Page, price: str = FAR_BELOW, quantity: str = "0.01") -> None:
    """Write a limit order into the ticket."""
    page.get_by_label("Type").select_option("limit")
    page.locator("#ticket-quantity").fill(quantity)
    page.locator("#ticket-price").fill(price)


def is_call_of(procedure: str) -> Callable[[list[object]], bool]:
    """Whether a message calls a procedure."""
    return lambda message: message[0] == CALL and message[3] == procedure


def test_an_order_is_placed_filled_and_followed(page: Page, paper_node: RunningNode, watch: PageWatch) -> None:
    """A click goes out, is acknowledged, executed, and every step is told under it."""
    actions = open_account(page, paper_node, "orders-1")
    page.get_by_label("Type").select_option("market")
    page.locator("#ticket-quantity").fill("0.01")
    expect(page.locator("#ticket-worth")).to_have_text(re.compile(r"^about [\d,.]+ USDT$"))

    page.get_by_role("button", name="Buy BTC").click()

    expect(actions).to_have_count(1)
    expect(actions.locator("[data-part=state]")).to_have_text("filled")
    expect(actions).to_contain_text("Sent")
    expect(actions).to_contain_text("The order is filled")
    expect(actions).to_contain_text(re.compile(r"Bought 0\.0\d+ at [\d,.]+"))
    expect(actions).to_contain_text("Acknowledged: filled")
    page.locator("#orders-choice").get_by_role("button", name="History").click()
    expect(page.locator("#orders-rows tr")).to_contain_text("0.01 / 0.01")
    expect(page.locator("#positions-rows tr")).to_contain_text("Long")
    expect(page.locator("#wallet-rows tr", has_text="BTC")).to_be_visible()
    RESULTS.mkdir(exist_ok=True)
    page.screenshot(path=RESULTS / "account-order.png")
    assert watch.complaints == []


def test_what_is_wrong_is_told_before_anything_is_sent(page: Page, paper_node: RunningNode) -> None:
    """Below its field, by the instrument's own rules, and it goes away as it is put right."""
    actions = open_account(page, paper_node, "orders-2")

    page.locator("#ticket-quantity").press("Enter")

    expect(page.locator("#ticket-quantity")).to_be_focused()
    expect(page.locator("#ticket-quantity")).to_have_accessible_description("This is needed.")
    for text, fault in (("1,5", "A number such as"), ("0.0000001", "It goes in steps of")):
        page.locator("#ticket-quantity").fill(text)
        expect(page.locator("#ticket-quantity-fault")).to_contain_text(fault)
    page.locator("#ticket-quantity").fill("0.00001")
    page.locator("#ticket-price").fill("80000.001")
    expect(page.locator("#ticket-price-fault")).to_have_text("It goes in steps of 0.01 USDT.")
    page.locator("#ticket-price").fill("80000")
    expect(page.locator("#ticket-quantity-fault")).to_have_text("This is worth 0.80 USDT; the least is 5 USDT.")
    expect(page.locator("#ticket-quantity")).to_have_attribute("aria-invalid", "true")
    page.locator("#ticket-quantity").fill("0.01")
    expect(page.locator("#ticket [aria-invalid=true]")).to_have_count(0)
    expect(actions).to_have_count(0)


def test_each_type_has_its_fields(page: Page, paper_node: RunningNode) -> None:
    """What a type does not have is not there to be filled in."""
    open_account(page, paper_node, "orders-3")

    for kind, fields in (
        ("limit", ["price"]),
        ("market", []),
        ("stop", ["stop_price"]),
        ("stop_limit", ["stop_price", "price"]),
    ):
        page.get_by_label("Type").select_option(kind)
        for name in ("stop_price", "price"):
            expect(page.locator(f"#ticket-{name}")).to_be_visible(visible=name in fields)
        expect(page.get_by_label("Post only")).to_be_visible(visible=kind == "limit")
    page.get_by_label("Good", exact=True).select_option("GTD")
    expect(page.get_by_label("Good until")).to_be_visible()


def test_an_open_order_is_changed_and_cancelled_by_keyboard(
    page: Page, paper_node: RunningNode, watch: PageWatch
) -> None:
    """Nothing of it needs a mouse, and each of it is followed as an action of its own."""
    actions = open_account(page, paper_node, "orders-4")
    fill_limit(page)
    page.keyboard.press("Enter")
    row = page.locator("#orders-rows tr")
    expect(row).to_contain_text("limit 80,000.00")

    row.get_by_role("button", name="Change").press("Enter")
    page.get_by_role("dialog").get_by_label("Price (USDT)").fill("79000")
    page.keyboard.press("Enter")

    expect(row).to_contain_text("limit 79,000.00")
    expect(actions).to_have_count(2)

    row.get_by_role("button", name="Cancel").press("Enter")

    expect(page.locator("#orders-nothing")).to_have_text("No order is open")
    expect(actions.first.locator("[data-part=state]")).to_have_text("cancelled")
    assert watch.complaints == []


def test_all_orders_are_cancelled_after_a_question(page: Page, paper_node: RunningNode) -> None:
    """It says how many, and a no leaves them."""
    actions = open_account(page, paper_node, "orders-5")
    for price in ("80000", "81000"):
        fill_limit(page, price)
        page.keyboard.press("Enter")
    rows = page.locator("#orders-rows tr")
    expect(rows).to_have_count(2)

    page.get_by_role("button", name="Cancel all").click()
    expect(page.get_by_role("dialog")).to_contain_text("2 open orders of this account")
    page.keyboard.press("Escape")
    expect(rows).to_have_count(2)
    page.get_by_role("button", name="Cancel all").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel all").click()

    expect(rows).to_have_count(0)
    expect(actions.first).to_contain_text("Acknowledged: 2 cancelled")


def test_a_refusal_is_told_in_words(page: Page, paper_node: RunningNode) -> None:
    """What the gateway judges, the page warns of, and leaves to it."""
    actions = open_account(page, paper_node, "orders-6")
    fill_limit(page, "97000", "2")
    expect(page.locator("#ticket-short")).to_be_visible()

    page.get_by_role("button", name="Buy BTC").click()

    expect(actions.locator("[data-part=state]")).to_have_text("refused")
    expect(actions).to_contain_text("risk_limit_exceeded")


def test_an_order_that_was_cut_off_on_its_way_is_sent_again(page: Page, paper_node: RunningNode) -> None:
    """The connection goes before the order is out: the page finds that it did not arrive, and offers the very same."""
    line = Line()
    page.route_web_socket(paper_node.websocket_url, line.carry)
    actions = open_account(page, paper_node, "orders-7")
    fill_limit(page)
    line.drops = is_call_of("tapecast.orders.place")

    page.keyboard.press("Enter")

    expect(actions).to_contain_text("it is not known whether it arrived")
    line.drops = lambda _message: False
    expect(actions).to_contain_text("It did not arrive.", timeout=BACK_OFF_MS)
    expect(page.locator("#orders-rows tr")).to_have_count(0)

    page.get_by_role("button", name="Send the same again").click()

    expect(actions).to_contain_text("Acknowledged: new")
    expect(page.locator("#orders-rows tr")).to_have_count(1)
    expect(actions).to_have_count(1)


def test_an_order_whose_answer_was_cut_off_is_found(page: Page, paper_node: RunningNode) -> None:
    """The connection goes before the answer is in: the page finds the order, and it was placed once."""
    line = Line()
    page.route_web_socket(paper_node.websocket_url, line.carry)
    actions = open_account(page, paper_node, "orders-8")
    fill_limit(page)

    def is_of_the_order(message: list[object]) -> bool:
        return "page-" in json.dumps(message) and len(line.opened) == 1

    line.loses = is_of_the_order

    page.keyboard.press("Enter")

    expect(page.locator("#orders-rows tr")).to_have_count(1, timeout=BACK_OFF_MS)
    expect(actions).to_contain_text(re.compile("It arrived: new|The order is new"), timeout=BACK_OFF_MS)
    expect(actions.locator("[data-part=state]")).to_have_text("new")
    assert len(line.opened) == 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_stands_in_a_traders_way(
    browser: Browser, paper_node: RunningNode, *, scheme: Literal["light", "dark"]
) -> None:
    """By ear, by keyboard, with weak eyes, on a phone: with faults, orders and actions on the page."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, color_scheme=scheme)
    page = context.new_page()
    open_account(page, paper_node, f"orders-{scheme}")
    fill_limit(page)
    page.keyboard.press("Enter")
    expect(page.locator("#orders-rows tr")).to_have_count(1)
    page.locator("#ticket-quantity").fill("")
    page.keyboard.press("Enter")

    width = page.evaluate("document.documentElement.scrollWidth")
    faults = serious_faults(page)

    context.close()
    assert (width, faults) == (360, [])
