/** What an account is worth and may do: how its portfolio, margin and limits are told to its owner. */

import { compareDecimals } from "../../clients/js/tapecast.js";
import { amountText } from "../kit/amounts.js";
import { signOf } from "../kit/decimals.js";
import { UNKNOWN } from "../kit/words.js";

/** @typedef {"good" | "warn" | "bad" | "none"} Tone */
/** @typedef {{text: string, tone: Tone, detail: string, formula?: string}} Told */

const STATES = {
  active: { text: "Active", tone: "good" },
  reducing: { text: "Reduce only", tone: "warn" },
  halted: { text: "Halted", tone: "bad" },
};

/** Whether a portfolio, a margin or limits were told: a topic's first snapshot may be empty. */
const isTold = (payload) => payload !== null && Object.keys(payload).length > 0;

/** The newest of the topics that tell of a whole account. */
export class Figures {
  constructor() {
    this.forget();
  }

  /** Forget whose account it was. */
  forget() {
    Object.assign(this, { portfolio: null, margin: null, risk: null });
  }

  /**
   * Take what a topic tells.
   *
   * @param {"portfolio" | "margin" | "risk"} name
   * @param {object} payload
   */
  apply(name, payload) {
    if (isTold(payload)) {
      this[name] = payload;
    }
  }

  /** Take an answer where the topic has told nothing yet. */
  fillIn(name, payload) {
    if (this[name] === null && payload !== null) {
      this[name] = payload;
    }
  }
}

/**
 * How much margin there is.
 *
 * @param {object | null} margin
 * @param {object | null} risk
 * @returns {Told}
 */
export function marginTold(margin, risk) {
  if (margin === null) {
    return { text: UNKNOWN, tone: "none", detail: "" };
  }
  const { margin_level: level, formula, call_at: callAt, liquidation_at: liquidationAt } = margin;
  const thresholds = [thresholdText("call at", callAt), thresholdText("liquidation at", liquidationAt)];
  const told = { detail: thresholds.filter(Boolean).join(", "), formula: formulaText(formula) };
  if (level === null) {
    return { ...told, text: "Not used", tone: "none" };
  }
  const { words, tone } = marginState(level, margin, risk);
  return { ...told, text: `${amountText(level)}${words && ` ${words}`}`, tone, detail: shortfallText(margin) + told.detail };
}

function marginState(level, { call_at: callAt, liquidation_at: liquidationAt }, risk) {
  const isDownTo = (threshold) => threshold !== null && threshold !== undefined && compareDecimals(level, threshold) <= 0;
  if (isDownTo(liquidationAt)) {
    return { words: "Liquidation", tone: "bad" };
  }
  if (isDownTo(callAt)) {
    return { words: "Margin call", tone: "bad" };
  }
  const warning = risk?.limits.find(({ limit }) => limit === "margin_warning_level")?.value;
  return isDownTo(warning) ? { words: "Low", tone: "warn" } : { words: "", tone: "good" };
}

const formulaText = (formula) => formula?.replaceAll("_", " ").replace(" / ", " ÷ ") ?? "";
const thresholdText = (name, value) => value !== null && value !== undefined && `${name} ${amountText(value)}`;

function shortfallText({ shortfall, currency }) {
  const isShort = shortfall !== null && shortfall !== undefined && signOf(shortfall) > 0;
  return isShort ? `${amountText(shortfall)} ${currency ?? ""} short. ` : "";
}

/**
 * Whether orders are taken, and if not, why.
 *
 * @param {object | null} risk
 * @returns {Told}
 */
export function tradingTold(risk) {
  if (risk === null) {
    return { text: UNKNOWN, tone: "none", detail: "" };
  }
  if (risk.is_liquidating) {
    return { text: "Being liquidated", tone: "bad", detail: risk.trading_state_reason ?? "" };
  }
  return { ...STATES[risk.trading_state], detail: risk.trading_state_reason ?? "" };
}

/**
 * What is missing for the figures, or nothing.
 *
 * @param {...(object | null)} payloads
 */
export function missingText(...payloads) {
  const missing = new Set(payloads.flatMap((payload) => payload?.missing_prices ?? []));
  return missing.size === 0 ? "" : `Without a price of ${[...missing].join(", ")} not all can be reckoned.`;
}
