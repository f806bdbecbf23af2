/** What is known of every instrument's price: which event counts, which way it moved, how old it is. */

import { compareDecimals } from "./decimals.js";

/** A row without an event for this long is called quiet. */
export const QUIET_AFTER_MS = 10_000;

/**
 * One instrument's price as the page shows it.
 *
 * Units: prices in quote currency and volume in base currency, as decimal strings, null where unknown;
 * `bornMs` on the page's own monotonic clock.
 *
 * @typedef {object} PriceRow
 * @property {string} instrument
 * @property {string} epoch
 * @property {number} seq
 * @property {string} price
 * @property {string | null} bid
 * @property {string | null} ask
 * @property {string | null} changePercent
 * @property {string | null} volume
 * @property {string | null} high
 * @property {string | null} low
 * @property {string | null} source
 * @property {string | null} quality
 * @property {"up" | "down" | "flat"} direction Which way the last change of the price went.
 * @property {number} moves How often the price has changed.
 * @property {number} bornMs When the row's event was published.
 * @property {boolean} isStreamed Whether it came as an event of the present session.
 */

/**
 * The newest price of every instrument.
 *
 * It reads no clock, no socket and no document: feed it events and answers, take rows out.
 */
export class PriceBoard {
  /** @type {Map<string, PriceRow>} */
  #rows = new Map();

  /** Rows in the order in which their instruments first had a price. */
  get rows() {
    return [...this.#rows.values()];
  }

  /** @param {string} instrument */
  get(instrument) {
    return this.#rows.get(instrument);
  }

  /** A session was joined: until events say otherwise, its snapshots know better than what is here. */
  beginSession() {
    for (const row of this.#rows.values()) {
      row.isStreamed = false;
    }
  }

  /**
   * Apply an event of the stream.
   *
   * @param {object} envelope
   * @param {number} nowMs
   * @returns {boolean} Whether it was news: an event may come twice, and a snapshot may have been faster.
   */
  applyEvent(envelope, nowMs) {
    const known = this.#rows.get(envelope.payload.instrument);
    if (known?.epoch === envelope.epoch && envelope.seq <= known.seq) {
      known.isStreamed = true;
      return false;
    }
    this.#put(known, envelope, nowMs, true);
    return true;
  }

  /**
   * Apply one price of the answer to a call: the payload's fields beside `epoch`, `seq` and `meta`, whose `age_ms` says
   * how long ago its event was published.
   *
   * Of two epochs nobody can tell which is newer; where the present session has streamed an event, the stream is right.
   *
   * @param {object} price
   * @param {number} nowMs
   * @returns {boolean} Whether it was news.
   */
  applySnapshot(price, nowMs) {
    const { epoch, seq, meta, ...payload } = price;
    const known = this.#rows.get(payload.instrument);
    if (known && (known.epoch === epoch ? seq <= known.seq : known.isStreamed)) {
      return false;
    }
    this.#put(known, { epoch, seq, meta, payload }, nowMs - (meta?.age_ms ?? 0), false);
    return true;
  }

  #put(known, { epoch, seq, payload, meta }, bornMs, isStreamed) {
    const moved = known ? compareDecimals(payload.price, known.price) : 0;
    this.#rows.set(payload.instrument, {
      instrument: payload.instrument,
      epoch,
      seq,
      price: payload.price,
      bid: payload.bid ?? null,
      ask: payload.ask ?? null,
      changePercent: payload.change_percent ?? null,
      volume: payload.volume ?? null,
      high: payload.high_24h ?? null,
      low: payload.low_24h ?? null,
      source: meta?.source ?? null,
      quality: meta?.quality ?? null,
      direction: moved === 0 ? (known?.direction ?? "flat") : moved > 0 ? "up" : "down",
      moves: (known?.moves ?? 0) + (moved === 0 ? 0 : 1),
      bornMs,
      isStreamed,
    });
  }
}

/**
 * How long ago a row's event was published, in milliseconds.
 *
 * @param {PriceRow} row
 * @param {number} nowMs
 */
export function ageMs(row, nowMs) {
  return Math.max(0, nowMs - row.bornMs);
}

/**
 * Where the price stands between the low and the high of 24 hours: 0 at the low, 1 at the high, null where unknown.
 *
 * @param {PriceRow} row
 * @returns {number | null}
 */
export function placeInRange({ price, low, high }) {
  if (low === null || high === null || compareDecimals(low, high) >= 0) {
    return null;
  }
  const place = (Number(price) - Number(low)) / (Number(high) - Number(low));
  return Math.min(1, Math.max(0, place));
}
