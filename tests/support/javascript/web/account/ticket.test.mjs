import assert from "node:assert/strict";
import { test } from "node:test";

import { TIMES, TYPES, estimateOf, estimateText, faultsOf, fieldsOf, numberFault, orderOf } from "../../../../../web/account/ticket.js";

const RULES = { base: "BTC", quote: "USDT", tick_size: "0.01", lot_size: "0.00001", min_notional: "5", state: "trading" };
const QUOTE = { bid: "99.50", ask: "100.00" };
const NOW_MS = Date.parse("2026-01-01T12:00:00Z");

const entries = (changes = {}) => ({
  instrument: "BTCUSDT",
  side: "buy",
  type: "limit",
  quantity: "1.5",
  price: "100",
  stop_price: "",
  time_in_force: "GTC",
  expire_at: "",
  post_only: false,
  reduce_only: false,
  ...changes,
});
const faults = (changes, rules = RULES, quote = QUOTE) => faultsOf(entries(changes), rules, quote, NOW_MS);

test("each type has its own fields, and every time its words", () => {
  const fields = (type, time) => [...fieldsOf({ type, time_in_force: time })];

  assert.deepEqual(fields("limit", "GTC"), ["price", "post_only"]);
  assert.deepEqual(fields("limit", "IOC"), ["price"]);
  assert.deepEqual(fields("limit", "GTD"), ["price", "expire_at", "post_only"]);
  assert.deepEqual(fields("market", "IOC"), []);
  assert.deepEqual(fields("stop", "GTD"), ["stop_price", "expire_at"]);
  assert.deepEqual(fields("stop_limit", "GTC"), ["stop_price", "price"]);
  assert.ok(Object.values(TYPES).every(({ times }) => times.every((time) => time in TIMES)));
});

test("an order that fits its instrument has no fault", () => {
  assert.deepEqual(faults(), {});
  assert.deepEqual(faults({ type: "market", price: "nonsense", time_in_force: "IOC" }), {});
  assert.deepEqual(faults({ type: "stop_limit", stop_price: "99.99" }), {});
});

test("an instrument is needed, and one that is traded", () => {
  assert.deepEqual(faults({}, null), { instrument: "Choose an instrument." });
  assert.deepEqual(Object.keys(faults({}, { ...RULES, state: "halted" })), ["instrument"]);
});

test("amounts are numbers in the instrument's steps, exactly", () => {
  assert.equal(numberFault("", "0.01", "USDT"), "This is needed.");
  for (const text of ["1,5", "1e3", "-1", ".5", "1.", "x", "123456789012345678901"]) {
    assert.equal(numberFault(text, "0.01", "USDT"), "A number such as 1234.5 is expected.", text);
  }
  assert.equal(numberFault("0.00", "0.01", "USDT"), "More than zero is expected.");
  assert.equal(numberFault("100.005", "0.01", "USDT"), "It goes in steps of 0.01 USDT.");
  assert.equal(numberFault("100.0500", "0.01", "USDT"), "");
  assert.equal(numberFault("9007199254740993.03", "0.01", "USDT"), "");
});

test("each field that the type has is looked at, and no other", () => {
  assert.deepEqual(Object.keys(faults({ type: "stop_limit", quantity: "", price: "x", stop_price: "0" })), ["quantity", "stop_price", "price"]);
  assert.deepEqual(Object.keys(faults({ type: "stop", price: "x", stop_price: "90" })), []);
});

test("an order has to be worth something, unless it only reduces", () => {
  const worth = "This is worth 4.99 USDT; the least is 5 USDT.";

  assert.deepEqual(faults({ quantity: "0.0499" }), { quantity: worth });
  assert.deepEqual(faults({ quantity: "0.05" }), {});
  assert.deepEqual(faults({ quantity: "0.0499", reduce_only: true }), {});
  assert.deepEqual(faults({ type: "market", quantity: "0.0499" }), { quantity: worth });
  assert.deepEqual(Object.keys(faults({ type: "market", side: "sell", quantity: "0.05" })), ["quantity"]);
  assert.deepEqual(Object.keys(faults({ type: "stop", stop_price: "1", quantity: "1" })), ["quantity"]);
  assert.deepEqual(faults({ type: "market", quantity: "0.0499" }, RULES, null), {});
});

test("an order until a time needs one that is to come, in UTC wherever the reader is", () => {
  process.env.TZ = "Pacific/Auckland";
  const fault = (at) => faults({ time_in_force: "GTD", expire_at: at }).expire_at;

  assert.equal(fault(""), "A day and a time are expected.");
  assert.match(fault("2026-01-01T12:00:00"), /from now on/);
  assert.match(fault("2027-01-03T12:00:00"), /at most 366 days/);
  assert.equal(fault("2027-01-02T12:00:00"), undefined);
});

test("what an order needs is in what it gives away", () => {
  assert.deepEqual(estimateOf(entries(), RULES, QUOTE), { worth: "150", needs: "150", currency: "USDT", isEstimate: false });
  assert.deepEqual(estimateOf(entries({ side: "sell" }), RULES, QUOTE), { worth: "150", needs: "1.5", currency: "BTC", isEstimate: false });
  assert.deepEqual(estimateOf(entries({ type: "market" }), RULES, QUOTE), { worth: "150", needs: "157.5", currency: "USDT", isEstimate: true });
  assert.equal(estimateOf(entries({ type: "market" }), RULES, undefined), null);
  assert.equal(estimateOf(entries({ price: "x" }), RULES, QUOTE), null);
  assert.equal(estimateOf(entries({ quantity: "" }), RULES, QUOTE), null);
  assert.equal(estimateOf(entries(), undefined, QUOTE), null);
});

test("an estimate says that it is one, and whether it is more than is free", () => {
  const text = (changes, free) => estimateText(estimateOf(entries(changes), RULES, QUOTE), free, "USDT");

  assert.deepEqual(text({}, "150"), { worth: "150.00 USDT", needs: "150.00 USDT", isShort: false });
  assert.deepEqual(text({}, "149.99").isShort, true);
  assert.deepEqual(text({ side: "sell" }, "0"), { worth: "150.00 USDT", needs: "1.50 BTC", isShort: true });
  assert.deepEqual(text({ type: "market" }, "1000"), { worth: "about 150.00 USDT", needs: "up to 157.50 USDT", isShort: false });
  assert.equal(text({}, null).isShort, false);
  assert.deepEqual(text({ quantity: "" }, "1"), { worth: "–", needs: "–", isShort: false });
});

test("an order has what its type has, and nothing that was left over", () => {
  assert.deepEqual(orderOf(entries({ stop_price: "1", expire_at: "2026-01-02T00:00", post_only: true, reduce_only: true })), {
    instrument: "BTCUSDT",
    side: "buy",
    type: "limit",
    quantity: "1.5",
    time_in_force: "GTC",
    price: "100",
    post_only: true,
    reduce_only: true,
  });
  assert.deepEqual(orderOf(entries({ type: "market", time_in_force: "IOC", post_only: true })), {
    instrument: "BTCUSDT",
    side: "buy",
    type: "market",
    quantity: "1.5",
    time_in_force: "IOC",
  });
  assert.deepEqual(orderOf(entries({ type: "stop", stop_price: "90", time_in_force: "GTD", expire_at: "2026-01-02T00:00" })), {
    instrument: "BTCUSDT",
    side: "buy",
    type: "stop",
    quantity: "1.5",
    time_in_force: "GTD",
    stop_price: "90",
    expire_at: "2026-01-02T00:00:00.000Z",
  });
});
