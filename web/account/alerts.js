/** What is wrong with an account: open alerts, the gravest first, and those that are over. */

import { exactText } from "../kit/amounts.js";
import { rounded } from "../kit/decimals.js";

const MOST_PAST = 200;
const GRAVITY = ["info", "warning", "error", "critical"];
const SEVERITIES = {
  info: { text: "Info", tone: "none" },
  warning: { text: "Warning", tone: "warn" },
  error: { text: "Error", tone: "bad" },
  critical: { text: "Critical", tone: "bad" },
};
const NEWS = { raised: "New alert", risen: "More severe", reopened: "Open again", escalated: "Nobody looks after" };
const ENDS = { over: "over", expired: "expired", margin_call: "muted by a margin call", displaced: "displaced" };
const PLACES = 4;

/** The alerts of one account; sans-I/O. */
export class Alerts {
  /** The last that was worth a sound, in words. */
  news = "";
  #open = new Map();
  #past = new Map();
  #unresolved = 0;

  /** Forget whose they were. */
  forget() {
    this.#open.clear();
    this.#past.clear();
    this.#unresolved = 0;
    this.news = "";
  }

  /** Take those that are not resolved. */
  applySnapshot({ alerts = [], unresolved = alerts.length }) {
    this.#open = new Map(alerts.map((alert) => [alert.alert_id, alert]));
    this.#unresolved = unresolved;
  }

  /** Take what has happened to one. */
  applyEvent(alert) {
    const isNew = !this.#open.has(alert.alert_id);
    if (alert.state === "resolved") {
      this.#unresolved -= isNew ? 0 : 1;
      this.#open.delete(alert.alert_id);
      this.applyPast([alert]);
    } else {
      this.#unresolved += isNew ? 1 : 0;
      this.#open.set(alert.alert_id, alert);
    }
    this.news = alert.event in NEWS ? `${NEWS[alert.event]}: ${alert.message}` : this.news;
  }

  /** Take those that are over, as far as they are remembered. */
  applyPast(alerts) {
    alerts.forEach((alert) => this.#past.set(alert.alert_id, alert));
    const oldest = this.past.slice(MOST_PAST);
    oldest.forEach(({ alert_id: name }) => this.#past.delete(name));
  }

  /** How many are not resolved. */
  get unresolved() {
    return this.#unresolved;
  }

  /** Those that are not resolved: nobody looks after the first, and of those the gravest comes first. */
  get open() {
    return [...this.#open.values()].sort(
      (one, other) => rank(other) - rank(one) || (one.last_seen < other.last_seen ? 1 : -1),
    );
  }

  /** Those that are resolved, the last first. */
  get past() {
    return [...this.#past.values()].sort((one, other) => (one.resolved_at < other.resolved_at ? 1 : -1));
  }
}

const rank = ({ state, severity }) => GRAVITY.indexOf(severity) + (state === "open" ? GRAVITY.length : 0);

/**
 * How many there are, and how many of them are looked after.
 *
 * @param {object[]} told Those that are not resolved, as far as they are told.
 * @param {number} unresolved
 */
export function tallyText(told, unresolved) {
  const open = told.filter(({ state }) => state === "open").length;
  const counts = { open, acknowledged: told.length - open, more: unresolved - told.length };
  const parts = Object.entries(counts).filter(([, count]) => count > 0);
  return parts.map(([word, count]) => `${count} ${word}`).join(", ") || "none open";
}

/** Whether an alert takes the whole width: critical, and nobody looks after it. */
export const isGrave = ({ state, severity }) => state === "open" && severity === "critical";

/** A severity in words, and the tone that goes with it. */
export const severityTold = (severity) => SEVERITIES[severity] ?? { text: severity, tone: "none" };

/** The name of a rule: `margin_call` is `Margin call`. */
export function typeText(type) {
  const words = type.replaceAll("_", " ");
  return words[0].toUpperCase() + words.slice(1);
}

/** What was measured, and against what; nothing where there is nothing to measure. */
export function valuesText({ current_value: current, limit_value: limit }) {
  const parts = [
    current !== null && current !== undefined && `now ${figureText(current)}`,
    limit !== null && limit !== undefined && `limit ${figureText(limit)}`,
  ];
  return parts.filter(Boolean).join(", ");
}

const figureText = (value) => (/^-?\d+(\.\d+)?$/.test(value) ? exactText(rounded(value, PLACES), 0) : value);

/**
 * How often and when it was seen.
 *
 * @param {object} alert
 * @param {(iso: string) => string} moment
 */
export function seenText({ count, first_seen: first, last_seen: last }, moment) {
  return count > 1 ? `seen ${count} times since ${moment(first)}, last at ${moment(last)}` : `seen at ${moment(last)}`;
}

/**
 * Who looks after it, until when, and what there is to say; or how it ended; or that nobody does.
 *
 * @param {object} alert
 * @param {(iso: string) => string} moment
 */
export function careText(alert, moment) {
  if (alert.state === "resolved") {
    return `Resolved at ${moment(alert.resolved_at)}${alert.reason ? `: ${ENDS[alert.reason] ?? alert.reason}` : ""}`;
  }
  if (alert.state === "acknowledged") {
    const until = alert.acknowledged_until ? ` until ${moment(alert.acknowledged_until)}` : "";
    return `${alert.acknowledged_by} looks after it${until}${alert.note ? `: ${alert.note}` : ""}`;
  }
  const level = alert.escalation_level ?? 0;
  return level > 0 ? `Escalated ${level === 1 ? "once" : `${level} times`}, since nobody looks after it` : "";
}
