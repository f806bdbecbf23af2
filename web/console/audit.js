/** The audit trail: who did what, why, and what came of it. */

import { countOf } from "../kit/outcomes.js";

/**
 * @typedef {object} AuditRecord
 * @property {string} at
 * @property {string} user_id
 * @property {string} role
 * @property {number | null} session
 * @property {string} action
 * @property {Record<string, unknown>} arguments
 * @property {string | null} reason
 * @property {string} outcome
 */

const MOST = 2_000;

/** Records as pages and events tell them, the newest first, each once. */
export class Trail {
  /** @type {AuditRecord[]} */
  records = [];
  /** Where the next page begins; null where there is none, or no more is kept here. */
  next = null;
  isFull = false;
  #keys = new Set();

  /**
   * Begin anew with the newest page, and with what came while it was asked for.
   *
   * @param {{records: AuditRecord[], next: string | null}} page
   * @param {AuditRecord[]} [arrived] The oldest first.
   */
  begin({ records, next }, arrived = []) {
    Object.assign(this, { records: [], next, isFull: false });
    this.#keys.clear();
    records.forEach((record) => this.#take(record, "push"));
    arrived.forEach((record) => this.apply(record));
  }

  /** Go on with the page behind the last. */
  extend({ records, next }) {
    records.forEach((record) => this.#take(record, "push"));
    this.next = next;
    this.#bound();
  }

  /** Take in a record that was made just now. */
  apply(record) {
    this.#take(record, "unshift");
    this.#bound();
  }

  #take(record, side) {
    const key = keyOf(record);
    if (!this.#keys.has(key)) {
      this.#keys.add(key);
      this.records[side](record);
    }
  }

  #bound() {
    if (this.records.length > MOST) {
      this.records.splice(MOST).forEach((record) => this.#keys.delete(keyOf(record)));
      // What was cut off is missing between here and the next page.
      Object.assign(this, { next: null, isFull: true });
    }
  }
}

/** What one record is known by. */
export function keyOf({ at, session, action, user_id: user, arguments: told }) {
  return JSON.stringify([at, session, action, user, told]);
}

/**
 * The records of users and actions with these words in their names.
 *
 * @param {AuditRecord[]} records
 * @param {{user: string, action: string}} wanted
 */
export function matching(records, { user, action }) {
  const has = (text, part) => text.toLowerCase().includes(part.trim().toLowerCase());
  return records.filter((record) => has(`${record.user_id} ${record.role}`, user) && has(record.action, action));
}

/** What was asked for, argument by argument; the reason has a place of its own. */
export function argumentsText({ arguments: told }) {
  const named = Object.entries(told ?? {}).filter(([name, value]) => name !== "reason" && value !== null);
  return named.map(([name, value]) => argumentText(name, value)).join(" · ");
}

function argumentText(name, value) {
  const words = name.replaceAll("_", " ");
  return name.endsWith("_s") ? `${words.slice(0, -2)}: ${valueText(value)} s` : `${words}: ${valueText(value)}`;
}

function valueText(value) {
  if (Array.isArray(value)) {
    return value.map(valueText).join(", ") || "none";
  }
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}

/** How many are shown, of how many. */
export function countText(shown, trail) {
  const { length } = trail.records;
  const of = shown === length ? countOf(length, "record") : `${shown.toLocaleString("en")} of ${countOf(length, "record")}`;
  const more = trail.isFull ? "; the gateway keeps older ones" : trail.next === null ? "; that is all" : " so far";
  return length === 0 ? "" : of + more;
}
