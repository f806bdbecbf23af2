/** Which rows are shown, and in which order. */

import { signOfDifference } from "../kit/decimals.js";
import { bySorting } from "../kit/sorting.js";

/** @typedef {import("./prices.js").PriceRow} PriceRow */
/** @typedef {import("../kit/sorting.js").Sorting} Sorting */
/** @typedef {{instrument: string, base?: string | null, quote?: string | null, tick_size?: string | null}} Instrument */

const decimal = (name) => (left, right) => signOfDifference(left[name], right[name]);
const byAlphabet = new Intl.Collator("en").compare;
const text = (name) => (left, right) => byAlphabet(left[name], right[name]);

/**
 * What each column sorts by: the row's own field, how two are compared, and which way a first press turns it.
 *
 * An age is compared by birth, so that the youngest row is the smallest.
 */
export const COLUMNS = {
  instrument: { field: "instrument", compare: text("instrument"), isDescendingFirst: false },
  price: { field: "price", compare: decimal("price"), isDescendingFirst: true },
  change: { field: "changePercent", compare: decimal("changePercent"), isDescendingFirst: true },
  volume: { field: "volume", compare: decimal("volume"), isDescendingFirst: true },
  source: { field: "source", compare: text("source"), isDescendingFirst: false },
  quality: { field: "quality", compare: text("quality"), isDescendingFirst: false },
  age: { field: "bornMs", compare: (left, right) => right.bornMs - left.bornMs, isDescendingFirst: false },
};

/** Rows that are sorted by what changes all the time are sorted anew so often. */
export const RESORT_MS = 1_000;

/** The column that never changes. */
const STILL = "instrument";

/**
 * Which rows are listed, kept until there is a reason to list them anew.
 *
 * It reads no clock and no document: tell it what the reader wants, and ask it for rows.
 */
export class Listing {
  /** @type {Sorting | null} */
  sorting = null;
  search = "";
  /** @type {Map<string, Instrument>} */
  instruments = new Map();
  #listed = [];
  #ofRows = -1;
  #listedMs = -Infinity;

  /** @param {string} text */
  find(text) {
    this.search = text.trim();
    this.#ofRows = -1;
  }

  /** @param {string} key The column whose header was pressed. */
  sort(key) {
    this.sorting = nextSorting(this.sorting, key);
    this.#ofRows = -1;
  }

  /** @param {Instrument[]} instruments What the gateway lists, in its order. */
  applyInstruments(instruments) {
    this.instruments = new Map(instruments.map((rules) => [rules.instrument, rules]));
    this.#ofRows = -1;
  }

  /**
   * The rows to show; the very same array as before where nothing is listed anew.
   *
   * @param {PriceRow[]} rows Only ever more of them.
   * @param {number} nowMs
   * @param {() => boolean} isHeld Whether the reader is about to choose one, and none may move away.
   */
  list(rows, nowMs, isHeld) {
    const isLive = this.sorting !== null && this.sorting.key !== STILL;
    const isOld = isLive && nowMs - this.#listedMs >= RESORT_MS && !isHeld();
    if (rows.length !== this.#ofRows || isOld) {
      this.#listed = listRows(rows, this);
      this.#ofRows = rows.length;
      this.#listedMs = nowMs;
    }
    return this.#listed;
  }
}

/**
 * The sorting after a press on a column's header: its natural way, then the other way, then the listed order.
 *
 * @param {Sorting | null} sorting
 * @param {string} key
 * @returns {Sorting | null}
 */
export function nextSorting(sorting, key) {
  const { isDescendingFirst } = COLUMNS[key];
  if (sorting?.key !== key) {
    return { key, isDescending: isDescendingFirst };
  }
  return sorting.isDescending === isDescendingFirst ? { key, isDescending: !isDescendingFirst } : null;
}

/**
 * The rows that match a search, sorted; without a sorting in the order in which the gateway lists instruments.
 *
 * A row that does not know the value comes last, whichever way the column is sorted.
 *
 * @param {PriceRow[]} rows
 * @param {{search: string, sorting: Sorting | null, instruments: Map<string, Instrument>}} view
 */
export function listRows(rows, { search, sorting, instruments }) {
  const wanted = plain(search);
  const found = rows.filter((row) => plain(names(row, instruments)).includes(wanted));
  return found.sort(sorting ? bySorting(COLUMNS, sorting) : byListing(instruments));
}

function names({ instrument }, instruments) {
  const { base, quote, aliases } = instruments.get(instrument) ?? {};
  return [instrument, `${base}${quote}`, ...(aliases ?? [])].join(" ");
}

function plain(words) {
  return words.toUpperCase().replace(/[\s/_-]/g, "");
}

function byListing(instruments) {
  const places = new Map([...instruments.keys()].map((instrument, place) => [instrument, place]));
  const placeOf = ({ instrument }) => places.get(instrument) ?? places.size;
  return (left, right) => placeOf(left) - placeOf(right) || text("instrument")(left, right);
}
