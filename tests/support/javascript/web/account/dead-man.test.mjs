import assert from "node:assert/strict";
import { test } from "node:test";

import { DeadMan, phaseTold } from "../../../../../web/account/dead-man.js";

function armed(afterMs = 30_000) {
  const switched = new DeadMan();
  switched.want(afterMs);
  switched.hold({ after_ms: afterMs, armed_sessions: 1 });
  return switched;
}

test("it is off until somebody wants it", () => {
  const switched = new DeadMan();

  assert.deepEqual([switched.phase, switched.return()], ["off", null]);
  assert.match(switched.words, /orders stay/);
});

test("it is armed once the gateway says so", () => {
  const switched = new DeadMan();

  assert.equal(switched.want(30_000), 30_000);
  assert.deepEqual([switched.phase, switched.words], ["arming", "Being armed."]);

  switched.hold({ after_ms: 30_000, armed_sessions: 2 });

  assert.deepEqual([switched.phase, switched.armedSessions], ["armed", 2]);
  assert.equal(switched.words, "Once this page has been gone for 30 s, all of your open orders are cancelled.");
});

test("it is lost with its session, and the next one is armed again", () => {
  const switched = armed(60_000);

  switched.lose();

  assert.equal(switched.phase, "lost");
  assert.match(switched.words, /^The connection is lost.*within 1 min/);
  assert.equal(switched.return(), 60_000);
  assert.match(switched.words, /being armed again/);

  switched.hold({ after_ms: 60_000, armed_sessions: 1 });

  assert.match(switched.words, /^Armed again after the connection was lost. Once/);
  assert.equal(switched.return(), null);
});

test("what is disarmed stays off over a loss", () => {
  const switched = armed();

  assert.equal(switched.want(0), 0);
  assert.deepEqual([switched.phase, switched.words], ["disarming", "Being disarmed."]);
  switched.hold({ after_ms: 0, armed_sessions: 0 });
  switched.lose();

  assert.deepEqual([switched.phase, switched.return()], ["off", null]);
});

test("a refusal is told", () => {
  const switched = new DeadMan();
  switched.want(30_000);

  switched.refuse();

  assert.deepEqual([switched.phase, phaseTold("refused").text], ["refused", "Not armed"]);
  assert.match(switched.words, /could not be armed/);

  switched.want(0);

  assert.equal(switched.phase, "off");
});

test("what was refused is not lost with the connection, since no order would be cancelled", () => {
  const switched = new DeadMan();
  switched.want(30_000);
  switched.refuse();

  switched.lose();

  assert.deepEqual([switched.phase, switched.return()], ["refused", null]);
});

test("what could not be disarmed is armed still", () => {
  const switched = armed();
  switched.want(0);

  switched.refuse();

  assert.equal(switched.phase, "armed");
  assert.match(switched.words, /gone for 30 s/);
  switched.lose();
  assert.equal(switched.return(), 30_000);
});

test("what became of the user's switches is told", () => {
  const switched = new DeadMan();
  const heard = (event) => {
    switched.hear(event);
    return switched.news;
  };

  assert.equal(heard({ event: "token_renewed" }), "");
  assert.equal(heard({ event: "switch_lost" }), "An armed session was lost.");
  assert.equal(heard({ event: "switch_stopped" }), "Back in time: no order was cancelled.");
  assert.equal(heard({ event: "switch_fired", cancelled_orders: 1 }), "A switch has fired: 1 order cancelled.");
  assert.equal(heard({ event: "switch_fired", cancelled_orders: null }), "A switch has fired: 0 orders cancelled.");
});

test("nothing stays of the one who is forgotten", () => {
  const switched = armed();
  switched.hear({ event: "switch_lost" });

  switched.forget();

  assert.deepEqual([switched.phase, switched.wantedMs, switched.armedSessions, switched.news], ["off", 0, 0, ""]);
});

test("each phase has a word and a tone", () => {
  assert.deepEqual(phaseTold("armed"), { text: "Armed", tone: "good" });
});
