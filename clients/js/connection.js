/** Sockets and sessions as the link decides, over wampy or autobahn-js without their reconnecting. */

import { COME_BACK } from "./link.js";

const REALM = "tapecast";
const unlessOffline = (reason) => (globalThis.navigator?.onLine === false ? "offline" : reason);
const lost = () => new TapecastError("tapecast.error.unavailable", { message: "there is no connection", retry: true });

export class TapecastError extends Error {
  constructor(uri, { message = uri, retry = false, details } = {}) {
    super(message);
    Object.assign(this, { uri, code: uri.replace("tapecast.error.", ""), retry, details: details ?? {} });
  }
}

/** As wampy has it, or autobahn-js; null where the socket failed. */
export function errorOf(error) {
  const { errorUri, error: uri = errorUri, argsDict, kwargs = argsDict, details } = error;
  const told = typeof uri === "string" ? new TapecastError(uri, kwargs ?? details) : null;
  return error instanceof TapecastError ? error : told;
}

export class Connection {
  session = null;
  #attempt = null;
  #pending = new Set();
  #isRefused = false;

  constructor(parts) {
    this.parts = parts;
  }

  open() {
    this.#leave();
    this.#attempt = {};
    this.parts.link.open(performance.now());
    this.parts.onChange();
    this.#join(this.#attempt);
  }

  lose(ending) {
    this.#leave();
    this.#isRefused ||= ending.comeBack === "with a new token";
    this.parts.link.lose(ending, performance.now(), Math.random());
    this.parts.onChange();
  }

  obey(due) {
    if (due === "open") {
      this.open();
    } else if (due === "lose") {
      this.lose({ reason: unlessOffline("silent"), comeBack: "yes" });
    } else if (due === "probe") {
      this.call("tapecast.session.ping").catch(() => {});
    } else if (due === "renew") {
      this.parts.onRenew();
    }
  }

  call(procedure, fields = {}) {
    return this.#settle(async (session) => session.call(procedure, fields));
  }

  /** One for all who want the same: wampy forgets the first of two. Resolves with what takes it back. */
  subscribe(topic, match, handler) {
    return this.#settle(async (session) => {
      const key = `${match} ${topic}`;
      const one = (session.shared[key] ??= { handlers: new Set() });
      one.handlers.add(handler);
      const hand = (...event) => one.handlers.forEach((handle) => handle(...event));
      one.standing ??= session.subscribe(topic, match, hand);
      one.standing.catch(() => delete session.shared[key]);
      const takeBack = await one.standing;
      return async () => {
        one.handlers.delete(handler);
        if (one.handlers.size === 0 && session.shared[key] === one) {
          delete session.shared[key];
          await takeBack();
        }
      };
    });
  }

  /** A loss rejects what is pending, which the libraries leave. */
  #settle(ask) {
    return new Promise((resolve, reject) => {
      if (!this.session) {
        throw lost();
      }
      this.#pending.add(reject);
      ask(this.session)
        .then(resolve, (error) => reject(errorOf(error) ?? lost()))
        .then(() => this.#pending.delete(reject));
    });
  }

  async #join(attempt) {
    const { link, onSession, onChange } = this.parts;
    const isCurrent = () => attempt === this.#attempt;
    try {
      const token = await this.parts.token({ renew: this.#isRefused });
      const onSocket = (socket) => this.#watch(attempt, socket);
      const session = isCurrent() && (await joinSession({ ...this.parts, token, onSocket }));
      if (isCurrent()) {
        this.session = { ...session, shared: {} };
        this.#isRefused = false;
        const announce = (_, { payload }) => link.announce(payload.retry_after_ms);
        await Promise.all([
          this.subscribe("tapecast.system.heartbeat", "exact", () => {}),
          this.subscribe("tapecast.system.announcements", "exact", announce),
          onSession(),
        ]);
      }
      if (isCurrent()) {
        link.join(session.role, performance.now());
        onChange();
      }
    } catch (error) {
      this.#fail(attempt, error);
    }
  }

  #fail(attempt, error) {
    attempt.refusal = errorOf(Object(error));
    if (attempt.refusal && attempt.socket) {
      attempt.socket.close(); // its close event tells whether to come back
    } else if (!attempt.socket && attempt === this.#attempt) {
      this.lose({ reason: "failed", comeBack: "yes", message: String(error?.message ?? error) });
    }
  }

  #watch(attempt, socket) {
    const ifCurrent = (act) => (event) => attempt === this.#attempt && act(event);
    attempt.socket = socket;
    socket.addEventListener("message", ifCurrent(() => this.parts.link.hear(performance.now())));
    socket.addEventListener("close", ifCurrent((close) => this.lose(this.#explain(attempt, close))));
  }

  #explain({ refusal }, { code, reason }) {
    const comeBack = COME_BACK[code];
    if (refusal) {
      const { message, details } = refusal;
      return { reason: "refused", code, message, comeBack: comeBack ?? "later", retryAfterMs: details.retry_after_ms };
    }
    const known = comeBack && { reason, code, comeBack };
    return known ?? { reason: unlessOffline(this.session ? "cut" : "unreachable"), code, comeBack: "yes" };
  }

  #leave() {
    const socket = this.#attempt?.socket;
    this.#attempt = this.session = null;
    this.parts.onLoss();
    this.#pending.forEach((reject) => reject(lost()));
    this.#pending.clear();
    socket?.close();
  }
}

