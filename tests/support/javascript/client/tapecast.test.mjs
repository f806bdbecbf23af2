import assert from "node:assert/strict";
import { test } from "node:test";

import { DOUBT_MS, MOST_ASKED, MOST_PRICES, connect } from "../../../../clients/js/tapecast.js";
import { fakeBrowser } from "./browser.mjs";
import { FakeGateway, refusal, settled } from "./gateway.mjs";
import { LIBRARIES } from "./libraries.mjs";

const BTC = "tapecast.price.BTCUSDT";
const TRADES = "tapecast.trades.sim.BTCUSDT";
const ORDERS = "tapecast.user.u1.orders";
const BOOK = "tapecast.book.sim.BTCUSDT";
const ALERTS = "tapecast.risk.alerts";

const event = (seq, { epoch = "e1", ...fields } = {}) => ({ type: "delta", epoch, seq, ts: "t", payload: {}, ...fields });
const snapshot = (seq, fields) => event(seq, { type: "snapshot", ...fields });
const price = (instrument, seq, value) => ({ instrument, price: value, epoch: "e1", seq, ts: "t", meta: { age_ms: 5 } });

/** A client whose gateway answers as a quiet one does. */
async function start(context, { wamp = LIBRARIES.wampy, isHidden = false, before = () => {}, ...options } = {}) {
  const gateway = new FakeGateway();
  gateway.procedures = {
    "tapecast.stream.get": () => snapshot(10),
    "tapecast.stream.resume": () => ({ recovered: true, events: [] }),
    "tapecast.stream.list": () => [],
    "tapecast.market.get_prices": ({ instruments }) => instruments.map((one) => price(one, 10, "100")),
    "tapecast.session.ping": () => ({ ts: "2026-01-01T12:00:00.000001Z" }),
    "tapecast.session.info": () => ({ expires_at: null }),
    "tapecast.session.pace": (fields) => fields,
  };
  const browser = fakeBrowser(context, gateway);
  browser.document.hidden = isHidden;
  const client = connect({ url: "ws://gateway.test/ws", wamp, ...options });
  context.after(() => client.close());
  before({ gateway, client, browser });
  await settled();
  return { gateway, client, browser };
}

/** Handlers that write down what they are told. */
function recorder() {
  const log = [];
  return {
    log,
    onSnapshot: ({ epoch, seq }, topic) => log.push(`= ${topic} ${epoch}:${seq}`),
    onEvent: ({ epoch, seq }, topic) => log.push(`+ ${topic} ${epoch}:${seq}`),
    onError: ({ code }, topic) => log.push(`! ${topic} ${code}`),
  };
}

async function loseAndReturn({ gateway, browser }, code = 1006, reason = "") {
  gateway.socket.lose(code, reason);
  gateway.calls = [];
  browser.pass(1000);
  await settled();
}

for (const [name, wamp] of Object.entries(LIBRARIES)) {
  test(`over ${name} a topic's snapshot joins its stream, and the client comes back to both`, async (context) => {
    const { log, ...handlers } = recorder();
    const started = await start(context, { wamp, before: ({ client }) => client.subscribe(ORDERS, handlers) });
    const { gateway, client } = started;
    gateway.publish(ORDERS, event(11));

    assert.deepEqual(log, [`= ${ORDERS} e1:10`, `+ ${ORDERS} e1:11`]);

    gateway.procedures["tapecast.stream.resume"] = () => ({ recovered: true, events: [event(12), event(13)] });
    await loseAndReturn(started);

    assert.deepEqual(gateway.calls, [["tapecast.stream.resume", { topic: ORDERS, epoch: "e1", seq: 11 }]]);
    assert.deepEqual(log.slice(2), [`+ ${ORDERS} e1:12`, `+ ${ORDERS} e1:13`]);
    assert.deepEqual([client.state.phase, client.state.awayMs, gateway.sockets.length], ["live", 1000, 2]);
  });
}

