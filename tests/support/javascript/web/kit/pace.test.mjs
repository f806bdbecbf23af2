import assert from "node:assert/strict";
import { test } from "node:test";

import { PACES_HZ, PaceChoice, paceText } from "../../../../../web/kit/pace.js";

test("a pace is told in whole numbers", () => {
  assert.deepEqual(PACES_HZ.map(paceText), [
    "one in 10 s",
    "one in 5 s",
    "one in 2 s",
    "1 a second",
    "2 a second",
    "5 a second",
    "10 a second",
    "20 a second",
    "50 a second",
    "100 a second",
    "every event",
  ]);
});

test("a reader gets every event until something else is chosen", () => {
  const pace = new PaceChoice();
  assert.deepEqual([pace.isDefault, pace.step, pace.fields], [true, 10, { max_hz: null, background: false }]);

  pace.chooseStep(3);
  assert.deepEqual([pace.isDefault, pace.step, pace.fields], [false, 3, { max_hz: 1, background: false }]);

  pace.chooseStep(99);
  pace.background = true;
  assert.deepEqual([pace.isDefault, pace.fields], [false, { max_hz: null, background: true }]);

  pace.chooseStep(-1);
  assert.equal(pace.maxHz, 0.1);
});
