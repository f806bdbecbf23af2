import assert from "node:assert/strict";
import { test } from "node:test";

import { choose, prefixOf, variablesOf } from "../../../../../web/docs/topics.js";

const CANDLES = "tapecast.candles.{venue}.{interval}.{instrument}";
const TOPICS = [
  "tapecast.candles.sim.1s.ETHUSDT",
  "tapecast.candles.sim.1m.ETHUSDT",
  "tapecast.candles.sim.1m.BTCUSDT",
  "tapecast.candles.binance.1h.SOLUSDT",
  "tapecast.price.BTCUSDT",
];

test("all topics of a pattern begin with what comes before its first word that varies", () => {
  assert.equal(prefixOf(CANDLES), "tapecast.candles");
  assert.equal(prefixOf("tapecast.system.heartbeat"), "tapecast.system.heartbeat");
  assert.deepEqual(variablesOf(CANDLES), ["venue", "interval", "instrument"]);
});

test("there is a choice for each word that varies, the usual one made already", () => {
  const { choices, topic } = choose(CANDLES, TOPICS, {});

  assert.deepEqual(choices, [
    { name: "venue", options: ["sim", "binance"], value: "sim" },
    { name: "interval", options: ["1s", "1m"], value: "1m" },
    { name: "instrument", options: ["ETHUSDT", "BTCUSDT"], value: "BTCUSDT" },
  ]);
  assert.equal(topic, "tapecast.candles.sim.1m.BTCUSDT");
});

test("a choice narrows those behind it, and what is not there any more gives way", () => {
  const { choices, topic } = choose(CANDLES, TOPICS, { venue: "binance", interval: "1s", instrument: "ETHUSDT" });

  assert.deepEqual(choices.map(({ value }) => value), ["binance", "1h", "SOLUSDT"]);
  assert.equal(topic, "tapecast.candles.binance.1h.SOLUSDT");
});

test("where the gateway has none there is no topic, and nothing to choose", () => {
  const { choices, topic } = choose("tapecast.signals.{timeframe}.{instrument}", TOPICS, {});

  assert.deepEqual(choices.map(({ options, value }) => [options, value]), [[[], ""], [[], ""]]);
  assert.equal(topic, null);
});

test("a pattern without anything that varies is its topic", () => {
  assert.deepEqual(choose("tapecast.system.heartbeat", [], {}), { choices: [], topic: "tapecast.system.heartbeat" });
});
