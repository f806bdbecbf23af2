import assert from "node:assert/strict";
import { test } from "node:test";

import { TopicBoard, countText, familiesOf, listTopics } from "../../../../../web/console/topics.js";

function topic(name, changes = {}) {
  return { topic: `tapecast.${name}`, delivery: "gapped", epoch: "e1", seq: 10, subscribers: 0, ...changes };
}

const names = (rows) => rows.map((row) => row.topic.replace("tapecast.", ""));

test("a rate is what came from one listing to the next", () => {
  const board = new TopicBoard();
  board.apply([topic("a"), topic("b"), topic("gone")], 1_000);
  assert.deepEqual(board.rows.map(({ rate }) => rate), [null, null, null]);

  board.apply([topic("a", { seq: 40 }), topic("b", { epoch: "e2", seq: 3 }), topic("new")], 3_000);
  assert.deepEqual(board.rows.map(({ rate }) => rate), [15, null, null], "a new epoch and a new topic have none");

  board.apply([topic("a", { seq: 40 })], 3_000);
  assert.deepEqual(board.rows.map(({ rate }) => rate), [null], "without time there is no rate");
});

test("no rate reaches over the time that nothing was heard", () => {
  const board = new TopicBoard();
  board.apply([topic("a")], 1_000);
  board.interrupt();
  board.apply([topic("a", { seq: 90 })], 61_000);

  assert.equal(board.rows[0].rate, null);
});

const rows = [
  topic("b", { rate: 2, subscribers: 7, seq: 5 }),
  topic("a", { rate: null, subscribers: 7, seq: 6, delivery: "lossless" }),
  topic("c.BTC", { rate: 9, subscribers: 1, seq: 7, epoch: "e0" }),
];

function listed(key, isDescending = false, search = "") {
  return names(listTopics(rows, { search, sorting: { key, isDescending } }));
}

test("rows are sorted by any column, equal ones by name", () => {
  assert.deepEqual(listed("topic"), ["a", "b", "c.BTC"]);
  assert.deepEqual(listed("topic", true), ["c.BTC", "b", "a"]);
  assert.deepEqual(listed("rate", true), ["c.BTC", "b", "a"]);
  assert.deepEqual(listed("subscribers", true), ["a", "b", "c.BTC"]);
  assert.deepEqual(listed("seq"), ["b", "a", "c.BTC"]);
  assert.deepEqual(listed("delivery", true), ["a", "b", "c.BTC"]);
  assert.deepEqual(listed("epoch"), ["c.BTC", "a", "b"]);
});

test("a topic is found by any part of its name", () => {
  assert.deepEqual(listed("topic", false, " btc"), ["c.BTC"]);
  assert.deepEqual(listed("topic", false, "nothing"), []);
});

test("families are the first words of topics, each once", () => {
  const listing = [topic("price.A"), topic("price.B"), topic("book.sim.A")];
  assert.deepEqual(familiesOf(listing), ["tapecast.book", "tapecast.price"]);
});

test("how many are shown is told with all that comes on them", () => {
  assert.equal(countText([], 0, String), "");
  assert.equal(countText(rows, 3, String), "3 topics, 11 events a second");
  assert.equal(countText([rows[1]], 3, String), "1 of 3 topics");
});
