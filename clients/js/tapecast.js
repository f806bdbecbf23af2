/** A client of a Tapecast gateway; tapecast.d.ts explains it. */

import { OrderBook } from "./book.js";
import { Connection } from "./connection.js";
import { Link } from "./link.js";
import { TopicStream } from "./stream.js";

export { compareDecimals } from "./book.js";
export { TapecastError } from "./connection.js";
export { OrderBook };

const TICK_MS = 250;
const HIDDEN_HZ = 1;
export const MOST_ASKED = 40; // at once, and a second
export const MOST_PRICES = 1_000; // of one call
export const DOUBT_MS = 1_000; // for an event that the gateway has told of
const RETRY_MS = 5_000;
const PRICE = "tapecast.price.";
const FAMILY = /^\w+(\.user)?\.?[^.]*/; // is listed together

export const connect = (options) => new Tapecast(options);

export class Tapecast {
  #token;
  #link;
  #connection;
  #subscriptions;
  #listeners = new Set();
  #prices = new Set();
  #stopping = null;

  constructor({ token = null, ...options }) {
    const canRenew = typeof token === "function";
    this.#token = canRenew ? token : () => token;
    this.#link = new Link(performance.now(), canRenew);
    this.#connection = new Connection({
      ...options,
      token: this.#token,
      link: this.#link,
      onSession: () => this.#begin(),
      onLoss: () => this.#subscriptions.lose(),
      onRenew: () => this.#renew(),
      onChange: () => this.#listeners.forEach((listener) => listener(this.state)),
    });
    this.#subscriptions = new Subscriptions(this.#connection);
    this.open();
  }

  get state() {
    return { ...this.#link };
  }

  onConnectionChange(listener) {
    this.#listeners.add(listener);
    listener(this.state);
    return () => this.#listeners.delete(listener);
  }

  open() {
    if (!this.#stopping) {
      this.#stopping = new AbortController();
      const { signal } = this.#stopping;
      const ticking = setInterval(() => this.#tick(), TICK_MS);
      signal.addEventListener("abort", () => clearInterval(ticking));
      globalThis.document?.addEventListener("visibilitychange", () => this.#changeVisibility(), { signal });
      globalThis.addEventListener?.("online", () => this.#wake(), { signal });
    }
    this.#connection.open();
  }

  close() {
    this.#stopping?.abort();
    this.#stopping = null;
    this.#connection.lose({ reason: "closed", comeBack: "no" });
  }

  call(procedure, fields) {
    return this.#connection.call(procedure, fields);
  }

  subscribe(topic, handlers, { match = "exact" } = {}) {
    const both = typeof handlers === "function" ? { onSnapshot: handlers, onEvent: handlers } : handlers;
    return this.#subscriptions.add(topic, match, both);
  }

  subscribePrices(instruments, onPrice) {
    for (const instrument of instruments) {
      const tell = ({ payload, ...envelope }) => payload.instrument && onPrice({ ...payload, ...envelope });
      this.#prices.add({ instrument, onPrice, stop: this.subscribe(`tapecast.price.${instrument}`, tell) });
    }
  }

  unsubscribePrices(instruments, onPrice) {
    for (const price of this.#prices) {
      if (instruments.includes(price.instrument) && (!onPrice || onPrice === price.onPrice)) {
        this.#prices.delete(price);
        price.stop();
      }
    }
  }

  subscribeBook(venue, instrument, onBook) {
    const book = new OrderBook();
    const tell = (change) => (envelope) => {
      book[change](envelope.payload);
      onBook(book, envelope);
    };
    const handlers = { onSnapshot: tell("applySnapshot"), onEvent: tell("applyDelta") };
    return this.subscribe(`tapecast.book.${venue}.${instrument}`, handlers);
  }

  #begin() {
    if (globalThis.document?.hidden) {
      this.#setPace();
    }
    if (this.#link.canRenew) {
      this.#learnEnd().catch(() => {});
    }
    return this.#subscriptions.begin();
  }

  #tick() {
    this.#connection.obey(this.#link.next(performance.now()));
    this.#subscriptions.pump();
  }

  #wake() {
    this.#connection.obey(this.#link.wake(performance.now()));
  }

  #changeVisibility() {
    this.#setPace();
    if (!document.hidden) {
      this.#wake();
      this.#subscriptions.check();
    }
  }

  #setPace() {
    const background = document.hidden;
    this.call("tapecast.session.pace", { max_hz: background ? HIDDEN_HZ : null, background }).catch(() => {});
  }

  /** By the gateway's clock. */
  async #learnEnd() {
    const asked = ["info", "ping"].map((name) => this.call(`tapecast.session.${name}`));
    const [{ expires_at: end }, { ts }] = await Promise.all(asked);
    this.#link.expire(end ? Date.parse(end) - Date.parse(ts) : Infinity, performance.now(), Math.random());
  }

  async #renew() {
    try {
      const token = await this.#token({ renew: true });
      const { role, ended_subscriptions: ended } = await this.call("tapecast.session.refresh", { token });
      this.#link.role = role;
      this.#subscriptions.end(ended);
      this.#connection.parts.onChange();
      await this.#learnEnd();
    } catch {
      // The link asks again.
    }
  }
}

