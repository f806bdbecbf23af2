import assert from "node:assert/strict";
import { test } from "node:test";

import { Connection, TapecastError, errorOf } from "../../../../clients/js/connection.js";
import { JOIN_MS, Link, SILENCE_MS } from "../../../../clients/js/link.js";
import { fakeBrowser } from "./browser.mjs";
import { FakeGateway, refusal, settled } from "./gateway.mjs";
import { LIBRARIES } from "./libraries.mjs";

const HEARTBEAT = "tapecast.system.heartbeat";
const ANNOUNCEMENTS = "tapecast.system.announcements";

function connect(context, wamp, { token = () => null, canRenew = false, onSession = async () => {} } = {}) {
  const gateway = new FakeGateway();
  gateway.procedures = { "tapecast.echo": (fields) => fields, "tapecast.silent": () => undefined, "tapecast.session.ping": () => ({}) };
  const browser = fakeBrowser(context, gateway);
  const link = new Link(0, canRenew);
  const phases = [];
  const connection = new Connection({
    url: "ws://gateway.test/ws",
    wamp,
    token,
    link,
    onSession,
    onLoss: () => {},
    onRenew: () => phases.push("renewing"),
    onChange: () => phases.push(link.phase),
  });
  connection.open();
  return { gateway, browser, link, connection, phases };
}

