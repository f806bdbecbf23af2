import assert from "node:assert/strict";
import { test } from "node:test";

import { AlertLog, alertTitle } from "../../../../../web/console/operational-alerts.js";

function alert(key, changes = {}) {
  return { type: "operational", dedup_key: key, state: "open", severity: "warning", since: "1", at: "1", ...changes };
}

const keys = (alerts) => alerts.map(({ dedup_key: key }) => key);

test("what is open is told the worst first, and among those the one that began last", () => {
  const log = new AlertLog();
  log.restore({
    open: [
      alert("old", { since: "1" }),
      alert("new", { since: "2" }),
      alert("worst", { severity: "critical" }),
      alert("older", { since: "0" }),
    ],
  });

  assert.deepEqual(keys(log.open), ["worst", "new", "old", "older"]);
});

test("what is over is told the newest first, whatever else is on the topic", () => {
  const log = new AlertLog();
  const audit = { type: "audit", action: "admin.broadcast" };
  log.restore({ open: [], alerts: [alert("a", { state: "noted" }), audit, alert("b"), alert("c", { state: "resolved" })] });

  assert.deepEqual(keys(log.past), ["c", "a"]);
  assert.deepEqual(log.open, []);
});

test("an alert is open until it is resolved, and gets worse as the same one", () => {
  const log = new AlertLog();
  log.apply(alert("part:market"));
  log.apply(alert("part:market", { severity: "critical" }));
  log.apply({ type: "audit", action: "admin.broadcast" });
  assert.deepEqual(log.open.map(({ severity }) => severity), ["critical"]);

  log.apply(alert("part:market", { state: "resolved" }));
  assert.deepEqual([log.open.length, keys(log.past)], [0, ["part:market"]]);
});

test("a new snapshot forgets what was, and fifty are all that is kept", () => {
  const log = new AlertLog();
  for (let count = 0; count < 60; count += 1) {
    log.apply(alert(`${count}`, { state: "noted" }));
  }
  assert.deepEqual([log.past.length, log.past[0].dedup_key], [50, "59"]);

  log.restore({});
  assert.deepEqual([log.open, log.past], [[], []]);
});

test("an alert is called in words", () => {
  assert.equal(alertTitle({ alert_type: "container_restarted" }), "container restarted");
});
