import assert from "node:assert/strict";
import { test } from "node:test";

import { needsToken, newsText, secondsToRetry, stateWords } from "../../../../../web/kit/endings.js";

const state = (fields) => ({ phase: "waiting", isReturning: true, ending: null, awayMs: null, retryMs: 0, ...fields });

test("the state is told in a word, and a first attempt is no return", () => {
  const words = ["connecting", "live", "waiting", "ended"].map((phase) => stateWords(state({ phase })));

  assert.deepEqual(words, ["Reconnecting", "Live", "Reconnecting", "Disconnected"]);
  assert.equal(stateWords(state({ phase: "connecting", isReturning: false })), "Connecting");
  assert.equal(stateWords(state({ phase: "ended", ending: { reason: "signed_out" } })), "Signed out");
});

test("an ending is told by its reason", () => {
  const news = (ending) => newsText(state({ ending }), null);

  assert.equal(news({ reason: "tapecast.close.token_expired", code: 4001 }), "The sign-in has expired.");
  assert.equal(news({ reason: "silent" }), "The network went silent.");
});

test("a close without a reason is told by its code", () => {
  assert.equal(newsText(state({ ending: { reason: "", code: 4012 } }), null), "The gateway is restarting.");
});

test("a refusal gives the gateway's own message, of the session as of the prices", () => {
  assert.equal(newsText(state({ ending: { reason: "refused", message: "too many" } }), null), "The gateway refused: too many");
  const closed = { reason: "refused", code: 4013, message: "back at noon" };
  assert.equal(newsText(state({ ending: closed }), null), "The gateway is under maintenance: back at noon");
  assert.equal(newsText(state({ phase: "live" }), { message: "closed" }), "The gateway refused: closed");
});

test("a gateway that needs a token says so, and nothing goes on without", () => {
  const comeBack = "with a new token";
  const ended = state({ phase: "ended", ending: { reason: "refused", message: "sign in", comeBack } });

  assert.equal(newsText(ended, null), "The gateway needs a token: sign in");
  assert.equal(needsToken(ended), true);
  assert.equal(needsToken(state({ phase: "waiting", ending: { comeBack } })), false);
  assert.equal(needsToken(state({ phase: "ended", ending: { comeBack: "no" } })), false);
  assert.equal(needsToken(state({ phase: "ended" })), false);
});

test("that nobody is signed in is no news", () => {
  assert.equal(newsText(state({ phase: "ended", ending: { reason: "signed_out" } }), null), "");
});

test("an ending that nobody knows tells what there is of it", () => {
  const news = (ending) => newsText(state({ ending }), null);

  assert.equal(news({ reason: "failed", message: "no such host" }), "The connection ended: no such host.");
  assert.equal(news({ reason: "closed" }), "The connection ended: closed.");
});

test("whoever is back says for how long nothing was heard, and nothing where there is no news", () => {
  assert.equal(newsText(state({ phase: "live", awayMs: 4200 }), null), "Back after 4 s.");
  assert.equal(newsText(state({ phase: "live", awayMs: 10 }), null), "Back after 1 s.");
  assert.equal(newsText(state({ phase: "live", ending: { reason: "unreachable" } }), null), "");
  assert.equal(newsText(state({ phase: "connecting" }), null), "");
});

test("the wait is told in whole seconds, and only while there is one", () => {
  assert.equal(secondsToRetry(state({ retryMs: 2000 }), 1000), 1);
  assert.equal(secondsToRetry(state({ retryMs: 2000 }), 5000), 0);
  assert.equal(secondsToRetry(state({ phase: "live", retryMs: 2000 }), 1000), null);
});
