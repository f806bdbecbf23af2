import assert from "node:assert/strict";
import { test } from "node:test";

import { JOIN_MS, Link, SILENCE_MS, STEADY_MS, retryDelayMs } from "../../../web/link.js";

const CUT = { words: "The connection was cut.", comeBack: "yes" };

function liveLink(nowMs = 0) {
  const link = new Link(nowMs);
  link.join("public", nowMs);
  return link;
}

test("a new link connects, and is live once joined", () => {
  const link = new Link(0);

  assert.equal(link.words, "Connecting");

  link.join("public", 100);

  assert.deepEqual([link.phase, link.role, link.words, link.news], ["live", "public", "Live", ""]);
  assert.equal(link.secondsToRetry(100), null);
});

test("a lost link waits, says so, and becomes due", () => {
  const link = liveLink();

  link.lose(CUT, 1000, 1);

  assert.deepEqual([link.phase, link.words, link.news], ["waiting", "Reconnecting", "The connection was cut."]);
  assert.equal(link.secondsToRetry(1000), 1);
  assert.equal(link.isDue(1999), false);
  assert.equal(link.isDue(2000), true);
  assert.equal(link.secondsToRetry(5000), 0);
});

test("a link that is back says for how long it heard nothing", () => {
  const link = liveLink();
  link.hear(1000);
  link.lose(CUT, 1900, 0);
  link.open(3000);

  assert.equal(link.words, "Reconnecting");

  link.join("public", 5200);

  assert.equal(link.news, "Back after 4 s.");
});

test("there is no last attempt, and the wait is capped", () => {
  const link = new Link(0);
  for (let attempt = 0; attempt < 1000; attempt += 1) {
    link.open(0);
    link.lose(CUT, 0, 1);
  }

  assert.equal(link.phase, "waiting");
  assert.equal(link.secondsToRetry(0), 30);
});

test("waits double and are spread over their upper half", () => {
  const waits = [0, 1, 2, 3].map((attempt) => [retryDelayMs(attempt, "yes", 0), retryDelayMs(attempt, "yes", 1)]);

  assert.deepEqual(waits, [[500, 1000], [1000, 2000], [2000, 4000], [4000, 8000]]);
});

test("where the gateway asks to come back later, the first wait is longer", () => {
  assert.equal(retryDelayMs(0, "later", 1), 10_000);
});

test("a session that dies young does not reset the back-off", () => {
  const link = liveLink();
  link.lose(CUT, 0, 1);
  link.open(0);
  link.join("public", 0);

  link.lose(CUT, STEADY_MS - 1, 1);

  assert.equal(link.secondsToRetry(STEADY_MS - 1), 2);
});

test("a session that lived long enough resets the back-off", () => {
  const link = liveLink();
  link.lose(CUT, 0, 1);
  link.open(0);
  link.join("public", 0);

  link.lose(CUT, STEADY_MS, 1);

  assert.equal(link.secondsToRetry(STEADY_MS), 1);
});

test("a link ends where the gateway says not to come back", () => {
  for (const comeBack of ["no", "with a new token"]) {
    const link = liveLink();

    link.lose({ words: "An operator ended this connection.", comeBack }, 0, 0);

    assert.deepEqual([link.phase, link.words, link.isDue(1e9)], ["ended", "Disconnected", false]);
  }
});

test("a live link is silent when nothing is heard, and any message breaks the silence", () => {
  const link = liveLink();
  link.hear(5000);

  assert.equal(link.isSilent(5000 + SILENCE_MS - 1), false);
  assert.equal(link.isSilent(5000 + SILENCE_MS), true);
});

test("an attempt that does not become a session in time is silent; one that waits is not", () => {
  const link = new Link(0);

  assert.equal(link.isSilent(JOIN_MS - 1), false);
  assert.equal(link.isSilent(JOIN_MS), true);

  link.lose(CUT, 0, 0);

  assert.equal(link.isSilent(1e9), false);
});
