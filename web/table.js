/** The price table in the document: one row an instrument, kept and changed in place. */

import { QUIET_AFTER_MS, ageMs, placeInRange } from "./prices.js";
import { ARROWS, DIRECTIONS, UNKNOWN, ageText, changeDirection, changeText, pairOf, priceText, volumeText } from "./words.js";

/** @typedef {import("./prices.js").PriceRow} PriceRow */
/** @typedef {import("./listing.js").Instrument} Instrument */

const NOT_LIVE = "not live";

/** Rows of a `tbody`, made from a `template` of one row whose parts carry `data-part`. */
export class PriceTable {
  #rows = new Map();

  /**
   * @param {HTMLTableSectionElement} body
   * @param {HTMLTemplateElement} template
   */
  constructor(body, template) {
    this.body = body;
    this.template = template;
  }

  /**
   * Show these rows in this order, and no others.
   *
   * @param {PriceRow[]} rows
   * @param {Map<string, Instrument>} instruments
   * @param {{nowMs: number, isLive: boolean}} circumstances Without a live connection no row is called live.
   */
  render(rows, instruments, circumstances) {
    const shown = rows.map((row) => {
      const view = this.#viewOf(row.instrument);
      view.render(row, instruments.get(row.instrument), circumstances);
      return view.element;
    });
    this.#arrange(shown);
  }

  #viewOf(instrument) {
    if (!this.#rows.has(instrument)) {
      this.#rows.set(instrument, new RowView(this.template, instrument));
    }
    return this.#rows.get(instrument);
  }

  #arrange(shown) {
    const wanted = new Set(shown);
    [...this.body.children].filter((element) => !wanted.has(element)).forEach((element) => element.remove());
    shown.forEach((element, place) => {
      const there = this.body.children[place];
      if (there !== element) {
        this.body.insertBefore(element, there ?? null);
      }
    });
  }
}

/** One row of the table; it touches the document only where something changed. */
class RowView {
  #parts = {};
  #written = new Map();

  constructor(template, instrument) {
    this.element = template.content.firstElementChild.cloneNode(true);
    this.element.dataset.instrument = instrument;
    for (const part of this.element.querySelectorAll("[data-part]")) {
      this.#parts[part.dataset.part] = part;
    }
  }

  render(row, rules, { nowMs, isLive }) {
    this.#renderName(row, rules);
    this.#renderPrices(row, rules);
    this.#renderRange(row);
    this.#renderQuality(isLive ? row.quality : NOT_LIVE);
    this.#renderAge(ageMs(row, nowMs));
  }

  #renderName(row, rules) {
    const [base, quote] = pairOf(row.instrument, rules);
    this.#write("base", base);
    this.#write("quote", quote && `/ ${quote}`);
    this.#write("source", row.source ?? UNKNOWN);
  }

  #renderPrices(row, rules) {
    this.#write("price", priceText(row.price, rules));
    this.#write("arrow", ARROWS[row.direction]);
    this.#write("direction", DIRECTIONS[row.direction]);
    this.#mark("last", "direction", row.direction);
    // The name of the animation alternates, so that each move of the price starts it anew.
    this.#mark("last", "flash", row.moves === 0 ? "none" : row.moves % 2 ? "odd" : "even");
    this.#write("bid", priceText(row.bid, rules));
    this.#write("ask", priceText(row.ask, rules));
    this.#write("change", changeText(row.changePercent));
    this.#mark("change", "direction", changeDirection(row.changePercent));
    this.#write("volume", volumeText(row.volume));
  }

  #renderRange(row) {
    const place = placeInRange(row);
    const x = place === null ? "" : (4 + place * 72).toFixed(1);
    if (this.#isNew("range", x)) {
      this.#parts.range.toggleAttribute("data-unknown", place === null);
      this.#parts.mark.setAttribute("cx", x || "4");
      this.#write("place", place === null ? UNKNOWN : `${Math.round(place * 100)} % of the way from low to high`);
    }
  }

  #renderQuality(quality) {
    this.#write("quality", quality ?? UNKNOWN);
    this.#mark("quality", "quality", quality ?? "unknown");
  }

  #renderAge(age) {
    this.#write("age", ageText(age));
    const isQuiet = age > QUIET_AFTER_MS;
    this.#write("quiet", isQuiet ? "quiet" : "");
    if (this.#isNew("row-quiet", isQuiet)) {
      this.element.toggleAttribute("data-quiet", isQuiet);
    }
  }

  #write(part, text) {
    if (this.#isNew(part, text)) {
      this.#parts[part].textContent = text;
    }
  }

  #mark(part, name, value) {
    if (this.#isNew(`${part}@${name}`, value)) {
      this.#parts[part].dataset[name] = value;
    }
  }

  #isNew(key, value) {
    const changed = this.#written.get(key) !== value;
    this.#written.set(key, value);
    return changed;
  }
}
