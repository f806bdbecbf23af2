import assert from "node:assert/strict";
import { test } from "node:test";

import {
  REASONS,
  nothingText,
  originText,
  placeText,
  sourceName,
  statusOf,
  statusWords,
} from "../../../../../web/market/instrument-words.js";

const LIVE = { source: "sim", quality: "live" };
const NOW = { ageMs: 100, lagMs: 2.4, isLive: true };

test("a live price tells how far it is behind", () => {
  assert.equal(originText(LIVE, NOW), "sim, live, 2 ms");
  assert.equal(originText(LIVE, { ...NOW, lagMs: 0.2 }), "sim, live, below 1 ms");
  assert.equal(originText(LIVE, { ...NOW, lagMs: null }), "sim, live");
});

test("a price that is not of this moment tells its age", () => {
  assert.equal(originText({ source: "coingecko", quality: "degraded" }, { ...NOW, ageMs: 40_000 }), "CoinGecko, 40 s old");
  assert.equal(originText(LIVE, { ...NOW, ageMs: 12_000 }), "sim, live, 12 s old");
  assert.equal(originText(LIVE, { ...NOW, isLive: false }), "sim, not live, 0 s old");
});

test("a source goes by its own name, and without one by none", () => {
  assert.deepEqual(["binance", "kraken", null].map(sourceName), ["Binance", "kraken", "–"]);
});

test("a status tells whether there is trading, and its reason in words", () => {
  assert.deepEqual(statusWords({ state: "live", reason: "started", trading_status: "trading" }), {
    trading: { words: "Trading", tone: "good" },
    note: "",
    tone: "good",
  });
  assert.equal(statusWords({ state: "live", reason: "cleared" }).note, "The fault is over.");
  const { trading, note, tone } = statusWords({ state: "failed_over", reason: "stale", trading_status: "halted" });
  assert.deepEqual([trading.words, trading.tone, tone], ["Halted", "bad", "warn"]);
  assert.equal(note, "Another source stands in: the source went silent.");
});

test("what a later gateway may say is told as it is", () => {
  const { trading, note } = statusWords({ state: "moved", reason: "tired", trading_status: "auction" });

  assert.deepEqual([trading.words, note], ["auction", "Moved: tired."]);
});

test("nothing is said of a status that nobody has told", () => {
  assert.deepEqual(statusWords(null), { trading: null, note: "", tone: "good" });
});

test("a status is the last of a snapshot's, or an event's own", () => {
  const status = { state: "live", reason: "started", trading_status: "trading" };

  assert.equal(statusOf({ payload: { status: [{ state: "suspect" }, status] } }), status);
  assert.equal(statusOf({ payload: status }), status);
  assert.equal(statusOf({ payload: { status: [] } }), null);
  assert.equal(statusOf({ payload: {} }), null);
});

test("each reason is part of a sentence", () => {
  Object.values(REASONS).forEach((words) => assert.match(words, /^[a-z].*[a-z]$/));
});

test("what is missing of an instrument, or comes from elsewhere, is told", () => {
  const chosen = { instrument: "GOLD", venue: null, isUnlisted: false, rules: { venues: [] } };

  assert.match(placeText(chosen, "coingecko"), /^No venue has it/);
  assert.equal(placeText({ ...chosen, venue: "sim" }, "sim"), "");
  assert.equal(placeText({ ...chosen, venue: "sim" }, null), "");
  assert.match(placeText({ ...chosen, venue: "sim" }, "binance"), /^The price is Binance’s; .* those of sim\.$/);
  assert.equal(placeText({ ...chosen, rules: undefined }, null), "");
  assert.equal(placeText({ ...chosen, isUnlisted: true, rules: undefined }, null), "This gateway does not list GOLD.");
});

test("a panel with nothing to show says why", () => {
  const chosen = { venue: "sim", isUnlisted: false, rules: {} };
  const text = (choice, state) => nothingText("trades", { ...chosen, ...choice }, { isLoading: false, isEmpty: true, ...state });

  assert.equal(text({}, { isEmpty: false }), "");
  assert.equal(text({}, { isLoading: true }), "Waiting for the trades");
  assert.equal(text({ venue: null, rules: undefined }, { isLoading: true }), "Waiting for the trades");
  assert.equal(text({}, {}), "sim has not told the trades of this instrument yet.");
  assert.equal(text({ venue: null }, {}), "No venue tells the trades of this instrument.");
  assert.equal(text({ venue: null, rules: undefined, isUnlisted: true }, {}), "No venue tells the trades of this instrument.");
  assert.equal(text({}, { refusal: { message: "no" } }), "The gateway refused the trades: no");
});
