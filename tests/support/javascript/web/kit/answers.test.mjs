import assert from "node:assert/strict";
import { test } from "node:test";

import { durationField, durationSeconds, durationText, noteField, readAnswers, reasonField } from "../../../../../web/kit/answers.js";

const read = (field, text) => readAnswers([field], { [field.name]: text });

test("durations are read in the units that people write", () => {
  const seconds = ["90 s", "90", "15min", "15 Minutes", "2 h", "2 hours", "1 day", "7d", " 1  h "].map(durationSeconds);

  assert.deepEqual(seconds, [90, NaN, 900, 900, 7_200, 7_200, 86_400, 604_800, 3_600]);
  assert.deepEqual(["for ever", "Forever"].map(durationSeconds), [null, null]);
  assert.deepEqual(["", "soon", "-1 h", "1.5 h", "90 ms", "3 weeks"].map(durationSeconds), Array(6).fill(NaN));
});

test("durations are written in their largest whole unit", () => {
  const texts = [null, 1, 90, 900, 7_200, 86_400, 604_800].map(durationText);

  assert.deepEqual(texts, ["for ever", "1 s", "90 s", "15 min", "2 h", "1 day", "7 days"]);
});

test("what is suggested for a duration is within its bounds", () => {
  assert.deepEqual(durationField().suggestions, ["15 min", "1 h", "1 day", "7 days", "30 days", "for ever"]);
  const short = durationField({ label: "Until", value: "15 min", longestS: 3_600, canBeForEver: false });

  assert.deepEqual(short.suggestions, ["15 min", "1 h"]);
  assert.equal(short.hint, "Such as 90 s, 15 min, 2 h.");
  assert.equal(durationField().hint, "Such as 90 s, 15 min, 2 h, 7 days, or for ever.");
});

test("a duration is seconds, or for ever where it may be", () => {
  assert.deepEqual(read(durationField(), "2 h"), { values: { duration_s: 7_200 }, faults: {} });
  assert.deepEqual(read(durationField(), "for ever"), { values: { duration_s: null }, faults: {} });
  const ending = durationField({ longestS: 86_400, canBeForEver: false });

  assert.equal(read(ending, "for ever").faults.duration_s, "It has to end some time.");
  assert.equal(read(ending, "2 d").faults.duration_s, "Between 1 s and 1 day is possible.");
  assert.equal(read(ending, "0 s").faults.duration_s, "Between 1 s and 1 day is possible.");
  assert.equal(read(ending, "soon").faults.duration_s, "A number and a unit are expected, such as 15 min or 2 h.");
});

test("a reason is needed, a note is not, and neither is longer than the gateway takes", () => {
  assert.deepEqual(read(reasonField(), " a flood "), { values: { reason: "a flood" }, faults: {} });
  assert.equal(read(reasonField(), "  ").faults.reason, "Reason: this is needed.");
  assert.deepEqual(read(noteField(), ""), { values: { note: null }, faults: {} });
  assert.equal(read(noteField(), "x".repeat(257)).faults.note, "At most 256 characters fit; these are 257.");
});

test("a field may have any length, and reads its value as it says", () => {
  const field = { name: "size", label: "Size", read: Number, check: (value) => (value > 0 ? null : "More than nothing.") };

  assert.deepEqual(read(field, "12"), { values: { size: 12 }, faults: {} });
  assert.equal(read(field, "0").faults.size, "More than nothing.");
});
