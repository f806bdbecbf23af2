import assert from "node:assert/strict";
import { test } from "node:test";

import { FLASH_MS, LIT_MS, PriceBoard, ageMs, isLit, sourceAgeMs } from "../../../../../web/market/prices.js";
import { priceEvent } from "../../envelopes.mjs";

test("the first event makes a row that has not moved", () => {
  const board = new PriceBoard();

  board.apply(priceEvent({ price: "100.5", bid: "100", ask: "101" }), 5);

  assert.equal(board.rows.length, 1);
  const row = board.get("BTCUSDT");
  assert.deepEqual([row.price, row.bid, row.ask, row.direction, isLit(row, 5)], ["100.5", "100", "101", "flat", false]);
  assert.deepEqual([row.source, row.quality, row.bornMs], ["sim", "live", 5]);
});

test("what an envelope does not tell is null", () => {
  const board = new PriceBoard();
  const { meta: _, ...bare } = priceEvent();

  board.apply(bare, 0);

  const { source, quality, changePercent, volume, high, low } = board.get("BTCUSDT");
  assert.deepEqual([source, quality, changePercent, volume, high, low], [null, null, null, null, null, null]);
});

test("the direction is that of the last change of the price", () => {
  const board = new PriceBoard();
  const directions = ["100", "101", "101.0", "99"].map((value, place) => {
    board.apply(priceEvent({ seq: place + 1, price: value }), 0);
    return board.get("BTCUSDT").direction;
  });

  assert.deepEqual(directions, ["flat", "up", "up", "down"]);
  assert.equal(board.get("BTCUSDT").events, 4);
});

test("a price that moves all the time is lit once in a while", () => {
  const board = new PriceBoard();
  const row = () => board.get("BTCUSDT");

  ["100", "101", "102"].forEach((value, place) => board.apply(priceEvent({ price: value }), place));
  assert.deepEqual([isLit(row(), LIT_MS), isLit(row(), LIT_MS + 1)], [true, false]);

  board.apply(priceEvent({ price: "103" }), FLASH_MS);
  assert.equal(isLit(row(), FLASH_MS), false);

  board.apply(priceEvent({ price: "104" }), FLASH_MS + 1);
  assert.equal(isLit(row(), FLASH_MS + 1), true);
});

test("rows are changed in place, and stand in the order of their first events", () => {
  const board = new PriceBoard();
  const { rows } = board;

  board.apply(priceEvent({ instrument: "ETHUSDT" }), 0);
  board.apply(priceEvent({ instrument: "BTCUSDT" }), 0);
  const [first] = rows;
  board.apply(priceEvent({ instrument: "ETHUSDT", price: "7" }), 0);

  assert.deepEqual(rows.map(({ instrument }) => instrument), ["ETHUSDT", "BTCUSDT"]);
  assert.equal(rows[0], first);
  assert.equal(first.price, "7");
});

test("a snapshot's age is counted from its event, not from the call", () => {
  const board = new PriceBoard();

  board.apply(priceEvent({ meta: { age_ms: 4000 } }), 10_000);

  assert.equal(ageMs(board.get("BTCUSDT"), 12_000), 6000);
});

test("a snapshot of unknown age is as old as its arrival", () => {
  const board = new PriceBoard();

  const { meta: _, ...bare } = priceEvent();

  board.apply(bare, 10_000);

  assert.equal(ageMs(board.get("BTCUSDT"), 10_500), 500);
});

test("what a source tells late is as old as the source says", () => {
  const board = new PriceBoard();
  board.apply(priceEvent({ meta: { event_ts: "2026-01-01T11:59:20.000001Z", age_ms: 1000 } }), 10_000);
  assert.equal(sourceAgeMs(board.get("BTCUSDT"), 11_000), 42_000);

  board.apply(priceEvent({ meta: { event_ts: "2026-01-01T12:00:01.000001Z" } }), 10_000);
  assert.equal(sourceAgeMs(board.get("BTCUSDT"), 11_000), 1000);

  board.apply(priceEvent(), 10_000);
  assert.equal(sourceAgeMs(board.get("BTCUSDT"), 11_000), 1000);
});
