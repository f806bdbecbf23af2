import assert from "node:assert/strict";
import { test } from "node:test";

import { amountText, chartAmount, exactText, gainDirection, gainText } from "../../../../../web/kit/amounts.js";

test("an amount is rounded and grouped", () => {
  assert.equal(amountText("99939.2560709056"), "99,939.26");
  assert.equal(amountText("-1234.5"), "−1,234.50");
  assert.equal(amountText("0.00012345", 6), "0.000123");
});

test("what is not known is said so", () => {
  assert.equal(amountText(null), "–");
  assert.equal(amountText(undefined), "–");
  assert.equal(exactText(null), "–");
  assert.equal(exactText(undefined), "–");
  assert.equal(gainText(null), "–");
});

test("an exact amount keeps all of its digits", () => {
  assert.equal(exactText("99944.6233533056"), "99,944.6233533056");
  assert.equal(exactText("-5"), "−5.00");
});

test("a gain has its sign, and what rounds to nothing has none", () => {
  assert.equal(gainText("12.345"), "+12.35");
  assert.equal(gainText("-12.345"), "−12.35");
  assert.equal(gainText("0.001"), "0.00");
  assert.equal(gainText("-0.001"), "0.00");
});

test("the direction is that of what is shown", () => {
  assert.deepEqual(["1", "-1", "0.001", null, undefined].map((value) => gainDirection(value)), ["up", "down", "flat", "flat", "flat"]);
});

test("a number of a chart is an amount", () => {
  assert.equal(chartAmount(-1234.5), "−1,234.50");
});
