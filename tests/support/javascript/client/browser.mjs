/** What a browser has and the runtime has not, for the length of a test: a clock, chance, sockets, a page, a network. */

/**
 * @param {import("node:test").TestContext} context
 * @param {import("./gateway.mjs").FakeGateway} gateway
 */
export function fakeBrowser(context, gateway) {
  const browser = { nowMs: 0, document: Object.assign(new EventTarget(), { hidden: false }), isOnline: true };
  const window = new EventTarget();
  context.mock.timers.enable({ apis: ["setInterval", "setTimeout"] });
  context.mock.method(performance, "now", () => browser.nowMs);
  context.mock.method(Math, "random", () => 0);
  const faked = {
    WebSocket: gateway.WebSocket,
    document: browser.document,
    navigator: { get onLine() { return browser.isOnline; } },
    addEventListener: window.addEventListener.bind(window),
  };
  for (const [name, value] of Object.entries(faked)) {
    const before = Object.getOwnPropertyDescriptor(globalThis, name);
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    context.after(() => (before ? Object.defineProperty(globalThis, name, before) : delete globalThis[name]));
  }
  return Object.assign(browser, {
    /** Let time go by, in steps in which timers run as they do in a page that is seen. */
    pass(ms) {
      for (let left = ms; left > 0; left -= 250) {
        browser.nowMs += Math.min(250, left);
        context.mock.timers.tick(Math.min(250, left));
      }
    },
    /** Let time go by without any timer, as in a page that is frozen. */
    freeze(ms) {
      browser.nowMs += ms;
    },
    setHidden(isHidden) {
      browser.document.hidden = isHidden;
      browser.document.dispatchEvent(new Event("visibilitychange"));
    },
    comeOnline() {
      browser.isOnline = true;
      window.dispatchEvent(new Event("online"));
    },
  });
}
