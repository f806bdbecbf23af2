import assert from "node:assert/strict";
import { test } from "node:test";

import { Connection } from "../../../web/connection.js";
import { Link, SILENCE_MS } from "../../../web/link.js";
import "../../../web/vendor/wampy.min.js";
import { fakeGateway, settled } from "./gateway.mjs";

const subscribeToOne = (client) => client.subscribe("tapecast.price", () => {}, { match: "prefix" });

function connect({ subscribe = subscribeToOne } = {}) {
  const { sockets, FakeSocket } = fakeGateway();
  const clock = { nowMs: 0 };
  const link = new Link(0);
  const connection = new Connection({
    url: "ws://gateway.test/ws",
    link,
    Wampy: globalThis.Wampy,
    WebSocket: FakeSocket,
    now: () => clock.nowMs,
    isOnline: () => true,
    subscribe,
    onChange: () => {},
  });
  connection.open();
  return { connection, link, clock, sockets };
}

async function goLive(socket) {
  socket.welcome();
  await settled();
  socket.grantSubscription();
  await settled();
}

test("a session is live once it is joined and its subscriptions stand", async () => {
  const { link, sockets } = connect();

  sockets[0].welcome();
  await settled();

  assert.equal(link.phase, "connecting");

  sockets[0].grantSubscription();
  await settled();

  assert.deepEqual([link.phase, link.role], ["live", "public"]);
  assert.deepEqual(sockets[0].sent.map(([type]) => type), [1, 32]);
  assert.deepEqual([sockets[0].sent[0][1], sockets[0].sent[1][2].match], ["tapecast", "prefix"]);
});

test("a live connection that is closed waits, and one new socket is opened when it is due", async () => {
  const { connection, link, clock, sockets } = connect();
  await goLive(sockets[0]);

  sockets[0].lose(4012, "tapecast.close.shutdown");
  await settled();
  connection.tick();

  assert.deepEqual([link.phase, link.news, sockets.length], ["waiting", "The gateway is restarting.", 1]);

  clock.nowMs = 1000;
  connection.tick();
  await goLive(sockets[1]);

  assert.deepEqual([link.phase, link.news, sockets.length], ["live", "Back after 1 s.", 2]);
});

test("a socket that closes before the join counts as lost", async () => {
  const { link, sockets } = connect();
  sockets[0].open();

  sockets[0].lose(4000, "tapecast.close.join_timeout");
  await settled();

  assert.deepEqual([link.phase, link.news], ["waiting", "The gateway waited too long for this page to join."]);
});

test("a gateway that cannot be reached is tried again", async () => {
  const { link, sockets } = connect();

  sockets[0].lose();
  await settled();

  assert.deepEqual([link.phase, link.news], ["waiting", "The gateway does not answer."]);
});

test("a refused join tells the gateway's message", async () => {
  const { link, sockets } = connect();
  sockets[0].open();

  sockets[0].abort("tapecast.error.maintenance", "back at noon");
  await settled();
  sockets[0].lose(1005);

  assert.deepEqual([link.phase, link.news], ["waiting", "The gateway refused: back at noon"]);
});

test("a refused subscription ends the attempt, and tells the gateway's message", async () => {
  const { link, sockets } = connect();
  sockets[0].welcome();
  await settled();

  sockets[0].refuse("tapecast.error.subscription_limit", { message: "too many subscriptions" });
  await settled();
  sockets[0].lose(1005);

  assert.deepEqual([link.phase, link.news], ["waiting", "The gateway refused: too many subscriptions"]);
});

test("a silent connection is given up without waiting for its close, which then counts no more", async () => {
  const { connection, link, clock, sockets } = connect();
  await goLive(sockets[0]);

  clock.nowMs = SILENCE_MS;
  connection.tick();

  assert.deepEqual([link.phase, link.news, sockets[0].readyState], ["waiting", "The network went silent.", 2]);

  clock.nowMs += 1000;
  connection.tick();
  sockets[0].lose();

  assert.equal(link.phase, "connecting");
});

test("any message breaks the silence", async () => {
  const { connection, link, clock, sockets } = connect();
  await goLive(sockets[0]);
  clock.nowMs = SILENCE_MS - 1;
  sockets[0].say([36, 1, 1, {}]);

  clock.nowMs = SILENCE_MS + 1;
  connection.tick();

  assert.equal(link.phase, "live");
});

test("an attempt that is given up while it subscribes does not become live", async () => {
  let grant;
  const { connection, link, clock, sockets } = connect({
    subscribe: () =>
      new Promise((resolve) => {
        grant = resolve;
      }),
  });
  sockets[0].welcome();
  await settled();
  sockets[0].lose();
  clock.nowMs = 1000;
  connection.tick();

  grant();
  await settled();

  assert.equal(link.phase, "connecting");
});

test("a connection that is told not to come back stays away until it is opened by hand", async () => {
  const { connection, link, clock, sockets } = connect();
  await goLive(sockets[0]);

  sockets[0].lose(4005, "tapecast.close.kicked");
  clock.nowMs = 1e9;
  connection.tick();

  assert.deepEqual([link.phase, sockets.length], ["ended", 1]);

  connection.open();

  assert.deepEqual([link.phase, sockets.length], ["connecting", 2]);
});
