import assert from "node:assert/strict";
import { test } from "node:test";

import { momentText } from "../../../../../web/kit/moments.js";

const NOW = new Date(2026, 0, 15, 12, 0, 0);

test("a time of today is the time of day", () => {
  assert.equal(momentText(new Date(2026, 0, 15, 9, 5, 7).toISOString(), NOW), "09:05:07");
});

test("a time of another day tells the day", () => {
  assert.equal(momentText(new Date(2026, 0, 14, 23, 59, 1).toISOString(), NOW), "14 Jan, 23:59:01");
});
