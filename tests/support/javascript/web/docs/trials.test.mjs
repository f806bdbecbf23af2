import assert from "node:assert/strict";
import { test } from "node:test";

import { hindranceOf, tokenProblemOf, topicHindranceOf } from "../../../../../web/docs/trials.js";

const EVERYONE = { any_of: ["public"], own: [] };
const TRADER = { any_of: ["risk"], own: ["trader", "risk"] };

test("a live session of a role that may has nothing in its way", () => {
  assert.equal(hindranceOf(EVERYONE, { phase: "live", role: "public" }), "");
  assert.equal(hindranceOf(TRADER, { phase: "live", role: "trader" }), "");
});

test("without a connection nothing can be tried", () => {
  assert.equal(hindranceOf(EVERYONE, null), "There is no connection just now.");
  assert.equal(hindranceOf(EVERYONE, { phase: "waiting", role: "public" }), "There is no connection just now.");
});

test("whoever may not is told who may", () => {
  assert.equal(hindranceOf(TRADER, { phase: "live", role: "public" }), "Sign in above as trader or risk to try this.");
});

test("a topic that is not there cannot be followed", () => {
  assert.equal(topicHindranceOf("tapecast.system.heartbeat", true), "");
  assert.equal(topicHindranceOf(null, true), "The gateway has no such topic just now.");
  assert.equal(topicHindranceOf(null, false), "Asking the gateway for its topics.");
});

test("what is wrong with a token, or with having none, is said", () => {
  const ended = { phase: "ended", ending: { reason: "refused", message: "no", comeBack: "with a new token" } };

  assert.equal(tokenProblemOf("t", ended), "The gateway does not accept this token: no.");
  assert.equal(tokenProblemOf(null, ended), "This gateway is not public: without a token nothing can be tried.");
  assert.equal(tokenProblemOf(null, { phase: "live", ending: null }), "");
});