/** Stays unsettled where the socket closes. */
function joinSession({ wamp, url, token, onSocket }) {
  class Watched extends WebSocket {
    constructor(address, protocols) {
      super(address, protocols);
      onSocket(this);
    }
  }
  return (typeof wamp === "function" ? overWampy : overAutobahn)(wamp, url, token, Watched);
}

async function overWampy(Wampy, url, token, Watched) {
  const client = new Wampy(url, {
    realm: REALM,
    autoReconnect: false,
    uriValidation: "loose", // strict refuses instruments with a `-`
    ws: Watched,
    ...(token && { authid: "token", authmethods: ["ticket"], onChallenge: () => token }),
  });
  const { authrole } = await client.connect();
  return {
    role: authrole,
    async subscribe(topic, match, handler) {
      const options = { match };
      const callback = ({ details, argsDict }) => handler(details.topic ?? topic, argsDict);
      const { subscriptionId } = await client.subscribe(topic, callback, options);
      return () => {
        const done = client.unsubscribe(subscriptionId);
        // Wampy looks for these.
        Object.assign(client._requests[client.getOpStatus().reqId], { advancedOptions: options });
        return done;
      };
    },
    call: async (procedure, fields) => (await client.call(procedure, fields)).argsList?.[0],
  };
}

function overAutobahn(autobahn, url, token, Watched) {
  const socket = new Watched(url, ["wamp.2.json"]);
  const transport = { send: (message) => socket.send(JSON.stringify(message)), close: () => socket.close() };
  const session = new autobahn.Session(transport, () => Promise.withResolvers(), () => token);
  socket.addEventListener("open", () => session.join(REALM, [token ? "ticket" : "anonymous"]));
  socket.addEventListener("message", ({ data }) => transport.onmessage(JSON.parse(data)));
  return new Promise((resolve, reject) => {
    session.onleave = (errorUri, details) => {
      reject({ errorUri, details });
      socket.close();
    };
    session.onjoin = ({ authrole }) =>
      resolve({
        role: authrole,
        async subscribe(topic, match, handler) {
          const callback = (_args, fields, details) => handler(details.topic, fields);
          const subscription = await session.subscribe(topic, callback, { match });
          return () => session.unsubscribe(subscription);
        },
        call: (procedure, fields) => session.call(procedure, [], fields),
      });
  });
}

