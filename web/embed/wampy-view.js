/** The vendored WAMP library as a module: it makes itself global, and on another site's page it is not to stay so. */

const theirs = Object.getOwnPropertyDescriptor(globalThis, "Wampy");

await import("../vendor/wampy.min.js");

export const { Wampy } = globalThis;

if (theirs) {
  Object.defineProperty(globalThis, "Wampy", theirs);
} else {
  delete globalThis.Wampy;
}
