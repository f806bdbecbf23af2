/** An order book as a reader sees it: levels summed up in steps, best first, each with what stands before it. */

import { fromUnits, toUnits } from "../kit/decimals.js";
import { priceText } from "../kit/words.js";

/** @typedef {import("../../clients/js/tapecast.js").OrderBook} OrderBook */
/** @typedef {import("./listing.js").Instrument} Instrument */

/**
 * All levels of one step.
 *
 * @typedef {object} Rung
 * @property {string} price The step's edge that is farther from the middle.
 * @property {string} size
 * @property {string} total The sizes of this step and of all better ones.
 * @property {number} share The total, as a part of the greatest one that is shown.
 * @property {boolean} isPartial Whether levels of it are beyond what is known.
 */

const MULTIPLES = [1n, 5n, 10n, 50n, 100n, 500n, 1_000n, 5_000n, 10_000n, 50_000n, 100_000n];
const MOST_PERCENT_PLACES = 8;
const LEAST_STEPS = 20n; // that a price has to be worth

/**
 * The steps to choose from: multiples of the tick size that are small against the price.
 *
 * @param {Instrument | undefined} rules
 * @param {string | undefined} price About where the book is.
 * @returns {string[]} Empty where the tick size, or the price, is not known: then no levels are summed up.
 */
export function stepsOf(rules, price) {
  const tick = toUnits(rules?.tick_size ?? "0");
  if (tick === 0n || !price) {
    return [];
  }
  const most = toUnits(price) / LEAST_STEPS;
  return MULTIPLES.filter((multiple) => multiple === 1n || tick * multiple <= most).map((multiple) =>
    fromUnits(tick * multiple),
  );
}

/**
 * The best rungs of both sides.
 *
 * Every level counts in exactly one rung, and sums are exact. A bid counts in the rung whose price is its own or the next
 * lower one, an ask in that of its own or the next higher one, so that a rung never looks better than what is in it.
 *
 * @param {OrderBook} book
 * @param {{step: string | null, rows: number}} view
 * @returns {{bids: Rung[], asks: Rung[]}}
 */
export function ladderOf(book, { step, rows }) {
  const units = step === null ? null : toUnits(step);
  const isBeyond = {
    bid: (price) => book.depth?.bid != null && price < toUnits(book.depth.bid),
    ask: (price) => book.depth?.ask != null && price > toUnits(book.depth.ask),
  };
  const bids = sumUp(book.bids, { edgeOf: (price) => floorTo(price, units), isBeyond: isBeyond.bid, rows });
  const asks = sumUp(book.asks, { edgeOf: (price) => ceilTo(price, units), isBeyond: isBeyond.ask, rows });
  const greatest = Number(max(bids.at(-1)?.total ?? 0n, asks.at(-1)?.total ?? 0n));
  const tell = ({ edge, size, total, isPartial }) => ({
    price: fromUnits(edge),
    size: fromUnits(size),
    total: fromUnits(total),
    share: Number(total) / greatest,
    isPartial,
  });
  return { bids: bids.map(tell), asks: asks.map(tell) };
}

/**
 * What is between the sides, or null where a side is empty.
 *
 * @param {OrderBook} book
 * @returns {{mid: string, spread: string, percent: string} | null}
 */
export function middleOf({ best: { bid, ask } }) {
  if (!bid || !ask) {
    return null;
  }
  const [low, high] = [toUnits(bid[0]), toUnits(ask[0])];
  const percent = (Number(high - low) / Number(low + high)) * 200;
  return { mid: fromUnits((low + high) / 2n), spread: fromUnits(high - low), percent: percentText(percent) };
}

/**
 * How far the book is known, in words; empty where nobody told.
 *
 * @param {OrderBook} book
 * @param {Instrument | undefined} rules
 */
export function trustText({ depth }, rules) {
  if (!depth) {
    return "";
  }
  const { bid, ask } = depth;
  if (bid === null && ask === null) {
    return "The whole book is known.";
  }
  const down = bid === null ? "to the last bid" : `down to ${priceText(bid, rules)}`;
  const up = ask === null ? "to the last ask" : `up to ${priceText(ask, rules)}`;
  return `Known ${down} and ${up}, not beyond.`;
}

function sumUp(levels, { edgeOf, isBeyond, rows }) {
  const rungs = [];
  let total = 0n;
  for (const [price, size] of levels) {
    const edge = edgeOf(toUnits(price));
    if (rungs.at(-1)?.edge !== edge) {
      if (rungs.length === rows) {
        break;
      }
      rungs.push({ edge, size: 0n, isPartial: isBeyond(edge) });
    }
    const units = toUnits(size);
    total += units;
    rungs.at(-1).size += units;
    rungs.at(-1).total = total;
  }
  return rungs;
}

function floorTo(price, step) {
  return step === null ? price : price - (price % step);
}

function ceilTo(price, step) {
  return step === null || price % step === 0n ? price : price - (price % step) + step;
}

function max(left, right) {
  return left > right ? left : right;
}

/** To two figures or more, since a spread is a small part of the price. */
function percentText(percent) {
  const places = percent === 0 ? 0 : Math.max(2, 1 - Math.floor(Math.log10(percent)));
  return percent.toFixed(Math.min(places, MOST_PERCENT_PLACES));
}
