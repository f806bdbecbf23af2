import assert from "node:assert/strict";
import { test } from "node:test";

import { PriceBoard, ageMs, placeInRange } from "../../../web/prices.js";
import { priceAnswer, priceEvent } from "./envelopes.mjs";

const price = (board) => board.get("BTCUSDT").price;

test("the first event makes a row that has not moved", () => {
  const board = new PriceBoard();

  const isNews = board.applyEvent(priceEvent({ price: "100.5", bid: "100", ask: "101" }), 5);

  assert.equal(isNews, true);
  assert.equal(board.rows.length, 1);
  const row = board.get("BTCUSDT");
  assert.deepEqual([row.price, row.bid, row.ask, row.direction, row.moves], ["100.5", "100", "101", "flat", 0]);
  assert.deepEqual([row.source, row.quality, row.bornMs], ["sim", "live", 5]);
});

test("what an envelope does not tell is null", () => {
  const board = new PriceBoard();
  const { meta: _, ...bare } = priceEvent();

  board.applyEvent(bare, 0);

  const { source, quality, changePercent, volume, high, low } = board.get("BTCUSDT");
  assert.deepEqual([source, quality, changePercent, volume, high, low], [null, null, null, null, null, null]);
});

test("the direction is that of the last change of the price", () => {
  const board = new PriceBoard();
  const directions = ["100", "101", "101.0", "99"].map((value, place) => {
    board.applyEvent(priceEvent({ seq: place + 1, price: value }), 0);
    return board.get("BTCUSDT").direction;
  });

  assert.deepEqual(directions, ["flat", "up", "up", "down"]);
  assert.equal(board.get("BTCUSDT").moves, 2);
});

test("an event that is not newer in its epoch is dropped", () => {
  const board = new PriceBoard();
  board.applyEvent(priceEvent({ seq: 7, price: "100" }), 0);

  const isNews = board.applyEvent(priceEvent({ seq: 7, price: "99" }), 1);

  assert.equal(isNews, false);
  assert.equal(price(board), "100");
});

test("an event of a new epoch counts, whatever its number", () => {
  const board = new PriceBoard();
  board.applyEvent(priceEvent({ epoch: "e1", seq: 900, price: "100" }), 0);

  board.applyEvent(priceEvent({ epoch: "e2", seq: 1, price: "101" }), 1);

  assert.equal(price(board), "101");
});

test("a snapshot's age is counted from its event, not from the call", () => {
  const board = new PriceBoard();

  board.applySnapshot(priceAnswer({ meta: { age_ms: 4000 } }), 10_000);

  assert.equal(ageMs(board.get("BTCUSDT"), 12_000), 6000);
});

test("a snapshot of unknown age is as old as its arrival", () => {
  const board = new PriceBoard();

  const { meta: _, ...bare } = priceAnswer();

  board.applySnapshot(bare, 10_000);

  assert.equal(ageMs(board.get("BTCUSDT"), 10_500), 500);
});

test("a snapshot joins the stream by number", () => {
  const board = new PriceBoard();
  board.applyEvent(priceEvent({ seq: 5, price: "105" }), 0);

  assert.equal(board.applySnapshot(priceAnswer({ seq: 5, price: "104" }), 1), false);
  assert.equal(board.applySnapshot(priceAnswer({ seq: 6, price: "106" }), 1), true);
  assert.equal(board.applyEvent(priceEvent({ seq: 6, price: "103" }), 2), false);
  assert.equal(price(board), "106");
});

test("of another epoch, the stream of the session is right against its snapshot", () => {
  const board = new PriceBoard();
  board.applyEvent(priceEvent({ epoch: "e2", seq: 1, price: "200" }), 0);

  board.applySnapshot(priceAnswer({ epoch: "e1", seq: 50, price: "100" }), 1);

  assert.equal(price(board), "200");
});

test("of another epoch, the snapshot of a new session is right against what was before", () => {
  const board = new PriceBoard();
  board.applyEvent(priceEvent({ epoch: "e1", seq: 50, price: "100" }), 0);

  board.beginSession();
  board.applySnapshot(priceAnswer({ epoch: "e2", seq: 1, price: "200" }), 1);

  assert.equal(price(board), "200");
});

test("an event that came twice still shows which epoch the session streams", () => {
  const board = new PriceBoard();
  board.applyEvent(priceEvent({ epoch: "e2", seq: 1, price: "200" }), 0);
  board.beginSession();
  board.applyEvent(priceEvent({ epoch: "e2", seq: 1, price: "200" }), 1);

  board.applySnapshot(priceAnswer({ epoch: "e1", seq: 50, price: "100" }), 2);

  assert.equal(price(board), "200");
});

test("the place in the range lies between low and high, and is null where there is no range", () => {
  const place = (value, low, high) => placeInRange({ price: value, low, high });

  assert.equal(place("15", "10", "20"), 0.5);
  assert.equal(place("25", "10", "20"), 1);
  assert.equal(place("5", "10", "20"), 0);
  assert.equal(place("10", "10", "10.0"), null);
  assert.equal(place("10", null, "20"), null);
  assert.equal(place("10", "5", null), null);
});
