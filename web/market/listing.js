/** Which rows are shown, and in which order. */

import { compareDecimals } from "../../clients/js/tapecast.js";

/** @typedef {import("./prices.js").PriceRow} PriceRow */
/** @typedef {{key: string, isDescending: boolean}} Sorting */
/** @typedef {{instrument: string, base?: string | null, quote?: string | null, tick_size?: string | null}} Instrument */

const decimal = (name) => (left, right) => compareDecimals(left[name], right[name]);
const text = (name) => (left, right) => left[name].localeCompare(right[name], "en");

/**
 * What each column sorts by: the row's own field, how two are compared, and which way a first press turns it.
 *
 * An age is compared by birth, so that the youngest row is the smallest.
 */
export const COLUMNS = {
  instrument: { field: "instrument", compare: text("instrument"), isDescendingFirst: false },
  price: { field: "price", compare: decimal("price"), isDescendingFirst: true },
  change: { field: "changePercent", compare: decimal("changePercent"), isDescendingFirst: true },
  bid: { field: "bid", compare: decimal("bid"), isDescendingFirst: true },
  ask: { field: "ask", compare: decimal("ask"), isDescendingFirst: true },
  volume: { field: "volume", compare: decimal("volume"), isDescendingFirst: true },
  source: { field: "source", compare: text("source"), isDescendingFirst: false },
  quality: { field: "quality", compare: text("quality"), isDescendingFirst: false },
  age: { field: "bornMs", compare: (left, right) => right.bornMs - left.bornMs, isDescendingFirst: false },
};

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
  return found.sort(sorting ? bySorting(sorting) : byListing(instruments));
}

function names({ instrument }, instruments) {
  const { base, quote, aliases } = instruments.get(instrument) ?? {};
  return [instrument, `${base}${quote}`, ...(aliases ?? [])].join(" ");
}

function plain(words) {
  return words.toUpperCase().replace(/[\s/_-]/g, "");
}

function bySorting({ key, isDescending }) {
  const { field, compare } = COLUMNS[key];
  return (left, right) => {
    if (left[field] === null || right[field] === null) {
      return (left[field] === null) - (right[field] === null);
    }
    return isDescending ? compare(right, left) : compare(left, right);
  };
}

function byListing(instruments) {
  const places = new Map([...instruments.keys()].map((instrument, place) => [instrument, place]));
  const placeOf = ({ instrument }) => places.get(instrument) ?? places.size;
  return (left, right) => placeOf(left) - placeOf(right) || text("instrument")(left, right);
}