test("what a resume does not reach begins anew with the snapshot", async (context) => {
  const { log, ...handlers } = recorder();
  const started = await start(context, { before: ({ client }) => client.subscribe(ORDERS, handlers) });
  started.gateway.procedures["tapecast.stream.resume"] = () => ({ recovered: false, snapshot: snapshot(2, { epoch: "e2" }) });

  await loseAndReturn(started);

  assert.deepEqual(log, [`= ${ORDERS} e1:10`, `= ${ORDERS} e2:2`]);
});

test("the state is told at once and at every change, until it is not wanted", async (context) => {
  const phases = [];
  let stop;
  const started = await start(context, {
    before: ({ client }) => (stop = client.onConnectionChange(({ phase }) => phases.push(phase))),
  });

  assert.deepEqual(phases, ["connecting", "live"]);

  stop();
  started.gateway.socket.lose();

  assert.deepEqual([phases.length, started.client.state.phase], [2, "waiting"]);
});

test("one handler for both is told of snapshots and events alike", async (context) => {
  const seen = [];
  const { gateway } = await start(context, { before: ({ client }) => client.subscribe(TRADES, ({ seq }) => seen.push(seq)) });

  gateway.publish(TRADES, event(11));

  assert.deepEqual(seen, [10, 11]);
});

test("handlers that are not given are not called, and one that fails stops nothing", async (context) => {
  const errors = context.mock.method(console, "error", () => {});
  const { gateway, client } = await start(context);
  client.subscribe(TRADES, {
    onEvent() {
      throw new Error("of the page");
    },
  });
  await settled();

  gateway.publish(TRADES, event(11));
  gateway.publish(TRADES, event(12));

  assert.deepEqual(errors.mock.calls.map(({ arguments: [error] }) => error.message), ["of the page", "of the page"]);
});

test("prices of many instruments are one call, and one subscription each", async (context) => {
  const prices = [];
  const { gateway, client } = await start(context, {
    before: ({ client: one }) => one.subscribePrices(["BTCUSDT", "ETHUSDT"], (told) => prices.push(told)),
  });

  assert.deepEqual(gateway.calls, [["tapecast.market.get_prices", { instruments: ["BTCUSDT", "ETHUSDT"] }]]);
  assert.deepEqual(prices[0], { type: "snapshot", ...price("BTCUSDT", 10, "100") });

  gateway.publish(BTC, event(14, { payload: { instrument: "BTCUSDT", price: "101" } }));

  assert.deepEqual(prices.slice(2).map(({ instrument, price: value, seq }) => [instrument, value, seq]), [["BTCUSDT", "101", 14]]);

  client.unsubscribePrices(["BTCUSDT"]);
  await settled();
  gateway.publish(BTC, event(15, { payload: { instrument: "BTCUSDT", price: "102" } }));

  assert.equal(prices.length, 3);
  assert.equal(gateway.socket.subscribed.includes(BTC), false);
});

test("who no longer wants a price does not take it from another", async (context) => {
  const [one, two] = [[], []];
  const toOne = ({ seq }) => one.push(seq);
  const { gateway, client } = await start(context);
  client.subscribePrices(["BTCUSDT"], toOne);
  client.subscribePrices(["BTCUSDT"], ({ seq }) => two.push(seq));
  await settled();

  client.unsubscribePrices(["BTCUSDT", "ETHUSDT"], toOne);
  await settled();
  gateway.publish(BTC, event(11, { payload: { instrument: "BTCUSDT" } }));

  assert.deepEqual([one, two], [[10], [10, 11]]);
});

test("an instrument without a price yet is told of with its first", async (context) => {
  const prices = [];
  const { gateway } = await start(context, {
    before({ gateway: one, client }) {
      one.procedures["tapecast.market.get_prices"] = () => [];
      client.subscribePrices(["BTCUSDT"], ({ seq }) => prices.push(seq));
    },
  });

  assert.deepEqual(prices, []);

  gateway.publish(BTC, event(1, { type: "snapshot", payload: { instrument: "BTCUSDT" } }));

  assert.deepEqual(prices, [1]);
});

