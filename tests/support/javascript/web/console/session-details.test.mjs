import assert from "node:assert/strict";
import { test } from "node:test";

import { detailsOf } from "../../../../../web/console/session-details.js";

const NOW = Date.parse("2026-01-01T12:00:00Z");
const SESSION = {
  session: 123,
  user_id: "alice",
  role: "trader",
  address: "203.0.113.5",
  since: "2026-01-01T11:55:00.000000Z",
  token_id: "t1",
  key_id: "k1",
  expires_at: "2026-01-01T12:10:00.000000Z",
  serializer: "json",
  sent_messages_per_s: 12.34,
  sent_bytes_per_s: 2048,
  device: { kind: "mobile", version: null },
  limits: {
    subscriptions: 100,
    connections_per_user: null,
    session_points: { points: 600, duration_ms: 10_000, block_ms: 30_000 },
    orders_burst: { burst: 20, per_minute: 60 },
  },
  connection: {
    lag_ms: 7,
    waiting: { control: 0, lossless: 2, gapped: 0, conflated: 1 },
    waiting_bytes: 310,
    conflated: 40,
    dropped: 5,
    sent_messages: 1_000,
    sent_bytes: 3_000_000,
    max_hz: 5,
    background: false,
  },
};

function rows(title, changes = {}) {
  const groups = detailsOf({ ...SESSION, ...changes }, NOW);
  return Object.fromEntries(groups.find((group) => group.title === title)?.rows ?? []);
}

test("who it is, since when, and by what", () => {
  const who = rows("Session");

  assert.equal(who.User, "alice");
  assert.match(who.Connected, /^5 min, since 11:55:00 UTC$/);
  assert.deepEqual([who.Serializer, who.Token, who.Key], ["json", "t1", "k1"]);
  assert.match(who["Token ends"], /^\d\d:10:00 UTC$/);
});

test("what is not there is a dash", () => {
  const who = rows("Session", { address: null, serializer: null, token_id: null, key_id: null, expires_at: null });

  assert.deepEqual([who.Address, who.Serializer, who.Token, who.Key, who["Token ends"]], Array(5).fill("–"));
});

test("how the connection gets along", () => {
  assert.deepEqual(rows("Connection"), {
    Lag: "7 ms",
    Waiting: "2 lossless, 1 conflated: 310 B",
    Conflated: "40",
    Dropped: "5",
    Sent: "1,000 messages, 3.0 MB",
    "On average": "12.3 messages, 2.0 kB a second",
    Pace: "5 a second and topic",
  });
  const held = { ...SESSION.connection, max_hz: null, background: true };
  assert.equal(rows("Connection", { connection: held }).Pace, "as it comes, in the background");
});

test("limits are told by their kind", () => {
  assert.deepEqual(rows("Limits"), {
    Subscriptions: "100",
    "Connections per user": "not limited",
    "Session points": "600 in 10,000 ms, then none for 30,000 ms",
    "Orders burst": "20 at once, 60 a minute",
  });
});

test("a device is told as far as it has said what it is", () => {
  assert.deepEqual(rows("Device"), { Kind: "mobile", Version: "–" });
});

test("what nothing is known of has no heading", () => {
  const groups = detailsOf({ ...SESSION, device: null, limits: null, connection: null }, NOW);

  assert.deepEqual(groups.map(({ title }) => title), ["Session"]);
});
