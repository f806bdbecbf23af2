import assert from "node:assert/strict";
import { test } from "node:test";

import {
  candlePoint,
  directionOf,
  figuresOf,
  marksOf,
  momentText,
  sentenceOf,
  volumePoint,
} from "../../../../../web/market/candle-words.js";
import { INTERVALS } from "../../../../../web/market/choice.js";

const RULES = { instrument: "BTCUSDT", tick_size: "0.01", lot_size: "0.001" };
const OPEN_MS = Date.parse("2026-01-02T03:04:05Z");
const THEME = { ground: "ground", up: "green", down: "red", flat: "grey", warn: "amber", upWash: "mint", downWash: "rose" };
const BAR = {
  openMs: OPEN_MS,
  open: "1000.0",
  high: "1020",
  low: "990",
  close: "1010",
  volume: "1234.5",
  trades: 7,
  closed: true,
  quality: "live",
};
const FALLEN = { ...BAR, close: "990" };
const FLAT = { ...BAR, close: "1000.00" };

test("a bar goes the way from open to close, by value", () => {
  assert.deepEqual([BAR, FALLEN, FLAT].map(directionOf), ["up", "down", "flat"]);
});

test("what rose is hollow, what fell is filled, and what may miss trades has a colour of its own", () => {
  const shape = (bar) => {
    const { color, borderColor, wickColor } = candlePoint(bar, THEME);
    return [color, borderColor, wickColor];
  };

  assert.deepEqual(shape(BAR), ["ground", "green", "green"]);
  assert.deepEqual(shape(FALLEN), ["red", "red", "red"]);
  assert.deepEqual(shape(FLAT), ["grey", "grey", "grey"]);
  assert.deepEqual(shape({ ...FALLEN, quality: "degraded" }), ["amber", "amber", "amber"]);
  const { time, open, high, low, close } = candlePoint(BAR, THEME);
  assert.deepEqual([time, open, high, low, close], [OPEN_MS / 1000, 1000, 1020, 990, 1010]);
});

test("a volume is a column in the colour of its bar", () => {
  assert.deepEqual(volumePoint(BAR, THEME), { time: OPEN_MS / 1000, value: 1234.5, color: "mint" });
  assert.equal(volumePoint(FALLEN, THEME).color, "rose");
});

test("bars that may miss trades are marked at their low, and no others", () => {
  const marks = marksOf([BAR, { ...BAR, quality: "degraded", low: "1.5" }]);

  assert.deepEqual(marks, [{ time: OPEN_MS / 1000, value: 1.5 }]);
});

test("a time is told as finely as the interval asks for", () => {
  const texts = ["1s", "1m", "1d"].map((interval) => momentText(OPEN_MS, interval));

  assert.deepEqual(texts, ["2 Jan 2026, 03:04:05", "2 Jan 2026, 03:04", "2 Jan 2026"]);
});

test("a bar's figures are in the steps of its instrument", () => {
  assert.deepEqual(figuresOf(BAR, "1m", RULES), {
    when: "2 Jan 2026, 03:04",
    open: "1,000.00",
    high: "1,020.00",
    low: "990.00",
    close: "1,010.00",
    change: "+1.00 %",
    direction: "up",
    volume: "1,234.500",
    trades: "7",
    state: "",
    note: "",
  });
  assert.equal(figuresOf(BAR, "1m", undefined).volume, "1,234.5");
});

test("a bar is told in a sentence, with what is to be known of it", () => {
  assert.equal(
    sentenceOf(BAR, "5m", RULES),
    "5 minute candle of 2 Jan 2026, 03:04 UTC: open 1,000.00, high 1,020.00, low 990.00, close 1,010.00, up 1.00 %, " +
      "volume 1,234.500, 7 trades.",
  );
  assert.match(sentenceOf(FALLEN, "1s", RULES), /, down 1\.00 %,/);
  assert.match(sentenceOf(FLAT, "1d", RULES), /, unchanged, /);
  const doubtful = { ...BAR, closed: false, quality: "degraded" };
  assert.match(sentenceOf(doubtful, "1h", RULES), /, 7 trades, still open, trades may be missing\.$/);
  INTERVALS.forEach((interval) => assert.match(sentenceOf(BAR, interval, RULES), /^\d+ (second|minute|hour|day) candle/));
});
