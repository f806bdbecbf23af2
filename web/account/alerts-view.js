/** Alerts in the document: those that are open, and on demand those that are over. */

import { noteField } from "../kit/answers.js";
import { Rows, byId, setText } from "../kit/dom.js";
import { momentText } from "../kit/moments.js";
import { OutcomeView } from "../kit/outcome-view.js";
import { ask } from "../kit/question-view.js";
import { Alerts, careText, isGrave, seenText, severityTold, tallyText, typeText, valuesText } from "./alerts.js";

const STATES = { open: "open", acknowledged: "acknowledged", resolved: "resolved" };
const PAST = { state: "resolved", limit: 100 };

const moment = (iso) => momentText(iso, Date.now());
const nameOf = ({ alert_id: name }) => name;

/** The panel `#alerts`. */
export class AlertsView {
  #alerts = new Alerts();
  #isKnown = false;
  #isPastKnown = false;
  #client = null;

  /** @param {import("../kit/page-view.js").Page} page */
  constructor(page) {
    this.page = page;
    this.outcome = new OutcomeView(byId("alerts-outcome"));
    const write = (parts, alert) => writeAlert(parts, alert, this.isLive);
    this.openRows = new Rows(byId("alerts-open"), byId("alert-row"), nameOf, write);
    this.pastRows = new Rows(byId("alerts-past"), byId("alert-row"), nameOf, write);
    this.toggle = byId("alerts-history-toggle");
    this.toggle.addEventListener("click", () => this.#toggleHistory());
    byId("alerts-open").addEventListener("click", ({ target }) => target.matches("button") && this.#acknowledge(target.closest("li").dataset.key));
  }

  identify({ user }, client) {
    this.#alerts.forget();
    this.#isKnown = this.#isPastKnown = false;
    this.#client = client;
    this.outcome.say("", "good");
    this.#showHistory(false);
    client.subscribe(`tapecast.user.${user}.alerts`, {
      onSnapshot: ({ payload }) => this.#change(() => this.#alerts.applySnapshot(payload)),
      onEvent: ({ payload }) => this.#change(() => this.#alerts.applyEvent(payload)),
    });
  }

  render(_, { phase }) {
    this.isLive = phase === "live";
    const { open, past, unresolved, news } = this.#alerts;
    setText(byId("alerts-count"), this.#isKnown ? tallyText(open, unresolved) : "");
    byId("alerts").toggleAttribute("data-quiet", open.length === 0);
    setText(byId("alerts-news"), news);
    this.openRows.render(open);
    this.pastRows.render(past);
    byId("alerts-no-past").hidden = past.length > 0 || !this.#isPastKnown;
  }

  #change(apply) {
    apply();
    this.#isKnown = true;
    this.page.askForFrame();
  }

  async #acknowledge(name) {
    const alert = this.#alerts.open.find((one) => nameOf(one) === name);
    const client = this.#client;
    const answer = await ask({
      title: "Acknowledge an alert",
      object: `${typeText(alert.alert_type)}: ${alert.message}`,
      consequence: "It says that you look after it, so that it does not escalate for a while.",
      confirm: "Acknowledge",
      fields: [noteField()],
    });
    if (answer !== null && client === this.#client) {
      const fields = { alert_id: name, ...(answer.note && { note: answer.note }) };
      const done = () => `${typeText(alert.alert_type)} is acknowledged.`;
      await this.outcome.follow("Acknowledging", () => client.call("tapecast.risk.acknowledge_alert", fields), done);
    }
  }

  #showHistory(isShown) {
    this.toggle.ariaExpanded = String(isShown);
    byId("alerts-history").hidden = !isShown;
  }

  async #toggleHistory() {
    const isShown = byId("alerts-history").hidden;
    this.#showHistory(isShown);
    if (isShown) {
      const client = this.#client;
      const refuse = (error) => client === this.page.client && this.page.refuse(error);
      const listed = await client.call("tapecast.risk.list_alerts", PAST).catch(refuse);
      if (listed && client === this.#client) {
        this.#isPastKnown = true;
        this.#change(() => this.#alerts.applyPast(listed.alerts));
      }
    }
  }
}

function writeAlert(parts, alert, isLive) {
  const { text, tone } = severityTold(alert.severity);
  const values = valuesText(alert);
  parts.toggle("data-grave", isGrave(alert));
  parts.write("severity", text);
  parts.mark("severity", "tone", tone);
  parts.write("type", typeText(alert.alert_type));
  parts.write("instrument", alert.instrument ?? "");
  parts.write("state", STATES[alert.state] ?? alert.state);
  parts.write("message", alert.message);
  parts.write("values", values && `${values} · `);
  parts.write("seen", seenText(alert, moment));
  parts.write("looked-after", careText(alert, moment));
  const button = parts.get("acknowledge");
  button.hidden = alert.state !== "open";
  button.disabled = !isLive;
  button.ariaLabel = `Acknowledge ${typeText(alert.alert_type)}`;
}