for (const [name, wamp] of Object.entries(LIBRARIES)) {
  const over = (words, run) => test(`over ${name} ${words}`, run);

  over("a session without a token is anonymous, and live once its subscriptions stand", async (context) => {
    const { gateway, link, phases } = connect(context, wamp);

    await settled();

    assert.deepEqual([link.role, phases], ["public", ["connecting", "live"]]);
    assert.deepEqual(gateway.socket.subscribed, [HEARTBEAT, ANNOUNCEMENTS]);
    assert.deepEqual([gateway.sockets.length, gateway.socket.url, gateway.socket.protocols], [1, "ws://gateway.test/ws", ["wamp.2.json"]]);
  });

  over("a token is the ticket", async (context) => {
    const { gateway, link } = connect(context, wamp, { token: async () => "t1" });

    await settled();

    assert.deepEqual([link.phase, link.role, gateway.tokens], ["live", "trader", ["t1"]]);
  });

  over("a refused token is replaced by a new one, which is asked for as such", async (context) => {
    const asked = [];
    const token = async ({ renew }) => {
      asked.push(renew);
      return renew ? "new" : "old";
    };
    const { gateway, browser, link, connection } = connect(context, wamp, { token, canRenew: true });
    gateway.goodToken = "new";
    await settled();

    assert.deepEqual([link.phase, link.ending.reason, link.ending.message], ["waiting", "refused", "expired"]);

    browser.pass(100);
    connection.obey(link.next(browser.nowMs));
    await settled();

    assert.deepEqual([link.phase, asked, gateway.tokens], ["live", [false, true], ["old", "new"]]);
  });

  over("a call has its arguments by name and gives the one result", async (context) => {
    const { connection } = connect(context, wamp);
    await settled();

    assert.deepEqual(await connection.call("tapecast.echo", { instrument: "BTCUSDT" }), { instrument: "BTCUSDT" });
    assert.deepEqual(await connection.call("tapecast.session.ping"), {});
  });

  over("a refused call tells the gateway's code, message and details", async (context) => {
    const { gateway, connection } = connect(context, wamp);
    gateway.procedures["tapecast.echo"] = () => {
      throw refusal("rate_limited", { message: "too often", retry: true, details: { retry_after_ms: 50 } });
    };
    await settled();

    const error = await connection.call("tapecast.echo").catch((caught) => caught);

    assert.ok(error instanceof TapecastError);
    assert.deepEqual([error.code, error.uri, error.message], ["rate_limited", "tapecast.error.rate_limited", "too often"]);
    assert.deepEqual([error.retry, error.details], [true, { retry_after_ms: 50 }]);
  });

  over("a refused call that says no more has the URI for a message", async (context) => {
    const { connection } = connect(context, wamp);
    await settled();

    const error = await connection.call("tapecast.nothing").catch((caught) => caught);

    assert.deepEqual([error.code, error.message, error.retry, error.details], [
      "wamp.error.no_such_procedure",
      "wamp.error.no_such_procedure",
      false,
      {},
    ]);
  });

  over("a loss rejects what is pending, and a call without a session is rejected at once", async (context) => {
    const { gateway, link, connection } = connect(context, wamp);
    await settled();
    const pending = connection.call("tapecast.silent");
    await settled();

    gateway.socket.lose(4012, "tapecast.close.shutdown");

    await assert.rejects(pending, { code: "unavailable", retry: true });
    await assert.rejects(connection.call("tapecast.echo"), { code: "unavailable", retry: true });
    assert.deepEqual(link.ending, { reason: "tapecast.close.shutdown", code: 4012, comeBack: "yes" });
  });

  over("an announced delay is heeded when the gateway ends the connection", async (context) => {
    const { gateway, link } = connect(context, wamp);
    await settled();

    gateway.publish(ANNOUNCEMENTS, { payload: { reason: "shutdown", retry_after_ms: 5000 } });
    gateway.publish(HEARTBEAT, { payload: { counter: 1 } });
    gateway.socket.lose(4012, "tapecast.close.shutdown");

    assert.deepEqual([link.phase, link.retryMs], ["waiting", 5000]);
  });

  over("a GOODBYE is followed by the close that says not to come back", async (context) => {
    const { gateway, link } = connect(context, wamp);
    await settled();

    gateway.socket.goodbye("tapecast.close.kicked");
    await settled();

    assert.equal(gateway.socket.readyState, 2);

    gateway.socket.lose(4005, "tapecast.close.kicked");

    assert.deepEqual([link.phase, link.ending.reason], ["ended", "tapecast.close.kicked"]);
  });

  over("two who subscribe to the same share one subscription, until the last takes it back", async (context) => {
    const { gateway, connection } = connect(context, wamp);
    await settled();
    const heard = [];
    const one = connection.subscribe("tapecast.x", "exact", (topic, envelope) => heard.push(["one", topic, envelope.seq]));
    const two = connection.subscribe("tapecast.x", "exact", (topic, envelope) => heard.push(["two", topic, envelope.seq]));
    const [takeOneBack, takeTwoBack] = await Promise.all([one, two]);

    gateway.publish("tapecast.x", { seq: 1 });
    await takeOneBack();
    gateway.publish("tapecast.x", { seq: 2 });
    await takeTwoBack();
    await takeTwoBack();

    assert.deepEqual(heard, [["one", "tapecast.x", 1], ["two", "tapecast.x", 1], ["two", "tapecast.x", 2]]);
    assert.deepEqual(gateway.socket.subscribed, [HEARTBEAT, ANNOUNCEMENTS]);
  });

  over("events of a prefix tell their topic, until it is taken back", async (context) => {
    const { gateway, connection } = connect(context, wamp);
    await settled();
    const heard = [];
    const takeBack = await connection.subscribe("tapecast.trades", "prefix", (topic) => heard.push(topic));

    gateway.publish("tapecast.trades.sim.BTCUSDT", { seq: 1 });
    await takeBack();
    gateway.publish("tapecast.trades.sim.BTCUSDT", { seq: 2 });

    assert.deepEqual(heard, ["tapecast.trades.sim.BTCUSDT"]);
  });

  over("a refused subscription can be asked for again", async (context) => {
    const { gateway, connection } = connect(context, wamp);
    await settled();
    gateway.refused["tapecast.x"] = refusal("rate_limited", { retry: true });

    await assert.rejects(connection.subscribe("tapecast.x", "exact", () => {}), { code: "rate_limited" });

    gateway.refused = {};
    await connection.subscribe("tapecast.x", "exact", () => {});

    assert.equal(gateway.socket.subscribed.at(-1), "tapecast.x");
  });

  over("a session whose own subscriptions are refused is no session", async (context) => {
    const { gateway, link } = connect(context, wamp);
    gateway.refused[HEARTBEAT] = refusal("rate_limited", { message: "too many", details: { retry_after_ms: 90_000 } });
    await settled();

    gateway.socket.lose(1005);

    assert.deepEqual([link.ending.reason, link.ending.message, link.ending.comeBack], ["refused", "too many", "later"]);
    assert.equal(link.retryMs, 90_000);
  });

  over("a gateway that speaks no WAMP is hung up on", async (context) => {
    context.mock.method(console, "error", () => {});
    const { gateway } = connect(context, wamp);
    await settled();

    gateway.socket.say([99]);
    await settled();

    assert.equal(gateway.socket.readyState, 2);
  });

  over("an attempt that is given up while it joins joins no more", async (context) => {
    const { gateway, connection, link, phases } = connect(context, wamp);
    gateway.isThere = false;
    await settled();
    const [first] = gateway.sockets;

    connection.open();
    await settled();
    gateway.isThere = true;
    first.answer([1, "tapecast", {}]);
    await settled();

    assert.deepEqual([first.readyState, link.phase, connection.session], [2, "connecting", null]);
    assert.deepEqual(phases, ["connecting", "connecting"]);
  });

  over("a connection that is lost while it subscribes is not live", async (context) => {
    let stand;
    const { gateway, link } = connect(context, wamp, { onSession: () => new Promise((resolve) => (stand = resolve)) });
    await settled();
    gateway.socket.lose();

    stand();
    await settled();

    assert.deepEqual([link.phase, link.ending.reason], ["waiting", "cut"]);
  });
}

