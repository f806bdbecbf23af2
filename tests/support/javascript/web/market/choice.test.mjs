import assert from "node:assert/strict";
import { test } from "node:test";

import { Choice, formatHash, parseHash } from "../../../../../web/market/choice.js";

const LISTED = [
  { instrument: "BTCUSDT", venues: ["binance", "sim"] },
  { instrument: "ETHUSDT", venues: ["sim"] },
  { instrument: "GOLD", venues: [] },
];

function listed(hash = "") {
  const choice = new Choice(hash);
  choice.applyInstruments(LISTED);
  return choice;
}

test("an address says instrument, interval and venue, and nothing that cannot be", () => {
  assert.deepEqual(parseHash("#ETHUSDT/5m/sim"), { instrument: "ETHUSDT", interval: "5m", venue: "sim" });
  assert.deepEqual(parseHash("#ETHUSDT"), { instrument: "ETHUSDT", interval: "1m", venue: null });
  assert.deepEqual(parseHash(""), { instrument: null, interval: "1m", venue: null });
  assert.deepEqual(parseHash("#<b>/7m/SIM"), { instrument: null, interval: "1m", venue: null });
});

test("an address is read as it was written", () => {
  for (const hash of ["#ETHUSDT/5m/sim", "#ETHUSDT/1m"]) {
    assert.equal(formatHash(parseHash(hash)), hash);
  }
  assert.equal(formatHash(parseHash("")), "");
});

test("the first of the list is chosen where the address names none", () => {
  const choice = new Choice();

  assert.deepEqual([choice.instrument, choice.venue, choice.rules, choice.hash], [null, null, undefined, ""]);

  choice.applyInstruments(LISTED);

  assert.deepEqual([choice.instrument, choice.venue, choice.rules], ["BTCUSDT", "binance", LISTED[0]]);
  assert.equal(choice.hash, "#BTCUSDT/1m");
});

test("what the address names is chosen, listed or not", () => {
  assert.equal(listed("#ETHUSDT").instrument, "ETHUSDT");
  assert.equal(listed("#ETHUSDT").isUnlisted, false);

  const unlisted = listed("#NOSUCH");

  assert.deepEqual([unlisted.instrument, unlisted.venue, unlisted.isUnlisted], ["NOSUCH", null, true]);
  assert.equal(new Choice("#NOSUCH").isUnlisted, false);
});

test("a venue is one of the instrument's, the first unless another was chosen", () => {
  const choice = listed("#BTCUSDT/1m/sim");

  assert.equal(choice.venue, "sim");

  choice.chooseVenue("nowhere");
  assert.equal(choice.venue, "binance");
  choice.chooseVenue("sim");
  assert.equal(choice.venue, "sim");

  choice.choose("GOLD");
  assert.deepEqual([choice.venue, choice.hash], [null, "#GOLD/1m"]);
});

test("without a chosen venue the one that the price came from first is looked at, and stays", () => {
  const choice = listed("#BTCUSDT");
  const told = [];
  choice.listen(({ venue }) => told.push(venue));

  ["coingecko", "sim", "binance", null].forEach((source) => choice.prefer(source));

  assert.deepEqual(told, ["binance", "sim"]);
  choice.chooseVenue("binance");
  assert.equal(choice.venue, "binance");
  choice.choose("ETHUSDT");
  choice.choose("BTCUSDT");
  assert.equal(choice.venue, "sim");
});

test("listeners are told at once, of every change, and of no change that is none", () => {
  const choice = new Choice();
  const told = [];
  const stop = choice.listen(({ hash }) => told.push(hash));

  choice.applyInstruments(LISTED);
  choice.applyInstruments([...LISTED]);
  choice.choose("ETHUSDT");
  choice.choose("ETHUSDT");
  choice.chooseInterval("1h");
  choice.applyHash("#BTCUSDT/1s");
  stop();
  choice.choose("GOLD");

  assert.deepEqual(told, ["", "#BTCUSDT/1m", "#ETHUSDT/1m", "#ETHUSDT/1h", "#BTCUSDT/1s"]);
  assert.equal(choice.interval, "1s");
});
