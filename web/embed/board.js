/** What a price board on another site's page shows: which rows, and in words how its gateway is. */

import { needsToken, newsText, secondsToRetry, stateWords } from "../kit/endings.js";
import { ARROWS, DIRECTIONS, ageText, changeDirection, changeText, pairOf, priceText } from "../kit/words.js";
import { QUIET_AFTER_MS, ageMs } from "../market/prices.js";

/** @typedef {import("../../clients/js/tapecast.js").ConnectionState} ConnectionState */

/** More than a board is for; a longer list is cut. */
export const MOST_INSTRUMENTS = 100;

const INSTRUMENT = /^[A-Za-z0-9_-]{1,32}$/;
const NEVER_OPENED = ["unreachable", "failed"];

/**
 * The instruments that an attribute names, each once, in its order; what cannot be one is passed over.
 *
 * @param {string | null} text
 * @returns {string[]}
 */
export function instrumentsOf(text) {
  const names = (text ?? "").split(/[\s,]+/).filter((name) => INSTRUMENT.test(name));
  return [...new Set(names)].slice(0, MOST_INSTRUMENTS);
}

/**
 * Where the gateway that a module comes from speaks WAMP.
 *
 * @param {string} moduleUrl
 */
export function websocketUrl(moduleUrl) {
  const url = new URL("../ws", moduleUrl);
  url.protocol = url.protocol === "http:" ? "ws:" : "wss:";
  return url.href;
}

/**
 * Whether a socket has never opened, for which a browser gives no reason.
 *
 * @param {ConnectionState} state
 */
export function hasNotOpened({ phase, ending }) {
  return phase !== "live" && NEVER_OPENED.includes(ending?.reason);
}

/**
 * One row of the board, in words.
 *
 * @typedef {object} BoardRow
 * @property {string} instrument
 * @property {string} base
 * @property {string} quote
 * @property {string} price
 * @property {string} arrow
 * @property {string} word Which way the price went last.
 * @property {"up" | "down" | "flat"} direction
 * @property {string} change
 * @property {"up" | "down" | "flat"} changeDirection
 * @property {string} note What a reader should know before relying on it; nothing where all is well.
 */

/**
 * @param {string[]} instruments
 * @param {object} known
 * @param {import("../market/prices.js").PriceBoard} known.prices
 * @param {Map<string, object>} known.rules By instrument, where the gateway has told them.
 * @param {Map<string, {code: string}>} known.refusals By instrument, what the gateway said for good.
 * @param {number} nowMs
 * @returns {BoardRow[]}
 */
export function rowsOf(instruments, { prices, rules, refusals }, nowMs) {
  return instruments.map((instrument) => {
    const row = prices.get(instrument);
    const rule = rules.get(instrument);
    const [base, quote] = pairOf(instrument, rule);
    const direction = row?.direction ?? "flat";
    return {
      instrument,
      base,
      quote,
      price: priceText(row?.price ?? null, rule),
      arrow: ARROWS[direction],
      word: DIRECTIONS[direction],
      direction,
      change: changeText(row?.changePercent ?? null),
      changeDirection: changeDirection(row?.changePercent ?? null),
      note: noteOf(row, refusals.get(instrument), nowMs),
    };
  });
}

function noteOf(row, refusal, nowMs) {
  if (refusal) {
    return refusal.code === "unknown_instrument" ? "not known here" : "not for this page";
  }
  if (!row) {
    return "no price yet";
  }
  if (row.quality !== null && row.quality !== "live") {
    return row.quality;
  }
  const age = ageMs(row, nowMs);
  return age > QUIET_AFTER_MS ? `${ageText(age)} old` : "";
}

/**
 * How the gateway is, in words: what it is doing, and why it does not tell prices.
 *
 * A browser does not say why a socket did not open. Where the gateway answers all the same, it is this page that it does
 * not let connect.
 *
 * @param {ConnectionState | null} state
 * @param {{isThere: boolean | null, origin: string}} page Whether the gateway answered over HTTP, and whose page it is.
 * @param {number} nowMs
 * @returns {{words: string, detail: string, phase: string}}
 */
export function statusOf(state, { isThere, origin }, nowMs) {
  if (state === null) {
    return { words: "Connecting", detail: "", phase: "connecting" };
  }
  const { phase } = state;
  if (isThere && hasNotOpened(state)) {
    const detail = `The gateway does not let pages of ${origin} connect. Its operator can allow it.`;
    return { words: "Refused", detail, phase: "ended" };
  }
  if (needsToken(state)) {
    return { words: "Refused", detail: "This gateway is not public: it tells prices to who signs in.", phase };
  }
  const seconds = secondsToRetry(state, nowMs);
  const again = seconds === null ? "" : `Next attempt in ${seconds} s.`;
  const news = phase === "live" ? "" : newsText(state, null);
  return { words: stateWords(state), detail: [news, again].filter(Boolean).join(" "), phase };
}
