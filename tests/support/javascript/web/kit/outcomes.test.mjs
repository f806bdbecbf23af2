import assert from "node:assert/strict";
import { test } from "node:test";

import { countOf, refusalText } from "../../../../../web/kit/outcomes.js";

test("a refusal is told in the gateway's words and with its code", () => {
  const error = { code: "invalid_argument", message: "address: it is the one that you come from", retry: false, details: {} };

  assert.equal(refusalText(error), "Address: it is the one that you come from. (invalid_argument)");
  assert.equal(refusalText({ code: "duplicate", message: "Twice!" }), "Twice! (duplicate)");
});

test("what can succeed later is said so", () => {
  const away = { code: "unavailable", message: "the journal cannot be written", retry: true, details: {} };

  assert.equal(refusalText(away), "The journal cannot be written. It can succeed later. (unavailable)");
});

test("a limit says how long to wait, where it knows", () => {
  const often = { code: "rate_limited", message: "calls", retry: true };

  assert.equal(
    refusalText({ ...often, details: { retry_after_ms: 2_100 } }),
    "That was too often; try again in 3 s. (rate_limited)",
  );
  assert.equal(refusalText(often), "That was too often; try again later. (rate_limited)");
});

test("what a reader cannot help is said in plain words", () => {
  const said = (code) => refusalText({ code, message: "x", retry: false, details: {} });

  assert.equal(said("not_authorized"), "Who is signed in here may not do that. (not_authorized)");
  assert.equal(said("authentication_required"), "This needs a sign-in. (authentication_required)");
  assert.equal(said("internal"), "The gateway failed; its log says why. (internal)");
  assert.match(said("wamp.error.no_such_procedure"), /^This gateway has no such procedure\./);
});

test("without a connection nobody knows whether it was done", () => {
  const lost = { code: "unavailable", message: "there is no connection", retry: true, details: {} };

  assert.match(refusalText(lost), /^There is no connection\. It may have been done/);
});

test("a fault of the page's own is called one", () => {
  assert.equal(refusalText(new TypeError("x is null")), "This page failed: x is null");
});

test("a noun goes with its number", () => {
  assert.deepEqual([0, 1, 2, 5_000].map((count) => countOf(count, "session")), [
    "0 sessions",
    "1 session",
    "2 sessions",
    "5,000 sessions",
  ]);
});
