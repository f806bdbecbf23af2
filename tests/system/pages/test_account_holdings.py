"""What one has, on the account page in a real browser, on a gateway with accounts on paper."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, WebSocketRoute, expect

from tests.support.accessibility import serious_faults
from tests.support.node import RunningNode
from tests.support.other_program import OtherProgram
from tests.support.page_watch import PageWatch

RESULTS = Path(__file__).parents[3] / "test-results"
PHONE = ViewportSize(width=360, height=740)
BACK_OFF_MS = 40_000
MINUS = "\N{MINUS SIGN}"
MONEY = r"[\d,]+\.\d\d"
SETTINGS = {
    "EXECUTION": "paper",
    "PAPER_MARGIN_PERCENT": "10",
    "BOT_SILENCE_S": "3",
    "RISK_HOLD_S": "1",
    "RISK_ORDER_BURST": "500",
}
CALLED_AT_ONCE = {"margin_call_level": "99", "margin_warning_level": "100"}


@pytest.fixture(scope="module")
def margin_node() -> Iterator[RunningNode]:
    """A gateway with accounts on margin, where bots are soon missed."""
    with RunningNode(SETTINGS) as running:
        running.wait_for_price("ETHUSDT")
        yield running


@pytest.fixture
def sockets(page: Page, margin_node: RunningNode) -> list[WebSocketRoute]:
    """The page's connections to the gateway, oldest first."""
    opened: list[WebSocketRoute] = []

    def pass_through(socket: WebSocketRoute) -> None:
        socket.connect_to_server()
        opened.append(socket)

    page.route_web_socket(margin_node.websocket_url, pass_through)
    return opened


def sign_in(page: Page, node: RunningNode, user: str) -> None:
    """Paste a trader's token, and wait until the page shows the account."""
    page.locator("#token").fill(node.token(user, "trader"))
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator("#who")).to_have_text(user)
    expect(part(page, "equity")).to_have_text(re.compile(MONEY))


def open_account(page: Page, node: RunningNode, user: str) -> None:
    """Open the page as a trader."""
    page.goto(f"{node.url}/account.html")
    sign_in(page, node, user)


def part(page: Page, name: str) -> Locator:
    """One of the figures across the top."""
    return page.locator(f"#figures [data-part={name}]")


def order(name: str, side: str, quantity: str, instrument: str = "BTCUSDT") -> dict[str, Any]:
    """A market order as it is placed."""
    return {
        "client_order_id": name,
        "instrument": instrument,
        "side": side,
        "type": "market",
        "quantity": quantity,
    }


def test_a_trade_is_seen_wherever_it_counts(
    page: Page, browser: Browser, margin_node: RunningNode, watch: PageWatch
) -> None:
    """What another program of the trader buys is in figures, limits, positions, wallet, fills and the chart."""
    open_account(page, margin_node, "ann")
    expect(part(page, "balance")).to_have_text("100,000.00")
    expect(part(page, "trading")).to_have_text("Active")
    expect(page.locator("#positions-nothing")).to_be_visible()

    with OtherProgram(browser, margin_node, "ann") as program:
        program.call("orders.place", **order("a1", "buy", "0.5"))

    position = page.locator("#positions-rows tr")
    expect(position).to_have_text(
        re.compile(rf"BTC / USDT\s*Long\s*0\.5\s*{MONEY}\s*{MONEY}\s*.{MONEY}\s*0\.00\s*Close")
    )
    expect(page.locator("#fills-rows tr").first).to_have_text(
        re.compile(rf"\d\d:\d\d:\d\d\s*BTC / USDT\s*Buy\s*0\.\d+\s*{MONEY}\s*[\d.]+ USDT\s*Taker\s*a1")
    )
    expect(page.locator("#wallet-rows tr")).to_have_text(re.compile(r"USDT\s*99,9\d\d\.\d+\s*99,9\d\d\.\d+\s*0\.00"))
    expect(part(page, "balance")).to_have_text(re.compile(r"99,9\d\d\.\d\d"))
    expect(part(page, "margin")).to_have_text(re.compile(r"^\d\d\.\d\d$"))
    expect(part(page, "margin-detail")).to_have_text("call at 1.30, liquidation at 1.10")
    expect(part(page, "margin-formula")).to_have_text("equity ÷ maintenance margin")
    expect(page.locator("#limits-rows > div", has_text="Largest position")).to_have_text(
        re.compile(r"[\d,.]+ of 5,000,000 USDT")
    )
    expect(page.locator("#equity").get_by_role("img")).to_have_accessible_name(
        re.compile(rf"^Equity: {MONEY} now, 100,000\.00 at first, lowest {MONEY}, highest {MONEY}\. Balance: ")
    )
    RESULTS.mkdir(exist_ok=True)
    page.screenshot(path=RESULTS / "account-light.png", full_page=True)
    assert watch.complaints == []


