import assert from "node:assert/strict";
import { test } from "node:test";

import { readAnswers } from "../../../../../web/kit/answers.js";
import {
  actionsOf,
  addressName,
  blockAddress,
  disconnectAddress,
  disconnectUser,
  questionOf,
  remainingText,
  restore,
  revoke,
  revokedName,
  sessionName,
  unblock,
} from "../../../../../web/console/session-actions.js";

const ALICE = { session: 123, user_id: "alice", role: "trader", address: "203.0.113.5", token_id: "t1", key_id: "k1" };
const OTHER = { ...ALICE, session: 124, token_id: "t2" };
const BOB = { session: 125, user_id: "bob", role: "trader", address: "203.0.113.5", token_id: null, key_id: "k2" };
const READER = { session: 126, user_id: "xyz", role: "public", address: null, token_id: null, key_id: null };
const ALL = [ALICE, OTHER, BOB, READER];

const numbers = (sessions) => sessions.map((one) => one.session);
const named = (label) => actionsOf(ALICE, "k1").find((action) => action.label === label);

test("what can be done goes with what a session is", () => {
  const labels = (session) => actionsOf(session, null).map((action) => action.label);

  assert.deepEqual(labels(ALICE), [
    "Disconnect this session",
    "Disconnect all of alice",
    "Disconnect all from 203.0.113.5",
    "Block 203.0.113.5",
    "Revoke this token",
    "Revoke all tokens of alice",
    "Revoke the key k1",
  ]);
  assert.deepEqual(labels(BOB).slice(-2), ["Revoke all tokens of bob", "Revoke the key k2"]);
  assert.deepEqual(labels(READER), ["Disconnect this session", "Disconnect all of xyz"]);
});

test("each action says to whom, in arguments and in words", () => {
  const told = actionsOf(ALICE, null).map(({ procedure, subject, question }) => [
    procedure.replace("tapecast.admin.", ""),
    subject,
    question.object,
  ]);

  assert.deepEqual(told, [
    ["sessions.disconnect", { session: 123 }, "Session 123 of alice from 203.0.113.5"],
    ["sessions.disconnect", { user_id: "alice" }, "Every session of alice"],
    ["sessions.disconnect", { address: "203.0.113.5" }, "Every session from 203.0.113.5"],
    ["addresses.block", { address: "203.0.113.5" }, "Everybody from 203.0.113.5"],
    ["tokens.revoke", { token_id: "t1" }, "Token t1 of alice"],
    ["tokens.revoke", { user_id: "alice" }, "Every token of alice issued until now"],
    ["tokens.revoke", { key_id: "k1" }, "Every token signed by the key k1"],
  ]);
  assert.equal(sessionName(READER), "Session 126 of xyz from the gateway’s own machine");
});

test("whom it ends is told of all sessions", () => {
  const concerned = actionsOf(ALICE, null).map((action) => numbers(action.concerned(ALL)));

  assert.deepEqual(concerned, [[123], [123, 124], [123, 124, 125], [123, 124, 125], [123], [123, 124], [123, 124]]);
  assert.deepEqual(numbers(revoke("user_id", "xyz", null).concerned(ALL)), [], "who has no token keeps the session");
});

test("a question counts whom it ends before it says what that means", () => {
  const action = disconnectUser("alice");

  assert.match(questionOf(action, [ALICE, OTHER], null).consequence, /^It ends 2 sessions now\. Whoever has/);
  assert.match(questionOf(action, [], null).consequence, /^It ends nobody’s session now\. /);
  assert.match(questionOf(action, [ALICE], 123).consequence, /^It ends 1 session now, and yours is one of them: /);
});

test("an address spares the operator's own session, and says so", () => {
  const question = questionOf(disconnectAddress("203.0.113.5"), [ALICE, OTHER, BOB], 123);

  assert.match(question.consequence, /^It ends 2 sessions now; yours is from there, too, and is left out\. /);
});