class Subscriptions {
  #all = new Set();
  #beginning = 0;
  #asked = 0;

  constructor(connection) {
    this.connection = connection;
  }

  add(topic, match, handlers) {
    const one = { topic, match, handlers, streams: new Map(), takeBack: null, dueMs: 0 };
    this.#all.add(one);
    this.pump();
    return () => this.#remove(one);
  }

  begin() {
    return Promise.all([...this.#all].map((one) => this.#begin(one)));
  }

  lose() {
    this.#all.forEach((one) => Object.assign(one, { takeBack: null, dueMs: Infinity }));
    this.#streams().forEach(([, stream]) => stream.lose());
  }

  /** Requests go out once every subscription stands, together where they can. */
  pump() {
    const nowMs = performance.now();
    if (!this.connection.session) {
      return;
    }
    for (const one of this.#all) {
      if (one.dueMs <= nowMs) {
        (one.takeBack ? this.#list : this.#begin).call(this, one);
      }
    }
    if (this.#beginning === 0) {
      this.#askDue(nowMs);
    }
  }

  async check() {
    const { session } = this.connection;
    const families = new Set(this.#streams().map(([, { topic }]) => FAMILY.exec(topic)[0]));
    const lists = [...families].map((prefix) => this.#call("stream.list", { prefix }).catch(() => []));
    const listed = new Map((await Promise.all(lists)).flat().map((place) => [place.topic, place]));
    await new Promise((resolve) => setTimeout(resolve, DOUBT_MS));
    if (session === this.connection.session) {
      const listedStreams = this.#streams().filter(([, { topic }]) => listed.has(topic));
      listedStreams.forEach(([, stream]) => stream.reconcile(listed.get(stream.topic), performance.now()));
      this.pump();
    }
  }

  #streams() {
    return [...this.#all].flatMap((one) => [...one.streams.values()].map((stream) => [one, stream]));
  }

  #call(procedure, fields) {
    return this.connection.call(`tapecast.${procedure}`, fields);
  }

  async #begin(one) {
    one.dueMs = Infinity;
    this.#beginning += 1;
    try {
      const { topic, match, streams } = one;
      one.takeBack = await this.connection.subscribe(topic, match, (...event) => this.#receive(one, ...event));
      streams.forEach((stream) => stream.begin(performance.now()));
      if (!this.#all.has(one)) {
        this.#remove(one);
      } else if (match === "exact") {
        this.#stream(one, topic);
      } else {
        one.dueMs = 0;
      }
    } catch (error) {
      this.#retry(one, error);
    }
    this.#beginning -= 1;
    this.pump();
  }

  async #list(one) {
    one.dueMs = Infinity;
    try {
      const listed = await this.#call("stream.list", { prefix: one.topic });
      listed.forEach(({ topic }) => this.#stream(one, topic));
      this.pump();
    } catch (error) {
      this.#retry(one, error);
    }
  }

  #retry(one, error) {
    if (!error.retry) {
      report(one, error, one.topic);
    } else if (this.connection.session) {
      one.dueMs = performance.now() + (error.details.retry_after_ms ?? RETRY_MS);
    }
  }

  #stream(one, topic) {
    if (!one.streams.has(topic)) {
      one.streams.set(topic, new TopicStream(topic));
      one.streams.get(topic).begin(performance.now());
    }
    return one.streams.get(topic);
  }

  #receive(one, topic, envelope) {
    const stream = this.#stream(one, topic);
    deliver(one, topic, stream.offer(envelope, performance.now()));
    if (!stream.isFollowing) {
      this.pump();
    }
  }

  /** Whoever asks again is refused. */
  end(topics) {
    for (const one of this.#all) {
      if (topics.some((topic) => topic.startsWith(one.topic))) {
        one.takeBack?.().catch(() => {});
        this.#begin(one);
      }
    }
  }

  #remove(one) {
    this.#all.delete(one);
    one.handlers = { onError() {} };
    one.takeBack?.().catch(() => {});
  }

