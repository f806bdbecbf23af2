import assert from "node:assert/strict";
import { test } from "node:test";

import {
  accessText,
  foundText,
  isFound,
  isReading,
  mayUse,
  namedBy,
  pathEntries,
  piecesOf,
  procedureGroups,
  topicEntries,
} from "../../../../../web/docs/contract.js";

const EVERYONE = { any_of: ["public", "trader", "risk", "issuer", "admin"], own: [] };
const OWN_USER = { any_of: ["risk", "admin"], own: ["trader", "risk", "issuer", "admin"] };
const HOLDER = { any_of: [], own: ["trader"] };

test("a family of topics is an entry that an address can name", () => {
  const told = { pattern: "tapecast.user.{user_id}.orders", name: "user.orders", content: "life", readers: OWN_USER };

  const [entry] = topicEntries({ topics: [told] });

  assert.deepEqual(entry, {
    id: "topic-user-orders",
    kind: "topic",
    title: told.pattern,
    content: "life",
    access: OWN_USER,
    accessText: "that user; risk, admin",
    told,
  });
});

test("procedures are grouped by their second word, in the contract's order", () => {
  const uris = ["tapecast.stream.get", "tapecast.orders.place", "tapecast.stream.list", "tapecast.other.thing"];
  const procedures = uris.map((uri) => ({ uri, content: uri, callers: EVERYONE }));

  const groups = procedureGroups({ procedures });

  assert.deepEqual(
    groups.map(({ name, title, entries }) => [name, title, entries.map(({ id }) => id)]),
    [
      ["stream", "Streams", ["procedure-stream-get", "procedure-stream-list"]],
      ["orders", "Orders", ["procedure-orders-place"]],
      ["other", "other", ["procedure-other-thing"]],
    ],
  );
  assert.equal(groups[0].entries[0].kind, "procedure");
});

test("a path is an entry by the name that tools give it", () => {
  const open = { operationId: "health", summary: "how it is", security: [] };
  const closed = { operationId: "price", summary: "a price", security: [{}, { token: [] }] };

  const entries = pathEntries({ paths: { "/health": { get: open }, "/api/prices/{instrument}": { get: closed } } });

  assert.deepEqual(
    entries.map(({ id, title, access, accessText: text }) => [id, title, access, text]),
    [
      ["path-health", "/health", null, "everyone"],
      ["path-price", "/api/prices/{instrument}", null, "everyone, where the gateway is public; else with a token"],
    ],
  );
});

test("who may is said in words", () => {
  assert.equal(accessText(EVERYONE), "everyone");
  assert.equal(accessText({ any_of: [...EVERYONE.any_of, "service"], own: [] }), "everyone, services too");
  assert.equal(accessText({ any_of: ["service"], own: [] }), "service");
  assert.equal(accessText(HOLDER), "trader, own account");
  assert.equal(accessText({ ...HOLDER, any_of: ["risk", "admin"] }), "trader, own account; risk, admin");
});

test("a role may for everyone, or for itself", () => {
  assert.equal(mayUse(EVERYONE, "public"), true);
  assert.equal(mayUse(HOLDER, "trader"), true);
  assert.equal(mayUse(HOLDER, "public"), false);
  assert.equal(mayUse(HOLDER, null), false);
  assert.equal(mayUse(null, null), true);
});

test("what only tells is told apart from what does something", () => {
  const reading = ["tapecast.market.get_price", "tapecast.stream.resume", "tapecast.session.info", "tapecast.session.pace"];
  const doing = ["tapecast.orders.place", "tapecast.risk.halt", "tapecast.risk.resume"];

  assert.deepEqual(reading.map(isReading), [true, true, true, true]);
  assert.deepEqual(doing.map(isReading), [false, false, false]);
});

test("a search finds what has all of its words, in any order and case", () => {
  assert.equal(isFound("tapecast.price.{instrument} one consolidated price", "Price  one"), true);
  assert.equal(isFound("tapecast.price.{instrument}", "price two"), false);
  assert.equal(isFound("anything", " "), true);
});

test("how much was found is said while something is searched", () => {
  assert.equal(foundText(3, 100, "price"), "3 of 100 entries");
  assert.equal(foundText(0, 100, "nothing"), "Nothing found");
  assert.equal(foundText(100, 100, " "), "");
});

test("what stands between backticks is code", () => {
  assert.deepEqual(piecesOf("as of `seq`"), [
    { text: "as of ", isCode: false },
    { text: "seq", isCode: true },
  ]);
});

test("an address names an entry, or nothing where it is broken", () => {
  assert.equal(namedBy("#topic-price"), "topic-price");
  assert.equal(namedBy("#a%20b"), "a b");
  assert.equal(namedBy("#50%"), "");
  assert.equal(namedBy(""), "");
});
