import assert from "node:assert/strict";
import { test } from "node:test";

import { listInstruments } from "../../../../../web/kit/instruments.js";
import { settled } from "../../client/gateway.mjs";

const INSTRUMENTS = [{ instrument: "BTCUSDT" }, { instrument: "ETHUSDT" }];

function recordingClient({ failures }) {
  const calls = [];
  return {
    calls,
    async call(procedure) {
      calls.push(procedure);
      if (calls.length <= failures) {
        throw new Error("away");
      }
      return INSTRUMENTS;
    },
  };
}

test("instruments that cannot be had are asked for again while they are wanted", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  context.mock.method(console, "info", () => {});
  const client = recordingClient({ failures: 2 });
  const listed = listInstruments(client, () => true);
  await settled();

  assert.deepEqual(client.calls, ["tapecast.market.list_instruments"]);

  context.mock.timers.tick(2000);
  await settled();
  context.mock.timers.tick(2000);

  assert.deepEqual(await listed, INSTRUMENTS);
});

test("instruments that are not wanted any more are not asked for", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  context.mock.method(console, "info", () => {});
  let isCurrent = true;
  const client = recordingClient({ failures: 1 });
  const listed = listInstruments(client, () => isCurrent);
  await settled();

  isCurrent = false;
  context.mock.timers.tick(2000);

  assert.deepEqual([await listed, client.calls.length], [null, 1]);
});
