import assert from "node:assert/strict";
import { test } from "node:test";

import { explainClose, explainRefusal, explainSilence } from "../../../web/closes.js";

const OPEN = { wasOpen: true, isOnline: true };

test("a close is explained by its reason", () => {
  const ending = explainClose({ code: 4001, reason: "tapecast.close.token_expired" }, OPEN);

  assert.deepEqual(ending, { words: "The sign-in has expired.", comeBack: "with a new token" });
});

test("a close without a reason is explained by its code", () => {
  assert.equal(explainClose({ code: 4012, reason: "" }, OPEN).words, "The gateway is restarting.");
  assert.equal(explainClose({ code: 4005, reason: "" }, OPEN).comeBack, "no");
});

test("a message that was too big is one that was not understood", () => {
  assert.equal(explainClose({ code: 1009, reason: "tapecast.close.invalid_message" }, OPEN).comeBack, "no");
});

test("a bare loss is told by what is known of the network", () => {
  const lost = (circumstances) => explainClose({ code: 1006, reason: "" }, circumstances).words;

  assert.equal(lost({ wasOpen: true, isOnline: true }), "The connection was cut.");
  assert.equal(lost({ wasOpen: false, isOnline: true }), "The gateway does not answer.");
  assert.equal(lost({ wasOpen: true, isOnline: false }), "This device is offline.");
});

test("a refusal gives the gateway's own message", () => {
  const said = (error) => explainRefusal(error, { code: 1005, reason: "" });

  assert.equal(said({ errorUri: "u", argsDict: { message: "too many" } }).words, "The gateway refused: too many");
  assert.equal(said({ errorUri: "u", details: { message: "closed" } }).words, "The gateway refused: closed");
  assert.equal(said({ errorUri: "tapecast.error.x" }).words, "The gateway refused: tapecast.error.x");
  assert.equal(said({ errorUri: "u" }).comeBack, "later");
});

test("whether to come back after a refusal is told by the close that follows it", () => {
  const error = { errorUri: "tapecast.error.authentication_required" };

  assert.equal(explainRefusal(error, { code: 4001, reason: "" }).comeBack, "with a new token");
});

test("silence is the network's where the device has one", () => {
  assert.equal(explainSilence({ isOnline: true }).words, "The network went silent.");
  assert.equal(explainSilence({ isOnline: false }).words, "This device is offline.");
});
