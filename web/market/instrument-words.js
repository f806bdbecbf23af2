/** How good the chosen instrument's price is, in a reader's words. */

import { UNKNOWN, ageText } from "../kit/words.js";
import { QUIET_AFTER_MS } from "./prices.js";

const SOURCES = { binance: "Binance", coingecko: "CoinGecko" };

/** The contract's states of a price -> what they mean and how they are shown. */
const STATES = {
  live: { words: "", tone: "good" },
  suspect: { words: "In doubt", tone: "warn" },
  failed_over: { words: "Another source stands in", tone: "warn" },
  recovering: { words: "The first source is coming back", tone: "warn" },
};

/** The contract's reasons of a state -> words. */
export const REASONS = {
  started: "the first price has come",
  cleared: "the fault is over",
  recovered: "the first source has proved itself",
  stand_in_failed: "the source that stood in failed",
  stale: "the source went silent",
  broken: "the connection to the source is lost",
  deviates: "the source is outvoted by the others",
  disputed: "the sources disagree, and none has a majority",
  agrees: "it agrees with the others and has to prove itself",
  held_down: "there were too many switches in an hour",
  no_source: "there is no other source",
  preferred: "an operator prefers another source than before",
  preference_ended: "an operator prefers no source any more",
  removed: "no source follows the instrument any more",
};

const TRADING = {
  trading: { words: "Trading", tone: "good" },
  halted: { words: "Halted", tone: "bad" },
};

/** @param {string | null} source */
export function sourceName(source) {
  return source === null ? UNKNOWN : (SOURCES[source] ?? source);
}

/**
 * Where a price comes from and how late it is: `sim, live, 2 ms` or `CoinGecko, 40 s old`.
 *
 * @param {{source: string | null, quality: string | null}} row
 * @param {{ageMs: number, lagMs: number | null, isLive: boolean}} circumstances `isLive` tells of the connection.
 */
export function originText({ source, quality }, { ageMs, lagMs, isLive }) {
  const name = sourceName(source);
  const age = `${ageText(ageMs)} old`;
  if (!isLive) {
    return `${name}, not live, ${age}`;
  }
  if (quality !== "live") {
    return `${name}, ${age}`;
  }
  const delay = ageMs > QUIET_AFTER_MS ? age : lagMs === null ? "" : lagText(lagMs);
  return [name, "live", delay].filter(Boolean).join(", ");
}

/**
 * Whether the instrument is traded, and why its price is as good as it is.
 *
 * @param {{state: string, reason: string, trading_status: string} | null} status Null where nobody has told.
 * @returns {{trading: {words: string, tone: string} | null, note: string, tone: string}}
 */
export function statusWords(status) {
  if (!status) {
    return { trading: null, note: "", tone: "good" };
  }
  const { words, tone } = STATES[status.state] ?? { words: status.state, tone: "warn" };
  const reason = REASONS[status.reason] ?? status.reason;
  const trading = TRADING[status.trading_status] ?? { words: status.trading_status, tone: "warn" };
  const isUsual = status.state === "live" && status.reason === "started";
  return { trading, note: isUsual ? "" : sentence(words ? `${words}: ${reason}` : reason), tone };
}

/**
 * The status that a snapshot or an event of its topic tells last, or null.
 *
 * @param {object} envelope
 */
export function statusOf({ payload }) {
  return payload.status?.at(-1) ?? (payload.state ? payload : null);
}

/**
 * What is to be known of where the panels below come from; empty where they are of the price's own venue.
 *
 * @param {import("./choice.js").Choice} choice
 * @param {string | null} source Where the price comes from.
 */
export function placeText({ instrument, venue, isUnlisted, rules }, source) {
  if (isUnlisted) {
    return `This gateway does not list ${instrument}.`;
  }
  if (rules && venue === null) {
    return "No venue has it: there is a price, and no book, trades or candles.";
  }
  const isElsewhere = source !== null && venue !== null && source !== venue;
  return isElsewhere ? `The price is ${sourceName(source)}’s; candles, book and trades are those of ${sourceName(venue)}.` : "";
}

/**
 * What stands in the place of a panel that has nothing to show; empty where it has.
 *
 * @param {string} what What is missing: `candles`, ...
 * @param {import("./choice.js").Choice} choice
 * @param {{isLoading: boolean, isEmpty: boolean, refusal?: {message: string} | null}} state
 */
export function nothingText(what, { rules, isUnlisted, venue }, { isLoading, isEmpty, refusal = null }) {
  if (!isEmpty) {
    return "";
  }
  if (refusal) {
    return `The gateway refused the ${what}: ${refusal.message}`;
  }
  if (venue === null && (rules || isUnlisted)) {
    return `No venue tells the ${what} of this instrument.`;
  }
  return isLoading ? `Waiting for the ${what}` : `${sourceName(venue)} has not told the ${what} of this instrument yet.`;
}

function lagText(lagMs) {
  return lagMs < 1 ? "below 1 ms" : `${Math.round(lagMs)} ms`;
}

function sentence(words) {
  return `${words[0].toUpperCase()}${words.slice(1)}.`;
}
