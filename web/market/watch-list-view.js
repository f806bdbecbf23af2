/** The price table in the document: one row an instrument, kept and changed in place. */

import { Rows } from "../kit/dom.js";
import { ARROWS, DIRECTIONS, UNKNOWN, ageText, changeDirection, changeText, pairOf, priceText, volumeText } from "../kit/words.js";
import { QUIET_AFTER_MS, ageMs, placeInRange } from "./prices.js";

/** @typedef {import("../kit/dom.js").Parts} Parts */
/** @typedef {import("./prices.js").PriceRow} PriceRow */
/** @typedef {import("./listing.js").Instrument} Instrument */

const NOT_LIVE = "not live";

/** Rows of a `tbody`, made from a `template` of one row whose parts carry `data-part`. */
export class PriceTable {
  #rows;

  /**
   * @param {HTMLTableSectionElement} body
   * @param {HTMLTemplateElement} template
   */
  constructor(body, template) {
    this.#rows = new Rows(body, template, ({ row }) => row.instrument, writeRow);
  }

  /**
   * Show these rows in this order, and no others.
   *
   * @param {PriceRow[]} rows
   * @param {Map<string, Instrument>} instruments
   * @param {{nowMs: number, isLive: boolean}} circumstances Without a live connection no row is called live.
   */
  render(rows, instruments, circumstances) {
    this.#rows.render(rows.map((row) => ({ row, rules: instruments.get(row.instrument), ...circumstances })));
  }
}

function writeRow(parts, { row, rules, nowMs, isLive }) {
  writeName(parts, row, rules);
  writePrices(parts, row, rules);
  writeRange(parts, row);
  writeQuality(parts, isLive ? row.quality : NOT_LIVE);
  writeAge(parts, ageMs(row, nowMs));
}

function writeName(parts, row, rules) {
  const [base, quote] = pairOf(row.instrument, rules);
  parts.write("base", base);
  parts.write("quote", quote && `/ ${quote}`);
  parts.write("source", row.source ?? UNKNOWN);
}

function writePrices(parts, row, rules) {
  parts.write("price", priceText(row.price, rules));
  parts.write("arrow", ARROWS[row.direction]);
  parts.write("direction", DIRECTIONS[row.direction]);
  parts.mark("last", "direction", row.direction);
  // The name of the animation alternates, so that each move of the price starts it anew.
  parts.mark("last", "flash", row.moves === 0 ? "none" : row.moves % 2 ? "odd" : "even");
  parts.write("bid", priceText(row.bid, rules));
  parts.write("ask", priceText(row.ask, rules));
  parts.write("change", changeText(row.changePercent));
  parts.mark("change", "direction", changeDirection(row.changePercent));
  parts.write("volume", volumeText(row.volume));
}

function writeRange(parts, row) {
  const place = placeInRange(row);
  const x = place === null ? "" : (4 + place * 72).toFixed(1);
  if (parts.isNew("range", x)) {
    parts.get("range").toggleAttribute("data-unknown", place === null);
    parts.get("mark").setAttribute("cx", x || "4");
    parts.write("place", place === null ? UNKNOWN : `${Math.round(place * 100)} % of the way from low to high`);
  }
}

function writeQuality(parts, quality) {
  parts.write("quality", quality ?? UNKNOWN);
  parts.mark("quality", "quality", quality ?? "unknown");
}

function writeAge(parts, age) {
  parts.write("age", ageText(age));
  const isQuiet = age > QUIET_AFTER_MS;
  parts.write("quiet", isQuiet ? "quiet" : "");
  parts.toggle("data-quiet", isQuiet);
}