test("one instrument that does not exist spoils no other's price", async (context) => {
  const { log, ...handlers } = recorder();
  await start(context, {
    before({ gateway, client }) {
      gateway.procedures["tapecast.market.get_prices"] = () => {
        throw refusal("unknown_instrument");
      };
      gateway.procedures["tapecast.stream.get"] = ({ topic }) => {
        if (topic !== BTC) {
          throw refusal("unknown_instrument");
        }
        return snapshot(0, { epoch: "e0" });
      };
      client.subscribe(BTC, handlers);
      client.subscribe("tapecast.price.NONE", handlers);
      client.subscribePrices(["BTCUSDT"], () => assert.fail("there is no price yet"));
    },
  });

  assert.deepEqual(log, [`= ${BTC} e0:0`, "! tapecast.price.NONE unknown_instrument"]);
});

test("prices whose owner is away are asked for again", async (context) => {
  const prices = [];
  const { gateway, browser } = await start(context, {
    before({ gateway: one, client }) {
      one.procedures["tapecast.market.get_prices"] = () => {
        throw refusal("unavailable", { retry: true });
      };
      client.subscribePrices(["BTCUSDT"], ({ seq }) => prices.push(seq));
    },
  });
  gateway.procedures["tapecast.market.get_prices"] = () => [price("BTCUSDT", 3, "1")];

  browser.pass(2000);
  await settled();

  assert.deepEqual(prices, [3]);
});

test("a call asks for no more prices than the gateway tells, and the rest at once after it", async (context) => {
  const instruments = Array.from({ length: MOST_PRICES + 1 }, (_, place) => `I${place}`);
  const { gateway } = await start(context, { before: ({ client }) => client.subscribePrices(instruments, () => {}) });
  await settled();

  assert.deepEqual(gateway.calls.map(([, fields]) => fields.instruments.length), [MOST_PRICES, 1]);
});

test("no more snapshots are asked for at once than the gateway allows", async (context) => {
  const { gateway } = await start(context, {
    before({ gateway: one, client }) {
      one.procedures["tapecast.stream.get"] = () => undefined;
      for (let place = 0; place <= MOST_ASKED; place += 1) {
        client.subscribe(`tapecast.trades.sim.I${place}`, {});
      }
    },
  });

  assert.equal(gateway.calls.length, MOST_ASKED);
});

test("however fast the answers come, no more is asked for in a second, and all in the end", async (context) => {
  const topics = 3 * MOST_ASKED;
  const { gateway, browser } = await start(context, {
    before({ client }) {
      for (let place = 0; place < topics; place += 1) {
        client.subscribe(`tapecast.trades.sim.I${place}`, {});
      }
    },
  });
  const counts = [];
  for (let quarter = 0; quarter < 12; quarter += 1) {
    await settled();
    counts.push(gateway.calls.length);
    browser.pass(250);
  }

  assert.equal(counts[3], MOST_ASKED);
  assert.equal(counts.at(-1), topics);
  assert.ok(counts.every((count, place) => place < 4 || count - counts[place - 4] <= MOST_ASKED));
});

test("a prefix brings every topic that there is, and those that begin later, each with its own state", async (context) => {
  const { log, ...handlers } = recorder();
  const started = await start(context, {
    before({ gateway, client }) {
      gateway.procedures["tapecast.stream.list"] = () => [{ topic: TRADES }];
      client.subscribe("tapecast.trades", handlers, { match: "prefix" });
    },
  });
  const { gateway } = started;
  const ETH = "tapecast.trades.sim.ETHUSDT";

  assert.deepEqual(gateway.calls, [
    ["tapecast.stream.list", { prefix: "tapecast.trades" }],
    ["tapecast.stream.get", { topic: TRADES }],
  ]);

  gateway.publish(ETH, event(3));
  gateway.publish(ETH, event(11));
  gateway.publish(TRADES, event(11));
  await settled();

  assert.deepEqual(log, [`= ${TRADES} e1:10`, `+ ${TRADES} e1:11`, `= ${ETH} e1:10`, `+ ${ETH} e1:11`]);

  await loseAndReturn(started);

  assert.deepEqual(gateway.called.toSorted(), ["stream.get", "stream.get", "stream.list"]);
});

