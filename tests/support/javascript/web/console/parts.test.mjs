import assert from "node:assert/strict";
import { test } from "node:test";

import { partName, summaryOf, worstFirst } from "../../../../../web/console/parts.js";

const part = (name, state = "up") => ({ name, state, reason: "" });

test("parts are called by what they are", () => {
  const names = ["router", "journal:trading", "feed:binance", "keys", "users"].map(partName);
  assert.deepEqual(names, ["Router", "Journal of trading", "Feed binance", "Keys of tokens", "User directory"]);
});

test("the worst comes first, the others as they are listed", () => {
  const parts = [part("router"), part("market", "degraded"), part("trading"), part("keys", "down")];
  assert.deepEqual(worstFirst(parts).map(({ name }) => name), ["keys", "market", "router", "trading"]);
});

test("all of them are one sentence", () => {
  assert.deepEqual(summaryOf([part("a"), part("b")]), { text: "All 2 parts are up", tone: "good" });
  assert.deepEqual(summaryOf([part("a")]), { text: "The one part is up", tone: "good" });
  assert.deepEqual(summaryOf([part("a", "degraded"), part("b"), part("c", "down")]), {
    text: "Of 3 parts, 1 down, 1 degraded",
    tone: "bad",
  });
  assert.deepEqual(summaryOf([part("a", "degraded"), part("b")]), { text: "Of 2 parts, 1 degraded", tone: "warn" });
});
