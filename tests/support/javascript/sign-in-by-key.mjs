/** Signs in with autobahn-js by a private key, as it comes, and writes who that was: URL, private key in hexadecimal. */

import { createRequire } from "node:module";

const autobahn = createRequire(import.meta.url)("./vendor/autobahn.min.js");
const [url, privateKey] = process.argv.slice(2);

globalThis.authextra = null; // autobahn-js forgets to declare it
const pkey = autobahn.nacl.sign.keyPair.fromSeed(autobahn.util.htob(privateKey));
const connection = autobahn.auth_cryptosign.create_connection({ url, realm: "tapecast", pkey });

let hasJoined = false;

connection.onopen = async (session, { authid, authrole, authmethod }) => {
  hasJoined = true;
  const { user } = await session.call("tapecast.session.info");
  console.log(JSON.stringify({ authid, authrole, authmethod, user }));
  connection.close();
};
connection.onclose = (reason, { message }) => {
  console.error(reason, message);
  process.exit(hasJoined ? 0 : 1);
};
connection.open();
