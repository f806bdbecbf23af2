/** The orders of one account: which are open, and what became of those that were seen to end. */

import { exactText } from "../kit/amounts.js";
import { signOf, signOfDifference } from "../kit/decimals.js";
import { UNKNOWN } from "../kit/words.js";
import { numberFault } from "./ticket.js";

const MOST_PAST = 200;
const FINAL = new Set(["filled", "cancelled", "expired", "rejected", "denied"]);
const CHANGEABLE = new Set(["untriggered", "new", "partially_filled"]);
const TYPE_WORDS = { limit: "limit", market: "market", stop: "stop", stop_limit: "stop limit" };
const TONES = { filled: "good", rejected: "bad", denied: "bad", unknown: "warn" };

export const SIDES = { buy: "Buy", sell: "Sell" };

/** Which way a side goes, by which it is coloured. */
export const SIDE_DIRECTIONS = { buy: "up", sell: "down" };

/** Whether nothing more becomes of an order. */
export const isFinal = ({ status }) => FINAL.has(status);

/** Whether an order can be changed as it is. */
export const isChangeable = ({ status }) => CHANGEABLE.has(status);

/** A word of the gateway's, as a reader reads it. */
export const plainWord = (word) => word.replaceAll("_", " ");

/** How good the news is that a status tells. */
export const toneOf = ({ status }) => TONES[status] ?? "";

/** The open orders of one account, and the last that ended; sans-I/O. */
export class Orders {
  #open = new Map();
  #past = new Map();

  /** Forget whose they were. */
  forget() {
    this.#open.clear();
    this.#past.clear();
  }

  /** Take all that are open. */
  applySnapshot({ orders = [] }) {
    this.#open = new Map(orders.map((order) => [order.order_id, order]));
  }

  /** Take what has become of one. */
  applyEvent(order) {
    const [to, from] = isFinal(order) ? [this.#past, this.#open] : [this.#open, this.#past];
    from.delete(order.order_id);
    to.set(order.order_id, order);
    if (this.#past.size > MOST_PAST) {
      this.#past.delete(this.#past.keys().next().value);
    }
  }

  /** @returns {object[]} The newest first. */
  get open() {
    return [...this.#open.values()].reverse();
  }

  /** @returns {object[]} Those that ended since, the last first. */
  get past() {
    return [...this.#past.values()].reverse();
  }

  /** @param {string} orderId */
  find(orderId) {
    return this.#open.get(orderId) ?? null;
  }
}

/** An order in a few words: `Buy 0.01 BTCUSDT, limit 97,000.00`. */
export function orderText({ side, quantity, instrument, type, price, stop_price: stop }) {
  return `${SIDES[side]} ${exactText(quantity, 0)} ${instrument}, ${kindText({ type, price, stop_price: stop })}`;
}

/** A type with its prices: `stop limit 96,500.00 → 97,000.00`. */
export function kindText({ type, price, stop_price: stop }) {
  const prices = [stop, price].filter(Boolean).map((one) => exactText(one));
  return [TYPE_WORDS[type] ?? type, prices.join(" → ")].filter(Boolean).join(" ");
}

/** Where an order is in its life, and why. */
export function statusText({ status, reason }) {
  return plainWord(status) + (reason ? `: ${plainWord(reason)}` : "");
}

/** An order's status, with what was executed where that is not all. */
export function progressText(order) {
  const isPart = signOf(order.filled_quantity ?? "0") !== 0 && order.status !== "filled";
  return statusText(order) + (isPart ? `, ${filledText(order)} executed` : "");
}

/** What was executed of an order, of all of it. */
export function filledText({ filled_quantity: filled, quantity }) {
  return `${exactText(filled ?? "0", 0)} / ${exactText(quantity, 0)}`;
}

/** At what price it was executed. */
export const averageText = ({ average_price: average }) => (average ? exactText(average) : UNKNOWN);

/**
 * The fields of a question about a change of an order.
 *
 * @param {object} order
 * @param {import("./ticket.js").Rules} rules
 */
export function changeFields(order, rules) {
  const field = (name, label, step, unit) => ({
    name,
    label: `${label} (${unit})`,
    value: order[name],
    check: (text) => numberFault(text, step, unit) || null,
  });
  const fields = [field("quantity", "Quantity", rules.lot_size, rules.base)];
  return order.price ? [...fields, field("price", "Price", rules.tick_size, rules.quote)] : fields;
}

/**
 * What a change asks for: only what becomes another. Null where nothing does.
 *
 * @param {object} order
 * @param {Record<string, string>} wanted
 */
export function changeOf(order, wanted) {
  const changed = Object.entries(wanted).filter(([name, value]) => signOfDifference(value, order[name]) !== 0);
  return changed.length > 0 ? { client_order_id: order.client_order_id, ...Object.fromEntries(changed) } : null;
}
