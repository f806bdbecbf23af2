import assert from "node:assert/strict";
import { test } from "node:test";

import { botRow } from "../../../../../web/account/bots.js";

const moment = (iso) => iso.slice(11, 16);
const bot = (fields) => ({
  bot_id: "grid",
  name: "Grid",
  status: "running",
  performance: { total_pnl: "12.5", win_rate: "0.614", trades_today: 1400 },
  reported_at: "2026-01-01T12:00:00Z",
  ...fields,
});

test("a bot is told with its performance", () => {
  assert.deepEqual(botRow(bot(), moment), {
    id: "grid",
    name: "Grid",
    status: "Running",
    tone: "good",
    profit: "+12.50",
    direction: "up",
    won: "61 %",
    trades: "1,400",
    reported: "12:00",
  });
});

test("a silent bot is stale, and when it reported last is told", () => {
  const { status, tone, reported } = botRow(bot({ status: "stale" }), moment);

  assert.deepEqual([status, tone, reported], ["Stale", "warn", "12:00"]);
});

test("what a bot does not say is not known", () => {
  const { profit, won, trades, reported, status } = botRow(
    bot({ status: "odd", performance: undefined, reported_at: null }),
    moment,
  );

  assert.deepEqual([profit, won, trades, reported, status], ["–", "–", "–", "–", "odd"]);
});
