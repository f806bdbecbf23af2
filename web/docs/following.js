/** What came of one topic while a reader tried it: the newest, the last few, and figures. */

export const MOST_EVENTS = 30;
const RATE_MS = 5_000;
const MOST_CHARACTERS = 400;

/**
 * One thing that came.
 *
 * @typedef {object} Arrival
 * @property {number} number How many came before it, and one.
 * @property {"snapshot" | "delta" | "alert" | "heartbeat"} type
 * @property {boolean} isState Whether it is the whole state, in place of what was told before.
 * @property {number} seq
 * @property {string} ts
 * @property {string} lag In milliseconds, with its unit.
 * @property {object} payload
 */

/** It reads no clock, no socket and no document: feed it envelopes, take figures out. */
export class Following {
  /** @type {Arrival[]} The newest first, at most `MOST_EVENTS`. */
  arrivals = [];
  count = 0;
  epoch = null;
  #times = [];

  /**
   * Take what came.
   *
   * @param {object} envelope
   * @param {boolean} isState
   * @param {number} nowMs
   */
  take({ type, epoch, seq, ts, payload, meta }, isState, nowMs) {
    this.count += 1;
    this.epoch = epoch;
    const lag = typeof meta?.lag_ms === "number" ? `${meta.lag_ms.toFixed(1)} ms` : "–";
    this.arrivals.unshift({ number: this.count, type, isState, seq, ts: ts ?? "", lag, payload });
    this.arrivals.length = Math.min(this.arrivals.length, MOST_EVENTS);
    this.#times.push(nowMs);
    this.#forgetOld(nowMs);
  }

  /**
   * How many came a second, in the last five.
   *
   * @param {number} nowMs
   */
  perSecond(nowMs) {
    this.#forgetOld(nowMs);
    return (this.#times.length / (RATE_MS / 1000)).toFixed(1);
  }

  /** With what comes, too: in a tab that is not seen nobody asks for a rate. */
  #forgetOld(nowMs) {
    while (nowMs - this.#times[0] >= RATE_MS) {
      this.#times.shift();
    }
  }
}

/**
 * A payload in one line, without the words that its topic has already.
 *
 * @param {object} payload
 */
export function briefText({ instrument, venue, interval, ...payload }) {
  return JSON.stringify(payload).slice(0, MOST_CHARACTERS);
}

/**
 * The time of day of a time, for a narrow column.
 *
 * @param {string} ts
 */
export function timeOfDay(ts) {
  return /T(\d\d:\d\d:\d\d\.\d{3})/.exec(ts)?.[1] ?? "–";
}
