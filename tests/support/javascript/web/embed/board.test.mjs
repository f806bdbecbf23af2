import assert from "node:assert/strict";
import { test } from "node:test";

import { MOST_INSTRUMENTS, instrumentsOf, rowsOf, statusOf, websocketUrl } from "../../../../../web/embed/board.js";
import { PriceBoard } from "../../../../../web/market/prices.js";
import { priceEvent } from "../../envelopes.mjs";

const STATE = { phase: "live", role: "public", ending: null, isReturning: false, awayMs: null, retryMs: null };
const PAGE = { isThere: null, origin: "https://site.example" };

function known({ events = [], rules = [], refusals = [] } = {}) {
  const prices = new PriceBoard();
  events.forEach((event) => prices.apply(event, 0));
  return { prices, rules: new Map(rules), refusals: new Map(refusals) };
}

test("an attribute names instruments with commas or spaces, each once", () => {
  assert.deepEqual(instrumentsOf("BTCUSDT, ETHUSDT BTCUSDT,"), ["BTCUSDT", "ETHUSDT"]);
  assert.deepEqual(instrumentsOf(null), []);
});

test("what cannot be an instrument is passed over, and a long list is cut", () => {
  const many = Array.from({ length: MOST_INSTRUMENTS + 1 }, (_, place) => `I${place}`);

  assert.deepEqual(instrumentsOf("BTC/USDT,<b>,GOOD_1-x"), ["GOOD_1-x"]);
  assert.equal(instrumentsOf(many.join()).length, MOST_INSTRUMENTS);
});

test("the gateway is where the module comes from", () => {
  assert.equal(websocketUrl("https://gateway.example/embed/gateway-view.js"), "wss://gateway.example/ws");
  assert.equal(websocketUrl("http://127.0.0.1:8080/embed/gateway-view.js"), "ws://127.0.0.1:8080/ws");
});

test("a row says price, direction and change in words", () => {
  const events = [priceEvent({ price: "100.0" }), priceEvent({ price: "1234.5", change_percent: "-0.5" })];
  const rules = [["BTCUSDT", { base: "BTC", quote: "USDT", tick_size: "0.01" }]];

  assert.deepEqual(rowsOf(["BTCUSDT"], known({ events, rules }), 1_000), [
    {
      instrument: "BTCUSDT",
      base: "BTC",
      quote: "USDT",
      price: "1,234.50",
      arrow: "▲",
      word: "up",
      direction: "up",
      change: "−0.50 %",
      changeDirection: "down",
      note: "",
    },
  ]);
});

test("a row without a price is there, and says so", () => {
  const [row] = rowsOf(["GOLD"], known(), 0);

  assert.deepEqual([row.base, row.quote, row.price, row.change, row.note], ["GOLD", "", "–", "–", "no price yet"]);
});

test("a row says what a reader should know before relying on it", () => {
  const note = (options, nowMs = 0) => rowsOf(["BTCUSDT"], known(options), nowMs)[0].note;

  assert.equal(note({ refusals: [["BTCUSDT", { code: "unknown_instrument" }]] }), "not known here");
  assert.equal(note({ refusals: [["BTCUSDT", { code: "not_authorized" }]] }), "not for this page");
  assert.equal(note({ events: [priceEvent({ meta: { quality: "stale" } })] }), "stale");
  assert.equal(note({ events: [priceEvent({ meta: { quality: null } })] }, 1_000), "");
  assert.equal(note({ events: [priceEvent()] }, 75_000), "1 min old");
});

test("a connection is said to be there, or on its way", () => {
  assert.deepEqual(statusOf(null, PAGE, 0), { words: "Connecting", detail: "", phase: "connecting" });
  assert.deepEqual(statusOf({ ...STATE, awayMs: 3_000 }, PAGE, 0), { words: "Live", detail: "", phase: "live" });
  assert.equal(statusOf({ ...STATE, phase: "connecting" }, { ...PAGE, isThere: true }, 0).words, "Connecting");
});

test("a loss is said with its reason, and when it goes on", () => {
  const ending = { reason: "tapecast.close.shutdown", code: 4012, comeBack: "yes" };

  assert.deepEqual(statusOf({ ...STATE, phase: "waiting", ending, retryMs: 2_500 }, PAGE, 0), {
    words: "Reconnecting",
    detail: "The gateway is restarting. Next attempt in 3 s.",
    phase: "waiting",
  });
});

test("a gateway that is there and lets nobody connect refuses the page", () => {
  const state = { ...STATE, phase: "waiting", ending: { reason: "unreachable", comeBack: "yes" }, retryMs: 1_000 };

  assert.deepEqual(statusOf(state, { ...PAGE, isThere: true }, 0), {
    words: "Refused",
    detail: "The gateway does not let pages of https://site.example connect. Its operator can allow it.",
    phase: "ended",
  });
  assert.match(statusOf(state, { ...PAGE, isThere: false }, 0).detail, /^The gateway does not answer\./);
  assert.match(statusOf(state, PAGE, 0).detail, /^The gateway does not answer\./);
});

test("a gateway that is not public says so", () => {
  const ending = { reason: "refused", message: "sign in", comeBack: "with a new token" };

  assert.deepEqual(statusOf({ ...STATE, phase: "ended", ending }, PAGE, 0), {
    words: "Refused",
    detail: "This gateway is not public: it tells prices to who signs in.",
    phase: "ended",
  });
});
