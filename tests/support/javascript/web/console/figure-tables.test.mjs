import assert from "node:assert/strict";
import { test } from "node:test";

import { TABLES } from "../../../../../web/console/figure-tables.js";
import { FIGURES } from "./made-figures.mjs";

const rowsOf = (chart) => TABLES[chart](FIGURES).rows;

test("every row has a cell for each column", () => {
  for (const [chart, table] of Object.entries(TABLES)) {
    const { columns, rows } = table(FIGURES);
    assert.ok(rows.length > 0, chart);
    assert.ok(rows.every((row) => row.length === columns.length), chart);
  }
});

test("sessions are told by role, subscriptions by topic family", () => {
  const rows = rowsOf("connections");
  assert.deepEqual(rows[0], ["sessions: public", "5"]);
  assert.deepEqual(rows.at(-2), ["subscriptions: price", "1,200"]);
});

test("messages are told by way and type", () => {
  assert.deepEqual(rowsOf("messages")[0], ["sent: event", "900", "12,345"]);
  assert.deepEqual(rowsOf("messages").at(-1), ["received: subscribe", "1", "12"]);
});

test("lag is told of all topics and of each family", () => {
  assert.deepEqual(rowsOf("lag"), [
    ["all", "0.7 ms", "1.8 ms", "2.6 ms", "4,500"],
    ["price", "0.5 ms", "1 ms", "2 ms", "4,000"],
  ]);
});

test("what was thinned is told by class and fate, what waits by lane", () => {
  assert.deepEqual(rowsOf("thinned").at(-1), ["gapped, dropped", "2", "4"]);
  assert.deepEqual(rowsOf("waiting").at(-1), ["conflated", "3"]);
});

test("what was refused, and what ended, is told by its reason", () => {
  assert.deepEqual(rowsOf("refused"), [
    ["request: market_points", "1", "10"],
    ["request: trading_bursts", "0.5", "5"],
    ["join: token_invalid", "", "4"],
    ["join: maintenance", "", "2"],
  ]);
  assert.deepEqual(rowsOf("ended"), [
    ["closed by the client", "0.4", "9"],
    ["slow_consumer", "0.2", "1"],
  ]);
});

test("processes are told with how long they run, how often they began anew, and what they use", () => {
  assert.deepEqual(rowsOf("cpu"), [
    ["router (7)", "12.3 %", "1 h 2 min", "0"],
    ["market (8)", "–", "1 min", "2"],
  ]);
  assert.deepEqual(rowsOf("memory"), [
    ["router (7)", "100 MiB"],
    ["market (8)", "–"],
  ]);
});
