/** The limits of an account, and how much of each is used, in words. */

import { amountText } from "../kit/amounts.js";
import { magnitude, rounded, signOf } from "../kit/decimals.js";

const NAMES = {
  order_notional: "Largest order",
  position_notional: "Largest position",
  open_orders: "Open orders",
  order_rate: "Order rate",
  order_burst: "Orders at once",
  price_band_percent: "Distance from the mark",
  mark_age_s: "Age of the mark",
  drawdown_percent: "Drawdown",
  daily_loss_percent: "Loss today",
  concentration_percent: "In one instrument",
};
const UNITS = { "account currency": null, "orders a second": "a second", orders: "" };
const CLOSE_FROM = 0.8;

/**
 * One limit as it is shown.
 *
 * @typedef {object} LimitRow
 * @property {string} limit
 * @property {string} name
 * @property {string} text How much is used, of what.
 * @property {number | null} share How full it is, from 0 to 1; null where nothing adds up.
 * @property {"good" | "warn" | "bad"} tone
 */

/**
 * What an account may do; margin levels are told with the margin.
 *
 * @param {object | null} risk
 * @returns {LimitRow[]}
 */
export function limitRows(risk) {
  const known = risk?.limits.filter(({ limit, value, used }) => limit in NAMES && (value !== null || used !== null)) ?? [];
  return known.map((one) => ({ limit: one.limit, name: NAMES[one.limit], text: limitText(one, risk.currency), ...usage(one) }));
}

function limitText({ value, used, unit }, currency) {
  const words = UNITS[unit] === undefined ? unit : UNITS[unit] ?? currency;
  const of = value === null ? "no limit" : [shortText(value), words].filter(Boolean).join(" ");
  if (used === null) {
    return `up to ${of}`;
  }
  return value === null ? `${[shortText(used), words].filter(Boolean).join(" ")}, no limit` : `${shortText(used)} of ${of}`;
}

/** Without decimal places that say nothing. */
function shortText(value) {
  return amountText(rounded(value, 2)).replace(/\.00$/, "");
}

function usage({ value, used }) {
  if (value === null || used === null) {
    return { share: null, tone: "good" };
  }
  // A limit of zero is used up by nothing.
  const share = signOf(value) === 0 ? 1 : Math.min(1, Number(magnitude(used)) / Number(value));
  return { share, tone: share >= 1 ? "bad" : share >= CLOSE_FROM ? "warn" : "good" };
}
