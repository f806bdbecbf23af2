import assert from "node:assert/strict";
import { test } from "node:test";

import { Desk, chanceName } from "../../../../../web/account/desk.js";

const NEW = { status: "new", filled_quantity: "0", quantity: "1", reason: null };
const FILLED = { ...NEW, status: "filled", filled_quantity: "1" };
const ORDER = { instrument: "BTCUSDT", side: "buy", type: "market", quantity: "1" };
const OPEN = { ...ORDER, type: "limit", price: "90", client_order_id: "page-7" };

const error = (code, retry = false) => Object.assign(new Error("in words"), { code, retry, details: {} });

/** A desk, and a gateway that answers what it is told to, in turn. */
function scene(...answers) {
  const calls = [];
  const news = [];
  let name = 0;
  const client = {
    async call(procedure, fields) {
      calls.push([procedure.replace("tapecast.orders.", ""), fields]);
      const answer = answers.shift();
      if (answer instanceof Error) {
        throw answer;
      }
      return answer;
    },
  };
  const desk = new Desk({ nowMs: () => 1000, newName: () => String((name += 1)), onNews: (text) => news.push(text) });
  desk.begin(client);
  return { desk, calls, news, client };
}

const texts = ({ steps }) => steps.map(({ text }) => text);

test("every action goes out under names of its own", async () => {
  const { desk, calls, news } = scene(FILLED, { ...NEW, status: "cancelled" }, NEW, [NEW, NEW]);

  await desk.place(ORDER);
  await desk.cancel(OPEN);
  await desk.amend(OPEN, { client_order_id: "page-7", price: "91" });
  await desk.cancelAll();

  assert.deepEqual(calls, [
    ["place", { ...ORDER, client_order_id: "page-1", correlation_id: "place-2" }],
    ["cancel", { client_order_id: "page-7", correlation_id: "cancel-3" }],
    ["amend", { client_order_id: "page-7", price: "91", correlation_id: "amend-4" }],
    ["cancel_all", { correlation_id: "cancel_all-5" }],
  ]);
  assert.deepEqual(
    desk.actions.map(({ title, state, status, tone, steps }) => [title, state, status, tone, steps.at(-1).text]),
    [
      ["Cancel all open orders", "done", undefined, undefined, "Acknowledged: 2 cancelled"],
      ["Change: Buy 1 BTCUSDT, limit 90.00", "done", "new", "", "Acknowledged: new"],
      ["Cancel: Buy 1 BTCUSDT, limit 90.00", "done", "cancelled", "", "Acknowledged: cancelled"],
      ["Buy 1 BTCUSDT, market", "done", "filled", "good", "Acknowledged: filled"],
    ],
  );
  assert.equal(news[0], "Buy 1 BTCUSDT, market: Sent");
});

test("cancelling all where nothing is open says so", async () => {
  const { desk } = scene([]);

  assert.equal((await desk.cancelAll()).steps.at(-1).text, "Acknowledged: no order was open");
});

test("events that carry an action's name are its own, and no others", async () => {
  const { desk } = scene(NEW);
  const action = await desk.place(ORDER);

  desk.applyOrder({ correlation_id: action.id, payload: { event: "filled", ...FILLED } });
  desk.applyFill({ correlation_id: action.id, payload: { side: "buy", quantity: "1", price: "100" } });
  desk.applyFill({ correlation_id: "close-1", payload: { side: "sell", quantity: "1", price: "100" } });
  desk.applyFill({ payload: { side: "sell", quantity: "1", price: "100" } });

  assert.deepEqual(texts(action), ["Sent", "Acknowledged: new", "The order is filled", "Bought 1 at 100.00"]);
  assert.equal(action.status, "filled");

  desk.applyFill({ correlation_id: action.id, payload: { side: "sell", quantity: "1", price: "100" } });

  assert.equal(texts(action).at(-1), "Sold 1 at 100.00");
});

test("a refusal is told in the gateway's words", async () => {
  const { desk } = scene(error("risk_limit_exceeded"));

  const action = await desk.place(ORDER);

  assert.deepEqual([action.state, texts(action)[1]], ["refused", "Refused. In words. (risk_limit_exceeded)"]);
});

test("an order whose answer is lost is looked for, and found where it arrived", async () => {
  const { desk, calls } = scene(error("unavailable", true), FILLED);
  const action = await desk.place(ORDER);

  assert.equal(action.state, "unknown");

  await desk.look();
  await desk.look();

  assert.deepEqual(calls.slice(1), [["get", { client_order_id: "page-1" }]]);
  assert.deepEqual([action.state, texts(action).at(-1)], ["done", "It arrived: filled"]);
});

test("one that did not arrive is sent again as the very same", async () => {
  const { desk, calls } = scene(error("unavailable", true), error("unknown_order"), NEW);
  const action = await desk.place(ORDER);
  await desk.look();

  assert.equal(action.state, "missed");

  await desk.sendAgain(action.id);

  assert.deepEqual(calls[2], calls[0]);
  assert.equal(action.state, "done");
});

test("what cannot be told yet is asked for again, one question at a time", async () => {
  const { desk, calls } = scene(error("unavailable", true), error("unavailable", true), error("internal"));
  const action = await desk.place(ORDER);

  await Promise.all([desk.look(), desk.look()]);

  assert.deepEqual([calls.length, action.state], [2, "unknown"]);

  await desk.look();

  assert.match(texts(action).at(-1), /^What became of it is not told\./);
});

test("an event shows that an order arrived, whatever became of the answer", async () => {
  const { desk, client } = scene();
  client.call = async (_, { correlation_id: id }) => {
    desk.applyOrder({ correlation_id: id, payload: { event: "new", ...NEW } });
    throw error("unavailable", true);
  };

  const action = await desk.place(ORDER);

  assert.deepEqual([action.state, texts(action)], ["done", ["Sent", "The order is new"]]);
});

test("a cancel whose answer is lost tells how the order is; one of all orders cannot be looked for", async () => {
  const { desk } = scene(error("unavailable", true), NEW, error("unavailable", true));
  const cancel = await desk.cancel(OPEN);
  await desk.look();

  assert.equal(texts(cancel).at(-1), "The order is there: new");

  const all = await desk.cancelAll();

  assert.equal(all.state, "missed");
  assert.match(texts(all).at(-1), /Look at the open orders/);
});

test("what is kept is bounded, and forgotten with whom it was of", async () => {
  const { desk, client, news } = scene();
  client.call = async () => NEW;
  const first = await desk.place(ORDER);
  for (let number = 0; number < 15; number += 1) {
    desk.applyOrder({ correlation_id: first.id, payload: { event: "update", ...NEW } });
  }

  assert.equal(first.steps.length, 12);

  for (let number = 0; number < 30; number += 1) {
    await desk.place(ORDER);
  }

  assert.equal(desk.actions.length, 30);
  assert.ok(!desk.actions.includes(first));

  let answer;
  client.call = () => new Promise((resolve) => (answer = resolve));
  const late = desk.place(ORDER);
  desk.begin(client);
  const told = news.length;
  answer(NEW);
  await late;

  assert.deepEqual([desk.actions, news.length], [[], told]);
});

test("a name is made of chance", () => {
  assert.equal(chanceName([35, 36]), "z10");
});
