import assert from "node:assert/strict";
import { test } from "node:test";

import { OrderBook } from "../../../../../clients/js/tapecast.js";
import { fromUnits, toUnits } from "../../../../../web/kit/decimals.js";
import { ladderOf, middleOf, stepsOf, trustText } from "../../../../../web/market/ladder.js";

const RULES = { instrument: "BTCUSDT", tick_size: "0.01000000" };
const LEVELS = {
  bids: [
    ["100.09", "0.1"],
    ["100.01", "0.2"],
    ["100.00", "0.4"],
    ["99.95", "1"],
    ["99.00", "2"],
  ],
  asks: [
    ["100.10", "0.1"],
    ["100.11", "0.7"],
    ["100.20", "3"],
    ["100.21", "0.00000001"],
  ],
};

function bookOf(levels) {
  const book = new OrderBook();
  book.applySnapshot(levels);
  return book;
}

const columns = (rungs) => rungs.map(({ price, size, total }) => [price, size, total]);
const ladder = (view, more = {}) => ladderOf(bookOf({ ...LEVELS, ...more }), { step: null, rows: 10, ...view });

test("bids are summed up downwards and asks upwards, exactly", () => {
  const { bids, asks } = ladder({ step: "0.1" });

  assert.deepEqual(columns(bids), [
    ["100", "0.7", "0.7"],
    ["99.9", "1", "1.7"],
    ["99", "2", "3.7"],
  ]);
  assert.deepEqual(columns(asks), [
    ["100.1", "0.1", "0.1"],
    ["100.2", "3.7", "3.8"],
    ["100.3", "0.00000001", "3.80000001"],
  ]);
});

test("whatever the step, no size is lost or counted twice", () => {
  const sum = (sizes) => fromUnits(sizes.map(toUnits).reduce((left, right) => left + right));
  for (const step of [null, "0.01", "0.05", "0.1", "1", "50"]) {
    const { bids, asks } = ladder({ step });

    assert.equal(sum(bids.map(({ size }) => size)), sum(LEVELS.bids.map(([, size]) => size)));
    assert.equal(asks.at(-1).total, sum(LEVELS.asks.map(([, size]) => size)));
  }
});

test("without a step every level is a rung, in the book's order", () => {
  const { bids } = ladder({});

  assert.deepEqual(bids.map(({ price }) => price), ["100.09", "100.01", "100", "99.95", "99"]);
});

test("no more rungs are made than are shown, the last of them whole", () => {
  const { bids } = ladder({ step: "0.1", rows: 1 });

  assert.deepEqual(columns(bids), [["100", "0.7", "0.7"]]);
});

test("shares are of the greatest total of both sides", () => {
  const { bids, asks } = ladder({ step: "0.1", rows: 2 });

  assert.deepEqual(bids.map(({ share }) => share.toFixed(3)), ["0.184", "0.447"]);
  assert.equal(asks.at(-1).share, 1);
});

test("a rung that reaches beyond what is known says so", () => {
  const depth = { bid: "99.95", ask: "100.25" };
  const { bids, asks } = ladder({ step: "0.1" }, { depth });

  assert.deepEqual(bids.map(({ isPartial }) => isPartial), [false, true, true]);
  assert.deepEqual(asks.map(({ isPartial }) => isPartial), [false, false, true]);
  assert.ok(ladder({ step: "50" }, { depth: { bid: null, ask: null } }).bids.every(({ isPartial }) => !isPartial));
});

test("an empty book has no rungs and no middle", () => {
  const book = bookOf({});

  assert.deepEqual(ladderOf(book, { step: "1", rows: 5 }), { bids: [], asks: [] });
  assert.equal(middleOf(book), null);
  assert.equal(middleOf(bookOf({ bids: LEVELS.bids })), null);
});

test("the middle is exact, and the spread is told as a part of it", () => {
  assert.deepEqual(middleOf(bookOf(LEVELS)), { mid: "100.095", spread: "0.01", percent: "0.0100" });
  assert.deepEqual(middleOf(bookOf({ bids: [["1", "1"]], asks: [["3", "1"]] })).percent, "100.00");
  assert.deepEqual(middleOf(bookOf({ bids: [["2", "1"]], asks: [["2.0", "1"]] })).percent, "0");
  assert.deepEqual(middleOf(bookOf({ bids: [["99999.99", "1"]], asks: [["100000", "1"]] })).percent, "0.000010");
});

test("steps are multiples of the tick size that are small against the price", () => {
  assert.deepEqual(stepsOf(RULES, "100"), ["0.01", "0.05", "0.1", "0.5", "1", "5"]);
  assert.deepEqual(stepsOf(RULES, "0.05"), ["0.01"]);
  assert.deepEqual(stepsOf(RULES, undefined), []);
  assert.deepEqual(stepsOf({ tick_size: null }, "100"), []);
  assert.deepEqual(stepsOf(undefined, "100"), []);
});

test("how far a book is known is told in words", () => {
  const words = (depth) => trustText({ depth }, RULES);

  assert.equal(words(null), "");
  assert.equal(words({ bid: null, ask: null }), "The whole book is known.");
  assert.match(words({ bid: "99000", ask: "101000" }), /^Known down to 99,000\.00 and up to 101,000\.00, not beyond\.$/);
  assert.match(words({ bid: null, ask: "101000" }), /^Known to the last bid and up to/);
  assert.match(words({ bid: "99000", ask: null }), /and to the last ask, not beyond\.$/);
});
