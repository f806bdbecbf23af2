/** What is known of every instrument's price: which way it moved, how old it is. */

import { signOfDifference } from "../kit/decimals.js";

/** A row without an event for this long is called quiet. */
export const QUIET_AFTER_MS = 10_000;

/** A price that moves all the time lights up so often, and no more. */
export const FLASH_MS = 1_000;

/** How long it is lit then. */
export const LIT_MS = 300;

/**
 * One instrument's price as the page shows it, changed in place by every event.
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
 * @property {number} litMs When a change of the price last lit it up.
 * @property {number} events How many events made it what it is.
 * @property {string} ts When the gateway published it.
 * @property {string | null} eventTs When the source says it was so.
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

  /** Rows in the order in which their instruments first had a price; not to be changed. */
  rows = [];

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
  apply({ payload, meta, ts }, nowMs) {
    const row = this.#rows.get(payload.instrument) ?? this.#begin(payload);
    const moved = payload.price === row.price ? 0 : signOfDifference(payload.price, row.price);
    if (moved !== 0) {
      row.direction = moved > 0 ? "up" : "down";
      row.litMs = nowMs - row.litMs >= FLASH_MS ? nowMs : row.litMs;
    }
    row.price = payload.price;
    row.bid = payload.bid ?? null;
    row.ask = payload.ask ?? null;
    row.changePercent = payload.change_percent ?? null;
    row.volume = payload.volume ?? null;
    row.high = payload.high_24h ?? null;
    row.low = payload.low_24h ?? null;
    row.source = meta?.source ?? null;
    row.quality = meta?.quality ?? null;
    row.ts = ts;
    row.eventTs = meta?.event_ts ?? null;
    row.events += 1;
    row.bornMs = nowMs - (meta?.age_ms ?? 0);
  }

  #begin({ instrument, price }) {
    const row = { instrument, price, direction: "flat", litMs: -Infinity, events: 0 };
    this.#rows.set(instrument, row);
    this.rows.push(row);
    return row;
  }
}

/**
 * Whether a change of the price is so new that it is shown by light.
 *
 * @param {PriceRow} row
 * @param {number} nowMs
 */
export function isLit(row, nowMs) {
  return nowMs - row.litMs < LIT_MS;
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
 * How long ago a row's price was so by its source's own word, in milliseconds: a source that is asked now and then tells
 * what was some time ago.
 *
 * @param {PriceRow} row
 * @param {number} nowMs
 */
export function sourceAgeMs(row, nowMs) {
  const delayMs = row.eventTs === null ? 0 : Math.max(0, Date.parse(row.ts) - Date.parse(row.eventTs));
  return ageMs(row, nowMs) + delayMs;
}
