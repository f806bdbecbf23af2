import assert from "node:assert/strict";
import { test } from "node:test";

import { steppedBar } from "../../../../../web/market/candle-steps.js";

const BARS = Array.from({ length: 50 }, (_, openMs) => ({ openMs }));
const step = (openMs, key) => steppedBar(BARS, openMs, key)?.openMs ?? null;

test("arrows lead to the next bar, and no farther than there are any", () => {
  assert.deepEqual([step(10, "ArrowLeft"), step(10, "ArrowRight")], [9, 11]);
  assert.deepEqual([step(0, "ArrowLeft"), step(49, "ArrowRight")], [0, 49]);
});

test("other keys lead farther", () => {
  assert.deepEqual(["PageUp", "PageDown", "Home", "End"].map((key) => step(25, key)), [5, 45, 0, 49]);
});

test("the first step leads to the last bar", () => {
  assert.deepEqual([step(null, "ArrowLeft"), step(1234, "ArrowLeft")], [49, 49]);
});

test("other keys, and no bars, lead nowhere", () => {
  assert.equal(step(10, "a"), null);
  assert.equal(steppedBar([], null, "End"), null);
});