const { wampy } = LIBRARIES;

test("what a library refuses by itself between GOODBYE and close counts as lost", async (context) => {
  const { gateway, connection } = connect(context, LIBRARIES["autobahn-js"]);
  await settled();
  gateway.socket.goodbye("tapecast.close.kicked");

  await assert.rejects(connection.call("tapecast.echo"), { code: "unavailable" });
});

test("a token that cannot be had is told, and asked for again", async (context) => {
  let isThere = false;
  const token = () => (isThere ? "t1" : Promise.reject(new Error("signed out")));
  const { browser, link, connection } = connect(context, wampy, { token, canRenew: true });
  await settled();

  assert.deepEqual(link.ending, { reason: "failed", comeBack: "yes", message: "signed out" });

  isThere = true;
  browser.pass(1000);
  connection.obey(link.next(browser.nowMs));
  await settled();

  assert.equal(link.phase, "live");
});

test("what is thrown need not be an error", async (context) => {
  const { link } = connect(context, wampy, { token: () => Promise.reject(undefined) });
  await settled();

  assert.equal(link.ending.message, "undefined");
});

test("a token that comes after its attempt was given up is not used", async (context) => {
  let give;
  const { gateway, connection } = connect(context, wampy, { token: () => new Promise((resolve) => (give = resolve)) });
  const giveFirst = give;
  connection.open();

  giveFirst("late");
  await settled();

  assert.deepEqual([gateway.sockets.length, gateway.tokens], [0, []]);
});

test("a token that fails after its attempt was given up changes nothing", async (context) => {
  let fail;
  const { connection, link } = connect(context, wampy, { token: () => new Promise((_, reject) => (fail = reject)) });
  const failFirst = fail;
  connection.open();

  failFirst(new Error("late"));
  await settled();

  assert.deepEqual([link.phase, link.ending], ["connecting", null]);
});

test("a bare loss is told by what is known of the network", async (context) => {
  const { gateway, browser, link, connection } = connect(context, wampy);
  gateway.isThere = false;
  gateway.socket?.lose();
  await settled();
  gateway.socket.lose();

  assert.equal(link.ending.reason, "unreachable");

  browser.isOnline = false;
  connection.open();
  await settled();
  gateway.socket.lose();

  assert.deepEqual(link.ending, { reason: "offline", code: 1006, comeBack: "yes" });
});

test("a connection that is told to be lost is given up without waiting for its close, which then counts no more", async (context) => {
  const { gateway, browser, link, connection } = connect(context, wampy);
  await settled();
  browser.nowMs = SILENCE_MS;

  connection.obey("lose");
  connection.obey(null);

  assert.deepEqual([link.phase, link.ending.reason, gateway.socket.readyState], ["waiting", "silent", 2]);

  connection.obey("open");
  gateway.sockets[0].lose();

  assert.deepEqual([link.phase, link.ending.reason], ["connecting", "silent"]);
});

test("an attempt that hangs has no socket to close yet", async (context) => {
  const { browser, link, connection } = connect(context, wampy, { token: () => new Promise(() => {}) });
  browser.nowMs = JOIN_MS;

  connection.obey("lose");

  assert.deepEqual([link.phase, link.ending.reason], ["waiting", "silent"]);
});

test("any message is heard, and a probe asks for one", async (context) => {
  const { gateway, browser, link, connection } = connect(context, wampy);
  await settled();
  browser.nowMs = 60_000;
  assert.equal(link.wake(browser.nowMs), "probe");

  connection.obey("probe");
  await settled();

  assert.deepEqual([gateway.called, link.next(browser.nowMs + 5000)], [["session.ping"], null]);
});

test("a renewal is for who has the token", async (context) => {
  const { connection, phases } = connect(context, wampy);

  connection.obey("renew");

  assert.deepEqual(phases, ["connecting", "renewing"]);
});

test("a probe that is not answered is no fault of its own", async (context) => {
  const { connection } = connect(context, wampy);

  connection.obey("probe");
  await settled();
});

test("an error of the socket is no refusal", () => {
  assert.equal(errorOf(new Error("Websocket error")), null);
  assert.equal(errorOf({ error: new Event("error") }), null);
});
