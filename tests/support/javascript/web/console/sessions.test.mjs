import assert from "node:assert/strict";
import { test } from "node:test";

import {
  COLUMNS,
  FIRST_SORTING,
  countText,
  lagTone,
  listSessions,
  readSessions,
} from "../../../../../web/console/sessions.js";

function session(number, changes = {}) {
  return {
    session: number,
    user_id: `user-${number}`,
    role: "trader",
    address: "10.0.0.1",
    since: `2026-01-01T00:00:0${number}.000000Z`,
    token_id: null,
    key_id: null,
    expires_at: null,
    subscriptions: 0,
    lag_ms: 0,
    waiting: 0,
    conflated: 0,
    dropped: 0,
    sent_messages_per_s: 0,
    sent_bytes_per_s: 0,
    ...changes,
  };
}

const numbers = (sessions) => sessions.map((one) => one.session);
const listed = (sessions, view) => numbers(listSessions(sessions, { search: "", role: "", sorting: FIRST_SORTING, ...view }));

test("all pages are read, each behind the one before, and shown as they come", async () => {
  const asked = [];
  const pages = [
    { sessions: [session(1), session(2)], next: "t/2" },
    { sessions: [session(3)], next: null },
  ];
  const call = async (procedure, fields) => {
    asked.push([procedure, fields]);
    return pages[asked.length - 1];
  };
  const soFar = [];

  const sessions = await readSessions(call, { user_id: "alice" }, (page) => soFar.push(page.length));

  assert.deepEqual(numbers(sessions), [1, 2, 3]);
  assert.deepEqual(soFar, [2, 3]);
  assert.deepEqual(asked, [
    ["tapecast.admin.sessions.list", { user_id: "alice", limit: 500, after: null }],
    ["tapecast.admin.sessions.list", { user_id: "alice", limit: 500, after: "t/2" }],
  ]);
});

test("who waits longest comes first, and equal ones as they joined", () => {
  const sessions = [session(1), session(2, { lag_ms: 500 }), session(3), session(4, { lag_ms: 9_000 })];

  assert.deepEqual(listed(sessions), [4, 2, 1, 3]);
  assert.deepEqual(numbers(sessions), [1, 2, 3, 4], "what was handed over stays as it is");
});

test("a search finds users, addresses and sessions, and a role narrows it", () => {
  const sessions = [
    session(1, { user_id: "Alice", address: null }),
    session(2, { address: "203.0.113.5", role: "public" }),
    session(3, { role: "public" }),
  ];

  assert.deepEqual(listed(sessions, { search: " alice " }), [1]);
  assert.deepEqual(listed(sessions, { search: "203.0" }), [2]);
  assert.deepEqual(listed(sessions, { search: "3" }), [2, 3]);
  assert.deepEqual(listed(sessions, { role: "public" }), [2, 3]);
  assert.deepEqual(listed(sessions, { role: "public", search: "user-3" }), [3]);
});

test("every column sorts, both ways, by what it shows", () => {
  const sessions = [
    session(1, { user_id: "bob-10", role: "risk", address: "10.0.0.10", sent_messages_per_s: 2 }),
    session(2, { user_id: "bob-9", role: "public", address: "10.0.0.9", sent_messages_per_s: 3 }),
    session(3, { user_id: "al", role: "trader", address: "10.0.0.100", sent_messages_per_s: 1 }),
  ];
  const sorted = (key, isDescending = false) => listed(sessions, { sorting: { key, isDescending } });

  assert.deepEqual(sorted("user"), [3, 2, 1]);
  assert.deepEqual(sorted("role", true), [3, 1, 2]);
  assert.deepEqual(sorted("address"), [2, 1, 3]);
  assert.deepEqual(sorted("session", true), [3, 2, 1]);
  assert.deepEqual(sorted("connected", true), [1, 2, 3], "the longest first");
  assert.deepEqual(sorted("connected"), [3, 2, 1]);
  assert.deepEqual(sorted("messages"), [3, 1, 2]);
  for (const key of Object.keys(COLUMNS)) {
    assert.equal(sorted(key).length, 3);
  }
});

test("two that joined at once, or from one address, stay as they are listed", () => {
  const since = "2026-01-01T00:00:00.000000Z";

  for (const key of ["connected", "address"]) {
    assert.deepEqual(listed([session(2, { since }), session(1, { since })], { sorting: { key } }), [2, 1]);
  }
});

test("a session that does not know the value comes last, both ways", () => {
  const sessions = [session(1, { lag_ms: null }), session(2), session(3, { lag_ms: 5 }), session(4, { lag_ms: null })];

  assert.deepEqual(listed(sessions), [3, 2, 1, 4]);
  assert.deepEqual(listed(sessions, { sorting: { key: "lag", isDescending: false } }), [2, 3, 1, 4]);
});

test("how many are shown is told, and of how many", () => {
  assert.deepEqual([countText(1, 1), countText(5_000, 5_000), countText(3, 5_000)], [
    "1 session",
    "5,000 sessions",
    "3 of 5,000 sessions",
  ]);
});

test("what waits long is worth a look", () => {
  assert.deepEqual([null, 0, 999, 1_000, 4_999, 5_000].map(lagTone), ["", "", "", "warn", "warn", "bad"]);
});
