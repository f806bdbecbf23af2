import assert from "node:assert/strict";
import { test } from "node:test";

import { Figures, marginTold, missingText, tradingTold } from "../../../../../web/account/figures.js";

const margin = (fields) => ({
  margin_level: "2.5",
  formula: "equity / maintenance_margin",
  call_at: "1.3",
  liquidation_at: "1.1",
  shortfall: "0",
  currency: "USDT",
  ...fields,
});
const risk = (fields) => ({
  trading_state: "active",
  trading_state_reason: null,
  is_liquidating: false,
  limits: [{ limit: "margin_warning_level", value: "1.5" }],
  ...fields,
});

test("the newest that was told stands, and an empty snapshot tells nothing", () => {
  const figures = new Figures();

  figures.apply("portfolio", { equity: "1" });
  figures.apply("portfolio", {});

  assert.deepEqual(figures.portfolio, { equity: "1" });

  figures.forget();

  assert.equal(figures.portfolio, null);
});

test("an answer only fills in what was not told", () => {
  const figures = new Figures();

  figures.fillIn("margin", null);
  figures.fillIn("margin", { a: 1 });
  figures.fillIn("margin", { a: 2 });

  assert.deepEqual(figures.margin, { a: 1 });
});

test("the margin level comes with its formula and thresholds", () => {
  assert.deepEqual(marginTold(margin(), risk()), {
    text: "2.50",
    tone: "good",
    detail: "call at 1.30, liquidation at 1.10",
    formula: "equity ÷ maintenance margin",
  });
  assert.deepEqual(marginTold(margin(), null).tone, "good");
});

test("a low level is said in words", () => {
  const told = (level, more) => marginTold(margin({ margin_level: level, ...more }), risk());

  assert.deepEqual([told("1.5").text, told("1.5").tone], ["1.50 Low", "warn"]);
  assert.deepEqual([told("1.3").text, told("1.3").tone], ["1.30 Margin call", "bad"]);
  assert.deepEqual([told("1.05").text, told("1.05").tone], ["1.05 Liquidation", "bad"]);
  assert.match(told("1.2", { shortfall: "12.5" }).detail, /^12\.50 USDT short\. call/);
  assert.match(told("1.2", { shortfall: "12.5", currency: undefined }).detail, /^12\.50 {2}short\. call/);
});

test("an account that uses no margin, or is not told, says so", () => {
  assert.deepEqual(marginTold(margin({ margin_level: null }), null).text, "Not used");
  assert.deepEqual(marginTold(null, null), { text: "–", tone: "none", detail: "" });
});

test("thresholds that a platform does not tell are left out", () => {
  const told = marginTold({ margin_level: "2", formula: "theirs", call_at: null, shortfall: null }, null);

  assert.deepEqual(told, { text: "2.00", tone: "good", detail: "", formula: "theirs" });
  assert.equal(marginTold({ margin_level: "2" }, null).formula, "");
});

test("the trading state comes with its reason", () => {
  assert.deepEqual(tradingTold(null), { text: "–", tone: "none", detail: "" });
  assert.deepEqual(tradingTold(risk()), { text: "Active", tone: "good", detail: "" });
  assert.deepEqual(tradingTold(risk({ trading_state: "halted", trading_state_reason: "too fast" })), {
    text: "Halted",
    tone: "bad",
    detail: "too fast",
  });
  assert.equal(tradingTold(risk({ trading_state: "reducing" })).text, "Reduce only");
  assert.deepEqual(tradingTold(risk({ is_liquidating: true })).text, "Being liquidated");
  assert.deepEqual(tradingTold(risk({ is_liquidating: true, trading_state_reason: "margin" })).detail, "margin");
});

test("prices that are missing are named once", () => {
  assert.equal(missingText({ missing_prices: ["ETHBTC"] }, null, { missing_prices: ["ETHBTC", "BTC"] }), "Without a price of ETHBTC, BTC not all can be reckoned.");
  assert.equal(missingText(null, {}), "");
});
