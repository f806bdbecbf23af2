/** The form by which an operator tells many something, with what they will read. */

import { KINDS } from "../kit/announcement-view.js";
import { byId, element, setText } from "../kit/dom.js";
import { OutcomeView } from "../kit/outcome-view.js";
import { ask } from "../kit/question-view.js";
import * as broadcast from "./broadcast.js";

/** The panel `#broadcast`. */
export class BroadcastPanel {
  /** @param {import("../kit/page-view.js").Page} page */
  constructor(page) {
    this.page = page;
    this.form = byId("broadcast-form");
    this.preview = byId("broadcast-preview");
    this.outcome = new OutcomeView(byId("broadcast-outcome"));
    byId("broadcast-family").append(...broadcast.FAMILIES.map((name) => element("option", { value: name }, name)));
    this.form.addEventListener("input", () => this.#show());
    this.form.addEventListener("submit", (event) => this.#submit(event));
    this.#show();
  }

  get #draft() {
    return Object.fromEntries(new FormData(this.form));
  }

  #show() {
    const draft = this.#draft;
    for (const field of this.form.querySelectorAll("[data-audience]")) {
      field.hidden = field.dataset.audience !== draft.audience;
    }
    setText(byId("broadcast-whom"), broadcast.audienceText(draft));
    setText(byId("broadcast-room"), broadcast.roomText(draft.message));
    this.preview.dataset.severity = draft.severity;
    setText(this.preview.querySelector("[data-part=kind]"), KINDS[draft.type]);
    setText(this.preview.querySelector("[data-part=text]"), draft.message.trim() || "…");
    this.#showFaults({});
  }

  #showFaults(faults) {
    for (const name of ["message", "user_id"]) {
      const field = this.form.elements[name];
      field.ariaInvalid = name in faults ? "true" : null;
      setText(field.parentElement.querySelector(".fault"), faults[name] ?? "");
    }
  }

  async #submit(event) {
    event.preventDefault();
    const draft = this.#draft;
    const faults = broadcast.faultsOf(draft);
    this.#showFaults(faults);
    const [wrong] = Object.keys(faults);
    if (wrong) {
      this.form.elements[wrong].focus();
    } else if (await ask(broadcast.broadcastQuestion(draft))) {
      this.#tell(draft);
    }
  }

  async #tell(draft) {
    const call = () => this.page.client.call("tapecast.admin.broadcast", broadcast.argumentsOf(draft));
    if (await this.outcome.follow("Telling them", call, broadcast.toldText)) {
      this.form.elements.message.value = "";
      this.#show();
    }
  }
}
