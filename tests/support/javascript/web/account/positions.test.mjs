import assert from "node:assert/strict";
import { test } from "node:test";

import { Positions, closedText, closingOrder, orderName } from "../../../../../web/account/positions.js";

const position = (fields) => ({
  instrument: "BTCUSDT",
  venue: "paper",
  quantity: "0.5",
  average_price: "100",
  mark_price: "110",
  realised_pnl: "3",
  unrealised_pnl: "5",
  ...fields,
});

function holding(...told) {
  const positions = new Positions();
  positions.applySnapshot({ positions: told });
  return positions;
}

test("a signed quantity is told as long or short", () => {
  const rows = holding(position(), position({ instrument: "ETHUSDT", quantity: "-2" })).rows;

  assert.deepEqual(rows.map(({ side, quantity }) => [side, quantity]), [["long", "0.5"], ["short", "2"]]);
});

test("what is flat again comes last, without an average price", () => {
  const rows = holding(position({ quantity: "0" }), position({ instrument: "ETHUSDT" })).rows;

  assert.deepEqual(rows.map(({ instrument }) => instrument), ["ETHUSDT", "BTCUSDT"]);
  assert.deepEqual([rows[1].side, rows[1].average, rows[1].realised], ["flat", null, "3"]);
});

test("instruments of which something is held are known", () => {
  assert.deepEqual(holding(position(), position({ instrument: "ETHUSDT", quantity: "0.00" })).held, ["BTCUSDT"]);
});

test("an event replaces what was told, and a snapshot everything", () => {
  const positions = holding(position(), position({ instrument: "ETHUSDT" }));

  positions.applyEvent(position({ quantity: "1" }));

  assert.equal(positions.rows[0].quantity, "1");

  positions.applySnapshot({});

  assert.deepEqual(positions.rows, []);
});

test("a price moves the mark and the profit, exactly", () => {
  const positions = holding(position());

  positions.applyMark({ instrument: "BTCUSDT", price: "110.2", meta: { quality: "live" } });

  const [row] = positions.rows;
  assert.deepEqual([row.mark, row.unrealised, row.isMarkStale], ["110.2", "5.1", false]);
});

test("a stale price is told as one", () => {
  const positions = holding(position());

  positions.applyMark({ instrument: "BTCUSDT", price: "110", meta: { quality: "stale" } });

  assert.equal(positions.rows[0].isMarkStale, true);
});

test("without a mark before, the average price counts", () => {
  const positions = holding(position({ mark_price: null, unrealised_pnl: null }));

  positions.applyMark({ instrument: "BTCUSDT", price: "90" });

  assert.equal(positions.rows[0].unrealised, "-5");

  positions.applyEvent(position({ mark_price: null, unrealised_pnl: null, average_price: null }));
  positions.applyMark({ instrument: "BTCUSDT", price: "90" });

  assert.equal(positions.rows[0].unrealised, null);
});

test("what is told of a position is newer than the price before", () => {
  const positions = holding(position());
  positions.applyMark({ instrument: "BTCUSDT", price: "120" });

  positions.applyEvent(position({ mark_price: "111", unrealised_pnl: "5.5" }));

  assert.deepEqual([positions.rows[0].mark, positions.rows[0].unrealised], ["111", "5.5"]);
});

test("a platform's own mark stays, and prices of what is not held do nothing", () => {
  const positions = holding(position({ venue: "theirs" }));

  positions.applyMark({ instrument: "BTCUSDT", price: "120" });
  positions.applyMark({ instrument: "ETHUSDT", price: "120" });

  assert.deepEqual(positions.rows.map(({ mark }) => mark), ["110"]);
});

test("what a platform leaves out is not known", () => {
  const [row] = holding({ instrument: "GOLD", venue: "theirs", quantity: "1" }).rows;

  assert.deepEqual([row.average, row.mark, row.unrealised, row.realised, row.note], [null, null, null, null, ""]);
});

test("a liquidation is told with its reason", () => {
  assert.equal(holding(position({ event: "liquidated", reason: "margin" })).rows[0].note, "liquidated: margin");
});

test("nothing stays of the one who is forgotten", () => {
  const positions = holding(position());

  positions.forget();

  assert.deepEqual([positions.rows, positions.held], [[], []]);
});

test("a position is closed by the other side, and no more than closed", () => {
  const [long, short] = holding(position(), position({ instrument: "ETHUSDT", quantity: "-2" })).rows;

  assert.deepEqual(closingOrder(long, "c1"), {
    client_order_id: "c1",
    instrument: "BTCUSDT",
    side: "sell",
    type: "market",
    quantity: "0.5",
    reduce_only: true,
  });
  assert.deepEqual([closingOrder(short, "c2").side, closingOrder(short, "c2").quantity], ["buy", "2"]);
});

test("a closing order has a name of its own", () => {
  assert.equal(orderName([35, 36]), "close-z10");
});

test("what became of a closing order is told", () => {
  const order = { instrument: "BTCUSDT", side: "sell", quantity: "2", status: "filled", filled_quantity: "2", average_price: "97380.43" };

  assert.equal(closedText(order), "Sold 2 BTCUSDT at 97,380.43.");
  assert.equal(
    closedText({ ...order, side: "buy", status: "expired", filled_quantity: "0.5", reason: "no_liquidity" }),
    "Bought 0.5 of 2 BTCUSDT at 97,380.43; the rest is expired: no liquidity.",
  );
  assert.equal(
    closedText({ ...order, status: "rejected", filled_quantity: "0", reason: null }),
    "Nothing of BTCUSDT was closed; the order is rejected.",
  );
});
