/** The audit trail in the document: the newest records, older ones page by page, and every new one as it is made. */

import { Rows, byId, setText } from "../kit/dom.js";
import { momentText } from "../kit/moments.js";
import { OutcomeView } from "../kit/outcome-view.js";
import { countOf, refusalText } from "../kit/outcomes.js";
import { Trail, argumentsText, countText, keyOf, matching } from "./audit.js";

const TOPIC = "tapecast.admin.alerts";
const LIST = "tapecast.admin.audit.list";
const PAGE = 100;

/** The panel `#audit`. */
export class AuditPanel {
  #trail = new Trail();
  #state = null;
  /** What came while the newest page is asked for; null while none is. */
  #arrived = null;

  /** @param {import("../kit/page-view.js").Page} page */
  constructor(page) {
    this.page = page;
    this.rows = new Rows(byId("audit-rows"), byId("audit-record"), keyOf, writeRecord);
    this.outcome = new OutcomeView(byId("audit-outcome"));
    this.fields = { user: byId("audit-user"), action: byId("audit-action") };
    Object.values(this.fields).forEach((field) => field.addEventListener("input", () => this.#show()));
    byId("audit-more").querySelector("button").addEventListener("click", () => this.#extend());
  }

  attach(client) {
    client.subscribe(TOPIC, { onEvent: ({ payload }) => payload.type === "audit" && this.#take(payload) });
  }

  applyState(state) {
    this.#state = state;
    if (state.phase === "live") {
      this.#begin(state);
    }
  }

  async #begin(current) {
    const arrived = (this.#arrived = []);
    try {
      const page = await this.#list(null);
      if (this.#state === current) {
        this.#trail.begin(page, arrived);
        this.outcome.say("", "good");
        this.#show();
      }
    } catch (error) {
      this.outcome.say(refusalText(error), "bad");
    }
    this.#arrived = this.#arrived === arrived ? null : this.#arrived;
  }

  async #extend() {
    const added = ({ records }) => `${countOf(records.length, "older record")} added.`;
    const { next } = this.#trail;
    const page = await this.outcome.follow("Asking for older records", () => this.#list(next), added);
    if (page && next === this.#trail.next) {
      this.#trail.extend(page);
      this.#show();
    }
  }

  #list(before) {
    return this.page.client.call(LIST, { limit: PAGE, before });
  }

  #take(record) {
    this.#arrived?.push(record);
    this.#trail.apply(record);
    this.#show();
  }

  #show() {
    const wanted = { user: this.fields.user.value, action: this.fields.action.value };
    const { records, next } = this.#trail;
    const shown = matching(records, wanted);
    this.rows.render(shown);
    setText(byId("audit-count"), countText(shown.length, this.#trail));
    byId("audit-nothing").hidden = shown.length > 0;
    setText(byId("audit-nothing"), records.length === 0 ? "Nothing was done yet." : "No record matches.");
    byId("audit-more").hidden = next === null;
  }
}

function writeRecord(row, record) {
  const { at, user_id: user, role, action, outcome, reason } = record;
  row.write("when", momentText(at, Date.now()));
  row.write("user", user ?? "");
  row.write("role", role ?? "");
  row.write("action", action);
  row.write("outcome", outcome.replaceAll("_", " "));
  row.mark("outcome", "tone", outcome === "done" ? "good" : "bad");
  row.write("arguments", argumentsText(record));
  row.write("reason", reason ?? "");
}
