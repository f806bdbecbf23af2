/** Runs collect.js in the runtime: `run-collect.mjs URL PREFIX COUNT` writes the events as JSON. */

import { readFileSync } from "node:fs";

import "../../../web/vendor/wampy.min.js";

const collect = (0, eval)(readFileSync(new URL("collect.js", import.meta.url), "utf8"));
const [url, prefix, count] = process.argv.slice(2);

const events = await collect({ url, prefix, count: Number(count), options: { ws: WebSocket } });
process.stdout.write(JSON.stringify(events));
