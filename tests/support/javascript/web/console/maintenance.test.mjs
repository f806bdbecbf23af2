import assert from "node:assert/strict";
import { test } from "node:test";

import * as maintenance from "../../../../../web/console/maintenance.js";

const now = Date.parse("2026-01-01T15:00:00Z");
const since = "2026-01-01T14:30:00.000000Z";
const sessions = { public: 10, trader: 2, risk: 0, issuer: 0, service: 1, admin: 3 };

test("the state says who is let in, what is refused, who began it and why", () => {
  const state = { active: true, roles: ["admin"], refuse: [], since, by: "olga", reason: "upgrade" };
  assert.equal(maintenance.stateText({ active: false }, now), "There is none: whoever may come in comes in.");
  assert.equal(maintenance.stateText(state, now), "Since 14:30:00 UTC operators alone are let in. Begun by olga: upgrade");
  assert.equal(
    maintenance.stateText({ ...state, roles: ["admin", "risk"], refuse: ["orders"] }, now),
    "Since 14:30:00 UTC only operators and risk are let in, and requests of orders are refused. Begun by olga: upgrade",
  );
});

test("the question says whose sessions it would end", () => {
  const question = (choice, known) => maintenance.beginQuestion({ roles: [], refuse: [], ...choice }, known);
  assert.equal(question({}, sessions).consequence, "It ends 13 sessions at once: 10 public, 2 trader, 1 service.");
  assert.equal(question({ roles: ["public", "trader"] }, sessions).consequence, "It ends 1 session at once: 1 service.");
  assert.equal(question({}, { admin: 3 }).consequence, "It ends nobody’s session now.");
  assert.equal(question({}, null).consequence, "How many sessions it ends is not known now.");
  assert.equal(
    question({ roles: ["risk"], refuse: ["orders", "bots"] }, null).object,
    "The whole gateway: operators and risk may stay connected; requests of orders, bots are refused",
  );
  assert.equal(question({}, null).object, "The whole gateway: operators alone may stay connected");
  assert.equal(question({}, null).isDestructive, true);
});

test("ending it and changing a level ask first, and why", () => {
  assert.equal(maintenance.endQuestion().fields[0].name, "reason");
  assert.match(maintenance.levelQuestion("debug").object, /from debug on/);
  assert.deepEqual(maintenance.levelQuestion("debug").fields.map(({ name }) => name), ["duration_s", "reason"]);
});

test("results are told", () => {
  assert.equal(maintenance.begunText({ count: 2 }), "Maintenance has begun; 2 sessions ended for it.");
  assert.equal(maintenance.begunText({ count: 0 }), "Maintenance has begun; nobody’s session ended for it.");
  assert.equal(maintenance.endedMaintenanceText({ ended: true }), "Maintenance has ended: everybody may come in again.");
  assert.equal(maintenance.endedMaintenanceText({ ended: false }), "There was none.");
  const told = { level: "debug", until: since, processes: ["router", "market"], away: [] };
  assert.equal(maintenance.levelText(told, now), "router, market write from debug on, until 14:30:00 UTC.");
  assert.match(maintenance.levelText({ ...told, away: ["trading"] }, now), /Away, and not told: trading\.$/);
});
