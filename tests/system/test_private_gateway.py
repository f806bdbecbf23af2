"""A gateway that is not public: nobody joins, and nobody is told of the market, without a token."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.support.browser import chromium
from tests.support.node import RunningNode


@pytest.fixture(scope="module")
def node() -> Iterator[RunningNode]:
    """A gateway with a simulated market, closed to the public."""
    with RunningNode({"PUBLIC": "off"}) as running:
        yield running


def get(node: RunningNode, path: str, token: str | None = None) -> tuple[int, Any]:
    """Status and body of an answer."""
    request = urllib.request.Request(
        f"{node.url}{path}", headers={} if token is None else {"Authorization": f"Bearer {token}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def test_http_tells_the_market_to_bearers_alone(node: RunningNode) -> None:
    """Prices and topics ask for a token whose role may call the same; how the gateway is, is told to all."""
    trader, service = node.token("alice", "trader"), node.token("platform", "service")

    assert get(node, "/health")[0] == 200
    assert get(node, "/api/stats")[0] == 200
    for path in ("/api/prices/BTCUSDT", "/api/topics"):
        assert get(node, path)[0] == 401
        assert get(node, path, "x.y.z")[0] == 401
        assert get(node, path, service)[0] == 403
        assert get(node, path, trader)[0] == 200


def test_the_page_asks_for_a_token(node: RunningNode) -> None:
    """It says what it needs, says what is wrong with a bad one, and shows prices with a good one."""
    with chromium() as browser:
        page = browser.new_page()
        page.goto(node.url)

        expect(page.locator("#news")).to_contain_text("The gateway needs a token")
        expect(page.locator("#empty")).to_be_hidden()
        page.get_by_label("This gateway needs a token").fill("x.y.z")
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator("#news")).to_contain_text("the token is not valid")
        page.get_by_label("This gateway needs a token").fill(node.token("alice", "trader"))
        page.get_by_role("button", name="Sign in").click()

        expect(page.locator("#rows tr").first).to_be_visible(timeout=60_000)
        expect(page.locator("#state-detail")).to_have_text("signed in as trader")
        expect(page.locator("#sign-in")).to_be_hidden()
