/** The sessions in the document: thousands of rows, asked for again and again while they are seen. */

import { bytesText } from "../kit/connection-figures.js";
import { byId, setText } from "../kit/dom.js";
import { LongRows } from "../kit/long-rows-view.js";
import { OutcomeView } from "../kit/outcome-view.js";
import { Repeated } from "../kit/repeated-view.js";
import { nextSorting } from "../kit/sorting.js";
import { showSorting } from "../kit/sorting-view.js";
import { UNKNOWN, ageText } from "../kit/words.js";
import { msText, rateText, wholeText } from "./figure-words.js";
import { SessionDetails } from "./session-details-view.js";
import { COLUMNS, FIRST_SORTING, countText, lagTone, listSessions, readSessions } from "./sessions.js";

/** From an answer to the next question; what a reading of thousands costs the gateway is a small part of it. */
const PERIOD_MS = 5_000;

/** The panel `#sessions`. */
export class SessionsPanel {
  /** @type {import("./sessions.js").Session[]} */
  #sessions = [];
  #sorting = FIRST_SORTING;
  #hasAll = false;
  #shown = [];

  /**
   * @param {import("../kit/page-view.js").Page} page
   * @param {import("./operator-view.js").Operator} operator
   */
  constructor(page, operator) {
    Object.assign(this, { page, operator });
    this.columns = byId("sessions-columns");
    this.search = byId("sessions-search");
    this.role = byId("sessions-role");
    this.box = byId("sessions-scroll");
    this.outcome = new OutcomeView(byId("sessions-outcome"));
    const write = (row, session) => writeSession(row, session, this.details.chosen);
    this.rows = new LongRows(this.box, byId("sessions-rows"), byId("session-row"), ({ session }) => session, write);
    this.details = new SessionDetails(
      operator,
      (action) => operator.act(action, this.#sessions, this.outcome),
      (session) => this.#leave(session),
    );
    this.repeated = new Repeated(byId("sessions"), PERIOD_MS, () => this.#load(), byId("sessions-fault"));
    operator.onAction(() => this.repeated.now());
    this.#listen();
    showSorting(this.columns, this.#sorting);
  }

  /** All sessions, as they are known. */
  get sessions() {
    return this.#sessions;
  }

  identify() {
    this.#sessions = [];
    this.#hasAll = false;
    this.operator.ownKey = null;
    this.repeated.now();
  }

  applyState(state) {
    this.repeated.run(state.phase === "live");
  }

  #listen() {
    this.columns.addEventListener("click", ({ target }) => this.#sort(target.closest("button")?.dataset.sort));
    this.search.addEventListener("input", () => this.#showFromTop());
    this.role.addEventListener("change", () => this.#showFromTop());
    byId("sessions-rows").addEventListener("click", ({ target }) => this.#open(target.closest("tr")?.dataset.key));
  }

  async #load() {
    const { client } = this.page;
    this.details.refresh();
    const showFirst = (soFar) => this.#hasAll || client !== this.page.client || this.#take(soFar.slice());
    const sessions = await readSessions(this.operator.call, {}, showFirst);
    if (client === this.page.client) {
      this.#hasAll = true;
      this.#take(sessions);
    }
  }

  #take(sessions) {
    this.#sessions = sessions;
    const own = sessions.find(({ session }) => session === this.operator.ownSession);
    this.operator.ownKey = own?.key_id ?? this.operator.ownKey;
    this.#show();
  }

  #sort(key) {
    if (key) {
      this.#sorting = nextSorting(COLUMNS, this.#sorting, key);
      showSorting(this.columns, this.#sorting);
      this.#showFromTop();
    }
  }

  #showFromTop() {
    this.box.scrollTop = 0;
    this.#show();
  }

  #show() {
    const view = { search: this.search.value, role: this.role.value, sorting: this.#sorting };
    this.#shown = listSessions(this.#sessions, view);
    this.rows.render(this.#shown);
    setText(byId("sessions-count"), countText(this.#shown.length, this.#sessions.length));
    byId("sessions-nothing").hidden = this.#shown.length > 0;
    setText(byId("sessions-nothing"), this.#hasAll ? "No session matches." : "Nothing is known yet.");
  }

  #open(key) {
    const session = this.#sessions.find((one) => String(one.session) === key);
    if (session) {
      this.details.open(session);
      this.rows.render(this.#shown);
    }
  }

  #leave(session) {
    this.rows.render(this.#shown);
    this.rows.focus(session);
  }
}

function writeSession(row, session, chosen) {
  row.toggle("data-chosen", session.session === chosen);
  row.write("session", String(session.session));
  row.write("user", session.user_id);
  row.write("role", session.role);
  row.write("address", session.address ?? UNKNOWN);
  row.write("connected", ageText(Math.max(0, Date.now() - Date.parse(session.since))));
  row.write("subscriptions", wholeText(session.subscriptions));
  row.write("lag", msText(session.lag_ms));
  row.mark("lag", "tone", lagTone(session.lag_ms));
  row.write("waiting", wholeText(session.waiting));
  row.write("conflated", wholeText(session.conflated));
  row.write("dropped", wholeText(session.dropped));
  row.write("messages", session.sent_messages_per_s === null ? UNKNOWN : rateText(session.sent_messages_per_s));
  row.write("bytes", session.sent_bytes_per_s === null ? UNKNOWN : bytesText(session.sent_bytes_per_s));
}
