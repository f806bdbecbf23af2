import assert from "node:assert/strict";
import { test } from "node:test";

import { COLUMNS, Listing, RESORT_MS, listRows, nextSorting } from "../../../../../web/market/listing.js";

const instruments = new Map([
  ["ETHUSDT", { instrument: "ETHUSDT", base: "ETH", quote: "USDT", aliases: ["ETH/USDT"] }],
  ["BTCUSDT", { instrument: "BTCUSDT", base: "BTC", quote: "USDT", aliases: ["XBT/USDT"] }],
]);

const rows = [
  { instrument: "BTCUSDT", price: "67000", changePercent: "-1.5", source: "sim", quality: "live", bornMs: 300 },
  { instrument: "DE000", price: "9.5", changePercent: null, source: "xetra", quality: "stale", bornMs: 100 },
  { instrument: "ETHUSDT", price: "3200", changePercent: "0.5", source: "binance", quality: "live", bornMs: 200 },
];

function listed(view) {
  return listRows(rows, { search: "", sorting: null, instruments, ...view }).map((row) => row.instrument);
}

function sorted(key, isDescending) {
  return listed({ sorting: { key, isDescending } });
}

test("without a sorting rows stand as the gateway lists them, unlisted ones after, by name", () => {
  assert.deepEqual(listed({}), ["ETHUSDT", "BTCUSDT", "DE000"]);
  assert.deepEqual(listed({ instruments: new Map() }), ["BTCUSDT", "DE000", "ETHUSDT"]);
});

test("a search finds by name, pair or alias, whatever separates the words", () => {
  assert.deepEqual(listed({ search: "eth usdt" }), ["ETHUSDT"]);
  assert.deepEqual(listed({ search: "btc/" }), ["BTCUSDT"]);
  assert.deepEqual(listed({ search: "xbt" }), ["BTCUSDT"]);
  assert.deepEqual(listed({ search: "de0" }), ["DE000"]);
  assert.deepEqual(listed({ search: "doge" }), []);
});

test("prices are sorted by value, not by spelling", () => {
  assert.deepEqual(sorted("price", true), ["BTCUSDT", "ETHUSDT", "DE000"]);
  assert.deepEqual(sorted("price", false), ["DE000", "ETHUSDT", "BTCUSDT"]);
});

test("a row without the value comes last, both ways", () => {
  assert.deepEqual(sorted("change", true), ["ETHUSDT", "BTCUSDT", "DE000"]);
  assert.deepEqual(sorted("change", false), ["BTCUSDT", "ETHUSDT", "DE000"]);
});

test("words are sorted by the alphabet, ages from the youngest", () => {
  assert.deepEqual(sorted("source", false), ["ETHUSDT", "BTCUSDT", "DE000"]);
  assert.deepEqual(sorted("age", false), ["BTCUSDT", "ETHUSDT", "DE000"]);
});

test("a header turns from its natural way to the other and back to the listed order", () => {
  const first = nextSorting(null, "price");
  const second = nextSorting(first, "price");

  assert.deepEqual(first, { key: "price", isDescending: true });
  assert.deepEqual(second, { key: "price", isDescending: false });
  assert.equal(nextSorting(second, "price"), null);
  assert.deepEqual(nextSorting(first, "instrument"), { key: "instrument", isDescending: false });
});

test("every column sorts", () => {
  const full = { instrument: "A", price: "1", changePercent: "1", volume: "1", source: "s", quality: "q", bornMs: 1 };
  for (const key of Object.keys(COLUMNS)) {
    const view = { search: "", sorting: { key, isDescending: false }, instruments };
    assert.equal(listRows([full, { ...full }], view).length, 2);
  }
});

const isFree = () => false;
const names = (listedRows) => listedRows.map((row) => row.instrument);

test("rows are listed anew where the reader or the gateway says something else, or there are more", () => {
  const listing = new Listing();
  const more = [...rows, { ...rows[0], instrument: "ADAUSDT" }];

  const first = listing.list(rows, 0, isFree);
  assert.equal(listing.list(rows, RESORT_MS, isFree), first);
  assert.equal(listing.list(more, 0, isFree).length, 4);

  listing.find(" eth ");
  assert.deepEqual([listing.search, names(listing.list(rows, 0, isFree))], ["eth", ["ETHUSDT"]]);

  listing.find("");
  listing.sort("instrument");
  assert.deepEqual(names(listing.list(rows, 0, isFree)), ["BTCUSDT", "DE000", "ETHUSDT"]);

  listing.sort("instrument");
  listing.sort("instrument");
  listing.applyInstruments([...instruments.values()]);
  assert.deepEqual(names(listing.list(rows, 0, isFree)), ["ETHUSDT", "BTCUSDT", "DE000"]);
});

test("what is sorted by a price is sorted anew once in a while, unless the reader is about to choose", () => {
  const listing = new Listing();
  listing.sort("price");
  const first = listing.list(rows, 0, isFree);

  assert.equal(listing.list(rows, RESORT_MS - 1, isFree), first);
  assert.equal(listing.list(rows, RESORT_MS, () => true), first);
  assert.notEqual(listing.list(rows, RESORT_MS, isFree), first);
});

test("what is sorted by name stays as it is", () => {
  const listing = new Listing();
  listing.sort("instrument");
  const first = listing.list(rows, 0, isFree);

  assert.equal(listing.list(rows, RESORT_MS, isFree), first);
});
