/** Exact decimal strings, as prices and quantities come over the wire: shown, never rounded. */

import { compareDecimals } from "../../clients/js/tapecast.js";

const UNIT_PLACES = 18;
const FORM = /^(-?)(\d+)(?:\.(\d+))?$/;

/**
 * The sign of `left - right`, exactly, and at little cost: what differs as numbers differs in the same way as decimals.
 *
 * @param {string} left
 * @param {string} right
 */
export function signOfDifference(left, right) {
  return Math.sign(Number(left) - Number(right)) || compareDecimals(left, right);
}

/**
 * How many decimal places a step of a price needs: 2 for `0.01` and for `0.01000000`.
 *
 * @param {string} step
 */
export function placesOf(step) {
  return fraction(step).replace(/0+$/, "").length;
}

/**
 * A decimal with thousands grouped, and with `places` decimal places.
 *
 * Digits that say something are never cut: a value finer than `places` keeps them. What is no decimal is left as it is.
 *
 * @param {string} value
 * @param {number} places
 */
export function groupedDecimal(value, places) {
  const form = FORM.exec(value);
  if (!form) {
    return value;
  }
  const [, sign, whole, digits = ""] = form;
  const kept = digits.replace(/0+$/, "").padEnd(places, "0");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return sign + grouped + (kept && `.${kept}`);
}

/**
 * A decimal as a whole number of 10**-18, to reckon with exactly; what is finer is cut off.
 *
 * @param {string} value
 * @returns {bigint}
 */
export function toUnits(value) {
  const [whole, digits = ""] = value.split(".");
  return BigInt(whole + digits.slice(0, UNIT_PLACES).padEnd(UNIT_PLACES, "0"));
}

/**
 * The decimal of a number of units, without zeros at its end.
 *
 * @param {bigint} units
 */
export function fromUnits(units) {
  const sign = units < 0n ? "-" : "";
  const figures = String(units < 0n ? -units : units).padStart(UNIT_PLACES + 1, "0");
  const digits = figures.slice(-UNIT_PLACES).replace(/0+$/, "");
  return sign + figures.slice(0, -UNIT_PLACES) + (digits && `.${digits}`);
}

/**
 * A product, to 18 places.
 *
 * @param {string} left
 * @param {string} right
 */
export function product(left, right) {
  return fromUnits((toUnits(left) * toUnits(right)) / 10n ** BigInt(UNIT_PLACES));
}

/**
 * `left - right`, exactly.
 *
 * @param {string} left
 * @param {string} right
 */
export function difference(left, right) {
  return fromUnits(toUnits(left) - toUnits(right));
}

/**
 * The nearest decimal of at most so many places; the half goes away from zero.
 *
 * @param {string} value
 * @param {number} places At most 17.
 */
export function rounded(value, places) {
  const step = 10n ** BigInt(UNIT_PLACES - places);
  const units = toUnits(value);
  const half = (units < 0n ? -step : step) / 2n;
  return fromUnits(((units + half) / step) * step);
}

/** -1, 0 or 1. */
export function signOf(value) {
  const units = toUnits(value);
  return units === 0n ? 0 : units < 0n ? -1 : 1;
}

/** Without its sign. */
export const magnitude = (value) => value.replace(/^-/, "");

function fraction(value) {
  return FORM.exec(value)?.[3] ?? "";
}