test("a list that cannot be had is asked for again, and a refused one is told", async (context) => {
  const { log, ...handlers } = recorder();
  const answers = [
    () => {
      throw refusal("unavailable", { retry: true, details: { retry_after_ms: 500 } });
    },
    () => {
      throw refusal("not_authorized");
    },
  ];
  const { browser } = await start(context, {
    before({ gateway, client }) {
      gateway.procedures["tapecast.stream.list"] = () => answers.shift()();
      client.subscribe("tapecast.trades", handlers, { match: "prefix" });
    },
  });

  browser.pass(500);
  await settled();

  assert.deepEqual([answers.length, log], [0, ["! tapecast.trades not_authorized"]]);
});

test("a subscription that is refused is told, and one that may be granted later is asked for again", async (context) => {
  const { log, ...handlers } = recorder();
  const { gateway, client, browser } = await start(context, {
    before({ gateway: one, client: two }) {
      one.refused = { [ORDERS]: refusal("not_authorized"), [TRADES]: refusal("rate_limited", { retry: true }) };
      two.subscribe(ORDERS, handlers);
      two.subscribe(TRADES, handlers);
    },
  });

  assert.deepEqual([client.state.phase, log], ["live", [`! ${ORDERS} not_authorized`]]);

  gateway.refused = {};
  browser.pass(5000);
  await settled();

  assert.deepEqual(log.slice(1), [`= ${TRADES} e1:10`]);
});

test("without a handler for it, a refusal is told on the console", async (context) => {
  const errors = context.mock.method(console, "error", () => {});
  await start(context, {
    before({ gateway, client }) {
      gateway.procedures["tapecast.stream.get"] = () => {
        throw refusal("internal");
      };
      client.subscribe(TRADES, {});
    },
  });

  assert.deepEqual(errors.mock.calls.map(({ arguments: [{ code }, topic] }) => [code, topic]), [["internal", TRADES]]);
});

test("a subscription that is taken back tells nothing any more, whatever is under way", async (context) => {
  const { log, ...handlers } = recorder();
  const { gateway, client } = await start(context);
  const stopEarly = client.subscribe(TRADES, handlers);
  stopEarly();
  await settled();

  assert.equal(gateway.socket.subscribed.includes(TRADES), false);

  const stop = client.subscribe(TRADES, handlers);
  await settled();
  gateway.socket.lose();
  stop();

  assert.deepEqual(log, [`= ${TRADES} e1:10`]);
});

test("a subscription is taken back although the session ends first", async (context) => {
  const { gateway, client, browser } = await start(context);
  const stop = client.subscribe(TRADES, {});
  await settled();
  gateway.isThere = false;

  stop();
  gateway.socket.lose();
  gateway.isThere = true;
  browser.pass(1000);
  await settled();

  assert.equal(gateway.socket.subscribed.includes(TRADES), false);
});

test("a gap of a gapped topic is repaired by one snapshot", async (context) => {
  const { log, ...handlers } = recorder();
  const { gateway } = await start(context, { before: ({ client }) => client.subscribe(TRADES, handlers) });
  gateway.calls = [];
  gateway.procedures["tapecast.stream.get"] = () => snapshot(13);

  gateway.publish(TRADES, event(13));
  await settled();

  assert.deepEqual([gateway.calls.length, log.slice(1)], [1, [`= ${TRADES} e1:13`]]);
});

test("a local book is a snapshot and the changes after it", async (context) => {
  const bests = [];
  const { gateway } = await start(context, {
    before({ gateway: one, client }) {
      one.procedures["tapecast.stream.get"] = () => snapshot(10, { payload: { bids: [["9", "1"]], asks: [["11", "1"]], depth: 1 } });
      client.subscribeBook("sim", "BTCUSDT", (book, { seq }) => bests.push([seq, book.best.bid, book.best.ask]));
    },
  });

  gateway.publish(BOOK, event(13, { first_seq: 11, payload: { bids: [["9", "0"], ["10", "2"]], asks: [] } }));

  assert.deepEqual(bests, [
    [10, ["9", "1"], ["11", "1"]],
    [13, ["10", "2"], ["11", "1"]],
  ]);
});

