/** Runs follow.js in the runtime: `run-follow.mjs LIBRARY URL TOPICS` cuts the connection once, and writes the audits as JSON. */

import { readFileSync } from "node:fs";

import { connect } from "../../../../clients/js/tapecast.js";
import { LIBRARIES } from "./libraries.mjs";

const follow = (0, eval)(readFileSync(new URL("follow.js", import.meta.url), "utf8"));
const [library, url, topics] = process.argv.slice(2);

const follower = follow({ connect, wamp: LIBRARIES[library], url, topics: topics.split(",") });
await follower.reached("live");
const first = await follower.audit(0);

const beganMs = follower.begin();
follower.sockets.at(-1).close();
await follower.reached("waiting");
await follower.reached("live");
const second = await follower.audit(beganMs);

follower.client.close();
process.stdout.write(JSON.stringify([first, second]));
