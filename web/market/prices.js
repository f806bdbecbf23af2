/** What is known of every instrument's price: which way it moved, how old it is. */

import { compareDecimals } from "../../clients/js/tapecast.js";

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
 */

/**
 * The newest price of every instrument.
 *
 * It reads no clock, no socket and no document: feed it events, take rows out.
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

  /**
   * Take the newest of a price's stream: an event, or a snapshot, whose `meta.age_ms` says how long ago its event was.
   *
   * @param {object} envelope
   * @param {number} nowMs
   */
  apply({ payload, meta }, nowMs) {
    const known = this.#rows.get(payload.instrument);
    const moved = known ? compareDecimals(payload.price, known.price) : 0;
    this.#rows.set(payload.instrument, {
      instrument: payload.instrument,
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
      bornMs: nowMs - (meta?.age_ms ?? 0),
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
