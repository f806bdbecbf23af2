/** The rows of the watch list in the document: kept for ever, drawn at once where they are in view, and else in turn. */

import { Parts } from "../kit/dom.js";
import { ARROWS, DIRECTIONS, UNKNOWN, ageText, changeDirection, changeText, pairOf, priceText, volumeText } from "../kit/words.js";
import { QUIET_AFTER_MS, ageMs, isLit } from "./prices.js";

/** @typedef {import("./prices.js").PriceRow} PriceRow */
/** @typedef {import("./listing.js").Instrument} Instrument */

/**
 * What rows depend on besides their prices.
 *
 * @typedef {object} Circumstances
 * @property {number} nowMs
 * @property {boolean} isLive Without a live connection no row is called live.
 * @property {string | null} chosen
 * @property {Map<string, Instrument>} instruments
 */

const NOT_LIVE = "not live";

/** How long it may take until every row that is out of view is drawn anew. */
const TURN_MS = 1_000;

/** Rows in view are drawn so often, whatever comes: who reads does not read faster. */
const DRAW_MS = 90;

/** How far from the view rows count as in it. */
const MARGIN = "100px";

/** Rows of a `tbody`, made from a `template` of one row whose parts carry `data-part`. */
export class WatchListRows {
  /** @type {Map<string, Parts>} */
  #all = new Map();
  #listed = [];
  #inView = new Set();
  #turn = 0;
  #drawnMs = 0;
  #drawn = {};
  #hasSeen = false;
  #reachable = null;
  #observer;

  /**
   * @param {HTMLTableSectionElement} body
   * @param {HTMLTemplateElement} template
   * @param {() => void} onSeen Other rows have come into view, and are to be drawn.
   */
  constructor(body, template, onSeen) {
    this.body = body;
    this.template = template;
    this.onSeen = onSeen;
    this.#observer = new IntersectionObserver((seen) => this.#see(seen), { rootMargin: MARGIN, scrollMargin: MARGIN });
  }

  /** Whether the reader is about to choose a row, by pointer or by keyboard. */
  get isPointedAt() {
    return this.body.matches(":hover, :has(:focus-visible)");
  }

  /**
   * Show these rows in this order, and no others.
   *
   * @param {PriceRow[]} rows The same array as before where the order is.
   * @param {Circumstances} circumstances
   */
  render(rows, circumstances) {
    const isNewOrder = rows !== this.#listed;
    if (isNewOrder) {
      this.#listed = rows;
      this.#arrange(rows);
    }
    if (isNewOrder || this.#hasSeen || this.#isOther(circumstances) || circumstances.nowMs - this.#drawnMs >= DRAW_MS) {
      this.#draw(circumstances);
    }
  }

  /**
   * Move the focus some rows down, or to the first one from elsewhere.
   *
   * @param {number} step
   * @returns {boolean} Whether there is a row to go to.
   */
  step(step) {
    const focused = document.activeElement?.closest("tr")?.dataset.key;
    const from = this.#listed.findIndex(({ instrument }) => instrument === focused);
    const to = Math.min(this.#listed.length - 1, Math.max(0, from + step));
    const row = this.#listed[to];
    if (row) {
      this.#all.get(row.instrument).get("choose").focus();
    }
    return row !== undefined;
  }

  #isOther({ isLive, chosen, instruments }) {
    return isLive !== this.#drawn.isLive || chosen !== this.#drawn.chosen || instruments !== this.#drawn.instruments;
  }

  #draw(circumstances) {
    this.#inView.forEach((parts) => writeRow(parts, circumstances));
    this.#drawTurn(circumstances);
    this.#drawReachable(circumstances.chosen);
    this.#hasSeen = false;
    this.#drawn = circumstances;
    this.#drawnMs = circumstances.nowMs;
  }

  #see(seen) {
    this.#hasSeen = true;
    for (const { target, isIntersecting } of seen) {
      const parts = this.#all.get(target.dataset.key);
      if (isIntersecting) {
        this.#inView.add(parts);
      } else {
        this.#inView.delete(parts);
      }
    }
    this.onSeen();
  }

  #arrange(rows) {
    const listed = new Set(rows.map((row) => this.#partsOf(row)));
    for (const parts of this.#all.values()) {
      if (!listed.has(parts)) {
        parts.element.remove();
        this.#inView.delete(parts);
      }
    }
    let place = this.body.firstElementChild;
    for (const { element } of listed) {
      if (element === place) {
        place = place.nextElementSibling;
      } else {
        moveBefore(this.body, element, place);
      }
    }
  }

  #partsOf(row) {
    let parts = this.#all.get(row.instrument);
    if (!parts) {
      parts = new Parts(this.template);
      parts.element.dataset.key = row.instrument;
      parts.row = row;
      this.#all.set(row.instrument, parts);
      this.#inView.add(parts); // until it is known, so that no row is ever empty
      this.#observer.observe(parts.element);
    }
    return parts;
  }

  /** Whoever reads by ear, or searches the page, comes to rows that are not in view. */
  #drawTurn(circumstances) {
    const { nowMs } = circumstances;
    const share = Math.min(1, (nowMs - this.#drawnMs) / TURN_MS);
    const end = Math.min(this.#listed.length, this.#turn + Math.ceil(this.#listed.length * share));
    for (; this.#turn < end; this.#turn += 1) {
      writeRow(this.#all.get(this.#listed[this.#turn].instrument), circumstances);
    }
    this.#turn = this.#turn < this.#listed.length ? this.#turn : 0;
  }

  /** One row is reached by the tabulator; arrows go on from there. */
  #drawReachable(chosen) {
    const isShown = this.#all.get(chosen)?.element.isConnected;
    const reachable = this.#all.get(isShown ? chosen : this.#listed[0]?.instrument)?.get("choose");
    if (reachable !== this.#reachable) {
      this.#reachable?.setAttribute("tabindex", "-1");
      reachable?.setAttribute("tabindex", "0");
      this.#reachable = reachable;
    }
  }
}

/** Where the browser can, without the focus that is in the element being lost. */
function moveBefore(body, element, place) {
  if (element.isConnected && body.moveBefore) {
    body.moveBefore(element, place);
  } else {
    body.insertBefore(element, place);
  }
}

function writeRow(parts, { nowMs, isLive, chosen, instruments }) {
  const { row } = parts;
  const rules = instruments.get(row.instrument);
  if (parts.isNew("row", row.events) | parts.isNew("rules", rules)) {
    writeName(parts, row, rules);
    writePrices(parts, row, rules);
  }
  parts.toggle("data-lit", isLit(row, nowMs));
  writeQuality(parts, isLive ? row.quality : NOT_LIVE);
  writeAge(parts, ageMs(row, nowMs));
  if (parts.isNew("chosen", row.instrument === chosen)) {
    parts.get("choose").ariaCurrent = row.instrument === chosen ? "true" : null;
  }
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
  parts.write("change", changeText(row.changePercent));
  parts.mark("change", "direction", changeDirection(row.changePercent));
  parts.write("volume", volumeText(row.volume));
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
