import assert from "node:assert/strict";
import { test } from "node:test";

import { Alerts, careText, isGrave, seenText, severityTold, tallyText, typeText, valuesText } from "../../../../../web/account/alerts.js";

const alert = (name, fields) => ({
  alert_id: name,
  event: "raised",
  state: "open",
  severity: "warning",
  message: `about ${name}`,
  last_seen: "2026-01-01T12:00:00Z",
  resolved_at: null,
  ...fields,
});
const names = (alerts) => alerts.map(({ alert_id: name }) => name);
const moment = (iso) => iso.slice(11, 16);

function having(...open) {
  const alerts = new Alerts();
  alerts.applySnapshot({ alerts: open, unresolved: open.length });
  return alerts;
}

test("the gravest that nobody looks after comes first, and of equals the newest", () => {
  const alerts = having(
    alert("a"),
    alert("b", { severity: "critical", state: "acknowledged" }),
    alert("c", { severity: "error" }),
    alert("d", { last_seen: "2026-01-01T13:00:00Z" }),
    alert("e", { last_seen: "2026-01-01T11:00:00Z" }),
  );

  assert.deepEqual(names(alerts.open), ["c", "d", "a", "e", "b"]);
});

test("more may be open than are told", () => {
  const alerts = new Alerts();

  alerts.applySnapshot({ alerts: [alert("a")], unresolved: 700 });

  assert.equal(alerts.unresolved, 700);

  alerts.applySnapshot({ alerts: [alert("a")] });

  assert.equal(alerts.unresolved, 1);

  alerts.applySnapshot({});

  assert.equal(alerts.unresolved, 0);
});

test("an event changes an alert, and what is new is told", () => {
  const alerts = having();

  alerts.applyEvent(alert("a"));
  alerts.applyEvent(alert("a", { event: "acknowledged", state: "acknowledged" }));

  assert.deepEqual([alerts.unresolved, alerts.open[0].state, alerts.news], [1, "acknowledged", "New alert: about a"]);
});

test("a resolved alert is over, and kept with those that are", () => {
  const alerts = having(alert("a"));

  alerts.applyEvent(alert("a", { event: "resolved", state: "resolved", resolved_at: "2026-01-01T12:05:00Z" }));
  alerts.applyEvent(alert("b", { event: "resolved", state: "resolved", resolved_at: "2026-01-01T12:06:00Z" }));
  alerts.applyPast([alert("c", { state: "resolved", resolved_at: "2026-01-01T12:04:00Z" })]);

  assert.deepEqual([alerts.unresolved, names(alerts.open), names(alerts.past)], [0, [], ["b", "a", "c"]]);
});

test("no more are kept than the gateway remembers", () => {
  const alerts = having();
  const past = Array.from({ length: 201 }, (_, place) =>
    alert(`a${place}`, { state: "resolved", resolved_at: `2026-01-01T12:00:00.${String(place).padStart(3, "0")}Z` }),
  );

  alerts.applyPast(past);

  assert.deepEqual([alerts.past.length, alerts.past[0].alert_id, alerts.past.at(-1).alert_id], [200, "a200", "a1"]);
});

test("nothing stays of the one who is forgotten", () => {
  const alerts = having(alert("a"));
  alerts.applyEvent(alert("b"));
  alerts.applyPast([alert("c", { state: "resolved" })]);

  alerts.forget();

  assert.deepEqual([alerts.open, alerts.past, alerts.unresolved, alerts.news], [[], [], 0, ""]);
});

test("a critical alert is grave until somebody looks after it", () => {
  assert.equal(isGrave(alert("a", { severity: "critical" })), true);
  assert.equal(isGrave(alert("a", { severity: "critical", state: "acknowledged" })), false);
  assert.equal(isGrave(alert("a")), false);
});

test("severity and type are words", () => {
  assert.deepEqual(severityTold("critical"), { text: "Critical", tone: "bad" });
  assert.deepEqual(severityTold("odd"), { text: "odd", tone: "none" });
  assert.equal(typeText("margin_call"), "Margin call");
});

test("values are rounded, and left out where there are none", () => {
  assert.equal(valuesText({ current_value: "1.298343241853256485", limit_value: "1.3" }), "now 1.2983, limit 1.3");
  assert.equal(valuesText({ current_value: "stale", limit_value: null }), "now stale");
  assert.equal(valuesText({ current_value: null }), "");
});

test("how often and when it was seen is told", () => {
  const seen = { first_seen: "2026-01-01T12:00:00Z", last_seen: "2026-01-01T12:05:00Z" };

  assert.equal(seenText({ ...seen, count: 1 }, moment), "seen at 12:05");
  assert.equal(seenText({ ...seen, count: 3 }, moment), "seen 3 times since 12:00, last at 12:05");
});

test("who looks after it is told, with the note", () => {
  const acknowledged = alert("a", { state: "acknowledged", acknowledged_by: "ann" });

  assert.equal(careText(acknowledged, moment), "ann looks after it");
  assert.equal(
    careText({ ...acknowledged, acknowledged_until: "2026-01-01T16:00:00Z", note: "hedging" }, moment),
    "ann looks after it until 16:00: hedging",
  );
});

test("that nobody looks after it is told once it has escalated", () => {
  assert.equal(careText(alert("a"), moment), "");
  assert.equal(careText(alert("a", { escalation_level: 1 }), moment), "Escalated once, since nobody looks after it");
  assert.equal(careText(alert("a", { escalation_level: 2 }), moment), "Escalated 2 times, since nobody looks after it");
});

test("how it ended is told", () => {
  const over = alert("a", { state: "resolved", resolved_at: "2026-01-01T12:06:00Z" });

  assert.equal(careText({ ...over, reason: "margin_call" }, moment), "Resolved at 12:06: muted by a margin call");
  assert.equal(careText({ ...over, reason: "theirs" }, moment), "Resolved at 12:06: theirs");
  assert.equal(careText(over, moment), "Resolved at 12:06");
});

test("how many are open, and how many looked after, is told", () => {
  const told = [alert("a"), alert("b", { state: "acknowledged" })];

  assert.equal(tallyText([], 0), "none open");
  assert.equal(tallyText(told, 2), "1 open, 1 acknowledged");
  assert.equal(tallyText(told, 700), "1 open, 1 acknowledged, 698 more");
});
