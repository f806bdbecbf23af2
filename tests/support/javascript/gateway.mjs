/** A WebSocket whose other end is the test: what the page sends is read, what the gateway sends is said. */

const [WELCOME, ABORT, ERROR, SUBSCRIBED] = [2, 3, 8, 33];

/** Sockets of a test, in the order in which the page opened them. */
export function fakeGateway() {
  const sockets = [];

  class FakeSocket extends EventTarget {
    readyState = 0;
    protocol = "wamp.2.json";
    sent = [];

    constructor(url, protocols) {
      super();
      Object.assign(this, { url, protocols });
      sockets.push(this);
    }

    send(text) {
      this.sent.push(JSON.parse(text));
    }

    /** The page's half of a close: the other half comes, or not, with `lose`. */
    close() {
      this.readyState = 2;
    }

    open() {
      this.readyState = 1;
      this.#emit("open", {});
    }

    say(message) {
      this.#emit("message", { data: JSON.stringify(message) });
    }

    welcome() {
      this.open();
      this.say([WELCOME, 1, { authrole: "public", roles: { broker: { features: {} }, dealer: { features: {} } } }]);
    }

    abort(uri, message) {
      this.say([ABORT, { message }, uri]);
    }

    grantSubscription() {
      const [type, request] = this.sent.at(-1);
      this.say([SUBSCRIBED, request, 100 * type + request]);
    }

    refuse(uri, body) {
      const [type, request] = this.sent.at(-1);
      this.say([ERROR, type, request, {}, uri, [], body]);
    }

    lose(code = 1006, reason = "") {
      this.readyState = 3;
      this.#emit("close", { code, reason });
    }

    #emit(type, fields) {
      const event = Object.assign(new Event(type), fields);
      this[`on${type}`]?.(event);
      this.dispatchEvent(event);
    }
  }

  return { sockets, FakeSocket };
}

/** Resolves when everything that was promised so far has been kept. */
export const settled = () => new Promise((resolve) => setImmediate(resolve));
