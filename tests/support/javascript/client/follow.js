/*
 * Follows topics with the client and holds what it shows against what the gateway says.
 * An expression, so that a page with a strict policy can be handed the same function as the runtime.
 */
({ connect, wamp, url, token, topics }) => {
  const KEPT = 1000;
  /** Topics whose state is so many events, the last ones, under the name of their family. */
  const LISTED = new Set(["trades", "status"]);
  const LONGEST = 100;
  const asked = new Map();
  const sockets = [];
  let isAuditing = false;

  /** Notes what the client asks of a topic; what the audit asks is not the client's. */
  const note = (procedure, { topic, instruments = [topic] } = {}) => {
    if (!isAuditing && /stream\.(get|resume)|get_prices/.test(procedure)) {
      instruments.forEach((name) => asked.set(name, (asked.get(name) ?? 0) + 1));
    }
  };
  const Plain = globalThis.WebSocket;
  globalThis.WebSocket = class extends Plain {
    constructor(...parts) {
      super(...parts);
      sockets.push(this);
    }
    send(text) {
      const [type, , , procedure, , fields] = JSON.parse(text);
      if (type === 48) {
        note(procedure, fields);
      }
      super.send(text);
    }
  };

  const familyOf = (topic) => topic.split(".")[1];
  const bookState = ({ bids = [], asks = [], depth = null }) => ({ bids, asks, depth });
  const stateOf = (topic, payload) => {
    const family = familyOf(topic);
    return LISTED.has(family) ? (payload[family] ?? []) : family === "book" ? bookState(payload) : payload;
  };

  /** topic -> `epoch:seq` -> the state as of that event, as JSON. */
  const shown = new Map(topics.map((topic) => [topic, new Map()]));
  const show = (topic, { epoch, seq }, state) => {
    const states = shown.get(topic);
    states.set(`${epoch}:${seq}`, JSON.stringify(state));
    if (states.size > KEPT) {
      states.delete(states.keys().next().value);
    }
  };

  const client = connect({ url, wamp, token });
  const follow = (topic) => {
    if (familyOf(topic) === "book") {
      const [, , venue, instrument] = topic.split(".");
      client.subscribeBook(venue, instrument, (book, envelope) => show(topic, envelope, bookState(book)));
      return;
    }
    let state = null;
    client.subscribe(topic, {
      onSnapshot: (envelope) => show(topic, envelope, (state = stateOf(topic, envelope.payload))),
      onEvent(envelope) {
        const { payload } = envelope;
        state = LISTED.has(familyOf(topic)) ? [...state, payload].slice(-LONGEST) : payload;
        show(topic, envelope, state);
      },
    });
  };
  topics.forEach(follow);

  const call = (procedure, fields) => {
    isAuditing = true;
    try {
      return client.call(procedure, fields);
    } finally {
      isAuditing = false;
    }
  };
  const soon = () => new Promise((resolve) => setTimeout(resolve, 10));

  /** Whether what is shown of a topic is what the gateway says of the same event; it asks again until that was shown. */
  const auditTopic = async (topic) => {
    for (let attempt = 0; attempt < 500; attempt += 1) {
      const { epoch, seq, payload } = await call("tapecast.stream.get", { topic });
      const state = shown.get(topic).get(`${epoch}:${seq}`);
      if (state !== undefined) {
        return { seq, isRight: state === JSON.stringify(stateOf(topic, payload)) };
      }
      await soon();
    }
    return { seq: null, isRight: false };
  };

  return {
    client,
    sockets,
    /** Resolves with the state once the connection is in this phase. */
    reached: (phase) =>
      new Promise((resolve) => {
        const stop = client.onConnectionChange((state) => state.phase === phase && resolve(state));
        Promise.resolve().then(() => client.state.phase === phase && stop());
      }),
    /** Begin to count what the client asks, and take the time. */
    begin() {
      asked.clear();
      return performance.now();
    },
    /** Every topic's verdict, what was asked since `begin`, and how long it has taken since then. */
    async audit(beganMs) {
      const verdicts = await Promise.all(topics.map(async (topic) => [topic, await auditTopic(topic)]));
      const tookMs = Math.round(performance.now() - beganMs);
      const byTopic = topics.map((topic) => [topic, asked.get(topic) ?? asked.get(topic.split(".").at(-1)) ?? 0]);
      return { verdicts: Object.fromEntries(verdicts), asked: Object.fromEntries(byTopic), tookMs };
    },
    /** Resolves once the gateway holds back so much that a gapped event has gone. */
    async dropped() {
      while ((await call("tapecast.session.info")).connection.dropped === 0) {
        await soon();
      }
    },
  };
}