test("a page that is not seen asks for less, one that is seen again for all, and compares what it has", async (context) => {
  const { log, ...handlers } = recorder();
  const { gateway, browser } = await start(context, {
    before({ client }) {
      client.subscribe(TRADES, handlers);
      client.subscribe(ORDERS, handlers);
    },
  });
  gateway.calls = [];

  browser.setHidden(true);
  await settled();

  assert.deepEqual(gateway.calls, [["tapecast.session.pace", { max_hz: 1, background: true }]]);

  gateway.calls = [];
  gateway.procedures["tapecast.stream.list"] = ({ prefix }) =>
    prefix === "tapecast.trades" ? [{ topic: TRADES, epoch: "e1", seq: 12 }] : [];
  gateway.procedures["tapecast.stream.get"] = () => snapshot(12);
  browser.setHidden(false);
  await settled();

  assert.deepEqual(gateway.calls, [
    ["tapecast.session.pace", { max_hz: null, background: false }],
    ["tapecast.stream.list", { prefix: "tapecast.trades" }],
    ["tapecast.stream.list", { prefix: "tapecast.user.u1" }],
  ]);

  browser.pass(DOUBT_MS);
  await settled();

  assert.deepEqual([gateway.called.slice(3), log.slice(2)], [["stream.get"], [`= ${TRADES} e1:12`]]);
});

test("a comparison that fails, or that the session does not outlive, changes nothing", async (context) => {
  const started = await start(context, { before: ({ client }) => client.subscribe(TRADES, {}) });
  const { gateway, browser } = started;
  gateway.procedures["tapecast.stream.list"] = () => {
    throw refusal("unavailable", { retry: true });
  };
  browser.setHidden(false);
  await settled();
  browser.pass(DOUBT_MS);
  await settled();

  assert.deepEqual(gateway.called.filter((one) => one === "stream.get").length, 1);

  gateway.procedures["tapecast.stream.list"] = () => [{ topic: TRADES, epoch: "e1", seq: 99 }];
  browser.setHidden(false);
  await settled();
  await loseAndReturn(started);
  browser.pass(DOUBT_MS);
  await settled();

  assert.deepEqual(gateway.called.filter((one) => one === "stream.get").length, 1);
});

test("a session that begins while the page is not seen is slow from the start", async (context) => {
  const { gateway } = await start(context, { isHidden: true });

  assert.deepEqual(gateway.calls, [["tapecast.session.pace", { max_hz: 1, background: true }]]);
});

test("a page that is seen again, or whose network is back, does not wait", async (context) => {
  const { gateway, client, browser } = await start(context);
  gateway.socket.lose();
  browser.setHidden(false);
  await settled();

  assert.deepEqual([client.state.phase, gateway.sockets.length], ["live", 2]);

  browser.isOnline = false;
  gateway.socket.lose();

  assert.equal(client.state.ending.reason, "offline");

  browser.comeOnline();
  await settled();

  assert.deepEqual([client.state.phase, gateway.sockets.length], ["live", 3]);
});

test("a page that was frozen with its connection finds out in two seconds, and is back", async (context) => {
  const { gateway, client, browser } = await start(context);
  gateway.isThere = false;
  browser.freeze(600_000);
  browser.setHidden(false);
  browser.pass(2000);

  assert.equal(client.state.ending.reason, "silent");

  gateway.isThere = true;
  browser.pass(1000);
  await settled();

  assert.equal(client.state.phase, "live");
});

