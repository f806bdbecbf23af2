import assert from "node:assert/strict";
import { test } from "node:test";

import { MOST_CHARACTERS, filledPath, prettyText, refusalText, schemaRows, tookText } from "../../../../../web/docs/results.js";

test("a value is shown over several lines, text as it is", () => {
  assert.equal(prettyText({ a: [1] }), '{\n  "a": [\n    1\n  ]\n}');
  assert.equal(prettyText("as it is"), "as it is");
});

test("what is too long is cut, and says so", () => {
  assert.equal(prettyText("x".repeat(MOST_CHARACTERS + 7)), `${"x".repeat(MOST_CHARACTERS)}\n... and 7 characters more`);
});

test("a refusal says its code, the time it took, and whether to try again", () => {
  assert.equal(tookText(1.234), "1.2 ms");
  assert.equal(
    refusalText({ code: "unavailable", message: "away", retry: true }, 2),
    "unavailable in 2.0 ms: away (the same call can succeed later)",
  );
  assert.match(refusalText({ code: "unknown_topic", message: "no", retry: false }, 2), /\(the same call will not succeed\)$/);
});

test("what varies in a path is filled in, and its slashes stay", () => {
  assert.equal(filledPath("/api/prices/{instrument}", "BTC/USDT"), "/api/prices/BTC/USDT");
  assert.equal(filledPath("/api/prices/{instrument}", "a b?"), "/api/prices/a%20b%3F");
});

test("a schema is rows, whatever it refers to or repeats", () => {
  const schemas = {
    Part: { type: "object", properties: { state: { type: "string", enum: ["up", "down"] } } },
    Health: {
      type: "object",
      properties: {
        parts: { type: "array", items: { $ref: "#/components/schemas/Part" }, description: "all" },
        age: { type: ["integer", "null"] },
        queues: { type: "object", additionalProperties: { type: "integer" } },
        away: { type: "array", items: { type: "string" } },
      },
    },
  };

  assert.deepEqual(schemaRows({ $ref: "#/components/schemas/Health" }, schemas), [
    { name: "parts", type: "array of object", content: "all" },
    { name: "parts[].state", type: "string: up, down", content: "" },
    { name: "age", type: "integer or null", content: "" },
    { name: "queues", type: "object", content: "" },
    { name: "queues.*", type: "integer", content: "" },
    { name: "away", type: "array of string", content: "" },
  ]);
  assert.deepEqual(schemaRows({ type: "object" }, schemas), []);
});
