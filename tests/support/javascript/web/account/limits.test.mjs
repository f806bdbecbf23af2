import assert from "node:assert/strict";
import { test } from "node:test";

import { limitRows } from "../../../../../web/account/limits.js";

const row = (fields) =>
  limitRows({ currency: "USDT", limits: [{ limit: "position_notional", unit: "account currency", value: "5000000", used: null, ...fields }] })[0];

test("a limit tells how much of it is used", () => {
  assert.deepEqual(row({ used: "48683.114" }), {
    limit: "position_notional",
    name: "Largest position",
    text: "48,683.11 of 5,000,000 USDT",
    share: 48683.114 / 5000000,
    tone: "good",
  });
});

test("a limit of which nothing adds up tells what it is", () => {
  assert.deepEqual([row({}).text, row({}).share], ["up to 5,000,000 USDT", null]);
});

test("what is used without a limit is told", () => {
  const told = row({ limit: "concentration_percent", unit: "%", value: null, used: "87.923786" });

  assert.deepEqual([told.text, told.share], ["87.92 %, no limit", null]);
});

test("each unit has its words", () => {
  assert.equal(row({ limit: "open_orders", unit: "orders", value: "500", used: "3" }).text, "3 of 500");
  assert.equal(row({ limit: "order_rate", unit: "orders a second", value: "50" }).text, "up to 50 a second");
  assert.equal(row({ limit: "mark_age_s", unit: "s", value: "120" }).text, "up to 120 s");
});

test("a limit that is nearly used up, or quite, says so", () => {
  assert.deepEqual([row({ used: "4000000" }).tone, row({ used: "5000000" }).tone, row({ used: "6000000" }).share], ["warn", "bad", 1]);
});

test("a limit of zero is used up", () => {
  const told = row({ value: "0.00", used: "0" });

  assert.deepEqual([told.share, told.tone], [1, "bad"]);
});

test("what says nothing is left out, and margin levels are told elsewhere", () => {
  assert.equal(row({ value: null }), undefined);
  assert.equal(row({ limit: "margin_call_level" }), undefined);
  assert.deepEqual(limitRows(null), []);
});
