"""What every page asks before it does something, in a real browser."""

from collections.abc import Iterator
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.support.accessibility import serious_faults
from tests.support.node import RunningNode
from tests.support.page_watch import PageWatch

PHONE = ViewportSize(width=360, height=740)

ASK = """async (isDestructive) => {
    const { ask } = await import("./kit/question-view.js");
    const { durationField, noteField, reasonField } = await import("./kit/answers.js");
    const choice = {
      name: "way", label: "Way", kind: "select", value: "b",
      options: [{ value: "a", label: "One way" }, { value: "b", label: "Another" }],
    };
    document.activeElement.blur();
    document.querySelector("nav a").focus();
    window.answer = "none yet";
    ask({
      title: "Disconnect a session",
      object: "Session 123 of alice from 203.0.113.5",
      consequence: "Who has a good token comes back.",
      confirm: "Disconnect",
      isDestructive,
      fields: [reasonField(), durationField(), noteField(), choice],
    }).then((answer) => { window.answer = answer; });
}"""


@pytest.fixture
def opened(page: Page, node: RunningNode, watch: PageWatch) -> Iterator[Page]:
    """A page that asks something destructive; it complains of nothing."""
    page.goto(f"{node.url}/console.html")
    page.evaluate(ASK, arg=True)
    expect(page.get_by_role("dialog")).to_be_visible()
    yield page
    assert watch.complaints == []


def answer_of(page: Page) -> Any:
    """What the question came to."""
    page.wait_for_function("window.answer !== 'none yet'")
    expect(page.get_by_role("dialog")).to_have_count(0)
    return page.evaluate("window.answer")


def test_a_question_names_its_object_and_waits_on_the_safe_answer(opened: Page) -> None:
    """Enter alone does nothing that cannot be taken back, and the dialog's words say to what it would be."""
    dialog = opened.get_by_role("dialog", name="Disconnect a session")

    expect(dialog).to_have_accessible_description(
        "Session 123 of alice from 203.0.113.5 Who has a good token comes back."
    )
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()

    opened.keyboard.press("Enter")

    assert answer_of(opened) is None
    expect(opened.locator("nav a").first).to_be_focused()


def test_a_question_resolves_to_what_was_filled_in(opened: Page) -> None:
    """Each field's value comes in its own kind; what is optional and empty is null."""
    opened.get_by_label("Reason").fill(" misbehaves ")
    opened.get_by_label("For how long").fill("15 min")
    opened.get_by_label("Way", exact=True).select_option("One way")

    opened.get_by_role("button", name="Disconnect").click()

    assert answer_of(opened) == {"reason": "misbehaves", "duration_s": 900, "note": None, "way": "a"}


def test_a_field_says_what_is_wrong_and_has_the_focus(opened: Page) -> None:
    """Nothing is done until every field fits, and the first that does not is where the keyboard is."""
    opened.get_by_label("For how long").fill("soon")

    opened.get_by_role("button", name="Disconnect").click()

    reason, duration = opened.get_by_label("Reason"), opened.get_by_label("For how long")
    expect(reason).to_be_focused()
    expect(reason).to_have_attribute("aria-invalid", "true")
    expect(opened.get_by_text("Reason: this is needed.")).to_be_visible()
    expect(opened.get_by_text("A number and a unit are expected")).to_be_visible()

    reason.fill("a flood")
    duration.fill("for ever")
    duration.press("Enter")

    assert answer_of(opened) == {"reason": "a flood", "duration_s": None, "note": None, "way": "b"}


@pytest.mark.parametrize("way", ["escape", "beside"])
def test_a_question_is_left_without_an_answer(opened: Page, way: str) -> None:
    """Escape and a press beside the dialog are a no; a press within is none."""
    opened.get_by_text("Session 123 of alice").click()
    expect(opened.get_by_role("dialog")).to_be_visible()

    if way == "escape":
        opened.keyboard.press("Escape")
    else:
        opened.mouse.click(5, 400)

    assert answer_of(opened) is None
    expect(opened.locator("nav a").first).to_be_focused()


def test_what_can_be_taken_back_is_asked_in_its_first_field(page: Page, node: RunningNode) -> None:
    """Where nothing is lost, the keyboard is where one has to write."""
    page.goto(f"{node.url}/console.html")

    page.evaluate(ASK, arg=False)

    expect(page.get_by_label("Reason")).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_question_stands_in_nobodys_way(
    browser: Browser, node: RunningNode, *, scheme: Literal["light", "dark"]
) -> None:
    """On a phone, with faults shown, in light and dark, axe finds nothing serious and nothing overflows."""
    context = browser.new_context(viewport=PHONE, color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{node.url}/console.html")
    page.evaluate(ASK, arg=True)
    page.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_text("this is needed")).to_be_visible()

    faults = serious_faults(page)
    widths = page.evaluate(
        "[document.querySelector('dialog').scrollWidth, document.querySelector('dialog').clientWidth]"
    )

    context.close()
    assert faults == []
    assert widths[0] == widths[1]


def test_an_outcome_is_told_in_words(page: Page, node: RunningNode) -> None:
    """The line says what goes on, then what it came to, or why not."""
    page.goto(f"{node.url}/console.html")
    page.evaluate("""async () => {
        const { OutcomeView } = await import("./kit/outcome-view.js");
        const line = document.createElement("p");
        line.id = "tried";
        line.setAttribute("role", "status");
        document.querySelector("main").append(line);
        window.outcome = new OutcomeView(line);
        const ending = new Promise((done) => { window.end = done; });
        outcome.follow("Ending it", () => ending, (count) => `Ended ${count}.`);
    }""")
    line = page.locator("#tried")
    expect(line).to_have_text("Ending it …")

    page.evaluate("window.end(3)")

    expect(line).to_have_text("Ended 3.")
    expect(line).to_have_attribute("data-tone", "good")

    refused = """outcome.follow("Ending it", async () => {
        throw Object.assign(new Error("no such session"), { code: "invalid_argument", retry: false, details: {} });
    }, String)"""
    assert page.evaluate(refused) is None
    expect(line).to_have_text("Ending it was refused. No such session. (invalid_argument)")
    expect(line).to_have_attribute("data-tone", "bad")
