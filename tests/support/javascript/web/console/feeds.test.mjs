import assert from "node:assert/strict";
import { test } from "node:test";

import * as feeds from "../../../../../web/console/feeds.js";

const feed = { venue: "sim" };

test("a feed's age, clock and instruments are told in words", () => {
  assert.deepEqual([null, 12, 90_000].map(feeds.lastMessageText), ["nothing yet", "less than 1 s ago", "1 min ago"]);
  const offsets = [null, 0, 12.34, -0.5].map(feeds.offsetText);
  assert.deepEqual(offsets, ["–", "none", "ours is 12.3 ms ahead", "ours is 0.5 ms behind"]);
  assert.deepEqual([null, 1200].map(feeds.followedText), ["all that it has", "1,200"]);
});

test("every question names its feed, and asks why", () => {
  const questions = [
    feeds.preferQuestion(feed),
    feeds.endPreferenceQuestion(feed),
    feeds.addQuestion(feed),
    feeds.removeQuestion(feed, ["BTCUSDT"]),
  ];
  for (const { object, fields } of questions) {
    assert.equal(object, "Feed sim");
    assert.equal(fields.at(-1).name, "reason");
  }
  assert.deepEqual(questions.map(({ isDestructive = false }) => isDestructive), [false, false, false, true]);
  assert.deepEqual(questions[3].fields[0].suggestions, ["BTCUSDT"]);
});

test("instruments are named with commas or blanks between them, each once", () => {
  const [{ read, check }] = feeds.addQuestion(feed).fields;
  assert.deepEqual(read("BTCUSDT, ETHUSDT  BTCUSDT"), ["BTCUSDT", "ETHUSDT"]);
  assert.equal(check(["A"]), null);
  assert.equal(check(read(",")), "At least one is needed.");
});

test("a preference tells until when, and for how many it is so already", () => {
  const until = "2026-01-01T14:30:00.000000Z";
  assert.equal(
    feeds.preferredText({ venue: "sim", until, taken: 3, instruments: 12 }),
    "sim is preferred until 14:30:00 UTC: 3 of 12 prices come from it already.",
  );
  assert.equal(feeds.preferredText({ venue: "sim", until: null, taken: 0, instruments: 0 }), "sim is not preferred any more.");
});

test("changes of instruments tell which, how many there are then, and whether it is written down", () => {
  const names = Array.from({ length: 14 }, (_, place) => `I${place}`);
  assert.equal(
    feeds.addedText({ venue: "sim", added: ["A", "B"], instruments: 3, kept: true }),
    "sim follows A, B now, 3 instruments in all.",
  );
  assert.match(feeds.addedText({ venue: "sim", added: names, instruments: 14, kept: true }), /I11 and 2 more now/);
  assert.match(feeds.addedText({ venue: "sim", added: [], instruments: 1, kept: true }), /follows them already/);
  assert.equal(
    feeds.removedText({ venue: "sim", removed: ["A"], instruments: 1, kept: false }),
    "sim does not follow A any more; 1 instrument is left. " +
      "It could not be written down: a new start of the market follows what it did before.",
  );
  const nothing = feeds.removedText({ venue: "sim", removed: [], instruments: 2, kept: true });
  assert.equal(nothing, "sim did not follow any of them; 2 instruments are left.");
});
