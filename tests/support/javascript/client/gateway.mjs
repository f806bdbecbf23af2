/** A gateway in the test's own process, at the other end of fake WebSockets: it joins, grants, answers and publishes. */

const HELLO = 1;
const WELCOME = 2;
const ABORT = 3;
const CHALLENGE = 4;
const AUTHENTICATE = 5;
const GOODBYE = 6;
const ERROR = 8;
const SUBSCRIBE = 32;
const SUBSCRIBED = 33;
const UNSUBSCRIBE = 34;
const UNSUBSCRIBED = 35;
const EVENT = 36;
const CALL = 48;
const RESULT = 50;

const FEATURES = { broker: { features: {} }, dealer: { features: {} } };

/** What a procedure throws, or a topic is refused with. */
export function refusal(code, { message = code, retry = false, details = {} } = {}) {
  return { uri: `tapecast.error.${code}`, body: { code, message, retry, details } };
}

/** Resolves when everything that was promised so far has been kept. */
export const settled = async () => {
  for (let turn = 0; turn < 20; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
};

/** Every socket that was opened to it, every call that was made; what it answers is the test's to change. */
export class FakeGateway {
  sockets = [];
  /** `[procedure, fields]` of every call, in order. */
  calls = [];
  /** Procedure -> from its fields to its result; one that throws a `refusal` is refused, one that gives undefined silent. */
  procedures = {};
  /** Topic -> the refusal of its subscription. */
  refused = {};
  /** Whether sockets open and what is sent is answered by itself. */
  isThere = true;
  role = "trader";
  /** The tokens that were handed in. */
  tokens = [];
  goodToken = null;

  /** The class to put in the place of `WebSocket`. */
  get WebSocket() {
    const gateway = this;
    return class extends FakeSocket {
      constructor(url, protocols) {
        super(gateway, url, protocols);
      }
    };
  }

  /** The newest socket. */
  get socket() {
    return this.sockets.at(-1);
  }

  /** The names of the procedures that were called, without `tapecast.`. */
  get called() {
    return this.calls.map(([procedure]) => procedure.replace("tapecast.", ""));
  }

  /** Publish to whoever has subscribed on the newest socket. */
  publish(topic, envelope) {
    this.socket.publish(topic, envelope);
  }
}

class FakeSocket extends EventTarget {
  readyState = 0;
  protocol = "wamp.2.json";
  sent = [];
  #subscriptions = new Map();

  constructor(gateway, url, protocols) {
    super();
    Object.assign(this, { gateway, url, protocols });
    gateway.sockets.push(this);
    if (gateway.isThere) {
      setImmediate(() => this.open());
    }
  }

  open() {
    this.readyState = 1;
    this.#emit("open", {});
  }

  send(text) {
    const message = JSON.parse(text);
    this.sent.push(message);
    if (this.gateway.isThere) {
      setImmediate(() => this.answer(message));
    }
  }

  /** The client's half of a close: the other half comes, or not, with `lose`. */
  close() {
    this.readyState = 2;
  }

  lose(code = 1006, reason = "") {
    this.readyState = 3;
    this.#emit("close", { code, reason });
  }

  goodbye(reason) {
    this.say([GOODBYE, {}, reason]);
  }

  say(message) {
    this.#emit("message", { data: JSON.stringify(message) });
  }

  publish(topic, envelope) {
    for (const [id, { pattern, match }] of this.#subscriptions) {
      const isMatch = match === "prefix" ? topic.startsWith(`${pattern}.`) : topic === pattern;
      if (isMatch) {
        this.say([EVENT, id, 1, match === "prefix" ? { topic } : {}, [], envelope]);
      }
    }
  }

  answer([type, ...parts]) {
    const { gateway } = this;
    if (type === HELLO) {
      const isTicket = parts[1].authmethods?.includes("ticket");
      this.say(isTicket ? [CHALLENGE, "ticket", {}] : this.#welcome("public"));
    } else if (type === AUTHENTICATE) {
      gateway.tokens.push(parts[0]);
      const isGood = gateway.goodToken === null || parts[0] === gateway.goodToken;
      this.say(isGood ? this.#welcome(gateway.role) : [ABORT, { message: "expired" }, "tapecast.error.token_expired"]);
      if (!isGood) {
        setImmediate(() => this.lose(4001, "tapecast.close.token_expired"));
      }
    } else if (type === SUBSCRIBE) {
      this.#subscribe(...parts);
    } else if (type === UNSUBSCRIBE) {
      const isHeld = this.#subscriptions.delete(parts[1]);
      const error = [ERROR, UNSUBSCRIBE, parts[0], {}, "wamp.error.no_such_subscription"];
      this.say(isHeld ? [UNSUBSCRIBED, parts[0]] : error);
    } else if (type === CALL) {
      this.#call(...parts);
    }
  }

  /** End a subscription that nobody asked to end. */
  revoke(pattern) {
    const [id] = [...this.#subscriptions].find(([, one]) => one.pattern === pattern);
    this.#subscriptions.delete(id);
    this.gateway.refused[pattern] = refusal("not_authorized");
    this.say([UNSUBSCRIBED, 0, { subscription: id, reason: "tapecast.error.not_authorized" }]);
  }

  /** The patterns that are subscribed to now. */
  get subscribed() {
    return [...this.#subscriptions.values()].map(({ pattern }) => pattern);
  }

  #welcome(authrole) {
    return [WELCOME, 1, { authrole, roles: FEATURES }];
  }

  #subscribe(request, { match }, pattern) {
    const refused = this.gateway.refused[pattern];
    if (refused) {
      this.say([ERROR, SUBSCRIBE, request, {}, refused.uri, [], refused.body]);
      return;
    }
    const known = [...this.#subscriptions].find(([, one]) => one.pattern === pattern && one.match === match);
    const id = known?.[0] ?? 1000 + request;
    this.#subscriptions.set(id, { pattern, match });
    this.say([SUBSCRIBED, request, id]);
  }

  #call(request, _options, procedure, _args, fields) {
    this.gateway.calls.push([procedure, fields]);
    try {
      const result = this.gateway.procedures[procedure](fields);
      if (result !== undefined) {
        this.say([RESULT, request, {}, [result]]);
      }
    } catch (error) {
      const { uri, body } = error.uri ? error : { uri: "wamp.error.no_such_procedure" };
      this.say([ERROR, CALL, request, {}, uri, [], body]);
    }
  }

  #emit(type, fields) {
    const event = Object.assign(new Event(type), fields);
    this[`on${type}`]?.(event);
    this.dispatchEvent(event);
  }
}
