"""Clients in Python, in a JavaScript runtime and in a browser receive the same events of a running gateway."""

import json
from collections import defaultdict
from typing import Any

import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import gatherResults
from twisted.internet.threads import deferToThread

from tests.support.browser import chromium
from tests.support.javascript_runtime import JAVASCRIPT, run_javascript
from tests.support.node import RunningNode
from tests.support.subscriber import Subscriber, TopicEvent

PREFIX = "tapecast.trades"
EVENTS = 60

Numbered = dict[str, dict[tuple[str, int], dict[str, Any]]]
"""topic -> (epoch, seq) -> envelope."""


def collect_in_runtime(url: str) -> list[TopicEvent]:
    """Events that wampy receives in the JavaScript runtime."""
    result = run_javascript(str(JAVASCRIPT / "run-collect.mjs"), url, PREFIX, str(EVENTS))
    assert result.returncode == 0, result.stderr
    return [(topic, envelope) for topic, envelope in json.loads(result.stdout)]


def collect_in_browser(page_url: str, url: str) -> list[TopicEvent]:
    """Events that wampy receives in Chromium, on the gateway's own page and under its policy."""
    arguments = {"url": url, "prefix": PREFIX, "count": EVENTS, "options": {}}
    with chromium() as browser:
        page = browser.new_page()
        page.goto(page_url)
        events = page.evaluate((JAVASCRIPT / "collect.js").read_text(), arguments)
    return [(topic, envelope) for topic, envelope in events]


def numbered(events: list[TopicEvent]) -> Numbered:
    """Events by topic and number; none comes twice."""
    by_topic: Numbered = defaultdict(dict)
    for topic, envelope in events:
        number = (envelope["epoch"], envelope["seq"])
        assert number not in by_topic[topic]
        by_topic[topic][number] = envelope
    return by_topic


def overlap(
    longer: dict[tuple[str, int], Any], shorter: dict[tuple[str, int], Any]
) -> list[tuple[tuple[str, int], Any]]:
    """What the longer of two runs of a topic holds from the first to the last number of the shorter, in order."""
    numbers = list(longer)
    first, last = numbers.index(next(iter(shorter))), numbers.index(next(reversed(shorter)))
    return list(longer.items())[first : last + 1]


@pytest_twisted.ensureDeferred
async def test_clients_in_three_worlds_receive_the_same_events(node: RunningNode) -> None:
    """Topic by topic, a JavaScript client misses nothing and sees nothing else than one in Python does."""
    in_python = await Subscriber.start(reactor, host="127.0.0.1", port=node.port, url=node.websocket_url, prefix=PREFIX)

    in_runtime, in_browser = await gatherResults(
        [
            deferToThread(collect_in_runtime, node.websocket_url),
            deferToThread(collect_in_browser, node.url, node.websocket_url),
        ]
    )
    await in_python.stop()

    reference = numbered(in_python.events)
    for received in (numbered(in_runtime), numbered(in_browser)):
        assert received.keys() <= reference.keys()
        for topic, events in received.items():
            assert list(events.items()) == overlap(reference[topic], events)
