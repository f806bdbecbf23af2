"""What stands in the way of a reader with a screen reader, a keyboard or weak eyes, as axe-core finds it."""

from typing import Any

from playwright.sync_api import Page

from tests.support.javascript_runtime import JAVASCRIPT

AXE = JAVASCRIPT / "vendor" / "axe.min.js"
SERIOUS = {"serious", "critical"}


def serious_faults(page: Page) -> list[str]:
    """Each serious or critical violation of the page as it is now: its rule, where, and what to do."""
    # Evaluated by the debugger, which no content security policy holds up.
    page.evaluate(AXE.read_text())
    found: dict[str, Any] = page.evaluate("axe.run(document)")
    return [
        f"{fault['id']}: {node['html']}: {node['failureSummary']}"
        for fault in found["violations"]
        if fault["impact"] in SERIOUS
        for node in fault["nodes"]
    ]
