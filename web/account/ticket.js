/** An order before it is sent: which fields its type has, what is wrong with them, what it costs. */

import { exactText } from "../kit/amounts.js";
import { product, signOf, toUnits } from "../kit/decimals.js";
import { UNKNOWN } from "../kit/words.js";

/** @typedef {{base: string, quote: string, tick_size: string, lot_size: string, min_notional: string, state: string}} Rules */
/** @typedef {Record<string, string | boolean>} Entries What stands in the fields, by the argument's name. */

const DECIMAL = /^\d{1,20}(\.\d{1,18})?$/;
const ENDLESS = ["GTC", "GTD"];
const DAY_MS = 86_400_000;
const LONGEST_DAYS = 366;

/** What the venue locks of a purchase whose price is not known before. */
const RESERVE = "1.05";

/** Of each type, what it is called, which prices it has, and for how long it may be good: the usual first. */
export const TYPES = {
  limit: { label: "Limit", prices: ["price"], times: ["GTC", "IOC", "FOK", "GTD"] },
  market: { label: "Market", prices: [], times: ["IOC", "FOK"] },
  stop: { label: "Stop", prices: ["stop_price"], times: ENDLESS },
  stop_limit: { label: "Stop limit", prices: ["stop_price", "price"], times: ["GTC", "IOC", "FOK", "GTD"] },
};

export const TIMES = {
  GTC: "Until cancelled",
  IOC: "At once (IOC)",
  FOK: "All at once (FOK)",
  GTD: "Until a time",
};

/**
 * The fields that an order of these entries has, besides instrument, side, type and quantity.
 *
 * @param {Entries} entries
 * @returns {Set<string>}
 */
export function fieldsOf({ type, time_in_force: time }) {
  const canRest = type === "limit" && ENDLESS.includes(time);
  return new Set([...TYPES[type].prices, ...(time === "GTD" ? ["expire_at"] : []), ...(canRest ? ["post_only"] : [])]);
}

/**
 * What is wrong with the entries, by field; nothing where the order can be sent.
 *
 * @param {Entries} entries
 * @param {Rules | undefined} rules
 * @param {{bid: string | null, ask: string | null} | undefined} quote
 * @param {number} nowMs Of the reader's clock.
 * @returns {Record<string, string>}
 */
export function faultsOf(entries, rules, quote, nowMs) {
  if (!rules) {
    return { instrument: "Choose an instrument." };
  }
  const fields = fieldsOf(entries);
  const found = {
    instrument: rules.state === "trading" ? "" : "It is not traded at the moment.",
    quantity: numberFault(entries.quantity, rules.lot_size, rules.base),
    ...Object.fromEntries(TYPES[entries.type].prices.map((name) => [name, numberFault(entries[name], rules.tick_size, rules.quote)])),
    ...(fields.has("expire_at") && { expire_at: timeFault(entries.expire_at, nowMs) }),
  };
  const faults = Object.fromEntries(Object.entries(found).filter(([, fault]) => fault));
  const worth = Object.keys(faults).length === 0 && !entries.reduce_only ? worthFault(entries, rules, quote) : "";
  return worth ? { quantity: worth } : faults;
}

/**
 * What is wrong with an amount in steps, or nothing.
 *
 * @param {string} text
 * @param {string} step
 * @param {string} unit
 */
export function numberFault(text, step, unit) {
  if (text === "") {
    return "This is needed.";
  }
  if (!DECIMAL.test(text)) {
    return "A number such as 1234.5 is expected.";
  }
  if (signOf(text) === 0) {
    return "More than zero is expected.";
  }
  return toUnits(text) % toUnits(step) === 0n ? "" : `It goes in steps of ${exactText(step, 0)} ${unit}.`;
}

function timeFault(text, nowMs) {
  const ms = momentMs(text);
  if (Number.isNaN(ms)) {
    return "A day and a time are expected.";
  }
  const isWithin = ms > nowMs && ms <= nowMs + LONGEST_DAYS * DAY_MS;
  return isWithin ? "" : `A time from now on, at most ${LONGEST_DAYS} days ahead, is expected.`;
}

/** A field of a day and a time has no zone of its own: here it is UTC, like all times of the pages. */
const momentMs = (text) => Date.parse(`${text}Z`);

function worthFault(entries, rules, quote) {
  const price = priceOf(entries, quote);
  const worth = price === null ? null : product(price, entries.quantity);
  return worth === null || toUnits(worth) >= toUnits(rules.min_notional)
    ? ""
    : `This is worth ${exactText(worth)} ${rules.quote}; the least is ${exactText(rules.min_notional, 0)} ${rules.quote}.`;
}

/** The price that an order is judged by: its own, its stop price, or the best one now. */
function priceOf({ type, side, price, stop_price: stop }, quote) {
  if (TYPES[type].prices.includes("price")) {
    return price;
  }
  return type === "stop" ? stop : ((side === "buy" ? quote?.ask : quote?.bid) ?? null);
}

/**
 * What an order of these entries is worth, and needs; null where it cannot be said yet.
 *
 * @param {Entries} entries
 * @param {Rules | undefined} rules
 * @param {{bid: string | null, ask: string | null} | undefined} quote
 * @returns {{worth: string, needs: string, currency: string, isEstimate: boolean} | null} Decimal strings; `needs` in
 *   `currency`.
 */
export function estimateOf(entries, rules, quote) {
  const price = rules ? priceOf(entries, quote) : null;
  if (price === null || !DECIMAL.test(price) || !DECIMAL.test(entries.quantity)) {
    return null;
  }
  const worth = product(price, entries.quantity);
  const isEstimate = !TYPES[entries.type].prices.includes("price");
  const needs = entries.side === "sell" ? entries.quantity : isEstimate ? product(worth, RESERVE) : worth;
  return { worth, needs, currency: entries.side === "sell" ? rules.base : rules.quote, isEstimate };
}

/**
 * What an order needs of what is free, in words.
 *
 * @param {ReturnType<typeof estimateOf>} estimate
 * @param {string | null} free Of the estimate's currency; null where that is not known.
 * @param {string} quote The quote currency.
 * @returns {{worth: string, needs: string, isShort: boolean}}
 */
export function estimateText(estimate, free, quote) {
  if (estimate === null) {
    return { worth: UNKNOWN, needs: UNKNOWN, isShort: false };
  }
  const { worth, needs, currency, isEstimate } = estimate;
  return {
    worth: `${isEstimate ? "about " : ""}${exactText(worth)} ${quote}`,
    needs: `${isEstimate ? "up to " : ""}${exactText(needs)} ${currency}`,
    isShort: free !== null && toUnits(needs) > toUnits(free),
  };
}

/**
 * The order of entries without a fault, as the procedure takes it, but for its name.
 *
 * @param {Entries} entries
 */
export function orderOf(entries) {
  const fields = fieldsOf(entries);
  const { instrument, side, type, quantity, time_in_force: time, reduce_only: reduceOnly } = entries;
  const order = { instrument, side, type, quantity, time_in_force: time };
  for (const price of TYPES[type].prices) {
    order[price] = entries[price];
  }
  if (fields.has("expire_at")) {
    order.expire_at = new Date(momentMs(entries.expire_at)).toISOString();
  }
  if (fields.has("post_only") && entries.post_only) {
    order.post_only = true;
  }
  return reduceOnly ? { ...order, reduce_only: true } : order;
}
