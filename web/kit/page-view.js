/** What every page has: a client of the gateway, how its connection is, the operator's word, and parts drawn in frames. */

import { Tapecast } from "../../clients/js/tapecast.js";
import { AnnouncementView } from "./announcement-view.js";
import { ConnectionPanel } from "./connection-view.js";
import { byId } from "./dom.js";
import { StatusView } from "./status-view.js";

/** @typedef {import("../../clients/js/tapecast.js").Tapecast} Tapecast */
/** @typedef {import("../../clients/js/tapecast.js").ConnectionState} ConnectionState */

/**
 * A part of a page; it has of these what it needs.
 *
 * @typedef {object} Panel
 * @property {(client: Tapecast) => void} [attach] Subscribe with a new client; who is signed in may be another than before.
 * @property {(me: import("./sign-in.js").Me, client: Tapecast) => void} [identify] Subscribe to what is of one user; before
 *   anything is told of it, forget what was another's. Once with each client, when it is known who it is.
 * @property {(state: ConnectionState) => void} [applyState] The connection has changed.
 * @property {(nowMs: number, state: ConnectionState) => void} [render] Draw, with a frame.
 */

const TICK_MS = 250;
const RENEW = "with a new token";

/** What comes all the time is drawn so often. */
const DRAW_MS = 100;

/** The state while nobody is signed in, and no connection is wanted. */
const SIGNED_OUT = {
  phase: "ended",
  role: null,
  ending: { reason: "signed_out", comeBack: RENEW },
  isReturning: false,
  awayMs: null,
  retryMs: null,
  canRenew: false,
};

const now = () => performance.now();

/** A client that counts the events which it hands on. */
class CountingClient extends Tapecast {
  received = 0;

  subscribe(topic, handlers, options) {
    const { onSnapshot, onEvent, ...others } =
      typeof handlers === "function" ? { onSnapshot: handlers, onEvent: handlers } : handlers;
    const count = (...event) => {
      this.received += 1;
      onEvent?.(...event);
    };
    return super.subscribe(topic, { ...others, onSnapshot, onEvent: count }, options);
  }
}

/** Joins the panels of a page with a client: one at a time, and another whenever somebody signs in. */
export class Page {
  /** @type {Tapecast | null} */
  client = null;
  /** @type {ConnectionState | null} */
  state = null;
  /** Who is signed in, by the session of now. @type {import("./sign-in.js").Me | null} */
  me = null;
  #panels = [];
  #refusal = null;
  #isFrameAsked = false;
  #isFrameTimed = false;
  #drawnMs = -Infinity;
  #spent = null;

  constructor() {
    this.status = new StatusView(document);
    this.add(new AnnouncementView(byId("announcement")));
    this.add(new ConnectionPanel(this));
    byId("retry").addEventListener("click", () => this.client.open());
    setInterval(() => this.askForFrame(), TICK_MS);
  }

  /**
   * Have one more part, from the next `join` on.
   *
   * @template {Panel} Part
   * @param {Part} panel
   * @returns {Part}
   */
  add(panel) {
    this.#panels.push(panel);
    return panel;
  }

  /**
   * Connect as whom a token says, in place of the client before.
   *
   * @param {import("../../clients/js/tapecast.js").Options["token"]} token
   * @param {{renewsItself?: boolean}} [how] Without, a client whose token is no use any more stays away until `open`.
   */
  join(token, { renewsItself = false } = {}) {
    this.#end();
    const client = new CountingClient({
      url: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`,
      wamp: globalThis.Wampy,
      token,
    });
    this.client = client;
    this.#panels.forEach((panel) => panel.attach?.(client));
    client.onConnectionChange((state) => this.client === client && this.#follow(state, renewsItself));
  }

  /** Disconnect, since nobody is signed in. */
  leave() {
    this.#end();
    this.#applyState(SIGNED_OUT);
  }

  /**
   * Take who is signed in, with each session; every part is told once a client.
   *
   * @param {import("./sign-in.js").Me} me
   */
  identify(me) {
    const isKnown = this.me !== null;
    this.me = me;
    if (!isKnown) {
      this.#panels.forEach((panel) => panel.identify?.(me, this.client));
    }
    this.askForFrame();
  }

  /**
   * Say what the gateway refused, until the connection changes.
   *
   * @param {{message: string}} error
   */
  refuse(error) {
    this.#refusal = error;
    this.askForFrame();
  }

  /** Draw with the next frame; any number of changes before it are drawn at once. */
  askForFrame() {
    if (!this.#isFrameAsked) {
      this.#isFrameAsked = true;
      requestAnimationFrame(() => this.#render());
    }
  }

  /** Draw soon: for what can come thousands of times a second, and is read by somebody who cannot. */
  askForFrameInTime() {
    if (!this.#isFrameAsked && !this.#isFrameTimed) {
      this.#isFrameTimed = true;
      const ask = () => {
        this.#isFrameTimed = false;
        this.askForFrame();
      };
      setTimeout(ask, this.#drawnMs + DRAW_MS - now());
    }
  }

  #end() {
    const { client } = this;
    this.client = this.me = this.#spent = null;
    client?.close();
  }

  #follow(state, renewsItself) {
    const { phase, ending } = state;
    if (phase === "waiting" && ending.comeBack === RENEW && !renewsItself) {
      this.#spent = ending;
      this.client.close(); // which is told at once, here
    } else {
      this.#applyState(ending?.reason === "closed" && this.#spent ? { ...state, ending: this.#spent } : state);
    }
  }

  #applyState(state) {
    this.state = state;
    this.#refusal = state.phase === "live" ? this.#refusal : null;
    this.#panels.forEach((panel) => panel.applyState?.(state));
    this.askForFrame();
  }

  #render() {
    this.#isFrameAsked = false;
    if (this.state) {
      const nowMs = now();
      this.#drawnMs = nowMs;
      this.status.render(this.state, this.#refusal, nowMs);
      this.#panels.forEach((panel) => panel.render?.(nowMs, this.state));
    }
  }
}
