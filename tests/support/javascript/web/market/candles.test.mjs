import assert from "node:assert/strict";
import { test } from "node:test";

import { INTERVALS } from "../../../../../web/market/choice.js";
import {
  CandleSeries,
  INTERVAL_MS,
  LONGEST_RETRY_MS,
  LONGEST_REVIEW_MS,
  MOST_BARS,
  PAGE_BARS,
  RETRY_MS,
  REVIEW_MS,
} from "../../../../../web/market/candles.js";

const START_MS = Date.parse("2026-01-01T12:00:00Z");
const iso = (minute) => new Date(START_MS + minute * 60_000).toISOString();

function bar(minute, fields = {}) {
  const price = String(100 + minute);
  const prices = { open: price, high: price, low: price, close: price };
  return { open_ts: iso(minute), ...prices, volume: "1", trades: 1, closed: true, quality: "live", ...fields };
}

const bars = (first, last) => Array.from({ length: last - first + 1 }, (_, place) => bar(first + place));

function event(seq, minute, { epoch = "e1", close = "1", lastClosed = bar(minute - 1) } = {}) {
  return { epoch, seq, payload: { interval: "1m", bar: bar(minute, { closed: false, close }), last_closed: lastClosed } };
}

const empty = { epoch: "e1", seq: 0, payload: {} };
const answer = (told, { epoch = "e1", seq = 1 } = {}) => ({ epoch, seq, bars: told });
const minutes = (series) => series.bars.map(({ openMs }) => (openMs - START_MS) / 60_000);

/** A series that has been told its last bars, the open one being the last. */
function loaded(first, last) {
  const series = new CandleSeries("1m");
  series.applyEvent(event(1, last), 0);
  series.applyAnswer(series.nextRequest(0), answer([...bars(first, last - 1), bar(last, { closed: false })]), 0);
  series.takeNews();
  return series;
}

test("every interval of the contract has its length", () => {
  assert.deepEqual(Object.keys(INTERVAL_MS), INTERVALS);
});

test("nothing is asked for before the stream stands, then the last bars are", () => {
  const series = new CandleSeries("1m");

  assert.equal(series.nextRequest(0), null);
  assert.equal(series.isLoading, true);

  series.applyEvent(empty, 10);

  assert.equal(series.isLoading, true);
  assert.deepEqual(series.nextRequest(10), { limit: PAGE_BARS });
  assert.equal(series.nextRequest(10), null);
});

test("a stream that was awaited asks once", () => {
  const series = new CandleSeries("1m");
  series.begin(0);
  series.nextRequest(0);

  series.applyEvent(event(1, 10), 0);

  assert.equal(series.nextRequest(0), null);
});

