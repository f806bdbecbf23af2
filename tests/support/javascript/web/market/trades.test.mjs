import assert from "node:assert/strict";
import { test } from "node:test";

import { MOST_TRADES, Tape } from "../../../../../web/market/trades.js";

const trade = (number) => ({ trade_id: `t${number}`, price: `10${number}`, quantity: "1", side: "buy" });
const time = (number) => `2026-01-01T12:00:0${number}.000000Z`;

function event(number, meta = { event_ts: time(number) }) {
  return { epoch: "e1", seq: number, ts: time(9), payload: trade(number), meta };
}

function snapshot(...numbers) {
  return { epoch: "e1", seq: numbers.at(-1) ?? 0, payload: numbers.length > 0 ? { trades: numbers.map(trade) } : {} };
}

const told = ({ trades }) => trades.map(({ id, ts }) => [id, ts]);

test("a snapshot's trades come newest first, without their times", () => {
  const tape = new Tape();
  assert.equal(tape.isLoading, true);

  tape.applySnapshot(snapshot(1, 2));

  assert.deepEqual(tape.trades[0], { id: "t2", price: "102", quantity: "1", side: "buy", ts: null });
  assert.deepEqual(told(tape), [["t2", null], ["t1", null]]);
  assert.equal(tape.isLoading, false);
});

test("a tape without trades is one, too", () => {
  const tape = new Tape();

  tape.applySnapshot(snapshot());

  assert.deepEqual([tape.trades, tape.isLoading, tape.timesRequest(snapshot())], [[], false, null]);
});

test("an event's trade comes first, with the venue's time, or the gateway's", () => {
  const tape = new Tape();

  tape.applyEvent(event(1));
  tape.applyEvent(event(2, null));
  tape.applyEvent(event(3, {}));

  assert.deepEqual(told(tape), [["t3", time(9)], ["t2", time(9)], ["t1", time(1)]]);
});

test("times are asked for where they are missing, and filled in", () => {
  const tape = new Tape();
  tape.applySnapshot(snapshot(1, 2, 3));
  const request = tape.timesRequest(snapshot(1, 2, 3));
  assert.deepEqual(request, { epoch: "e1", seq: 0 });
  assert.equal(tape.timesRequest({ epoch: "e1", seq: 100 }).seq, 100 - MOST_TRADES);
  tape.applyEvent(event(4));

  tape.applyTimes([event(2), event(3, null)]);

  assert.deepEqual(told(tape), [["t4", time(4)], ["t3", time(9)], ["t2", time(2)], ["t1", null]]);
});

test("what a later snapshot tells again keeps its time", () => {
  const tape = new Tape();
  tape.applyEvent(event(1));

  tape.applySnapshot(snapshot(1, 2));

  assert.deepEqual(told(tape), [["t2", null], ["t1", time(1)]]);
});

test("trades are bounded", () => {
  const tape = new Tape();
  for (let number = 0; number < MOST_TRADES + 5; number += 1) {
    tape.applyEvent(event(number));
  }

  assert.equal(tape.trades.length, MOST_TRADES);
  assert.equal(tape.trades.at(-1).id, "t5");
});
