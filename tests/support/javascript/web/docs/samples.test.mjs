import assert from "node:assert/strict";
import { test } from "node:test";

import { callSamples, embedSamples, gatewayAt, pathSamples, topicSamples } from "../../../../../web/docs/samples.js";

const GATEWAY = { http: "https://gateway.example", websocket: "wss://gateway.example/ws" };

test("the gateway is where its page is", () => {
  assert.deepEqual(gatewayAt({ protocol: "https:", host: "gateway.example" }), GATEWAY);
  assert.deepEqual(gatewayAt({ protocol: "http:", host: "a:1" }), { http: "http://a:1", websocket: "ws://a:1/ws" });
});

test("following a topic is a few lines in either language", () => {
  const { javascript, python } = topicSamples(GATEWAY, "tapecast.price.BTCUSDT", false);

  assert.match(javascript, /^import "https:\/\/gateway\.example\/vendor\/wampy\.min\.js";$/m);
  assert.match(javascript, /^client\.subscribe\("tapecast\.price\.BTCUSDT", \{$/m);
  assert.match(python, /client\.subscribe\("tapecast\.price\.BTCUSDT", show, on_loss=print, on_refused=print\)/);
  assert.doesNotMatch(javascript + python, /token/i);
});

test("what asks for a token is shown with one", () => {
  const { javascript, python } = topicSamples(GATEWAY, "tapecast.user.ann.orders", true);

  assert.match(javascript, /token: fetchToken/);
  assert.match(python, /^TOKEN = "\.\.\."$/m);
  assert.match(python, /token=lambda: TOKEN/);
});

test("a call names its arguments, in the words of each language", () => {
  const fields = { instrument: 'a "b", c: true', names: ["x", "y"], limits: { a: null }, background: false, limit: 5 };

  const { javascript, python } = callSamples(GATEWAY, "tapecast.market.get", fields, false);

  assert.match(javascript, /client\.call\("tapecast\.market\.get", \{\n {6}instrument: "a \\"b\\", c: true",\n/);
  assert.match(javascript, /\n {6}limit: 5,\n {4}\}\);/);
  assert.match(
    python,
    /call\("tapecast\.market\.get", instrument="a \\"b\\", c: true", names=\["x", "y"\], limits=\{"a": None\}, background=False, limit=5\)/,
  );
});

test("a call without arguments has none", () => {
  const { javascript, python } = callSamples(GATEWAY, "tapecast.session.ping", {}, true);

  assert.match(javascript, /await client\.call\("tapecast\.session\.ping"\);/);
  assert.match(python, /await client\.call\("tapecast\.session\.ping"\)\)/);
});

test("a path is asked for from a shell, a page and Python, with a token where there is one", () => {
  const plain = pathSamples(GATEWAY, "/health", false);
  const closed = pathSamples(GATEWAY, "/api/topics", true);

  assert.equal(plain.shell, 'curl -i "https://gateway.example/health"\n');
  assert.doesNotMatch(Object.values(plain).join(""), /Bearer/);
  assert.match(closed.shell, /-H "Authorization: Bearer \$TOKEN"/);
  assert.match(closed.javascript, /Authorization: `Bearer \$\{token\}`/);
  assert.match(closed.python, /f"Bearer \{TOKEN\}"/);
});

test("a price board is one script and one element", () => {
  const lines = embedSamples(GATEWAY).html.trimEnd().split("\n");

  assert.deepEqual(lines, [
    '<script type="module" src="https://gateway.example/embed/tapecast-prices.js"></script>',
    '<tapecast-prices instruments="BTCUSDT,ETHUSDT"></tapecast-prices>',
  ]);
});
