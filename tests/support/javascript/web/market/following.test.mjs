import assert from "node:assert/strict";
import { test } from "node:test";

import { Choice } from "../../../../../web/market/choice.js";
import { Following, venueKey } from "../../../../../web/market/following.js";

const LISTED = [
  { instrument: "BTCUSDT", venues: ["sim"] },
  { instrument: "ETHUSDT", venues: ["sim"] },
  { instrument: "GOLD", venues: [] },
];

function followed() {
  const choice = new Choice();
  const log = [];
  const follow = (client, { instrument }) => {
    log.push(`${client} follows ${instrument}`);
    return [() => log.push(`${client} leaves ${instrument}`)];
  };
  const following = new Following(choice, venueKey, follow, () => log.push("forget"));
  choice.applyInstruments(LISTED);
  log.length = 0;
  return { choice, following, log };
}

test("what is chosen is followed as soon as there is a client", () => {
  const { following, log } = followed();

  following.attach("one");

  assert.deepEqual(log, ["forget", "one follows BTCUSDT"]);
});

test("another choice ends what was followed, and what makes no difference does not", () => {
  const { choice, following, log } = followed();
  following.attach("one");
  log.length = 0;

  choice.chooseInterval("1h");
  choice.choose("ETHUSDT");
  choice.choose("GOLD");

  assert.deepEqual(log, ["one leaves BTCUSDT", "forget", "one follows ETHUSDT", "one leaves ETHUSDT", "forget"]);
});

test("another client takes the place of the one before", () => {
  const { following, log } = followed();
  following.attach("one");
  log.length = 0;

  following.attach("two");

  assert.deepEqual(log, ["one leaves BTCUSDT", "forget", "two follows BTCUSDT"]);
});
