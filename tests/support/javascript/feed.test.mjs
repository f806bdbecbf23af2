import assert from "node:assert/strict";
import { test } from "node:test";

import { followPrices } from "../../../web/feed.js";
import { priceAnswer, priceEvent } from "./envelopes.mjs";
import { settled } from "./gateway.mjs";

const INSTRUMENTS = [{ instrument: "BTCUSDT" }, { instrument: "ETHUSDT" }];

function recordingClient({ failures = 0 } = {}) {
  const log = [];
  const handlers = {};
  return {
    log,
    handlers,
    async subscribe(topic, handler, options) {
      log.push(["subscribe", topic, options?.match]);
      handlers[topic] = handler;
    },
    async call(procedure, payload) {
      log.push(["call", procedure, payload]);
      if (failures-- > 0) {
        throw Object.assign(new Error("away"), { errorUri: "tapecast.error.unavailable" });
      }
      return { argsList: [payload ? [priceAnswer({ seq: 9 })] : INSTRUMENTS] };
    },
  };
}

function recordingOutput() {
  const log = [];
  const note = (name) => (value) => log.push([name, value]);
  return {
    log,
    onSession: note("session"),
    onPrice: note("price"),
    onInstruments: note("instruments"),
    onSnapshot: note("snapshot"),
  };
}

test("the page subscribes before it asks for the snapshot", async () => {
  const [client, output] = [recordingClient(), recordingOutput()];

  await followPrices(client, output, () => true);
  await settled();

  assert.deepEqual(client.log, [
    ["subscribe", "tapecast.system.heartbeat", undefined],
    ["subscribe", "tapecast.price", "prefix"],
    ["call", "tapecast.market.list_instruments", undefined],
    ["call", "tapecast.market.get_prices", { instruments: ["BTCUSDT", "ETHUSDT"] }],
  ]);
  assert.deepEqual(output.log, [
    ["session", undefined],
    ["instruments", INSTRUMENTS],
    ["snapshot", priceAnswer({ seq: 9 })],
  ]);
});

test("a heartbeat changes nothing, an event is handed on with its keyword arguments", async () => {
  const [client, output] = [recordingClient(), recordingOutput()];
  await followPrices(client, output, () => false);

  client.handlers["tapecast.system.heartbeat"]({ argsDict: { seq: 1 } });
  client.handlers["tapecast.price"]({ argsDict: priceEvent() });

  assert.deepEqual(output.log, [["session", undefined], ["price", priceEvent()]]);
});

test("a snapshot that cannot be had is asked for again while the session counts", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  context.mock.method(console, "info", () => {});
  const [client, output] = [recordingClient({ failures: 2 }), recordingOutput()];
  await followPrices(client, output, () => true);
  await settled();

  assert.deepEqual(output.log, [["session", undefined]]);

  context.mock.timers.tick(2000);
  await settled();
  context.mock.timers.tick(2000);
  await settled();

  assert.deepEqual(output.log.at(-1)[0], "snapshot");
});

test("a session that no longer counts stops asking", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  context.mock.method(console, "info", () => {});
  let isCurrent = true;
  const client = recordingClient({ failures: 1 });
  await followPrices(client, recordingOutput(), () => isCurrent);
  await settled();

  isCurrent = false;
  context.mock.timers.tick(2000);
  await settled();

  assert.equal(client.log.filter(([kind]) => kind === "call").length, 1);
});
