/** Code that does what a reader has just tried: in JavaScript and in Python with the project's clients, and for a shell. */

/**
 * Where the gateway is, as its own pages know it.
 *
 * @typedef {{http: string, websocket: string}} Gateway
 */

/**
 * @param {{protocol: string, host: string}} location
 * @returns {Gateway}
 */
export function gatewayAt({ protocol, host }) {
  return { http: `${protocol}//${host}`, websocket: `${protocol === "https:" ? "wss" : "ws"}://${host}/ws` };
}

/**
 * Following one topic.
 *
 * @param {Gateway} gateway
 * @param {string} topic
 * @param {boolean} needsToken
 */
export function topicSamples(gateway, topic, needsToken) {
  return {
    javascript: `${javascriptClient(gateway, needsToken)}
client.subscribe(${quoted(topic)}, {
  onSnapshot: ({ seq, payload }) => console.log("the state as of", seq, payload),
  onEvent: ({ seq, payload }) => console.log("event", seq, payload),
  onError: ({ code, message }) => console.warn(code, message),
});
`,
    python: `${pythonHead(needsToken)}

def show(event):
    print("state" if event.is_state else "event", event.seq, event.payload)


async def main():
    async with ${pythonClient(gateway, needsToken)} as client:
        client.subscribe(${quoted(topic)}, show, on_loss=print, on_refused=print)
        await client.ended()


asyncio.run(main())
`,
  };
}

/**
 * Calling one procedure.
 *
 * @param {Gateway} gateway
 * @param {string} uri
 * @param {Record<string, unknown>} fields
 * @param {boolean} needsToken
 */
export function callSamples(gateway, uri, fields, needsToken) {
  const names = Object.keys(fields);
  const javascript = names.map((name) => `  ${name}: ${JSON.stringify(fields[name])},\n`).join("");
  const python = names.map((name) => `, ${name}=${pythonValue(fields[name])}`).join("");
  return {
    javascript: `${javascriptClient(gateway, needsToken)}
client.onConnectionChange(async ({ phase }) => {
  if (phase === "live") {
    const result = await client.call(${quoted(uri)}${javascript && `, {\n${javascript.replaceAll(/^/gm, "    ").trimEnd()}\n    }`});
    console.log(result);
    client.close();
  }
});
`,
    python: `${pythonHead(needsToken)}

async def main():
    joined = asyncio.Event()
    async with ${pythonClient(gateway, needsToken)} as client:
        client.on_connection_change(lambda change: change.phase == "live" and joined.set())
        await joined.wait()
        print(await client.call(${quoted(uri)}${python}))


asyncio.run(main())
`,
  };
}

/**
 * Asking for one path.
 *
 * @param {Gateway} gateway
 * @param {string} path
 * @param {boolean} needsToken
 */
export function pathSamples(gateway, path, needsToken) {
  const url = quoted(gateway.http + path);
  const shellHeader = needsToken ? ' -H "Authorization: Bearer $TOKEN"' : "";
  const header = needsToken ? ", headers={\"Authorization\": f\"Bearer {TOKEN}\"}" : "";
  const options = needsToken ? ", { headers: { Authorization: `Bearer ${token}` } }" : "";
  return {
    shell: `curl -i${shellHeader} ${url}\n`,
    javascript: `const answer = await fetch(${url}${options});
const body = await answer.json();
console.log(answer.status, body);
`,
    python: `import json
import urllib.request

request = urllib.request.Request(${url}${header})
with urllib.request.urlopen(request) as answer:
    print(answer.status, json.load(answer))
`,
  };
}

/**
 * A price board on a page of another site.
 *
 * @param {Gateway} gateway
 */
export function embedSamples({ http }) {
  return {
    html: `<script type="module" src="${http}/embed/tapecast-prices.js"></script>
<tapecast-prices instruments="BTCUSDT,ETHUSDT"></tapecast-prices>
`,
  };
}

function javascriptClient({ http, websocket }, needsToken) {
  const token = needsToken ? ", token: fetchToken" : "";
  return `import "${http}/vendor/wampy.min.js";
import { connect } from "${http}/clients/js/tapecast.js";

const client = connect({ url: "${websocket}", wamp: globalThis.Wampy${token} });`;
}

function pythonHead(needsToken) {
  const token = needsToken ? "\nTOKEN = \"...\"\n" : "";
  return `import asyncio

from tapecast_client.on_asyncio import Client
${token}`;
}

function pythonClient({ websocket }, needsToken) {
  return `Client("${websocket}"${needsToken ? ", token=lambda: TOKEN" : ""})`;
}

function pythonValue(value) {
  return JSON.stringify(value)
    .replaceAll(/"(?:[^"\\]|\\.)*"|\b(?:null|true|false)\b|[,:]/g, (word) => PYTHON_WORDS[word] ?? word);
}

const PYTHON_WORDS = { null: "None", true: "True", false: "False", ",": ", ", ":": ": " };
const quoted = (text) => JSON.stringify(text);
