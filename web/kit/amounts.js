/** How money is written for a reader: rounded, grouped, and gains with their sign. */

import { groupedDecimal, magnitude, rounded, signOf } from "./decimals.js";
import { UNKNOWN } from "./words.js";

const MINUS = "−";
const DIRECTIONS = { "-1": "down", 0: "flat", 1: "up" };

/**
 * An amount to so many places.
 *
 * @param {string | null | undefined} value
 * @param {number} [places]
 */
export function amountText(value, places = 2) {
  if (value === null || value === undefined) {
    return UNKNOWN;
  }
  const near = rounded(value, places);
  return `${signOf(near) < 0 ? MINUS : ""}${groupedDecimal(magnitude(near), places)}`;
}

/**
 * An amount with all of its digits, and `places` at least.
 *
 * @param {string | null | undefined} value
 * @param {number} [places]
 */
export function exactText(value, places = 2) {
  if (value === null || value === undefined) {
    return UNKNOWN;
  }
  return `${signOf(value) < 0 ? MINUS : ""}${groupedDecimal(magnitude(value), places)}`;
}

/**
 * A gain or a loss, with its sign, since colour alone says nothing.
 *
 * @param {string | null | undefined} value
 * @param {number} [places]
 */
export function gainText(value, places = 2) {
  const text = amountText(value, places);
  return gainDirection(value, places) === "up" ? `+${text}` : text;
}

/**
 * Which way a gain goes as it is shown: what rounds to nothing goes nowhere.
 *
 * @param {string | null | undefined} value
 * @param {number} [places]
 * @returns {"up" | "down" | "flat"}
 */
export function gainDirection(value, places = 2) {
  return value === null || value === undefined ? "flat" : DIRECTIONS[signOf(rounded(value, places))];
}

/** A number that a chart has, as an amount. */
export const chartAmount = (value) => amountText(value.toFixed(2));
