import assert from "node:assert/strict";
import { test } from "node:test";

import {
  FORGIVEN_MS,
  LONGEST_REPAIR_MS,
  MOST_HELD,
  REPAIR_MS,
  TopicStream,
  deliveryOf,
} from "../../../../clients/js/stream.js";

const TRADES = "tapecast.trades.sim.BTCUSDT";
const BOOK = "tapecast.book.sim.BTCUSDT";
const QUOTE = "tapecast.quote.sim.BTCUSDT";
const ORDERS = "tapecast.user.u1.orders";

const event = (seq, { epoch = "e1", ...fields } = {}) => ({ type: "delta", epoch, seq, payload: {}, ...fields });
const answer = (seq, fields) => event(seq, { type: "snapshot", ...fields });
const wholeBook = (seq, epoch) => answer(seq, { epoch, payload: { bids: [], asks: [], depth: 5 } });
const told = (deliveries) => deliveries.map(({ isSnapshot, envelope }) => `${isSnapshot ? "=" : "+"}${envelope.epoch}:${envelope.seq}`);

/** A stream whose snapshot is in. */
function following(topic, seq = 10) {
  const stream = new TopicStream(topic);
  stream.begin(0);
  stream.takeRequest(0);
  stream.applySnapshot(answer(seq), 0);
  return stream;
}

const RETRY = { retry: true, details: {} };
const NEVER = { retry: false, details: {} };

test("the class of a topic is the contract's, and what is not known is lossless", () => {
  assert.equal(deliveryOf("tapecast.price.BTCUSDT"), "conflated");
  assert.equal(deliveryOf("tapecast.pricelist.x"), "lossless");
  assert.equal(deliveryOf("tapecast.user.u1.portfolio"), "conflated");
  assert.equal(deliveryOf(ORDERS), "lossless");
  assert.equal(deliveryOf(TRADES), "gapped");
});

test("a snapshot is asked for once, and what came meanwhile joins it without a gap and without a repeat", () => {
  const stream = new TopicStream(TRADES);

  assert.deepEqual([stream.takeRequest(0), stream.offer(event(9), 0)], [null, []]);

  stream.begin(0);

  assert.deepEqual([stream.takeRequest(0), stream.takeRequest(0)], [{ topic: TRADES }, null]);
  assert.deepEqual([11, 10, 12].flatMap((seq) => stream.offer(event(seq), 0)), []);
  assert.equal(stream.isFollowing, false);
  assert.deepEqual(told(stream.applySnapshot(answer(11), 0)), ["=e1:11", "+e1:12"]);
  assert.deepEqual([stream.isFollowing, stream.position], [true, { epoch: "e1", seq: 12 }]);
  assert.deepEqual(told(stream.offer(event(13), 0)), ["+e1:13"]);
});

test("an event that comes twice is dropped", () => {
  const stream = following(ORDERS);

  assert.deepEqual([told(stream.offer(event(11), 0)), told(stream.offer(event(11), 0))], [["+e1:11"], []]);
});

test("answers that nobody waits for any more are dropped", () => {
  const stream = following(ORDERS);

  assert.deepEqual([stream.applySnapshot(answer(99), 0), stream.applyEvents([event(99)], 0), stream.fail(NEVER, 0)], [[], [], false]);
  assert.deepEqual(stream.position, { epoch: "e1", seq: 10 });
});

test("a step of a gapped topic is repaired by a snapshot", () => {
  const stream = following(TRADES);

  assert.deepEqual(stream.offer(event(12), 0), []);
  assert.equal(stream.isFollowing, false);
  assert.deepEqual(stream.takeRequest(0), { topic: TRADES });
  assert.deepEqual(stream.offer(event(13), 0), []);
  assert.deepEqual(told(stream.applySnapshot(answer(12), 0)), ["=e1:12", "+e1:13"]);
});

test("repairs of a topic come once a second at most, then less often, and anew after a while", () => {
  const stream = following(TRADES);
  let [nowMs, seq] = [0, 10];
  const dues = [];
  for (let gap = 0; gap < 9; gap += 1) {
    seq += 2;
    stream.offer(event(seq), nowMs);
    const askedMs = nowMs;
    while (stream.takeRequest(nowMs) === null) {
      nowMs += 100;
    }
    dues.push(nowMs - askedMs);
    stream.applySnapshot(answer(seq), nowMs);
  }

  assert.deepEqual(dues, [0, REPAIR_MS, 2000, 4000, 8000, 16_000, LONGEST_REPAIR_MS, LONGEST_REPAIR_MS, LONGEST_REPAIR_MS]);

  nowMs += FORGIVEN_MS + 1;
  stream.offer(event(seq + 2), nowMs);

  assert.deepEqual(stream.takeRequest(nowMs), { topic: TRADES });
});