def test_marks_and_profit_move_with_the_price(page: Page, browser: Browser, margin_node: RunningNode) -> None:
    """A position is worth what its instrument is worth now, although nothing is told of it while nothing is traded."""
    with OtherProgram(browser, margin_node, "mark") as program:
        program.call("orders.place", **order("m1", "sell", "1"))
    open_account(page, margin_node, "mark")
    mark = page.locator("#positions-rows [data-part=mark]")
    expect(mark).to_have_text(re.compile(MONEY))
    before = mark.text_content() or ""

    expect(mark).not_to_have_text(before)

    expect(page.locator("#positions-rows [data-part=side]")).to_have_text("Short")


def test_a_position_is_closed_after_a_question(page: Page, browser: Browser, margin_node: RunningNode) -> None:
    """Cancel leaves it, and the answer sends a market order of the other side that can only reduce."""
    with OtherProgram(browser, margin_node, "carl") as program:
        program.call("orders.place", **order("c1", "sell", "2", "ETHUSDT"))
        open_account(page, margin_node, "carl")
        close = page.get_by_role("button", name="Close short ETHUSDT")
        dialog = page.get_by_role("dialog", name="Close a position")

        close.click()
        expect(dialog).to_have_accessible_description(re.compile("^Short 2 ETHUSDT A market order goes out to buy 2"))
        dialog.get_by_role("button", name="Cancel").click()
        expect(dialog).to_have_count(0)

        expect(page.locator("#positions-outcome")).to_be_empty()

        close.click()
        dialog.get_by_role("button", name="Close ETHUSDT").click()

        expect(page.locator("#positions-outcome")).to_have_text(re.compile(rf"^Bought 2 ETHUSDT at {MONEY}"))
        expect(page.locator("#positions-rows [data-part=side]")).to_have_text("Flat")
        expect(close).to_have_count(0)
        placed = program.call("orders.list")["orders"][0]
    assert (placed["side"], placed["type"], placed["quantity"], placed["reduce_only"]) == ("buy", "market", "2", True)