test("what came of it is told with the number, and whether one's own is among them", () => {
  const disconnected = disconnectUser("alice").done;

  assert.equal(disconnected({ count: 2, own: false }), "Disconnected 2 sessions.");
  assert.equal(disconnected({ count: 1, own: true }), "Disconnected 1 session, yours among them.");
  assert.equal(disconnected({ count: 0, own: false }), "Disconnected nobody’s session.");
  const block = blockAddress("203.0.113.0/24");
  assert.equal(block.done({ address: "203.0.113.0/24", count: 0 }), "Blocked 203.0.113.0/24; it ended nobody’s session.");
  assert.equal(named("Revoke this token").done({ count: 1 }), "Revoked this token; it ended 1 session.");
});

test("a block asks for how long, and everything for a reason", () => {
  assert.deepEqual(blockAddress("::1").question.fields.map(({ name }) => name), ["duration_s", "reason"]);
  for (const action of actionsOf(ALICE, null)) {
    assert.ok(action.question.fields.some(({ name }) => name === "reason"));
    assert.ok(action.question.isDestructive);
  }
});

test("the key of one's own token has to be named twice", () => {
  const { fields } = named("Revoke the key k1").question;
  const answered = (confirm) => readAnswers(fields, { reason: "lost", confirm });

  assert.deepEqual(answered("k1"), { values: { reason: "lost", confirm: "k1" }, faults: {} });
  assert.deepEqual(answered("k2").faults, { confirm: "Expected k1." });
  assert.equal(revoke("key_id", "k2", "k1").question.fields.length, 1);
  assert.equal(revoke("user_id", "k1", "k1").question.fields.length, 1);
});

test("what is taken back is asked without a count, and concerns nobody who is connected", () => {
  const block = unblock("203.0.113.5");
  const question = questionOf(block, block.concerned(ALL), 123);

  assert.equal(question, block.question);
  assert.equal(question.isDestructive, false);
  assert.deepEqual([block.subject, block.done({})], [{ address: "203.0.113.5" }, "Unblocked 203.0.113.5."]);
});

test("a network of one address is called by that", () => {
  const names = ["203.0.113.5/32", "203.0.113.0/24", "2001:db8::1/128", "2001:db8::/32"].map(addressName);

  assert.deepEqual(names, ["203.0.113.5", "203.0.113.0/24", "2001:db8::1", "2001:db8::/32"]);
  assert.equal(unblock("203.0.113.5/32").subject.address, "203.0.113.5/32");
  assert.equal(unblock("203.0.113.5/32").done({}), "Unblocked 203.0.113.5.");
});

test("a revocation is restored by the one name that it has", () => {
  const none = { token_id: null, user_id: null, key_id: null };
  const restored = [{ token_id: "t1" }, { user_id: "alice" }, { key_id: "k1" }].map((name) => restore({ ...none, ...name }));

  assert.deepEqual(
    restored.map(({ subject }) => subject),
    [{ token_id: "t1" }, { user_id: "alice" }, { key_id: "k1" }],
  );
  assert.deepEqual(
    restored.map((action) => action.done({})),
    ["Restored the token t1.", "Restored all tokens of alice.", "Restored the key k1."],
  );
  assert.equal(restored[0].question.object, "Token t1");
  assert.deepEqual(
    [{ token_id: "t1" }, { user_id: "alice" }, { key_id: "k1" }].map((name) => revokedName({ ...none, ...name })),
    ["token t1", "user alice", "key k1"],
  );
});

test("how long something holds is told in its largest unit", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  const remaining = (end) => remainingText({ expires_at: end }, now);

  assert.equal(remaining(null), "for ever");
  assert.equal(remaining("2026-01-01T00:00:30Z"), "30 s more");
  assert.equal(remaining("2026-01-01T00:14:59.5Z"), "15 min more");
  assert.equal(remaining("2026-01-01T02:30:00Z"), "2 h more");
  assert.equal(remaining("2026-01-08T01:00:00Z"), "7 days more");
  assert.equal(remaining("2025-12-31T00:00:00Z"), "0 s more");
});
