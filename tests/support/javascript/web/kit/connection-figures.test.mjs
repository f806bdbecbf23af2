import assert from "node:assert/strict";
import { test } from "node:test";

import { ConnectionFigures, bytesText, remainingText, roundTripOf } from "../../../../../web/kit/connection-figures.js";

const NOW_MS = Date.parse("2026-01-01T12:00:00Z");

function infoOf({ session = 7, connection = {}, ...fields } = {}) {
  return {
    ...{ session, user_id: "alice", role: "trader", expires_at: "2026-01-01T12:10:00.000000Z", ...fields },
    connection: {
      ...{ lag_ms: 0, waiting: { control: 0, lossless: 0, gapped: 0, conflated: 0 }, waiting_bytes: 0, conflated: 0 },
      ...{ dropped: 0, sent_messages: 100, sent_bytes: 5000, max_hz: null, background: false, ...connection },
    },
  };
}

function valuesOf(figures, askedHz = null) {
  return Object.fromEntries(figures.rows(askedHz, NOW_MS).map(({ key, value }) => [key, value]));
}

test("nothing is told before it is known", () => {
  const figures = new ConnectionFigures();

  assert.deepEqual(figures.rows(null, NOW_MS), []);
  assert.equal(figures.thinning, "");
});

test("a first reading has totals and no rates", () => {
  const figures = new ConnectionFigures();

  figures.apply({ info: infoOf(), takenMs: 0, received: 5 });

  assert.deepEqual(valuesOf(figures), {
    ...{ "round-trip": "–", clock: "–", lag: "0 ms", waiting: "nothing", received: "–", conflated: "0", dropped: "0" },
    ...{ messages: "100", bytes: "5.0 kB", pace: "every event", role: "trader", user: "alice", session: "7" },
    expiry: "in 10 min",
  });
  assert.equal(figures.rows(null, NOW_MS)[0].name, "Round trip");
});

test("a second reading has rates", () => {
  const figures = new ConnectionFigures();
  const connection = { conflated: 40, dropped: 2, sent_messages: 1300, sent_bytes: 205_000, lag_ms: 1234 };

  figures.apply({ info: infoOf(), takenMs: 1000, received: 5 });
  figures.apply({ info: infoOf({ connection }), takenMs: 3000, received: 2405 });

  const { received, conflated, dropped, messages, bytes, lag } = valuesOf(figures);
  assert.deepEqual([received, conflated, dropped], ["1,200/s", "40 (20/s)", "2 (1/s)"]);
  assert.deepEqual([messages, bytes, lag], ["1,300 (600/s)", "205 kB (100 kB/s)", "1,234 ms"]);
  assert.equal(figures.thinning, "1,200 events a second received, 20 conflated");
});

test("another session begins anew, and one that is gone is forgotten", () => {
  const figures = new ConnectionFigures();

  figures.apply({ info: infoOf(), takenMs: 1000, received: 5 });
  figures.apply({ info: infoOf({ session: 8 }), takenMs: 2000, received: 5 });
  assert.equal(valuesOf(figures).received, "–");

  figures.clear();
  assert.deepEqual(figures.rows(null, NOW_MS), []);
});

test("what waits is told by lane", () => {
  const figures = new ConnectionFigures();
  const waiting = { control: 0, lossless: 2, gapped: 0, conflated: 1200 };

  figures.apply({ info: infoOf({ connection: { waiting, waiting_bytes: 512 } }), takenMs: 0, received: 0 });

  assert.equal(valuesOf(figures).waiting, "2 lossless, 1,200 conflated: 512 B");
});

test("a pace that the gateway made slower than asked for is told so", () => {
  const paceOf = (connection, askedHz) => {
    const figures = new ConnectionFigures();
    figures.apply({ info: infoOf({ connection }), takenMs: 0, received: 0 });
    return valuesOf(figures, askedHz).pace;
  };

  assert.equal(paceOf({ max_hz: 5 }, 5), "5 a second");
  assert.equal(paceOf({ max_hz: 5 }, 10), "5 a second, slowed by the gateway");
  assert.equal(paceOf({ max_hz: 20 }, null), "20 a second, slowed by the gateway");
  assert.equal(paceOf({ max_hz: 0.5, background: true }, 0.5), "one in 2 s, in the background");
});

test("a clock is compared with the middle of the round trip, which is its tolerance", () => {
  const clockOf = (ts) => {
    const figures = new ConnectionFigures();
    figures.apply({ info: infoOf(), takenMs: 0, received: 0 });
    figures.roundTrip = roundTripOf({ sentMs: NOW_MS - 30, answeredMs: NOW_MS + 10, ts });
    return [valuesOf(figures)["round-trip"], valuesOf(figures).clock];
  };

  assert.deepEqual(clockOf("2026-01-01T12:00:00.005000Z"), ["40 ms", "as this device’s"]);
  assert.deepEqual(clockOf("2026-01-01T12:00:02.990000Z"), ["40 ms", "3,000 ms ahead"]);
  assert.deepEqual(clockOf("2026-01-01T11:59:59.490000Z"), ["40 ms", "500 ms behind"]);
});

test("the end of a sign-in is by the gateway's clock, and a session without one has no end", () => {
  const figures = new ConnectionFigures();
  figures.apply({ info: infoOf(), takenMs: 0, received: 0 });
  figures.roundTrip = { tookMs: 1, aheadMs: 540_000 };
  assert.equal(valuesOf(figures).expiry, "in 60 s");

  figures.apply({ info: infoOf({ expires_at: null, user_id: null }), takenMs: 0, received: 0 });
  assert.deepEqual([valuesOf(figures).expiry, valuesOf(figures).user], ["never", "–"]);
});

test("amounts of data have three figures", () => {
  assert.deepEqual([0, 999, 1000, 99_940, 150_000, 2_500_000, 3e18].map(bytesText), [
    ...["0 B", "999 B", "1.0 kB", "99.9 kB", "150 kB", "2.5 MB", "3000000 TB"],
  ]);
});

test("what remains is told in its largest whole unit", () => {
  assert.deepEqual([-5, 119_000, 120_000, 7_199_000, 7_200_000].map(remainingText), [
    ...["in 0 s", "in 119 s", "in 2 min", "in 119 min", "in 2 h"],
  ]);
});
