/** How values are written for a reader. */

import { groupedDecimal, placesOf } from "./decimals.js";
import { stateWords } from "./endings.js";

/** What stands where a value is not known. */
export const UNKNOWN = "–";

export const ARROWS = { up: "▲", down: "▼", flat: "" };
export const DIRECTIONS = { up: "up", down: "down", flat: "unchanged" };

const DEFAULT_TICK = "0.01";
const compact = new Intl.NumberFormat("en", { notation: "compact", minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** @typedef {import("../market/listing.js").Instrument} Instrument */

/**
 * A price in the steps of its instrument.
 *
 * @param {string | null} price
 * @param {Instrument | undefined} instrument
 */
export function priceText(price, instrument) {
  return price === null ? UNKNOWN : groupedDecimal(price, placesOf(instrument?.tick_size ?? DEFAULT_TICK));
}

/**
 * A change with its sign, since colour alone says nothing.
 *
 * @param {string | null} percent
 */
export function changeText(percent) {
  if (percent === null) {
    return UNKNOWN;
  }
  const rounded = Number(percent).toFixed(2);
  const size = rounded.replace("-", "");
  const sign = Number(size) === 0 ? "" : rounded.startsWith("-") ? "−" : "+";
  return `${sign}${size} %`;
}

/** Which way a change goes, as it is shown: `-0.001` is no change. */
export function changeDirection(percent) {
  const rounded = Number(Number(percent).toFixed(2));
  return rounded === 0 ? "flat" : rounded > 0 ? "up" : "down";
}

/** A quantity to three or more figures, such as `18.20K`. */
export function volumeText(volume) {
  return volume === null ? UNKNOWN : compact.format(Number(volume));
}

/** An age in its largest whole unit. */
export function ageText(ageMs) {
  const seconds = Math.floor(ageMs / 1000);
  if (seconds < 60) {
    return `${seconds} s`;
  }
  return seconds < 3600 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h`;
}

/**
 * An instrument's two currencies, or its name and nothing where the gateway does not tell them.
 *
 * @param {string} instrument
 * @param {Instrument | undefined} rules
 * @returns {[string, string]}
 */
export function pairOf(instrument, rules) {
  return rules?.base && rules.quote ? [rules.base, rules.quote] : [instrument, ""];
}

/** How many instruments are shown, of how many there are; nothing before there is one. */
export function countText(shown, known) {
  const noun = known === 1 ? "instrument" : "instruments";
  return known === 0 ? "" : `${shown === known ? "" : `${shown} of `}${known} ${noun}`;
}

/**
 * The title of the tab: the leading price, or that there is no connection.
 *
 * @param {import("../../clients/js/tapecast.js").ConnectionState} state
 * @param {import("../market/prices.js").PriceRow | undefined} leader
 * @param {Instrument | undefined} rules
 */
export function titleText(state, leader, rules) {
  if (state.phase !== "live") {
    return `${stateWords(state)} · Tapecast`;
  }
  if (!leader) {
    return "Tapecast";
  }
  const arrow = ARROWS[leader.direction];
  const name = pairOf(leader.instrument, rules).filter(Boolean).join("/");
  return `${arrow}${arrow && " "}${priceText(leader.price, rules)} ${name} · Tapecast`;
}