  #askDue(nowMs) {
    const prices = [];
    for (const [one, stream] of this.#streams()) {
      const isPrice = stream.topic.startsWith(PRICE);
      const hasRoom = isPrice ? prices.length < MOST_PRICES : this.#asked < MOST_ASKED;
      const request = hasRoom && stream.takeRequest(nowMs);
      if (request && isPrice) {
        prices.push([one, stream]);
      } else if (request) {
        this.#ask(one, stream, request);
      }
    }
    if (prices.length > 0) {
      this.#askPrices(prices);
    }
  }

  async #ask(one, stream, request) {
    this.#asked += 1;
    try {
      const toResume = "epoch" in request;
      const answer = await this.#call(toResume ? "stream.resume" : "stream.get", request);
      this.#apply(one, stream, toResume ? answer : { snapshot: answer });
    } catch (error) {
      this.#fail(one, stream, error);
    }
    setTimeout(() => (this.#asked -= 1), 1000);
    this.pump();
  }

  /** In one call; each is complete. */
  async #askPrices(wanted) {
    const instruments = wanted.map(([, { topic }]) => topic.slice(PRICE.length));
    try {
      const prices = await this.#call("market.get_prices", { instruments });
      const told = new Map(prices.map((price) => [price.instrument, price]));
      wanted.forEach(([one, stream], place) => this.#apply(one, stream, answerOf(told.get(instruments[place]))));
    } catch (error) {
      // One spoils it for all.
      const again = (pair) => (error.retry ? this.#fail(...pair, error) : this.#ask(...pair, { topic: pair[1].topic }));
      wanted.forEach(again);
    }
    this.pump();
  }

  #apply(one, stream, { recovered, events, snapshot }) {
    const nowMs = performance.now();
    const deliveries = recovered ? stream.applyEvents(events, nowMs) : stream.applySnapshot(snapshot, nowMs);
    deliver(one, stream.topic, deliveries);
  }

  #fail(one, stream, error) {
    if (stream.fail(error, performance.now())) {
      report(one, error, stream.topic);
    }
  }
}

function answerOf(price) {
  if (!price) {
    return { recovered: true, events: [] };
  }
  const { epoch, seq, ts, meta, ...payload } = price;
  return { snapshot: { type: "snapshot", epoch, seq, ts, meta, payload } };
}

function deliver({ handlers }, topic, deliveries) {
  for (const { isSnapshot, envelope } of deliveries) {
    guard(() => (isSnapshot ? handlers.onSnapshot : handlers.onEvent)?.(envelope, topic));
  }
}

function report({ handlers }, error, topic) {
  guard(() => (handlers.onError ?? console.error)(error, topic));
}

/** A callback that fails must not stop a stream. */
function guard(callback) {
  try {
    callback();
  } catch (error) {
    console.error(error);
  }
}
