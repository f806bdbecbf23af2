/** Maintenance in the document: whether there is any, and the forms by which it begins and ends. */

import { byId, setText } from "../kit/dom.js";
import { OutcomeView } from "../kit/outcome-view.js";
import { ask } from "../kit/question-view.js";
import { Repeated } from "../kit/repeated-view.js";
import * as maintenance from "./maintenance.js";

const PREFIX = "tapecast.admin.maintenance";
const PERIOD_MS = 5_000;

/** The panel `#maintenance`. */
export class MaintenancePanel {
  #isActive = null;

  /** @param {import("../kit/page-view.js").Page} page */
  constructor(page) {
    this.page = page;
    this.form = byId("maintenance-form");
    this.end = byId("maintenance-end");
    this.outcome = new OutcomeView(byId("maintenance-outcome"));
    this.form.addEventListener("submit", (event) => this.#begin(event));
    this.end.addEventListener("click", () => this.#end());
    // Another operator may begin it, or end it.
    this.repeated = new Repeated(this.form, PERIOD_MS, () => this.#load(), byId("maintenance-fault"));
  }

  applyState(state) {
    this.repeated.run(state.phase === "live");
  }

  async #load() {
    this.#show(await this.page.client.call(`${PREFIX}.get`));
  }

  #show(state) {
    setText(byId("maintenance-state"), maintenance.stateText(state, Date.now()));
    const chip = byId("maintenance-chip");
    setText(chip, state.active ? "under maintenance" : "none");
    chip.dataset.tone = state.active ? "warn" : "";
    setText(byId("maintenance-begin"), state.active ? "Change it" : "Begin maintenance");
    this.end.hidden = !state.active;
    if (state.active && this.#isActive === null) {
      this.#choose(state);
    }
    this.#isActive = state.active;
  }

  /** A page that is opened during maintenance begins with what holds. */
  #choose({ roles, refuse }) {
    for (const box of this.form.querySelectorAll("[type=checkbox]")) {
      box.checked = (box.name === "roles" ? roles : refuse).includes(box.value);
    }
  }

  async #begin(event) {
    event.preventDefault();
    const data = new FormData(this.form);
    const choice = { roles: data.getAll("roles"), refuse: data.getAll("refuse") };
    const figures = await this.page.client.call("tapecast.admin.stats.get").catch(() => null);
    const answer = await ask(maintenance.beginQuestion(choice, figures?.sessions ?? null));
    if (answer) {
      const call = () => this.page.client.call(`${PREFIX}.begin`, { ...choice, ...answer });
      await this.outcome.follow("Beginning maintenance", call, maintenance.begunText);
      this.repeated.now();
    }
  }

  async #end() {
    const answer = await ask(maintenance.endQuestion());
    if (answer) {
      const call = () => this.page.client.call(`${PREFIX}.end`, answer);
      await this.outcome.follow("Ending maintenance", call, maintenance.endedMaintenanceText);
      this.repeated.now();
    }
  }
}

/** The form below it: how much the processes write to their logs. */
export class LogLevelForm {
  /** @param {import("../kit/page-view.js").Page} page */
  constructor(page) {
    this.page = page;
    this.outcome = new OutcomeView(byId("level-outcome"));
    byId("level-form").addEventListener("submit", (event) => this.#change(event));
  }

  async #change(event) {
    event.preventDefault();
    const level = byId("level").value;
    const answer = await ask(maintenance.levelQuestion(level));
    if (answer) {
      const call = () => this.page.client.call("tapecast.admin.log.set_level", { level, ...answer });
      await this.outcome.follow("Changing the level", call, (told) => maintenance.levelText(told, Date.now()));
    }
  }
}
