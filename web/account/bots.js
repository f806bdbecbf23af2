/** How a user's bots are, in words. */

import { amountText, gainDirection, gainText } from "../kit/amounts.js";
import { product } from "../kit/decimals.js";
import { UNKNOWN } from "../kit/words.js";

const STATUSES = {
  running: { status: "Running", tone: "good" },
  paused: { status: "Paused", tone: "none" },
  error: { status: "Error", tone: "bad" },
  stale: { status: "Stale", tone: "warn" },
};

/**
 * A bot as it is shown.
 *
 * @typedef {object} BotRow
 * @property {string} id
 * @property {string} name
 * @property {string} status
 * @property {"good" | "none" | "warn" | "bad"} tone
 * @property {string} profit
 * @property {"up" | "down" | "flat"} direction
 * @property {string} won
 * @property {string} trades
 * @property {string} reported When it did so last.
 */

/**
 * @param {object} bot
 * @param {(iso: string) => string} moment
 * @returns {BotRow}
 */
export function botRow({ bot_id: id, name, status, performance, reported_at: reportedAt }, moment) {
  const { total_pnl: profit = null, win_rate: rate = null, trades_today: trades = null } = performance ?? {};
  return {
    id,
    name,
    ...(STATUSES[status] ?? { status, tone: "none" }),
    profit: gainText(profit),
    direction: gainDirection(profit),
    won: rate === null ? UNKNOWN : `${amountText(product(rate, "100"), 0)} %`,
    trades: trades === null ? UNKNOWN : trades.toLocaleString("en"),
    reported: reportedAt ? moment(reportedAt) : UNKNOWN,
  };
}
