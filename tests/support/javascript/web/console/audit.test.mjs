import assert from "node:assert/strict";
import { test } from "node:test";

import { Trail, argumentsText, countText, matching } from "../../../../../web/console/audit.js";

function record(at, changes = {}) {
  return { at: String(at), user_id: "olga", role: "admin", session: 1, action: "admin.broadcast", arguments: {}, ...changes };
}

const times = ({ records }) => records.map(({ at }) => Number(at));

test("a page, what came while it was asked for, and what comes then are each told once", () => {
  const trail = new Trail();
  trail.begin({ records: [record(3), record(2)], next: "2/1" }, [record(3), record(4)]);
  trail.apply(record(5));
  trail.apply(record(5));

  assert.deepEqual(times(trail), [5, 4, 3, 2]);
  assert.equal(trail.next, "2/1");
});

test("the page behind goes on where the last ended", () => {
  const trail = new Trail();
  trail.begin({ records: [record(3)], next: "3" });
  trail.extend({ records: [record(2), record(1)], next: null });

  assert.deepEqual([times(trail), trail.next], [[3, 2, 1], null]);
});

test("beginning anew forgets what was", () => {
  const trail = new Trail();
  trail.begin({ records: [record(1)], next: null });
  trail.begin({ records: [record(9), record(1)], next: null });

  assert.deepEqual(times(trail), [9, 1]);
});

test("two thousand are kept, and no page is asked for behind what was cut off", () => {
  const trail = new Trail();
  const records = Array.from({ length: 2_000 }, (_, place) => record(5_000 - place));
  trail.begin({ records, next: "3001" });
  assert.equal(trail.isFull, false);

  trail.apply(record(6_000));

  assert.deepEqual([trail.records.length, trail.next, trail.isFull], [2_000, null, true]);
  trail.apply(record(3_001));
  assert.equal(trail.records[0].at, "3001", "what was cut off is not taken for known");
});

test("records are found by user, role and action", () => {
  const records = [record(1), record(2, { user_id: "rita", role: "risk", action: "risk.halt" })];
  const found = (user, action) => matching(records, { user, action }).map(({ at }) => at);

  assert.deepEqual(found("", ""), ["1", "2"]);
  assert.deepEqual(found(" RIT", ""), ["2"]);
  assert.deepEqual(found("risk", "halt"), ["2"]);
  assert.deepEqual(found("olga", "halt"), []);
});

test("arguments are read one by one, the reason apart", () => {
  const told = { instruments: ["A", "B"], duration_s: 900, reason: "test", user_id: null, roles: [], more: { a: 1 }, on: true };
  assert.equal(
    argumentsText({ arguments: told }),
    'instruments: A, B · duration: 900 s · roles: none · more: {"a":1} · on: true',
  );
  assert.equal(argumentsText({ arguments: { names: [null, { a: 1 }] } }), 'names: null, {"a":1}');
  assert.equal(argumentsText({ arguments: null }), "");
});

test("how many are shown says whether there are more", () => {
  const trail = new Trail();
  assert.equal(countText(0, trail), "");

  trail.begin({ records: [record(2), record(1)], next: "1" });
  assert.equal(countText(2, trail), "2 records so far");
  assert.equal(countText(1, trail), "1 of 2 records so far");

  trail.next = null;
  assert.equal(countText(2, trail), "2 records; that is all");
  trail.isFull = true;
  assert.equal(countText(2, trail), "2 records; the gateway keeps older ones");
});
