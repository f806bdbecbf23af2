import assert from "node:assert/strict";
import { test } from "node:test";

import { ageText, changeDirection, changeText, countText, pairOf, priceText, titleText, volumeText } from "../../../../../web/kit/words.js";

const BTC = { instrument: "BTCUSDT", base: "BTC", quote: "USDT", tick_size: "0.10" };

test("a price is shown in its instrument's steps", () => {
  assert.equal(priceText("67012.30000000", BTC), "67,012.3");
  assert.equal(priceText("67012.3", undefined), "67,012.30");
  assert.equal(priceText("0.00001519", { ...BTC, tick_size: null }), "0.00001519");
  assert.equal(priceText(null, BTC), "–");
});

test("a change carries its sign", () => {
  assert.equal(changeText("1.234"), "+1.23 %");
  assert.equal(changeText("-1.236"), "−1.24 %");
  assert.equal(changeText("-0.001"), "0.00 %");
  assert.equal(changeText(null), "–");
});

test("the direction of a change is that of what is shown", () => {
  assert.deepEqual(["1", "-1", "-0.001", null].map(changeDirection), ["up", "down", "flat", "flat"]);
});

test("a volume is shortened", () => {
  assert.equal(volumeText("18204.5"), "18.20K");
  assert.equal(volumeText(null), "–");
});

test("an age is told in its largest whole unit", () => {
  assert.deepEqual([999, 59_999, 60_000, 3_600_000].map(ageText), ["0 s", "59 s", "1 min", "1 h"]);
});

test("an instrument without currencies goes by its name", () => {
  assert.deepEqual(pairOf("BTCUSDT", BTC), ["BTC", "USDT"]);
  assert.deepEqual(pairOf("DE000", { base: "DE000", quote: null }), ["DE000", ""]);
  assert.deepEqual(pairOf("DE000", undefined), ["DE000", ""]);
});

test("instruments are counted in words", () => {
  assert.deepEqual([countText(0, 0), countText(1, 1), countText(12, 12)], ["", "1 instrument", "12 instruments"]);
  assert.equal(countText(3, 12), "3 of 12 instruments");
});

test("the title tells the leading price, or that there is no connection", () => {
  const live = { phase: "live", isReturning: false };
  const leader = { instrument: "BTCUSDT", price: "67012.3", direction: "up" };

  assert.equal(titleText(live, leader, BTC), "▲ 67,012.3 BTC/USDT · Tapecast");
  assert.equal(titleText(live, { ...leader, direction: "flat" }, undefined), "67,012.30 BTCUSDT · Tapecast");
  assert.equal(titleText(live, undefined, undefined), "Tapecast");
  assert.equal(titleText({ phase: "waiting", isReturning: true }, leader, BTC), "Reconnecting · Tapecast");
});
