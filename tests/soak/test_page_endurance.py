"""The market page with 300 instruments at fifty updates a second each: no frame is late, and nothing piles up."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import psutil
import pytest

from tests.support.bare_browser import BareBrowser
from tests.support.javascript_runtime import JAVASCRIPT
from tests.support.node import RunningNode

INSTRUMENTS, HZ = 300, 50
WARM_UP_S, MEASURED_S = 15.0, 60.0
PATIENCE_S = 60.0
LONGEST_FRAME_MS = 100
MOST_GROWTH_BYTES = 2_000_000
MOST_NEW_NODES = 2_000
"""The tape is still filling up."""
FRAME_WATCH = JAVASCRIPT / "frame-watch.js"
ROOT = Path(__file__).parents[2]

FIGURES = """Object.fromEntries(
  [...document.querySelectorAll("#connection-figures [data-figure]")].map((one) => [
    one.dataset.figure,
    one.textContent,
  ])
)"""


@attrs.define
class PriceLoad:
    """
    The process that publishes.

    Attributes:
        rates: Events that the router took, of each second so far; filled at the end.
    """

    process: "subprocess.Popen[str]"
    rates: list[int] = attrs.field(factory=list)


@contextmanager
def publishing(node: RunningNode) -> Iterator[PriceLoad]:
    """Prices of all instruments, while the block lasts."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.price_load",
        f"--socket={node.directory / 'data' / 'services.sock'}",
    ]
    process = subprocess.Popen(
        [*command, f"--instruments={INSTRUMENTS}", f"--hz={HZ}"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    load = PriceLoad(process)
    try:
        yield load
    finally:
        process.kill()
        told, _ = process.communicate()
        load.rates = [int(line) for line in told.split()]


def wait_until(browser: BareBrowser, expression: str) -> None:
    """
    Wait until an expression holds in the page.

    Raises:
        PageFailedError: It does not.
    """
    browser.evaluate(
        f"""new Promise((resolve, reject) => {{
          const end = setTimeout(() => reject(new Error("not within {PATIENCE_S} s")), {PATIENCE_S * 1000});
          const look = () => ({expression}) ? resolve(clearTimeout(end)) : setTimeout(look, 500);
          look();
        }})"""
    )


def let_pass(browser: BareBrowser, seconds: float) -> None:
    """Wait while the page goes on."""
    browser.evaluate(f"new Promise((resolve) => setTimeout(resolve, {seconds * 1000}))")


def kept(browser: BareBrowser) -> tuple[int, int]:
    """Bytes of the page's heap that are in use, and nodes of its document, once what is of no use is gone."""
    browser.ask("HeapProfiler.collectGarbage")
    return browser.ask("Runtime.getHeapUsage")["usedSize"], browser.ask("Memory.getDOMCounters")["nodes"]


def total(figures: dict[str, str], key: str) -> int:
    """A figure's total, without its rate."""
    return int(re.sub(r"[, ]", "", figures[key].split(" (")[0]))


def cpu_s(node: RunningNode, browser: BareBrowser, load: PriceLoad) -> dict[str, float]:
    """How much time each process has used."""
    processes = {**node.workers(), "source": load.process.pid}
    return {name: sum(psutil.Process(pid).cpu_times()[:2]) for name, pid in processes.items()} | browser.cpu_s()


def differences(before: dict[str, float], after: dict[str, float], seconds: float) -> str:
    """What each process used of a core."""
    used = {name: (after[name] - before.get(name, 0.0)) / seconds for name in after}
    return ", ".join(f"{name} {share:.2f}" for name, share in used.items() if share >= 0.01)


@pytest.mark.timeout(300)
def test_the_market_page_stays_smooth_and_flat() -> None:
    """For a minute no frame takes longer than 100 ms, and heap and document stay as they are; what came is printed."""
    with RunningNode() as node, BareBrowser(width=1320, height=900) as browser, publishing(node) as load:
        browser.ask("Page.navigate", url=node.url)
        wait_until(browser, f"document.querySelectorAll('#rows tr').length >= {INSTRUMENTS}")
        browser.evaluate("document.getElementById('connection').click()")
        browser.evaluate(FRAME_WATCH.read_text())
        let_pass(browser, WARM_UP_S)
        heap_before, nodes_before = kept(browser)
        before: dict[str, str] = browser.evaluate(FIGURES)
        used_before = cpu_s(node, browser, load)

        browser.evaluate("frameWatch.begin()")
        let_pass(browser, MEASURED_S)
        frames: dict[str, Any] = browser.evaluate("frameWatch.report()")

        used = differences(used_before, cpu_s(node, browser, load), frames["seconds"])
        after: dict[str, str] = browser.evaluate(FIGURES)
        heap, nodes = kept(browser)
    arrived, conflated = (total(after, key) - total(before, key) for key in ("messages", "conflated"))
    published = load.rates[int(WARM_UP_S) :]
    print(  # noqa: T201 - what the soak came to
        f"\npublished {sum(published) / len(published):.0f}/s, sent to the page {arrived / frames['seconds']:.0f}/s, "
        f"conflated {conflated / frames['seconds']:.0f}/s, pace {after['pace']}"
        f"\n{frames}\nheap {heap_before / 1e6:.2f} to {heap / 1e6:.2f} MB, nodes {nodes_before} to {nodes}"
        f"\ncores: {used}"
    )
    assert frames["longestMs"] <= LONGEST_FRAME_MS
    assert heap - heap_before < MOST_GROWTH_BYTES
    assert nodes - nodes_before < MOST_NEW_NODES
