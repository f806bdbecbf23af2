/** Exact decimal strings, as prices and quantities come over the wire: shown, never rounded. */

const FORM = /^(-?)(\d+)(?:\.(\d+))?$/;

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

function fraction(value) {
  return FORM.exec(value)?.[3] ?? "";
}
