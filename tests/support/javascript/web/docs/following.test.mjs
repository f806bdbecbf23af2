import assert from "node:assert/strict";
import { test } from "node:test";

import { Following, MOST_EVENTS, briefText, timeOfDay } from "../../../../../web/docs/following.js";

const envelope = (seq, more = {}) => ({
  type: "delta",
  epoch: "e",
  seq,
  ts: "2026-01-01T12:00:00.123456Z",
  payload: { price: "1" },
  ...more,
});

test("the newest comes first, with what it is and how late", () => {
  const following = new Following();

  following.take(envelope(1, { type: "snapshot", ts: undefined }), true, 0);
  following.take(envelope(2, { meta: { lag_ms: 12.34 } }), false, 1);

  assert.deepEqual(following.arrivals, [
    { number: 2, type: "delta", isState: false, seq: 2, ts: "2026-01-01T12:00:00.123456Z", lag: "12.3 ms", payload: { price: "1" } },
    { number: 1, type: "snapshot", isState: true, seq: 1, ts: "", lag: "–", payload: { price: "1" } },
  ]);
  assert.deepEqual([following.count, following.epoch], [2, "e"]);
});

test("only the last are kept, and all are counted", () => {
  const following = new Following();

  for (let seq = 1; seq <= MOST_EVENTS + 5; seq += 1) {
    following.take(envelope(seq), false, seq);
  }

  assert.equal(following.arrivals.length, MOST_EVENTS);
  assert.equal(following.arrivals[0].seq, MOST_EVENTS + 5);
  assert.equal(following.count, MOST_EVENTS + 5);
});

test("the rate is that of the last five seconds", () => {
  const following = new Following();
  [0, 1_000, 4_000, 4_500].forEach((nowMs) => following.take(envelope(1), false, nowMs));

  assert.equal(following.perSecond(4_999), "0.8");
  assert.equal(following.perSecond(6_000), "0.4");
  assert.equal(following.perSecond(60_000), "0.0");
});

test("a time is shown by its time of day", () => {
  assert.equal(timeOfDay("2026-01-01T12:00:00.123456Z"), "12:00:00.123");
  assert.equal(timeOfDay(""), "–");
});

test("a payload is told in one line, without what its topic says", () => {
  assert.equal(briefText({ instrument: "BTCUSDT", venue: "sim", price: "1" }), '{"price":"1"}');
  assert.equal(briefText({ bids: "x".repeat(1_000) }).length, 400);
});
