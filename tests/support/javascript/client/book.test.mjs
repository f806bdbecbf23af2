import assert from "node:assert/strict";
import { test } from "node:test";

import { OrderBook, compareDecimals } from "../../../../clients/js/book.js";

test("decimals compare by value, however they are written", () => {
  assert.equal(compareDecimals("1.10", "1.1"), 0);
  assert.equal(compareDecimals("9", "10"), -1);
  assert.equal(compareDecimals("-2.5", "-10"), 1);
  assert.equal(compareDecimals("-0.5", "0.5"), -1);
  assert.equal(compareDecimals("0.00000001", "0"), 1);
});

test("decimals that binary floating point holds for equal are told apart", () => {
  assert.equal(compareDecimals("9007199254740993.1", "9007199254740993.2"), -1);
});

test("a new book is empty", () => {
  const book = new OrderBook();

  assert.deepEqual([book.bids, book.asks, book.best, book.depth], [[], [], { bid: null, ask: null }, null]);
});

test("levels are sorted best first, whatever order they come in", () => {
  const book = new OrderBook();

  book.applySnapshot({ bids: [["9", "1"], ["10.5", "2"], ["10", "3"]], asks: [["12", "1"], ["11", "2"], ["110", "3"]], depth: 3 });

  assert.deepEqual(book.bids.map(([price]) => price), ["10.5", "10", "9"]);
  assert.deepEqual(book.asks.map(([price]) => price), ["11", "12", "110"]);
  assert.deepEqual(book.best, { bid: ["10.5", "2"], ask: ["11", "2"] });
  assert.equal(book.depth, 3);
});

test("a size is absolute, and the price is known by its value", () => {
  const book = new OrderBook();
  book.applySnapshot({ bids: [["10", "1"], ["9", "1"]], asks: [] });

  book.applyDelta({ bids: [["10.0", "5"], ["9.5", "2"]], asks: [["11", "1"]] });

  assert.deepEqual(book.bids, [["10.0", "5"], ["9.5", "2"], ["9", "1"]]);
  assert.deepEqual(book.asks, [["11", "1"]]);
});

test("a size of zero removes a level, and nothing where there is none", () => {
  const book = new OrderBook();
  book.applySnapshot({ bids: [["10", "1"], ["9", "1"]], asks: [["11", "1"]] });

  book.applyDelta({ bids: [["10", "0"], ["8", "0.000"], ["9.5", "0"]], asks: [["11", "0.00000000"]] });

  assert.deepEqual([book.bids, book.asks], [[["9", "1"]], []]);
});

test("a snapshot forgets what was before", () => {
  const book = new OrderBook();
  book.applySnapshot({ bids: [["10", "1"]], asks: [["11", "1"]], depth: 1 });

  book.applySnapshot({ bids: [["5", "1"]] });

  assert.deepEqual([book.bids, book.asks, book.depth], [[["5", "1"]], [], null]);
});

test("what a delta does not name stays", () => {
  const book = new OrderBook();
  const depth = { bid: "10", ask: null };
  book.applySnapshot({ bids: [["10", "1"]], asks: [["11", "1"]], depth });

  book.applyDelta({});

  assert.deepEqual([book.bids, book.asks, book.depth], [[["10", "1"]], [["11", "1"]], depth]);
});

test("a delta tells where the trusted range has moved to", () => {
  const book = new OrderBook();
  book.applySnapshot({ bids: [], asks: [], depth: { bid: "10", ask: null } });

  book.applyDelta({ depth: { bid: "9", ask: null } });

  assert.deepEqual(book.depth, { bid: "9", ask: null });
});

test("many random changes leave what a plain map of prices holds, sorted", () => {
  const [book, plain] = [new OrderBook(), new Map()];
  let seed = 7;
  const random = (below) => (seed = (seed * 48271) % 2147483647) % below;

  for (let change = 0; change < 2000; change += 1) {
    const [price, size] = [`${random(50)}.${random(10)}`, `${random(3)}`];
    book.applyDelta({ asks: [[price, size]] });
    size === "0" ? plain.delete(price) : plain.set(price, size);
  }

  const sorted = [...plain].sort(([left], [right]) => Number(left) - Number(right));
  assert.deepEqual(book.asks, sorted);
});
