import assert from "node:assert/strict";
import { test } from "node:test";

import {
  KeptSignIn,
  areOfOnePerson,
  endOf,
  pastedToken,
  problemText,
  refreshProblem,
  roleProblem,
  tokenFault,
} from "../../../../../web/kit/sign-in.js";

const KEY = "tapecast.sign-in.trader";

function tokenOf(claims) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "HS256" })}.${part(claims)}.signature`;
}

const ALICE = tokenOf({ sub: "alice", role: "trader", exp: 1 });
const ALICE_LATER = tokenOf({ exp: 2, role: "trader", sub: "alice", jti: "2" });
const BOB = tokenOf({ sub: "bob", role: "trader", exp: 1 });

function storageOf(kept = {}) {
  return {
    kept,
    getItem: (key) => kept[key] ?? null,
    setItem: (key, value) => (kept[key] = value),
    removeItem: (key) => delete kept[key],
  };
}

const signIn = (storage = storageOf()) => {
  let made = 0;
  return new KeptSignIn(storage, KEY, async (user) => `${user}.${(made += 1)}.token`);
};

test("a pasted token loses what a copy brings along", () => {
  assert.equal(pastedToken(" Bearer a.b\n.c "), "a.b.c");
});

test("what is no token by its form is told before it is sent", () => {
  assert.equal(tokenFault(ALICE), "");
  assert.equal(tokenFault(""), "Paste a token.");
  assert.match(tokenFault("secret"), /^This is no token/);
});

test("tokens of one person differ in their times and names alone", () => {
  assert.equal(areOfOnePerson(ALICE, ALICE_LATER), true);
  assert.equal(areOfOnePerson(ALICE, BOB), false);
  assert.equal(areOfOnePerson(ALICE, tokenOf({ sub: "alice", role: "admin" })), false);
  assert.equal(areOfOnePerson("a.b.c", "a.b.c"), false);
});

test("only what the gateway accepted is kept, and nothing of it after signing out", () => {
  const storage = storageOf();
  const kept = signIn(storage);
  kept.use({ token: ALICE });

  assert.deepEqual(storage.kept, {});

  kept.keep();

  assert.deepEqual(signIn(storage).restore(), { token: ALICE });

  kept.forget();

  assert.deepEqual(storage.kept, {});
  assert.equal(signIn(storage).restore(), null);
});

test("what cannot be read is as good as nothing", () => {
  for (const text of ["{", "null", "{}", '{"token": 1}']) {
    assert.equal(signIn(storageOf({ [KEY]: text })).restore(), null);
  }
  assert.deepEqual(signIn(storageOf({ [KEY]: '{"demo": "alice"}' })).restore(), { demo: "alice" });
});

test("a pasted token is handed out again and again, and once where the one before is no use", async () => {
  const kept = signIn();
  await assert.rejects(kept.token({ renew: false }));
  kept.use({ token: ALICE });

  assert.equal(await kept.token({ renew: false }), ALICE);
  assert.equal(await kept.token({ renew: false }), ALICE);
  await assert.rejects(kept.token({ renew: true }), /no newer token/);

  kept.use({ token: ALICE_LATER });

  assert.equal(await kept.token({ renew: true }), ALICE_LATER);
  await assert.rejects(kept.token({ renew: true }));
});

test("a demo user has a new token whenever one is wanted", async () => {
  const kept = signIn();
  kept.use({ demo: "alice" });

  assert.equal(kept.renewsItself, true);
  assert.equal(await kept.token({ renew: false }), "alice.1.token");
  assert.equal(await kept.token({ renew: false }), "alice.1.token");
  assert.equal(await kept.token({ renew: true }), "alice.2.token");
});

test("a token that comes too late is not that of who has signed in meanwhile", async () => {
  const arrivals = {};
  const fetchToken = (user) => new Promise((resolve) => (arrivals[user] = () => resolve(`${user}.demo.token`)));
  const kept = new KeptSignIn(storageOf(), KEY, fetchToken);
  kept.use({ demo: "alice" });
  const asked = kept.token({ renew: false });
  kept.use({ token: BOB });

  arrivals.alice();

  await assert.rejects(asked, /has changed/);
  assert.equal(await kept.token({ renew: false }), BOB);
});

test("whether another token goes on where this one ends is known of pasted ones", () => {
  const kept = signIn();

  assert.deepEqual([kept.renewsItself, kept.isOfSamePerson(ALICE)], [false, false]);

  kept.use({ token: ALICE });

  assert.deepEqual([kept.isOfSamePerson(ALICE_LATER), kept.isOfSamePerson(BOB)], [true, false]);

  kept.use({ demo: "alice" });

  assert.equal(kept.isOfSamePerson(ALICE), false);
});

test("why a token is asked for is told in words", () => {
  const ended = (ending) => ({ phase: "ended", ending: { comeBack: "with a new token", ...ending } });

  assert.equal(problemText(null), "");
  assert.equal(problemText({ phase: "live", ending: null }), "");
  assert.equal(problemText(ended({ reason: "signed_out" })), "");
  assert.equal(
    problemText(ended({ reason: "refused", message: "the token has expired" })),
    "The gateway does not accept this token: the token has expired.",
  );
  assert.match(problemText(ended({ reason: "tapecast.close.token_expired" })), /^The sign-in has expired\. .* not live/);
  assert.match(problemText(ended({ reason: "tapecast.close.revoked" })), /^The sign-in was revoked\./);
});

test("a role that has no business on a page is told whom the page is for", () => {
  assert.equal(roleProblem("trader", ["trader"]), "");
  assert.equal(
    roleProblem("trader", ["admin", "risk"]),
    "This page is for the role admin or risk. The role of this token is trader.",
  );
});

test("the end of a token is told, and louder when it is near", () => {
  assert.deepEqual(endOf(Infinity, false), { text: "", isSoon: false });
  assert.deepEqual(endOf(600_000, false), { text: "for 10 min", isSoon: false });
  assert.deepEqual(endOf(58_000, false), { text: "The sign-in ends in 58 s.", isSoon: true });
  assert.deepEqual(endOf(90_000, true), { text: "The sign-in ends in 1 min.", isSoon: true });
  assert.deepEqual(endOf(-1, false), { text: "The sign-in ends now.", isSoon: true });
});

test("a refused refresh gives the gateway's own reason", () => {
  assert.equal(refreshProblem({ message: "another user" }), "The gateway does not accept this token: another user.");
});