test("a merged event that begins where the last one ended is no gap", () => {
  const stream = following(BOOK);

  assert.deepEqual(told(stream.offer(event(15, { first_seq: 11 }), 0)), ["+e1:15"]);
  assert.deepEqual(told(stream.offer(event(17, { first_seq: 14 }), 0)), ["+e1:17"]);
  assert.deepEqual(stream.offer(event(25, { first_seq: 19 }), 0), []);
  assert.equal(stream.isFollowing, false);
});

test("a book whose new epoch begins is whole in that event", () => {
  const stream = following(BOOK);

  assert.deepEqual(told(stream.offer(wholeBook(1, "e2"), 0)), ["=e2:1"]);
  assert.deepEqual(told(stream.offer(event(2, { epoch: "e2" }), 0)), ["+e2:2"]);
});

test("a new epoch of any other topic that is not conflated needs a snapshot", () => {
  const stream = following(ORDERS);

  stream.offer(answer(1, { epoch: "e2" }), 0);

  assert.deepEqual(stream.takeRequest(0), { topic: ORDERS });
  assert.deepEqual(told(stream.applySnapshot(answer(1, { epoch: "e2" }), 0)), ["=e2:1"]);
});

test("what came before the request is in its answer, or was over by then", () => {
  const stream = following(ORDERS);
  stream.offer(answer(1, { epoch: "e2" }), 0);
  stream.offer(event(2, { epoch: "e2" }), 0);
  stream.takeRequest(0);
  stream.offer(event(5, { epoch: "e3" }), 0);

  const deliveries = stream.applySnapshot(answer(4, { epoch: "e3" }), 0);

  assert.deepEqual(told(deliveries), ["=e3:4", "+e3:5"]);
});

test("an epoch that began after the request is newer than the answer", () => {
  const stream = new TopicStream(ORDERS);
  stream.begin(0);
  stream.takeRequest(0);
  stream.offer(answer(1, { epoch: "e2" }), 0);

  assert.deepEqual(told(stream.applySnapshot(answer(90), 0)), ["=e1:90"]);
  assert.deepEqual(stream.takeRequest(0), { topic: ORDERS });
  assert.deepEqual(told(stream.applySnapshot(answer(1, { epoch: "e2" }), 0)), ["=e2:1"]);
});

test("after a loss a lossless topic resumes where it was, and nothing comes twice", () => {
  const stream = following(ORDERS);
  stream.lose();

  assert.deepEqual(stream.offer(event(11), 0), []);

  stream.begin(5000);

  assert.deepEqual(stream.takeRequest(5000), { topic: ORDERS, epoch: "e1", seq: 10 });
  stream.offer(event(13), 5000);
  stream.offer(event(14), 5000);
  assert.deepEqual(told(stream.applyEvents([event(11), event(12), event(13)], 5000)), ["+e1:11", "+e1:12", "+e1:13", "+e1:14"]);
});

test("what cannot be resumed begins anew with the snapshot", () => {
  const stream = following(ORDERS);
  stream.lose();
  stream.begin(0);
  stream.takeRequest(0);

  assert.deepEqual(told(stream.applySnapshot(answer(2, { epoch: "e2" }), 0)), ["=e2:2"]);
});

test("after a loss a gapped topic takes a new snapshot", () => {
  const stream = following(TRADES);
  stream.lose();
  stream.begin(0);

  assert.deepEqual(stream.takeRequest(0), { topic: TRADES });
});

test("a step of a lossless topic is resumed from before it", () => {
  const stream = following(ORDERS);
  stream.offer(event(13), 0);

  assert.deepEqual(stream.takeRequest(0), { topic: ORDERS, epoch: "e1", seq: 10 });
  assert.deepEqual(told(stream.applyEvents([event(11), event(12), event(13)], 0)), ["+e1:11", "+e1:12", "+e1:13"]);
});

