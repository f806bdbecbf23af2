/** What is held of each instrument, at the price of now, and the order that closes it. */

import { exactText } from "../kit/amounts.js";
import { difference, magnitude, product, signOf } from "../kit/decimals.js";
import { chanceName } from "./desk.js";

/** Where the gateway keeps accounts itself, its mark is the consolidated price; a platform tells its own. */
const KEPT_HERE = "paper";

/**
 * A position as it is shown.
 *
 * Units: decimal strings, prices and money in the instrument's quote currency; null where unknown.
 *
 * @typedef {object} PositionRow
 * @property {string} instrument
 * @property {"long" | "short" | "flat"} side
 * @property {string} quantity Without its sign.
 * @property {string | null} average
 * @property {string | null} mark
 * @property {boolean} isMarkStale
 * @property {string | null} unrealised
 * @property {string | null} realised
 * @property {string} note Why risk has closed it.
 */

/** The positions of one account; sans-I/O. */
export class Positions {
  #told = new Map();
  #marks = new Map();

  /** Forget whose they were. */
  forget() {
    this.#told.clear();
    this.#marks.clear();
  }

  /** Take the whole state. */
  applySnapshot({ positions = [] }) {
    this.#told.clear();
    positions.forEach((position) => this.applyEvent(position));
  }

  /** Take what has become of one. */
  applyEvent(position) {
    this.#told.set(position.instrument, position);
    this.#marks.delete(position.instrument);
  }

  /** Take a consolidated price, newer than what was told with a position. */
  applyMark({ instrument, price, meta }) {
    if (this.#told.get(instrument)?.venue === KEPT_HERE) {
      this.#marks.set(instrument, { price, isStale: meta?.quality === "stale" });
    }
  }

  /** Of which instruments something is held. */
  get held() {
    return [...this.#told.values()].filter(({ quantity }) => signOf(quantity) !== 0).map(({ instrument }) => instrument);
  }

  /** @returns {PositionRow[]} What is held first, then what is flat again; by name. */
  get rows() {
    const rows = [...this.#told.values()].map((told) => rowOf(told, this.#marks.get(told.instrument)));
    const place = ({ side, instrument }) => `${side === "flat" ? 1 : 0} ${instrument}`;
    return rows.sort((one, other) => (place(one) < place(other) ? -1 : 1));
  }
}

function rowOf(told, mark) {
  const { instrument, quantity } = told;
  const sign = signOf(quantity);
  return {
    instrument,
    side: sign === 0 ? "flat" : sign > 0 ? "long" : "short",
    quantity: magnitude(quantity),
    average: sign === 0 ? null : (told.average_price ?? null),
    mark: mark?.price ?? told.mark_price ?? null,
    isMarkStale: mark?.isStale ?? false,
    unrealised: mark ? unrealisedAt(told, mark.price) : (told.unrealised_pnl ?? null),
    realised: told.realised_pnl ?? null,
    note: told.event === "liquidated" ? `liquidated: ${told.reason}` : "",
  };
}

/** From what was told: the average price may have been rounded, the profit was not. */
function unrealisedAt({ quantity, average_price: average, mark_price: then, unrealised_pnl: told }, price) {
  if (then !== null && told !== null) {
    return difference(told, product(quantity, difference(then, price)));
  }
  return average === null ? null : product(quantity, difference(price, average));
}

/**
 * The order that closes a position, and opens none, whatever has become of it meanwhile.
 *
 * @param {PositionRow} position
 * @param {string} name The order's `client_order_id`.
 */
export function closingOrder({ instrument, side, quantity }, name) {
  return {
    client_order_id: name,
    instrument,
    side: side === "long" ? "sell" : "buy",
    type: "market",
    quantity,
    reduce_only: true,
  };
}

/**
 * A name for an order of this page.
 *
 * @param {Iterable<number>} chance
 */
export const orderName = (chance) => `close-${chanceName(chance)}`;

/**
 * What became of a closing order.
 *
 * @param {object} order
 */
export function closedText({ instrument, side, status, filled_quantity: filled, quantity, average_price: price, reason }) {
  const done = `${side === "sell" ? "Sold" : "Bought"} ${exactText(filled, 0)}`;
  if (status === "filled") {
    return `${done} ${instrument} at ${exactText(price)}.`;
  }
  const why = reason ? `: ${reason.replaceAll("_", " ")}` : "";
  const isPart = signOf(filled) !== 0;
  return isPart
    ? `${done} of ${exactText(quantity, 0)} ${instrument} at ${exactText(price)}; the rest is ${status}${why}.`
    : `Nothing of ${instrument} was closed; the order is ${status}${why}.`;
}
