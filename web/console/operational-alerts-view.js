/** The operational alerts in the document: what is open, and behind it what was. */

import { Rows, byId, setText } from "../kit/dom.js";
import { momentText } from "../kit/moments.js";
import { countOf } from "../kit/outcomes.js";
import { AlertLog, TONES, alertTitle } from "./operational-alerts.js";

const TOPIC = "tapecast.admin.alerts";

/** The panel `#alerts`. */
export class AlertsPanel {
  #log = new AlertLog();

  constructor() {
    const write = (row, alert) => writeAlert(row, alert);
    this.open = new Rows(byId("alerts-open"), byId("alert"), ({ dedup_key: key }) => key, write);
    this.past = new Rows(byId("alerts-past"), byId("alert"), ({ dedup_key: key, at }) => `${at} ${key}`, write);
    this.summary = byId("alerts-summary");
  }

  attach(client) {
    client.subscribe(TOPIC, {
      onSnapshot: ({ payload }) => this.#change(() => this.#log.restore(payload)),
      onEvent: ({ payload }) => this.#change(() => this.#log.apply(payload)),
    });
  }

  #change(change) {
    change();
    const { open, past } = this.#log;
    this.open.render(open);
    this.past.render(past);
    byId("alerts-none").hidden = open.length > 0;
    byId("alerts-before").hidden = past.length === 0;
    setText(this.summary, open.length === 0 ? "none open" : `${countOf(open.length, "alert")} open`);
    this.summary.dataset.tone = open.length === 0 ? "good" : TONES[open[0].severity];
  }
}

function writeAlert(row, alert) {
  const { severity, state, message, since, at } = alert;
  row.write("severity", state === "open" ? severity : state);
  row.mark("severity", "tone", state === "open" ? TONES[severity] : "");
  row.write("title", alertTitle(alert));
  row.write("message", message);
  row.write("when", state === "open" ? `since ${momentText(since, Date.now())}` : momentText(at, Date.now()));
}
