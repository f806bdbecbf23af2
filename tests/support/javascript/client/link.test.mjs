import assert from "node:assert/strict";
import { test } from "node:test";

import {
  JOIN_MS,
  Link,
  MARGIN_MS,
  PROBE_MS,
  RENEW_AGAIN_MS,
  SILENCE_MS,
  SLEPT_MS,
  STEADY_MS,
  STUCK_MS,
  retryDelayMs,
} from "../../../../clients/js/link.js";

const CUT = { reason: "cut", comeBack: "yes" };
const LATER = { reason: "tapecast.close.node_full", comeBack: "later" };
const EXPIRED = { reason: "tapecast.close.token_expired", comeBack: "with a new token" };
const KICKED = { reason: "tapecast.close.kicked", comeBack: "no" };

function liveLink({ nowMs = 0, canRenew = false } = {}) {
  const link = new Link(nowMs, canRenew);
  link.join("public", nowMs);
  return link;
}

/** Asks what is due as often as the shell does, so that no timer seems to have slept. */
function nextAt(link, toMs, fromMs = 0) {
  for (let nowMs = fromMs; nowMs < toMs; nowMs += 250) {
    link.next(nowMs);
  }
  return link.next(toMs);
}

test("a new link connects, and is live once joined", () => {
  const link = new Link(0, false);

  assert.deepEqual([link.phase, link.isReturning, link.role], ["connecting", false, null]);

  link.join("public", 100);

  assert.deepEqual([link.phase, link.role, link.ending, link.awayMs], ["live", "public", null, null]);
});

test("a lost link waits, tells why, and is due after its delay", () => {
  const link = liveLink();

  link.lose(CUT, 1000, 1);

  assert.deepEqual([link.phase, link.ending, link.isReturning, link.retryMs], ["waiting", CUT, true, 2000]);
  assert.equal(link.next(1999), null);
  assert.equal(link.next(2000), "open");
});

test("a link that is back tells for how long it heard nothing", () => {
  const link = liveLink();
  link.hear(1000);
  link.lose(CUT, 1900, 0);
  link.open(3000);

  link.join("public", 5200);

  assert.deepEqual([link.phase, link.awayMs], ["live", 4200]);
});

test("there is no last attempt, and the wait is capped", () => {
  const link = new Link(0, false);
  for (let attempt = 0; attempt < 1000; attempt += 1) {
    link.open(0);
    link.lose(CUT, 0, 1);
  }

  assert.deepEqual([link.phase, link.retryMs], ["waiting", 30_000]);
});

test("waits double and are spread over their upper half", () => {
  const waits = [0, 1, 2, 3].map((attempt) => [retryDelayMs(attempt, "yes", 0), retryDelayMs(attempt, "yes", 1)]);

  assert.deepEqual(waits, [[500, 1000], [1000, 2000], [2000, 4000], [4000, 8000]]);
});

test("where the gateway asks to come back later the first wait is longer, with a new token it is shorter", () => {
  assert.equal(retryDelayMs(0, "later", 1), 10_000);
  assert.equal(retryDelayMs(0, "with a new token", 1), 200);
});

test("a session that dies young does not reset the back-off, one that lived long enough does", () => {
  for (const [livedMs, waitMs] of [[STEADY_MS - 1, 2000], [STEADY_MS, 1000]]) {
    const link = liveLink();
    link.lose(CUT, 0, 1);
    link.open(0);
    link.join("public", 0);

    link.lose(CUT, livedMs, 1);

    assert.equal(link.retryMs, livedMs + waitMs);
  }
});

test("the link ends where the gateway says not to come back", () => {
  const link = liveLink();

  link.lose(KICKED, 0, 0);

  assert.deepEqual([link.phase, link.ending, link.next(1e9), link.wake(1e9)], ["ended", KICKED, null, null]);
});

test("a close that asks for a new token is the end only where none can be had", () => {
  const phases = [true, false].map((canRenew) => {
    const link = liveLink({ canRenew });
    link.lose(EXPIRED, 0, 0);
    return link.phase;
  });

  assert.deepEqual(phases, ["waiting", "ended"]);
});

test("an announced delay is kept, with jitter, and forgotten once back", () => {
  const link = liveLink();
  link.announce(5000);
  link.lose(CUT, 0, 1);

  assert.equal(link.retryMs, 7500);

  link.join("public", 7500);
  link.lose(CUT, 7500 + STEADY_MS, 1);

  assert.equal(link.retryMs, 7500 + STEADY_MS + 1000);
});

