import assert from "node:assert/strict";
import { test } from "node:test";

import { rowsInBox } from "../../../../../web/kit/long-rows.js";

const box = { rowPx: 30, boxPx: 300 };

test("a short table is there as a whole", () => {
  assert.deepEqual(rowsInBox({ ...box, count: 5, topPx: 0 }), { first: 0, last: 5, beforePx: 0, behindPx: 0 });
});

test("of thousands there are those that are seen, and some beside them", () => {
  const place = rowsInBox({ ...box, count: 5_000, topPx: 30_000 });

  assert.deepEqual(place, { first: 994, last: 1_016, beforePx: 29_820, behindPx: 119_520 });
  assert.equal(place.beforePx + (place.last - place.first) * 30 + place.behindPx, 150_000);
});

test("at the end the last row is there, also where the table got shorter than it was scrolled", () => {
  assert.equal(rowsInBox({ ...box, count: 5_000, topPx: 149_700 }).last, 5_000);
  assert.deepEqual(rowsInBox({ ...box, count: 40, topPx: 149_700 }), { first: 18, last: 40, beforePx: 540, behindPx: 0 });
});
