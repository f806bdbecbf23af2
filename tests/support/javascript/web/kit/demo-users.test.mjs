import assert from "node:assert/strict";
import { test } from "node:test";

import { demoToken, listDemoUsers } from "../../../../../web/kit/demo-users.js";

function answering(context, answers) {
  const asked = [];
  context.mock.method(globalThis, "fetch", async (path, options) => {
    asked.push([path, options.cache]);
    const body = answers[path];
    return { ok: body !== undefined, status: body === undefined ? 404 : 200, json: async () => body };
  });
  return asked;
}

test("demo users are listed as the gateway lists them, and a gateway without has none", async (context) => {
  const users = [{ user_id: "alice", role: "trader" }];
  answering(context, { "/api/demo/users": { users } });

  assert.deepEqual(await listDemoUsers(), users);

  answering(context, {});

  assert.deepEqual(await listDemoUsers(), []);
});

test("a token is asked for anew each time, for whoever it is", async (context) => {
  const asked = answering(context, { "/api/demo/token/al%2Fice": { token: "a.b.c" } });

  assert.equal(await demoToken("al/ice"), "a.b.c");
  assert.deepEqual(asked, [["/api/demo/token/al%2Fice", "no-store"]]);
  await assert.rejects(demoToken("bob"), /404/);
});
