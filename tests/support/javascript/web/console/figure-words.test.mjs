import assert from "node:assert/strict";
import { test } from "node:test";

import * as words from "../../../../../web/console/figure-words.js";

test("whole numbers are grouped, and what is not known is said so", () => {
  assert.deepEqual([0, 1234567, 2.6, null].map(words.wholeText), ["0", "1,234,567", "3", "–"]);
});

test("a count has no text between two whole numbers", () => {
  assert.deepEqual([0, 0.5, 1200].map(words.countText), ["0", "", "1,200"]);
});

test("a rate is more exact the less it is", () => {
  assert.deepEqual([0, 0.25, 99.94, 1234.5, null].map(words.rateText), ["0", "0.3", "99.9", "1,235", "–"]);
});

test("milliseconds have three figures", () => {
  assert.deepEqual([0, 0.8123, 12.345, 1234.5, null].map(words.msText), ["0 ms", "0.812 ms", "12.3 ms", "1,235 ms", "–"]);
});

test("memory is in MiB, a share in percent", () => {
  assert.deepEqual([1024 * 1024 * 1500.4, null].map(words.memoryText), ["1,500 MiB", "–"]);
  assert.deepEqual([12.34, 0, null].map(words.percentText), ["12.3 %", "0 %", "–"]);
});

test("a span has its two largest units", () => {
  const spans = { 0: "0 s", 59: "59 s", 60: "1 min", 3_725: "1 h 2 min", 86_400: "1 day", 180_000: "2 days 2 h" };
  for (const [seconds, text] of Object.entries(spans)) {
    assert.equal(words.spanText(Number(seconds)), text);
  }
});
