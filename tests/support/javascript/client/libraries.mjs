/** The WAMP libraries that the client runs over, each as its publisher published it. */

import { createRequire } from "node:module";

import "../../../../web/vendor/wampy.min.js";

const require = createRequire(import.meta.url);

export const LIBRARIES = { wampy: globalThis.Wampy, "autobahn-js": require("../vendor/autobahn.min.js") };
