import assert from "node:assert/strict";
import { test } from "node:test";

import * as broadcast from "../../../../../web/console/broadcast.js";

function draft(changes = {}) {
  return {
    message: " Hello. ",
    type: "incident",
    severity: "warning",
    audience: "everyone",
    topic_family: "price",
    role: "risk",
    user_id: " alice ",
    ...changes,
  };
}

test("a message is one line of a thousand characters, and one user is named", () => {
  assert.deepEqual(broadcast.faultsOf(draft()), {});
  assert.deepEqual(broadcast.faultsOf(draft({ message: "  " })), { message: "What is to be told?" });
  assert.match(broadcast.faultsOf(draft({ message: "x".repeat(1_001) })).message, /these are 1,001/);
  assert.match(broadcast.faultsOf(draft({ message: "one\ntwo" })).message, /one line/);
  assert.deepEqual(broadcast.faultsOf(draft({ audience: "user_id", user_id: " " })), { user_id: "Whom?" });
  assert.deepEqual(broadcast.faultsOf(draft({ audience: "user_id" })), {});
});

test("only the chosen audience is named to the gateway", () => {
  const said = { message: "Hello.", type: "incident", severity: "warning" };
  assert.deepEqual(broadcast.argumentsOf(draft()), said);
  assert.deepEqual(broadcast.argumentsOf(draft({ audience: "topic_family" })), { ...said, topic_family: "price" });
  assert.deepEqual(broadcast.argumentsOf(draft({ audience: "role" })), { ...said, role: "risk" });
  assert.deepEqual(broadcast.argumentsOf(draft({ audience: "user_id" })), { ...said, user_id: "alice" });
});

test("the question names who is told, and what", () => {
  const titles = ["everyone", "topic_family", "role", "user_id"].map(
    (audience) => broadcast.broadcastQuestion(draft({ audience })).title,
  );
  assert.deepEqual(titles, [
    "Tell everyone",
    "Tell everyone, as news of the topics price",
    "Tell everyone of risk",
    "Tell the user alice",
  ]);
  assert.equal(broadcast.broadcastQuestion(draft()).object, "Hello.");
});

test("the room that is left is told", () => {
  assert.equal(broadcast.roomText("12345"), "995 characters left");
  assert.equal(broadcast.roomText("x".repeat(1_010)), "10 characters too many");
});

test("the result says where, and how many followed it", () => {
  const topic = "tapecast.system.announcements";
  assert.equal(broadcast.toldText({ topic, subscribers: 1 }), `Told on ${topic}: 1 session followed it.`);
  assert.equal(broadcast.toldText({ topic, subscribers: 0 }), `Told on ${topic}: nobody follows it now.`);
});
