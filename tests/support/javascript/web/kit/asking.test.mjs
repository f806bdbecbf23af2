import assert from "node:assert/strict";
import { test } from "node:test";

import { askUntilAnswered } from "../../../../../web/kit/asking.js";
import { settled } from "../../client/gateway.mjs";

function recordingClient(...answers) {
  const calls = [];
  return {
    calls,
    async call(procedure, fields) {
      calls.push([procedure, fields]);
      const answer = answers[calls.length - 1];
      if (answer instanceof Error) {
        throw answer;
      }
      return answer;
    },
  };
}

const away = Object.assign(new Error("away"), { retry: true });

test("what is away is asked again", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const client = recordingClient(away, "here");
  const answer = askUntilAnswered(client, "p", { a: 1 }, () => true);
  await settled();

  context.mock.timers.tick(2000);

  assert.equal(await answer, "here");
  assert.deepEqual(client.calls, [["p", { a: 1 }], ["p", { a: 1 }]]);
});

test("whoever does not wait any more does not ask", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  let isWanted = true;
  const client = recordingClient(away, "here");
  const answer = askUntilAnswered(client, "p", {}, () => isWanted);
  await settled();

  isWanted = false;
  context.mock.timers.tick(2000);

  assert.deepEqual([await answer, client.calls.length], [null, 1]);
});

test("an answer that comes too late is none", async () => {
  let isWanted = true;
  const answer = askUntilAnswered(recordingClient("here"), "p", {}, () => isWanted);

  isWanted = false;

  assert.equal(await answer, null);
});

test("what is refused for good is not asked again", async (context) => {
  context.mock.method(console, "info", () => {});

  assert.equal(await askUntilAnswered(recordingClient(new Error("no")), "p", {}, () => true), null);
});
