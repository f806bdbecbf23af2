import assert from "node:assert/strict";
import { test } from "node:test";

import { defaultsOf, inputOf, readArguments, shownArguments } from "../../../../../web/docs/arguments.js";

const arg = (name, kind = "text") => ({ name, kind, required: true, content: "" });
const MARKET = {
  instruments: [{ instrument: "ETHUSDT", venues: ["acme"] }, { instrument: "BTCUSDT", venues: ["sim", "acme"] }],
  place: null,
};

test("each kind has its field", () => {
  assert.deepEqual(
    ["text", "decimal", "integer", "number", "boolean", "fields", "events", "secret"].map(inputOf),
    ["text", "text", "digits", "digits", "choice", "json", "json", "secret"],
  );
});

test("fields begin with what the gateway has, and what is better left out is empty", () => {
  const args = [arg("venue"), arg("instrument"), arg("interval"), arg("limit", "integer"), arg("before", "time")];

  assert.deepEqual(defaultsOf("tapecast.market.get_candles", args, MARKET), {
    venue: "sim",
    instrument: "BTCUSDT",
    interval: "1m",
    limit: "5",
  });
  assert.deepEqual(defaultsOf("tapecast.orders.list", [arg("limit", "integer")], MARKET), {});
  assert.deepEqual(defaultsOf("tapecast.stream.list", [arg("prefix")], MARKET), { prefix: "tapecast.price" });
  assert.deepEqual(defaultsOf("tapecast.market.get_prices", [arg("instruments")], MARKET), {
    instruments: "ETHUSDT, BTCUSDT",
  });
});

test("a topic is resumed from a little before where it is", () => {
  const args = [arg("topic"), arg("epoch"), arg("seq", "integer")];
  const place = { topic: "tapecast.trades.sim.BTCUSDT", epoch: "e", seq: 2 };

  assert.deepEqual(defaultsOf("tapecast.stream.resume", args, { ...MARKET, place }), {
    topic: "tapecast.trades.sim.BTCUSDT",
    epoch: "e",
    seq: "0",
  });
  assert.deepEqual(defaultsOf("tapecast.stream.resume", args, MARKET), { topic: "tapecast.price.BTCUSDT" });
});

test("without a market there is nothing to begin with", () => {
  const args = [arg("venue"), arg("instrument"), arg("topic"), arg("prefix")];

  assert.deepEqual(defaultsOf("tapecast.stream.list", args, { instruments: [], place: null }), {});
});

test("a first instrument stands in for the usual one", () => {
  const market = { instruments: [{ instrument: "GOLD" }], place: null };

  assert.deepEqual(defaultsOf("tapecast.market.get_quote", [arg("instrument"), arg("venue")], market), {
    instrument: "GOLD",
  });
});

test("what stands in the fields is sent as its kind, and what is empty is left out", () => {
  const args = [
    arg("instrument"),
    arg("limit", "integer"),
    arg("max_hz", "number"),
    arg("background", "boolean"),
    arg("post_only", "boolean"),
    arg("instruments", "list of text"),
    arg("limits", "fields"),
    arg("before", "time"),
    arg("note"),
  ];
  const texts = {
    instrument: " BTC/USDT ",
    limit: "5",
    max_hz: "null",
    background: "true",
    post_only: "false",
    instruments: "A, B,",
    limits: '{"open_orders": "10"}',
    before: "",
  };

  assert.deepEqual(readArguments(args, texts), {
    fields: {
      instrument: "BTC/USDT",
      limit: 5,
      max_hz: null,
      background: true,
      post_only: false,
      instruments: ["A", "B"],
      limits: { open_orders: "10" },
    },
    fault: null,
  });
});

test("what is none of its kind is said, with its name", () => {
  assert.deepEqual(readArguments([arg("limit", "integer")], { limit: "many" }).fault, {
    name: "limit",
    text: "limit: a number is expected",
  });
  assert.equal(readArguments([arg("events", "events")], { events: "[" }).fault.text, "events: JSON is expected");
});

test("a sample has every argument, and of a secret only that there is one", () => {
  const args = [arg("token", "secret"), arg("note")];

  assert.deepEqual(shownArguments(args, { token: "a.b.c", note: "x" }), { token: "...", note: "x" });
  assert.deepEqual(shownArguments(args, {}), {});
});