def test_what_became_of_a_closing_order_is_told_after_a_loss(
    page: Page, browser: Browser, margin_node: RunningNode
) -> None:
    """An answer that went with its connection is asked for again, and the order went out once."""
    gone: list[WebSocketRoute] = []

    def lose_the_answer(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def hear(message: str | bytes) -> None:
            if not gone and '"reduce_only":true' in str(message) and str(message).startswith("[50,"):
                gone.append(socket)
                socket.close(code=1001)
            else:
                socket.send(message)

        server.on_message(hear)

    page.route_web_socket(margin_node.websocket_url, lose_the_answer)
    with OtherProgram(browser, margin_node, "lost") as program:
        program.call("orders.place", **order("l1", "buy", "0.1"))
        open_account(page, margin_node, "lost")

        page.get_by_role("button", name="Close long BTCUSDT").click()
        page.get_by_role("dialog").get_by_role("button", name="Close BTCUSDT").click()

        expect(page.locator("#positions-outcome")).to_have_text(
            re.compile("^The connection was lost before the answer")
        )
        expect(page.locator("#positions-outcome")).to_have_text(re.compile("^Sold 0.1 BTCUSDT"), timeout=BACK_OFF_MS)
        assert len(program.call("orders.list")["orders"]) == 2


def test_more_fills_come_on_demand(page: Page, browser: Browser, margin_node: RunningNode) -> None:
    """The newest are shown, then as many as a reader asks for, to the last that is remembered, each once."""
    with OtherProgram(browser, margin_node, "many") as program:
        number = total = 0
        while total <= 100:
            program.call("orders.place", **order(f"f{number}", ("buy", "sell")[number % 2], "2"))
            total = len(program.call("account.list_fills", limit=1000)["fills"])
            number += 1
    open_account(page, margin_node, "many")
    rows = page.locator("#fills-rows tr")
    expect(rows).to_have_count(20)
    expect(rows.first).to_contain_text(f"f{number - 1}")

    more = page.get_by_role("button", name="Show more")
    shown = 20
    while shown < total:
        more.click()
        shown = min(total, shown + 50)
        expect(rows).to_have_count(shown)

    expect(more).to_be_hidden()
    expect(rows.last).to_contain_text("f0")
    keys = rows.evaluate_all("rows => rows.map((row) => row.dataset.key)")
    assert len(set(keys)) == total


def test_a_margin_call_is_prominent_until_somebody_looks_after_it(
    page: Page, browser: Browser, margin_node: RunningNode, watch: PageWatch
) -> None:
    """An alert comes as it is raised, is acknowledged with a note, and is over in the history."""
    open_account(page, margin_node, "call")
    expect(page.locator("#alerts-count")).to_have_text("none open")

    with (
        OtherProgram(browser, margin_node, "call") as program,
        OtherProgram(browser, margin_node, "desk", "risk") as desk,
    ):
        program.call("orders.place", **order("m1", "buy", "0.5"))
        desk.call("risk.set_limits", user_id="call", limits=CALLED_AT_ONCE, reason="to be called")

        row = page.locator("#alerts-open li", has_text="Margin call")
        expect(row).to_have_text(
            re.compile(r"Critical\s*Margin call\s*open.*now [\d.]+, limit 99 · seen .*Acknowledge", re.DOTALL)
        )
        expect(row).to_have_attribute("data-grave", "")
        expect(page.locator("#alerts-news")).to_have_text(re.compile("^New alert: .*margin"))
        expect(page.locator("#alerts-count")).to_have_text("1 open")
        expect(part(page, "margin")).to_have_text(re.compile(r"^[\d.]+ Margin call$"))

        page.get_by_role("button", name="Acknowledge Margin call").click()
        page.get_by_label("Note").fill("More money is on its way")
        page.get_by_role("dialog").get_by_role("button", name="Acknowledge").click()

        expect(row).to_contain_text(re.compile("call looks after it until .*: More money is on its way"))
        expect(row).not_to_have_attribute("data-grave", "")
        expect(page.locator("#alerts-count")).to_have_text("1 acknowledged")
        expect(page.locator("#alerts-outcome")).to_have_text("Margin call is acknowledged.")

        desk.call("risk.set_limits", user_id="call", limits=dict.fromkeys(CALLED_AT_ONCE), reason="as for all")

    expect(row).to_have_count(0)
    expect(page.locator("#alerts-count")).to_have_text("none open")

    page.locator("#alerts-history-toggle").click()

    past = page.locator("#alerts-past li", has_text="Margin call")
    expect(past).to_have_text(re.compile("Margin call.*Resolved at", re.DOTALL))
    assert watch.complaints == []


def test_a_bot_is_shown_until_it_is_missed(page: Page, browser: Browser, margin_node: RunningNode) -> None:
    """A bot that reports is running with its figures; one that falls silent is stale, and there is an alert."""
    open_account(page, margin_node, "botty")
    bot = page.locator("#bots-rows tr")
    expect(page.locator("#bots-nothing")).to_be_visible()

    with OtherProgram(browser, margin_node, "botty") as program:
        figures = {"total_pnl": "-12.5", "win_rate": "0.61", "trades_today": 14}
        program.call("bots.report", bot_id="grid", name="Grid", status="running", performance=figures)

    expect(bot).to_have_text(re.compile(rf"Grid\s*Running\s*{MINUS}12\.50\s*61 %\s*14\s*\d\d:\d\d:\d\d"))
    expect(bot.locator("[data-part=status]")).to_have_text("Stale")
    expect(page.locator("#alerts-open li")).to_have_text(re.compile(r"Warning\s*Bot stale\s*open"))


def test_a_halt_is_told_with_its_reason(page: Page, browser: Browser, margin_node: RunningNode) -> None:
    """A trader who may not trade reads why."""
    open_account(page, margin_node, "halty")

    with OtherProgram(browser, margin_node, "desk", "risk") as desk:
        desk.call("risk.halt", user_id="halty", reason="too many mistakes")

        expect(part(page, "trading")).to_have_text("Halted")
        expect(part(page, "trading-detail")).to_have_text("too many mistakes")

        desk.call("risk.resume", user_id="halty", reason="looked into")

    expect(part(page, "trading")).to_have_text("Active")
    expect(part(page, "trading-detail")).to_be_empty()


def test_the_dead_man_switch_is_armed_again_after_a_loss(
    page: Page, browser: Browser, margin_node: RunningNode, sockets: list[WebSocketRoute]
) -> None:
    """It ends with its session, which the page says, and the next session is armed without being asked to."""
    open_account(page, margin_node, "dora")
    panel = page.locator("#dead-man")
    state = page.locator("#dead-man-state")
    expect(state).to_have_text("Off")

    page.get_by_label("Cancel my orders after").select_option("5 min")
    panel.get_by_role("button", name="Arm", exact=True).click()
    expect(state).to_have_text("Armed")
    expect(panel).to_contain_text("Once this page has been gone for 5 min, all of your open orders are cancelled.")

    page.evaluate("""() => {
        window.said = [];
        new MutationObserver(() => said.push(document.getElementById("dead-man-words").textContent))
            .observe(document.getElementById("dead-man-words"), { childList: true });
    }""")
    sockets[-1].close(code=4012, reason="tapecast.close.shutdown")

    expect(page.locator("#state")).to_have_text("Reconnecting")
    expect(page.locator("#figures .not-live")).to_be_visible()
    expect(panel).to_contain_text("Armed again after the connection was lost.", timeout=BACK_OFF_MS)
    expect(page.locator("#figures .not-live")).to_be_hidden()
    assert page.evaluate("said[0]").startswith("The connection is lost. Unless this page is back within 5 min")
    with OtherProgram(browser, margin_node, "desk", "risk") as desk:
        told = desk.call("stream.get", topic="tapecast.user.dora.session")["payload"]["session"]
        assert [one["event"] for one in told if one["event"] == "switch_armed"] == ["switch_armed"] * 2

        panel.get_by_role("button", name="Disarm").click()
        expect(state).to_have_text("Off")

        told = desk.call("stream.get", topic="tapecast.user.dora.session")["payload"]["session"]
    assert told[-1]["event"] == "switch_disarmed"


def test_nothing_of_one_stays_when_another_signs_in(page: Page, browser: Browser, margin_node: RunningNode) -> None:
    """Who comes after sees what is theirs alone, and the switch of who was there before is not theirs."""
    with OtherProgram(browser, margin_node, "first") as program:
        program.call("orders.place", **order("x1", "buy", "0.5"))
        program.call("bots.report", bot_id="b", name="Bot of the first", status="error")
    open_account(page, margin_node, "first")
    expect(page.locator("#positions-rows tr")).to_have_count(1)
    page.get_by_role("button", name="Arm", exact=True).click()
    expect(page.locator("#dead-man-state")).to_have_text("Armed")

    page.get_by_role("button", name="Sign out").click()

    expect(page.locator("#account")).to_be_hidden()

    sign_in(page, margin_node, "second")

    expect(part(page, "balance")).to_have_text("100,000.00")
    for panel in ("positions", "fills", "bots"):
        expect(page.locator(f"#{panel}-nothing")).to_be_visible()
        expect(page.locator(f"#{panel}-rows > *")).to_have_count(0)
    expect(page.locator("#alerts-count")).to_have_text("none open")
    expect(page.locator("#dead-man-state")).to_have_text("Off")
    expect(page.locator("#equity").get_by_role("img")).to_have_accessible_name(
        re.compile(r"^Equity: 100,000\.00 now, 100,000\.00 at first")
    )


def test_a_phone_shows_it_without_scrolling_sideways(browser: Browser, margin_node: RunningNode) -> None:
    """On 360 pixels the page fits its width; wide tables scroll in boxes of their own."""
    with OtherProgram(browser, margin_node, "phone") as program:
        program.call("orders.place", **order("p1", "buy", "0.5"))
    context = browser.new_context(viewport=PHONE, color_scheme="dark", device_scale_factor=2)
    page = context.new_page()
    open_account(page, margin_node, "phone")

    expect(page.locator("#fills-rows tr").first).to_be_visible()
    close = page.get_by_role("button", name="Close long BTCUSDT")
    close.scroll_into_view_if_needed()
    expect(close).to_be_in_viewport(ratio=1)
    widths = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    RESULTS.mkdir(exist_ok=True)
    page.screenshot(path=RESULTS / "account-phone.png", full_page=True)
    context.close()
    assert widths == [PHONE["width"], PHONE["width"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_stands_in_a_readers_way(
    browser: Browser, margin_node: RunningNode, *, scheme: Literal["light", "dark"]
) -> None:
    """Whoever reads by ear, by keyboard or with weak eyes reads it all, with rows in every table."""
    with (
        OtherProgram(browser, margin_node, f"axel-{scheme}") as program,
        OtherProgram(browser, margin_node, "desk", "risk") as desk,
    ):
        program.call("orders.place", **order("x1", "buy", "0.5"))
        program.call("bots.report", bot_id="grid", name="Grid", status="running")
        desk.call("risk.set_limits", user_id=f"axel-{scheme}", limits=CALLED_AT_ONCE, reason="to be called")
        context = browser.new_context(color_scheme=scheme)
        page = context.new_page()
        open_account(page, margin_node, f"axel-{scheme}")
        for rows in ("positions-rows", "fills-rows", "wallet-rows", "bots-rows", "alerts-open"):
            expect(page.locator(f"#{rows} > *").first).to_be_visible()

        faults = serious_faults(page)

    context.close()
    assert faults == []