test("a conflated topic is whole in each event: steps and new epochs are applied, waiting for nothing", () => {
  const stream = new TopicStream(QUOTE);
  stream.begin(0);
  stream.takeRequest(0);

  assert.deepEqual(told(stream.offer(event(20), 0)), ["+e1:20"]);
  assert.deepEqual(told(stream.applySnapshot(answer(19), 0)), []);
  assert.deepEqual(told(stream.offer(event(25), 0)), ["+e1:25"]);
  assert.deepEqual(told(stream.offer(event(3, { epoch: "e2" }), 0)), ["+e2:3"]);
  assert.equal(stream.isFollowing, true);
});

test("of another epoch, the stream of a conflated topic is right against an answer that it overtook", () => {
  const stream = new TopicStream(QUOTE);
  stream.begin(0);
  stream.takeRequest(0);
  stream.offer(event(1, { epoch: "e2" }), 0);

  assert.deepEqual(stream.applySnapshot(answer(50), 0), []);
  assert.deepEqual(stream.position, { epoch: "e2", seq: 1 });
});

test("of another epoch, the answer of a conflated topic is right against what was before it was asked", () => {
  const stream = following(QUOTE, 50);
  stream.lose();
  stream.begin(0);
  stream.takeRequest(0);

  assert.deepEqual(told(stream.applySnapshot(answer(1, { epoch: "e2" }), 0)), ["=e2:1"]);
});

test("a conflated topic that has streamed needs no answer any more", () => {
  const stream = new TopicStream(QUOTE);
  stream.begin(0);
  stream.offer(event(20), 0);

  assert.deepEqual([stream.takeRequest(0), stream.isFollowing], [null, true]);
});

test("a conflated topic resumes with its newest event", () => {
  const stream = following(QUOTE);
  stream.lose();
  stream.begin(0);

  assert.deepEqual(stream.takeRequest(0), { topic: QUOTE, epoch: "e1", seq: 10 });
  assert.deepEqual(told(stream.applyEvents([event(40)], 0)), ["+e1:40"]);
});

test("a request that may succeed later is made again, later each time, and not before the gateway says", () => {
  const stream = new TopicStream(ORDERS);
  stream.begin(0);
  stream.takeRequest(0);
  stream.fail({ retry: true, details: { retry_after_ms: 700 } }, 0);

  assert.deepEqual([stream.takeRequest(699), stream.takeRequest(700)], [null, { topic: ORDERS }]);

  stream.fail(RETRY, 700);

  assert.deepEqual([stream.takeRequest(REPAIR_MS - 1), stream.takeRequest(REPAIR_MS)], [null, { topic: ORDERS }]);

  stream.fail(RETRY, REPAIR_MS);

  assert.deepEqual([stream.takeRequest(2999), stream.takeRequest(3000)], [null, { topic: ORDERS }]);
});

test("a resume that may succeed later stays one, so that nothing is lost", () => {
  const stream = following(ORDERS);
  stream.lose();
  stream.begin(0);
  stream.takeRequest(0);
  stream.fail(RETRY, 0);

  assert.deepEqual(stream.takeRequest(0), { topic: ORDERS, epoch: "e1", seq: 10 });
});

test("a resume that is refused becomes a snapshot, and a refused snapshot is the last word", () => {
  const stream = following(ORDERS);
  stream.lose();
  stream.begin(0);
  stream.takeRequest(0);

  assert.equal(stream.fail(NEVER, 0), false);
  assert.deepEqual(stream.takeRequest(0), { topic: ORDERS });
  assert.equal(stream.fail(NEVER, 0), true);
  assert.deepEqual([stream.offer(event(11), 0), stream.takeRequest(1e9)], [[], null]);

  stream.begin(0);

  assert.notEqual(stream.takeRequest(0), null);
});

test("a conflated topic goes on where its snapshot is refused", () => {
  const stream = new TopicStream(QUOTE);
  stream.begin(0);
  stream.takeRequest(0);
  stream.fail(NEVER, 0);

  assert.deepEqual(told(stream.offer(event(3), 0)), ["+e1:3"]);
});

test("what waits for an answer is bounded, and what goes is seen to be missing", () => {
  const stream = following(ORDERS, 0);
  stream.lose();
  stream.begin(0);
  stream.takeRequest(0);
  for (let seq = 1; seq <= MOST_HELD + 1; seq += 1) {
    stream.offer(event(seq), 0);
  }

  assert.deepEqual(told(stream.applyEvents([], 0)), []);
  assert.deepEqual(stream.takeRequest(0), { topic: ORDERS, epoch: "e1", seq: 0 });
});

