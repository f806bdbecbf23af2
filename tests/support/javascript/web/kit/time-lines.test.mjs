import assert from "node:assert/strict";
import { test } from "node:test";

import { TimeLines, axisRange, clockTexts, rangeText } from "../../../../../web/kit/time-lines.js";

const filled = (count, options) => {
  const lines = new TimeLines(1, options);
  for (let second = 0; second < count; second += 1) {
    lines.add(second, [second * 10]);
  }
  return lines;
};

test("values stand in columns below their times", () => {
  const lines = new TimeLines(2);

  lines.add(1, [10, 20]);
  lines.add(2, [11, null]);

  assert.deepEqual(lines.columns, [[1, 2], [10, 11], [20, null]]);
  assert.deepEqual(lines.span, { firstS: 1, lastS: 2 });
});

test("there is no span without a point", () => {
  assert.equal(new TimeLines(1).span, null);
});

test("a time that is not later replaces the last", () => {
  const lines = filled(2);

  lines.add(1, [7]);
  lines.add(0.5, [8]);

  assert.deepEqual(lines.columns, [[0, 0.5], [0, 8]]);
});

test("of too many points the oldest go where the newest are kept", () => {
  const lines = filled(6, { most: 4, keeps: "newest" });

  assert.deepEqual(lines.columns[0], [2, 3, 4, 5]);
});

test("of too many points every second one goes where the whole time is kept, and what comes then comes in such steps", () => {
  const lines = filled(5, { most: 4 });

  assert.deepEqual(lines.columns[0], [0, 2, 4]);

  lines.add(5, [50]);
  lines.add(5.5, [55]);

  assert.deepEqual(lines.columns, [[0, 2, 4, 5.5], [0, 20, 40, 55]]);
});

test("however long it goes on, the points are bounded, and the first and the last are there", () => {
  const lines = filled(10_000, { most: 100 });

  const [times] = lines.columns;
  assert.ok(times.length <= 100 && times.length > 40, `${times.length}`);
  assert.deepEqual([times[0], times.at(-1)], [0, 9999]);
  const steps = times.slice(1, -1).map((time, place) => time - times[place]);
  assert.ok(Math.max(...steps) <= 4 * Math.min(...steps), `${steps}`);
});

test("an interruption is a gap, once, and stays one", () => {
  const lines = filled(3, { most: 6 });

  lines.interrupt(2);
  lines.interrupt(3);
  lines.add(5, [50]);
  lines.add(6, [60]);
  lines.add(7, [70]);

  assert.deepEqual(lines.columns, [[0, 2, 2.001, 5, 7], [0, 20, null, 50, 70]]);
});

test("nothing is interrupted where there is nothing", () => {
  const lines = new TimeLines(1);

  lines.interrupt(1);

  assert.deepEqual(lines.columns, [[], []]);
});

test("what is cleared is gone, and is a change", () => {
  const lines = filled(3);
  const before = lines.changes;

  lines.clear();

  assert.equal(lines.span, null);
  assert.ok(lines.changes > before);
});

test("a line tells its first, last, lowest and highest value, past its gaps", () => {
  const lines = new TimeLines(2);
  [[1, 5], [2, null], [3, 9], [4, 2], [5, 4]].forEach(([time, value]) => lines.add(time, [value, null]));

  assert.deepEqual(lines.rangeOf(0), { first: 5, last: 4, low: 2, high: 9 });
  assert.equal(lines.rangeOf(1), null);
});

test("a range is told in words", () => {
  const range = { first: 5, last: 4, low: 2, high: 9 };

  assert.equal(rangeText("Equity", range, (value) => `${value}.00`), "Equity: 4.00 now, 5.00 at first, lowest 2.00, highest 9.00.");
  assert.equal(rangeText("Equity", null, String), "Equity: nothing yet.");
});

test("an axis leaves room, also around what does not move", () => {
  assert.deepEqual(axisRange(10, 20, false), [9, 21]);
  assert.deepEqual(axisRange(10, 20, true), [0, 21]);
  assert.deepEqual(axisRange(1000, 1000, false), [999, 1001]);
  assert.deepEqual(axisRange(0, 0, false), [-1, 1]);
});

test("times of day have seconds where one of them needs them", () => {
  const noon = Date.UTC(2026, 0, 1, 12) / 1000;

  process.env.TZ = "Pacific/Auckland";

  assert.deepEqual(clockTexts([noon]), ["12:00"]);
  assert.deepEqual(clockTexts([noon, noon + 5]), ["12:00:00", "12:00:05"]);
});
