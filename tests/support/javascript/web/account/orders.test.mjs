import assert from "node:assert/strict";
import { test } from "node:test";

import {
  Orders,
  averageText,
  changeFields,
  changeOf,
  filledText,
  isChangeable,
  kindText,
  orderText,
  progressText,
  statusText,
  toneOf,
} from "../../../../../web/account/orders.js";

const RULES = { base: "BTC", quote: "USDT", tick_size: "0.01", lot_size: "0.00001" };

const order = (id, changes = {}) => ({
  order_id: id,
  client_order_id: `page-${id}`,
  instrument: "BTCUSDT",
  side: "buy",
  type: "limit",
  price: "97000",
  stop_price: null,
  quantity: "0.01",
  status: "new",
  filled_quantity: "0",
  average_price: null,
  reason: null,
  ...changes,
});
const ids = (orders) => orders.map(({ order_id: id }) => id);

test("orders are open until they end, and then they are past", () => {
  const orders = new Orders();
  orders.applySnapshot({ orders: [order("1"), order("2")] });
  orders.applyEvent(order("3"));

  assert.deepEqual([ids(orders.open), ids(orders.past)], [["3", "2", "1"], []]);

  orders.applyEvent(order("2", { status: "filled" }));
  orders.applyEvent(order("1", { status: "cancelled" }));

  assert.deepEqual([ids(orders.open), ids(orders.past)], [["3"], ["1", "2"]]);
  assert.equal(orders.find("3").order_id, "3");
  assert.equal(orders.find("2"), null);

  orders.applySnapshot({});

  assert.deepEqual([ids(orders.open), ids(orders.past)], [[], ["1", "2"]]);

  orders.forget();

  assert.deepEqual(orders.past, []);
});

test("of those that ended the last 200 are kept", () => {
  const orders = new Orders();

  for (let number = 0; number <= 200; number += 1) {
    orders.applyEvent(order(String(number), { status: "filled" }));
  }

  assert.deepEqual([orders.past.length, orders.past[0].order_id, orders.past.at(-1).order_id], [200, "200", "1"]);
});

test("an order is told in words", () => {
  assert.equal(orderText(order("1")), "Buy 0.01 BTCUSDT, limit 97,000.00");
  assert.equal(orderText(order("1", { side: "sell", type: "market", price: null })), "Sell 0.01 BTCUSDT, market");
  assert.equal(kindText(order("1", { type: "stop_limit", stop_price: "96500.5" })), "stop limit 96,500.50 → 97,000.00");
  assert.equal(kindText({ type: "pegged", price: null, stop_price: null }), "pegged");
  assert.equal(statusText(order("1", { status: "partially_filled" })), "partially filled");
  assert.equal(statusText(order("1", { status: "expired", reason: "no_liquidity" })), "expired: no liquidity");
  assert.equal(filledText(order("1", { filled_quantity: "0.004" })), "0.004 / 0.01");
  assert.equal(filledText(order("1", { filled_quantity: null })), "0 / 0.01");
  assert.equal(averageText(order("1")), "–");
  assert.equal(averageText(order("1", { average_price: "97000.5" })), "97,000.50");
});

test("what was executed is told where it is a part", () => {
  assert.equal(progressText(order("1", { filled_quantity: null })), "new");
  assert.equal(progressText(order("1", { status: "filled", filled_quantity: "0.01" })), "filled");
  assert.equal(progressText(order("1", { status: "cancelled", reason: "requested", filled_quantity: "0.004" })), "cancelled: requested, 0.004 / 0.01 executed");
});

test("a status has its tone, and says whether an order can be changed", () => {
  assert.deepEqual([toneOf(order("1")), toneOf(order("1", { status: "rejected" }))], ["", "bad"]);
  assert.deepEqual([isChangeable(order("1")), isChangeable(order("1", { status: "pending_cancel" }))], [true, false]);
});

test("a change asks for quantity, and for the price where there is one, in the instrument's steps", () => {
  const [quantity, price] = changeFields(order("1"), RULES);

  assert.deepEqual([quantity.label, quantity.value, price.label, price.value], ["Quantity (BTC)", "0.01", "Price (USDT)", "97000"]);
  assert.equal(quantity.check("0.02"), null);
  assert.equal(price.check("97000.001"), "It goes in steps of 0.01 USDT.");
  assert.equal(changeFields(order("1", { type: "stop", price: null, stop_price: "90000" }), RULES).length, 1);
});

test("a change says only what becomes another", () => {
  assert.equal(changeOf(order("1"), { quantity: "0.010", price: "97000.00" }), null);
  assert.deepEqual(changeOf(order("1"), { quantity: "0.02", price: "97000" }), { client_order_id: "page-1", quantity: "0.02" });
});