test("history and stream join, each bar once, in order", () => {
  const series = new CandleSeries("1m");
  series.applyEvent(event(5, 10), 0);
  const request = series.nextRequest(0);
  series.applyEvent(event(6, 11), 0);

  series.applyAnswer(request, answer(bars(0, 10), { seq: 5 }), 0);

  assert.deepEqual(minutes(series), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  assert.equal(series.isLoading, false);
});

test("of the stream and an answer the newer one counts", () => {
  const close = ({ bars: known }) => known.at(-1).close;
  const told = answer([bar(9), bar(10, { close: "7", closed: false })], { seq: 5 });

  const newer = new CandleSeries("1m");
  newer.applyEvent(event(6, 10, { close: "8" }), 0);
  newer.applyAnswer(newer.nextRequest(0), told, 0);
  assert.equal(close(newer), "8");

  const older = new CandleSeries("1m");
  older.applyEvent(event(4, 10, { close: "6" }), 0);
  older.applyAnswer(older.nextRequest(0), told, 0);
  assert.equal(close(older), "7");
});

test("an answer without bars leaves what streamed", () => {
  const series = new CandleSeries("1m");
  series.applyEvent(event(6, 10), 0);

  series.applyAnswer(series.nextRequest(0), answer([], { epoch: "e0" }), 0);

  assert.deepEqual(minutes(series), [9, 10]);
});

test("news is all at first, then the bars that changed, oldest first", () => {
  const series = loaded(0, 10);
  assert.equal(series.takeNews(), null);

  series.applyEvent(event(2, 11, { lastClosed: bar(10, { close: "5" }) }), 0);

  const news = series.takeNews();
  assert.equal(news.isWhole, false);
  assert.deepEqual(news.bars.map(({ close }) => close), ["5", "1"]);
  assert.equal(series.takeNews(), null);
});

test("a bar that comes between two makes all of them news", () => {
  const series = loaded(0, 10);

  series.applyEvent({ epoch: "e1", seq: 2, payload: { bar: null, last_closed: bar(5.5) } }, 0);

  assert.equal(series.takeNews().isWhole, true);
});

test("bars that the stream left out are asked for, and a new epoch asks anew", () => {
  const series = loaded(0, PAGE_BARS);
  series.applyEvent(event(2, PAGE_BARS + 1), 100);
  assert.equal(series.nextRequest(100), null);

  series.applyEvent(event(3, PAGE_BARS + 4), 100);
  assert.deepEqual(series.nextRequest(100), { limit: PAGE_BARS });

  const other = loaded(0, PAGE_BARS);
  other.applyEvent(event(1, PAGE_BARS, { epoch: "e2" }), 100);
  assert.deepEqual(other.nextRequest(100), { limit: PAGE_BARS });
});

test("after a long loss no hole is left between what was known and what is", () => {
  const series = loaded(0, 10);
  series.begin(100);

  series.applyAnswer(series.nextRequest(100), answer(bars(1000, 1010), { seq: 90 }), 100);

  assert.deepEqual(minutes(series), bars(1000, 1010).map((_, place) => 1000 + place));
  series.wantOlder();
  assert.equal(series.nextRequest(100).before, iso(1000));
});

test("after a short loss what was known stays", () => {
  const series = loaded(0, 10);
  series.begin(100);

  series.applyAnswer(series.nextRequest(100), answer(bars(8, 14), { seq: 90 }), 100);

  assert.deepEqual(minutes(series), Array.from({ length: 15 }, (_, place) => place));
});

test("older bars come when they are wanted, until there are none", () => {
  const series = loaded(0, 10);
  assert.equal(series.nextRequest(0), null);

  series.wantOlder();
  const request = series.nextRequest(0);
  assert.deepEqual(request, { limit: PAGE_BARS, before: iso(0) });
  series.applyAnswer(request, answer(bars(-5, -1)), 0);
  assert.equal(minutes(series)[0], -5);
  assert.equal(series.takeNews().isWhole, true);

  series.wantOlder();
  series.applyAnswer(series.nextRequest(0), answer([]), 0);
  assert.equal(series.takeNews(), null);
  series.wantOlder();
  assert.equal(series.nextRequest(0), null);
});

test("nothing older than nothing is asked for", () => {
  const series = new CandleSeries("1m");
  series.wantOlder();
  assert.equal(series.nextRequest(0), null);
});

test("a request that cannot succeed now is sent again, ever later, and one that cannot at all is not", () => {
  const series = new CandleSeries("1m");
  series.applyEvent(empty, 0);
  let nowMs = 0;
  const unavailable = { retry: true, details: {} };
  for (let waitMs = RETRY_MS; waitMs < 4 * LONGEST_RETRY_MS; waitMs *= 2) {
    series.fail(series.nextRequest(nowMs), unavailable, nowMs);
    const dueMs = nowMs + Math.min(waitMs, LONGEST_RETRY_MS);
    assert.equal(series.nextRequest(dueMs - 1), null);
    nowMs = dueMs;
  }
  series.fail(series.nextRequest(nowMs), { retry: true, details: { retry_after_ms: 100_000 } }, nowMs);
  assert.equal(series.nextRequest(nowMs + 99_999), null);

  const refusal = { retry: false, details: {} };
  series.fail(series.nextRequest(nowMs + 100_000), refusal, nowMs);
  assert.equal(series.refusal, refusal);
  assert.equal(series.nextRequest(Number.MAX_SAFE_INTEGER), null);

  series.begin(nowMs);
  assert.equal(series.refusal, null);
});

test("older bars that fail are asked for when they are wanted again", () => {
  const series = loaded(0, 10);
  series.wantOlder();
  series.fail(series.nextRequest(0), { retry: true, details: {} }, 0);

  assert.equal(series.nextRequest(1), null);
  series.wantOlder();
  assert.equal(series.nextRequest(1).before, iso(0));
});

test("what is answered to a request of an earlier session is not heeded", () => {
  const series = new CandleSeries("1m");
  series.applyEvent(empty, 0);
  const request = series.nextRequest(0);
  series.begin(0);

  series.applyAnswer(request, answer(bars(0, 3)), 0);
  series.fail(request, { retry: false, details: {} }, 0);

  assert.deepEqual([series.bars, series.refusal], [[], null]);
});

test("bars that may miss trades, and few bars, are looked at again, ever less often", () => {
  const series = new CandleSeries("1m");
  series.applyEvent(empty, 0);
  const doubtful = [...bars(1, PAGE_BARS - 1), bar(PAGE_BARS, { quality: "degraded" })];
  let nowMs = 0;
  for (let waitMs = REVIEW_MS; waitMs < 4 * LONGEST_REVIEW_MS; waitMs *= 2) {
    series.applyAnswer(series.nextRequest(nowMs), answer(doubtful), nowMs);
    const dueMs = nowMs + Math.min(waitMs, LONGEST_REVIEW_MS);
    assert.equal(series.nextRequest(dueMs - 1), null);
    nowMs = dueMs;
  }
  series.applyAnswer(series.nextRequest(nowMs), answer(bars(1, PAGE_BARS)), nowMs);

  assert.equal(series.nextRequest(Number.MAX_SAFE_INTEGER), null);
});

test("bars are bounded, and the oldest go", () => {
  const series = loaded(0, PAGE_BARS);
  for (let minute = PAGE_BARS + 1; minute <= MOST_BARS + PAGE_BARS; minute += 1) {
    series.applyEvent(event(minute, minute), 0);
  }

  assert.equal(series.bars.length, MOST_BARS);
  assert.deepEqual([minutes(series)[0], minutes(series).at(-1)], [PAGE_BARS + 1, MOST_BARS + PAGE_BARS]);
  assert.equal(series.takeNews().isWhole, true);
  series.wantOlder();
  assert.equal(series.nextRequest(0), null);
});

test("news that nobody takes does not pile up", () => {
  const series = loaded(0, 10);
  for (let minute = 11; minute <= 12 + PAGE_BARS; minute += 1) {
    series.applyEvent(event(minute, minute), 0);
  }

  assert.equal(series.takeNews().isWhole, true);
});
