"""The JavaScript client on a running gateway: whatever happens to it, it shows again what the gateway says."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.support.browser import chromium
from tests.support.javascript_runtime import JAVASCRIPT, run_javascript
from tests.support.node import RunningNode

RESULTS = Path(__file__).parents[2] / "test-results"
FOLLOW = (JAVASCRIPT / "client" / "follow.js").read_text()
INSTRUMENTS = ("BTCUSDT", "ETHUSDT", "SOLUSDT")
CONFLATED = [
    *(f"tapecast.price.{instrument}" for instrument in INSTRUMENTS),
    *(f"tapecast.{family}.sim.{instrument}" for family in ("quote", "ticker") for instrument in INSTRUMENTS),
    *(f"tapecast.candles.sim.1m.{instrument}" for instrument in INSTRUMENTS),
]
GAPPED = [f"tapecast.{family}.sim.{instrument}" for family in ("trades", "book") for instrument in INSTRUMENTS]
LOSSLESS = ["tapecast.system.announcements", *(f"tapecast.status.{instrument}" for instrument in INSTRUMENTS)]
TOPICS = [*CONFLATED, *GAPPED, *LOSSLESS]

Audit = dict[str, Any]

START = f"""async ({{ url, topics, goodToken }}) => {{
    const {{ connect }} = await import("/clients/js/tapecast.js");
    const follow = {FOLLOW};
    globalThis.renewals = [];
    const token = async ({{ renew }}) => {{
        renewals.push(renew);
        return goodToken;
    }};
    globalThis.follower = follow({{ connect, wamp: Wampy, url, token, topics }});
    await follower.reached("live");
    return follower.audit(0);
}}"""
SET_HIDDEN = """(isHidden) => {
    Object.defineProperty(document, "hidden", { value: isHidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


def assert_consistent(audit: Audit) -> None:
    """Every topic is shown as the gateway says it is, and no snapshot of it was asked for twice."""
    wrong = [topic for topic, verdict in audit["verdicts"].items() if not verdict["isRight"]]
    assert wrong == []
    assert {topic: times for topic, times in audit["asked"].items() if times > 1} == {}


@pytest.mark.parametrize("library", ["wampy", "autobahn-js"])
def test_what_is_shown_is_what_the_gateway_says(node: RunningNode, library: str) -> None:
    """Over either library a client's topics are right, and right again after its connection was cut."""
    script = str(JAVASCRIPT / "client" / "run-follow.mjs")
    result = run_javascript(script, library, node.websocket_url, ",".join(TOPICS))

    assert result.returncode == 0, result.stderr
    for audit in json.loads(result.stdout):
        assert_consistent(audit)


@pytest.fixture(scope="module")
def strict_node() -> Iterator[RunningNode]:
    """A gateway that ends sessions with their tokens to the second."""
    with RunningNode({"JWT_LEEWAY_S": "0"}) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests here; each gets a context of its own."""
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser: Browser, strict_node: RunningNode) -> Iterator[Page]:
    """A page of the gateway, whose clock can be set, on which a trader's client follows topics."""
    arguments = {
        "url": strict_node.websocket_url,
        "topics": TOPICS,
        "goodToken": strict_node.token("alice", "trader", lifetime_s=3600),
    }
    context = browser.new_context()
    opened = context.new_page()
    opened.clock.install()
    opened.goto(f"{strict_node.url}/health")
    opened.add_script_tag(url="/vendor/wampy.min.js")
    assert_consistent(opened.evaluate(START, arguments))
    yield opened
    context.close()


def report(name: str, audit: Audit) -> None:
    """Leave behind how long it took."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / "javascript-recovery.json"
    told = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps({**told, name: {"consistent_after_ms": audit["tookMs"], "asked": audit["asked"]}}))


def test_a_page_that_was_in_the_background_is_consistent_again(page: Page) -> None:
    """After ten minutes unseen the same connection is whole again, with one snapshot of what had gaps."""
    page.evaluate(SET_HIDDEN, arg=True)
    page.evaluate("follower.dropped()")
    page.clock.fast_forward("10:00")

    began_ms = page.evaluate("follower.begin()")
    page.evaluate(SET_HIDDEN, arg=False)
    audit = page.evaluate("(beganMs) => follower.audit(beganMs)", began_ms)

    report("background", audit)
    assert_consistent(audit)
    assert 1 <= sum(audit["asked"].values()) <= len(GAPPED)
    assert page.evaluate("follower.sockets.length") == 1


def test_a_page_whose_network_was_gone_is_consistent_again(page: Page) -> None:
    """As soon as the browser has a network the client is back on a new connection, and asks once for each topic."""
    page.context.set_offline(offline=True)
    page.clock.fast_forward(10_000)
    page.clock.fast_forward(4_000)
    lost = page.evaluate("follower.reached('waiting')")

    page.evaluate("addEventListener('online', () => { globalThis.backMs = follower.begin(); }, { once: true })")
    page.context.set_offline(offline=False)
    page.evaluate("follower.reached('live')")
    audit = page.evaluate("follower.audit(backMs)")

    report("network", audit)
    assert lost["ending"]["reason"] in {"silent", "offline", "cut"}
    assert_consistent(audit)


def test_a_page_whose_token_expired_is_consistent_again(page: Page, strict_node: RunningNode) -> None:
    """The gateway ends the session with its token, and the client comes back with a new one."""
    short = strict_node.token("alice", "trader", lifetime_s=3)
    page.evaluate("(token) => follower.client.call('tapecast.session.refresh', { token })", short)

    lost = page.evaluate("""async () => {
        const lost = await follower.reached("waiting");
        globalThis.backMs = follower.begin();
        await follower.reached("live");
        return lost;
    }""")
    audit = page.evaluate("follower.audit(backMs)")

    report("token", audit)
    assert (lost["ending"]["code"], lost["ending"]["reason"]) == (4001, "tapecast.close.token_expired")
    assert page.evaluate("renewals") == [False, True]
    assert_consistent(audit)
