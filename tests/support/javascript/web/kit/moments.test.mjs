import assert from "node:assert/strict";
import { test } from "node:test";

// Where the reader is makes no difference: east of Greenwich it is another day already.
process.env.TZ = "Pacific/Auckland";
const { clockText, momentText } = await import("../../../../../web/kit/moments.js");

const NOW_MS = Date.parse("2026-01-15T12:00:00Z");

test("a time of today is the time of day", () => {
  assert.equal(clockText("2026-01-15T09:05:07.123456Z"), "09:05:07");
  assert.equal(momentText("2026-01-15T09:05:07.123456Z", NOW_MS), "09:05:07");
  assert.equal(momentText(NOW_MS, NOW_MS), "12:00:00");
});

test("a time of another day tells the day", () => {
  assert.equal(momentText("2026-01-14T23:59:01Z", NOW_MS), "14 Jan, 23:59:01");
});

test("a time of another year tells the year", () => {
  assert.equal(momentText("2025-12-31T00:00:00Z", NOW_MS), "31 Dec 2025, 00:00:00");
});
