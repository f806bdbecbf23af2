/** The topics of the node and how much comes on each, reckoned from one listing to the next. */

import { countOf } from "../kit/outcomes.js";

/**
 * @typedef {object} TopicRow
 * @property {string} topic
 * @property {"conflated" | "gapped" | "lossless"} delivery
 * @property {string} epoch
 * @property {number} seq
 * @property {number} subscribers
 * @property {number | null} rate Events a second since the listing before; null where that does not say.
 */

const MS_PER_S = 1000;

const text = (name) => (left, right) => (left[name] < right[name] ? -1 : left[name] > right[name] ? 1 : 0);
const number = (name) => (left, right) => (left[name] ?? -1) - (right[name] ?? -1);

/** What each column sorts by, and which way a first press turns it. */
export const COLUMNS = {
  topic: { compare: text("topic"), isDescendingFirst: false },
  delivery: { compare: text("delivery"), isDescendingFirst: false },
  subscribers: { compare: number("subscribers"), isDescendingFirst: true },
  rate: { compare: number("rate"), isDescendingFirst: true },
  seq: { compare: number("seq"), isDescendingFirst: true },
  epoch: { compare: text("epoch"), isDescendingFirst: false },
};

/** Topics with their rates. */
export class TopicBoard {
  /** @type {TopicRow[]} */
  rows = [];
  #before = new Map();
  #beforeMs = 0;

  /**
   * Take what the gateway lists now.
   *
   * @param {Omit<TopicRow, "rate">[]} listed
   * @param {number} nowMs
   */
  apply(listed, nowMs) {
    const seconds = (nowMs - this.#beforeMs) / MS_PER_S;
    this.rows = listed.map((one) => ({ ...one, rate: rateOf(one, this.#before.get(one.topic), seconds) }));
    this.#before = new Map(listed.map((one) => [one.topic, one]));
    this.#beforeMs = nowMs;
  }

  /** Forget the last listing: what happens until the next one says nothing of a rate. */
  interrupt() {
    this.#before.clear();
  }
}

function rateOf({ epoch, seq }, before, seconds) {
  return before?.epoch === epoch && seconds > 0 ? (seq - before.seq) / seconds : null;
}

/**
 * The rows that have some words in their names, sorted; of two that are equal, by their names.
 *
 * @param {TopicRow[]} rows
 * @param {{search: string, sorting: import("../kit/sorting.js").Sorting}} view
 */
export function listTopics(rows, { search, sorting }) {
  const wanted = search.trim().toLowerCase();
  const { compare } = COLUMNS[sorting.key];
  const turn = sorting.isDescending ? -1 : 1;
  return rows
    .filter(({ topic }) => topic.toLowerCase().includes(wanted))
    .sort((left, right) => turn * compare(left, right) || COLUMNS.topic.compare(left, right));
}

/** The first two words of topics, each once: below them one can look. */
export function familiesOf(rows) {
  return [...new Set(rows.map(({ topic }) => topic.split(".").slice(0, 2).join(".")))].sort();
}

/** How many topics are shown, and how much comes on them. */
export function countText(shown, known, rateText) {
  const rates = shown.map(({ rate }) => rate).filter((rate) => rate !== null);
  const of = shown.length === known ? "" : `${shown.length.toLocaleString("en")} of `;
  const total = rates.length === 0 ? "" : `, ${rateText(rates.reduce((sum, rate) => sum + rate, 0))} events a second`;
  return known === 0 ? "" : `${of}${countOf(known, "topic")}${total}`;
}