test("a topic that is behind what the gateway told some time ago is repaired", () => {
  const request = (topic, place) => {
    const stream = following(topic);
    stream.reconcile({ epoch: "e1", seq: 11, ...place }, 0);
    return stream.takeRequest(0);
  };

  assert.deepEqual(request(TRADES), { topic: TRADES });
  assert.deepEqual(request(ORDERS), { topic: ORDERS, epoch: "e1", seq: 10 });
  assert.deepEqual(request(QUOTE), { topic: QUOTE });
  assert.deepEqual(request(QUOTE, { epoch: "e2", seq: 1 }), { topic: QUOTE });
  assert.equal(request(TRADES, { seq: 10 }), null);
});

test("a topic that knows nothing yet is behind whatever was told", () => {
  const stream = new TopicStream(QUOTE);
  stream.begin(0);
  stream.takeRequest(0);
  stream.applyEvents([], 0);

  stream.reconcile({ epoch: "e1", seq: 1 }, 0);

  assert.deepEqual(stream.takeRequest(0), { topic: QUOTE });
});

/** A topic's owner, and a network between it and the client that loses, repeats and cuts, by a seed. */
function driveAtRandom(topic, seed) {
  let state = seed;
  const random = (below) => (state = (state * 48271) % 2147483647) % below;
  const stream = new TopicStream(topic);
  const isConflated = deliveryOf(topic) === "conflated";
  const owner = { epoch: 1, seq: 1 };
  let [nowMs, shown] = [0, null];
  let pending = null;
  const envelope = (type) => ({ type, epoch: `e${owner.epoch}`, seq: owner.seq, payload: {} });
  const apply = (deliveries) => {
    for (const { isSnapshot, envelope: one } of deliveries) {
      const isNext = isConflated || isSnapshot || (shown.epoch === one.epoch && shown.seq + 1 === one.seq);
      assert.ok(isNext, `${topic}, seed ${seed}: ${one.epoch}:${one.seq} after ${shown?.epoch}:${shown?.seq}`);
      shown = { epoch: one.epoch, seq: one.seq };
    }
  };
  const answerPending = () => {
    const asked = pending;
    pending = null;
    if (asked?.epoch === `e${owner.epoch}`) {
      const all = Array.from({ length: owner.seq - asked.seq }, (_, place) => ({ ...envelope("delta"), seq: asked.seq + place + 1 }));
      apply(stream.applyEvents(isConflated ? all.slice(-1) : all, nowMs));
    } else if (asked) {
      apply(stream.applySnapshot(envelope("snapshot"), nowMs));
    }
  };
  const publish = (canLose) => {
    owner.seq += 1;
    for (let copy = canLose && random(4) === 0 ? 0 : 1 + (random(5) === 0); copy > 0; copy -= 1) {
      apply(stream.offer(envelope("delta"), nowMs));
    }
  };
  const steps = [
    () => publish(true),
    () => publish(true),
    answerPending,
    () => {
      pending = null;
      stream.lose();
      stream.begin(nowMs);
    },
    () => {
      Object.assign(owner, { epoch: owner.epoch + 1, seq: 1 });
      apply(stream.offer(envelope("snapshot"), nowMs));
    },
    () => {
      pending = null;
      stream.fail(RETRY, nowMs);
    },
  ];
  stream.begin(0);
  for (let step = 0; step < 200; step += 1) {
    nowMs += random(500);
    pending = stream.takeRequest(nowMs) ?? pending;
    steps[random(12) < 9 ? random(3) : random(steps.length)]();
  }
  // The network is good again.
  for (let step = 0; step < 400 && !(stream.isFollowing && step > 2); step += 1) {
    nowMs += 1000;
    pending = stream.takeRequest(nowMs) ?? pending;
    answerPending();
    publish(false);
  }
  return { shown, owner, seed };
}

for (const topic of [TRADES, ORDERS, QUOTE]) {
  test(`whatever is lost, repeated or cut, ${topic} is shown in order and ends where its owner is`, () => {
    for (let seed = 1; seed <= 300; seed += 1) {
      const { shown, owner } = driveAtRandom(topic, seed);

      assert.deepEqual(shown, { epoch: `e${owner.epoch}`, seq: owner.seq }, `seed ${seed}`);
    }
  });
}