test("a refusal that tells how long to wait is heeded", () => {
  const link = new Link(0, false);

  link.lose({ reason: "refused", comeBack: "later", retryAfterMs: 60_000 }, 0, 0);

  assert.equal(link.retryMs, 60_000);
});

test("an announcement without a delay announces none", () => {
  const link = liveLink();
  link.announce(undefined);

  link.lose(CUT, 0, 1);

  assert.equal(link.retryMs, 1000);
});

for (const value of [NaN, "soon", [1, 2], {}, null, -5000]) {
  test(`an announced delay of ${String(value)} is none, and the link comes back all the same`, () => {
    const link = liveLink();
    link.announce(value);

    link.lose(CUT, 0, 1);

    assert.equal(link.retryMs, 1000);
  });
}

test("a live link is lost when nothing is heard, and any message breaks the silence", () => {
  const link = liveLink();
  nextAt(link, 5000);
  link.hear(5000);

  assert.equal(nextAt(link, 5000 + SILENCE_MS - 1, 5000), null);
  assert.equal(link.next(5000 + SILENCE_MS), "lose");
});

test("an attempt that does not become a session in time is given up", () => {
  const link = new Link(0, false);

  assert.equal(nextAt(link, JOIN_MS - 1), null);
  assert.equal(link.next(JOIN_MS), "lose");
});

test("timers that slept prove no silence: the connection is asked, and lost only where it does not answer", () => {
  const link = liveLink();

  assert.equal(link.next(60_000), "probe");
  assert.equal(link.next(60_000 + PROBE_MS - 1), null);
  assert.equal(link.next(60_000 + PROBE_MS), "lose");

  const answered = liveLink();
  answered.next(60_000);
  answered.hear(60_100);

  assert.equal(answered.next(60_000 + PROBE_MS), null);
});

test("timers of a hidden page that run once a minute ask nothing while messages come", () => {
  const link = liveLink();
  link.hear(59_000);

  assert.equal(link.next(60_000), null);
  assert.ok(60_000 > SLEPT_MS);
});

test("a page that is seen again asks the connection once whether it is there", () => {
  const link = liveLink();

  assert.deepEqual([link.wake(PROBE_MS - 1), link.wake(PROBE_MS), link.wake(PROBE_MS + 1)], [null, "probe", null]);
});

test("waking ends the waiting, unless the gateway has asked for it", () => {
  const woken = ({ ending = CUT, announcedMs = null }) => {
    const link = liveLink();
    if (announcedMs !== null) {
      link.announce(announcedMs);
    }
    link.lose(ending, 0, 0);
    return link.wake(1);
  };

  assert.equal(woken({}), "open");
  assert.equal(woken({ ending: LATER }), null);
  assert.equal(woken({ announcedMs: 5000 }), null);
});

test("an attempt that hangs when the network comes back is given up for a new one", () => {
  const link = new Link(0, false);

  assert.deepEqual([link.wake(STUCK_MS - 1), link.wake(STUCK_MS)], [null, "open"]);
});

/** When a token that counts for so long is renewed first, to the quarter of a second. */
function renewedAt(remainingMs, chance) {
  const link = liveLink();
  link.expire(remainingMs, 0, chance);
  for (let nowMs = 0; nowMs < Math.min(remainingMs, 1e6); nowMs += 250) {
    link.hear(nowMs);
    if (link.next(nowMs) === "renew") {
      return nowMs;
    }
  }
  return null;
}

test("a token is renewed before its end, some sooner than others, a short one at half its life", () => {
  assert.equal(renewedAt(600_000, 0), 600_000 - MARGIN_MS);
  assert.equal(renewedAt(600_000, 1), 600_000 - MARGIN_MS * 0.75);
  assert.equal(renewedAt(10_000, 0), 5000);
});

test("a renewal is due again until it is done, or the token ends", () => {
  const link = liveLink();
  const dues = [];
  link.expire(40_000, 0, 0);
  for (let nowMs = 0; nowMs < 100_000; nowMs += 250) {
    link.hear(nowMs);
    if (link.next(nowMs) === "renew") {
      dues.push(nowMs);
    }
  }

  assert.deepEqual(dues, [20_000, 20_000 + RENEW_AGAIN_MS]);
});

test("a token without an end, or without a session, is not renewed", () => {
  assert.equal(renewedAt(Infinity, 0), null);

  const link = liveLink();
  link.expire(10_000, 0, 0);
  link.lose(CUT, 0, 1);
  link.open(1000);

  assert.equal(nextAt(link, 9000, 1000), null);
});