test("a token is renewed before its end, by the gateway's clock, without a new connection", async (context) => {
  const asked = [];
  const token = ({ renew }) => {
    asked.push(renew);
    return `t${asked.length}`;
  };
  const ends = ["2026-01-01T12:00:20.000001Z", null];
  const { gateway, browser } = await start(context, {
    token,
    before({ gateway: one }) {
      one.procedures["tapecast.session.info"] = () => ({ expires_at: ends.shift() });
      one.procedures["tapecast.session.refresh"] = () => ({ role: "trader", ended_subscriptions: [] });
    },
  });
  gateway.calls = [];

  browser.pass(5000);
  gateway.publish("tapecast.system.heartbeat", event(1));
  browser.pass(4750);
  assert.deepEqual(asked, [false]);
  browser.pass(250);
  await settled();

  assert.deepEqual([asked, gateway.sockets.length], [[false, true], 1]);
  assert.deepEqual(gateway.calls[0], ["tapecast.session.refresh", { token: "t2" }]);
  assert.deepEqual(gateway.called.slice(1), ["session.info", "session.ping"]);
});

for (const [name, wamp] of Object.entries(LIBRARIES)) {
  test(`over ${name} what a new role may not follow is refused, and the rest goes on`, async (context) => {
    const { log, ...handlers } = recorder();
    const roles = [];
    const ends = ["2026-01-01T12:00:20.000001Z", null];
    const { gateway, browser } = await start(context, {
      wamp,
      token: () => "t",
      before({ gateway: one, client }) {
        one.role = "risk";
        one.procedures["tapecast.session.info"] = () => ({ expires_at: ends.shift() });
        one.procedures["tapecast.session.refresh"] = () => {
          one.socket.revoke(ALERTS);
          one.socket.revoke("tapecast.user.bob");
          return { role: "trader", ended_subscriptions: [ALERTS, "tapecast.user.bob."] };
        };
        client.onConnectionChange(({ role }) => roles.push(role));
        client.subscribe(ALERTS, handlers);
        client.subscribe("tapecast.user.bob", handlers, { match: "prefix" });
        client.subscribe(BTC, handlers);
      },
    });

    browser.pass(5000);
    gateway.publish("tapecast.system.heartbeat", event(1));
    browser.pass(5000);
    await settled();
    gateway.publish(BTC, event(11));

    const refusals = [`! ${ALERTS} not_authorized`, "! tapecast.user.bob not_authorized"];
    assert.deepEqual(log.slice(-3), [...refusals, `+ ${BTC} e1:11`]);
    assert.deepEqual([roles.at(-1), gateway.sockets.length], ["trader", 1]);
  });
}

test("a token that could not be renewed is renewed by coming back", async (context) => {
  const token = ({ renew }) => (renew ? "new" : "old");
  const { gateway, client, browser } = await start(context, {
    token,
    before({ gateway: one }) {
      one.procedures["tapecast.session.info"] = () => ({ expires_at: "2026-01-01T12:00:10.000001Z" });
    },
  });
  browser.pass(5000);
  await settled();
  gateway.goodToken = "new";

  await loseAndReturn({ gateway, browser }, 4001, "tapecast.close.token_expired");

  assert.deepEqual([client.state.phase, gateway.tokens], ["live", ["old", "new"]]);
});

test("a gateway that does not tell a token's end is no fault", async (context) => {
  const { client } = await start(context, {
    token: () => "t",
    before({ gateway }) {
      delete gateway.procedures["tapecast.session.info"];
    },
  });

  assert.equal(client.state.phase, "live");
});

test("a token that is no function is used as it is", async (context) => {
  const { gateway } = await start(context, { token: "t" });

  assert.deepEqual([gateway.tokens, gateway.calls], [["t"], []]);
});

test("a client that is closed stays so until it is opened", async (context) => {
  const { gateway, client, browser } = await start(context);

  client.close();
  browser.pass(60_000);
  browser.comeOnline();

  assert.deepEqual([client.state.phase, client.state.ending.reason, gateway.socket.readyState], ["ended", "closed", 2]);
  await assert.rejects(client.call("tapecast.session.ping"), { code: "unavailable" });

  client.open();
  await settled();

  assert.deepEqual([client.state.phase, gateway.sockets.length], ["live", 2]);
});

test("what the browser has not is not missed", async (context) => {
  const { client } = await start(context);
  client.close();
  for (const name of ["document", "addEventListener", "navigator"]) {
    Object.defineProperty(globalThis, name, { value: undefined, configurable: true });
  }

  client.open();
  await settled();

  assert.equal(client.state.phase, "live");
});
