/** The one connection of all price boards on a page to the gateway that they come from. */

import { connect } from "../../clients/js/tapecast.js";
import { askUntilAnswered } from "../kit/asking.js";
import { PriceBoard } from "../market/prices.js";
import { hasNotOpened, websocketUrl } from "./board.js";
import { Wampy } from "./wampy-view.js";

/** Connected while there is a board; every price is followed once, whoever shows it. */
export class Gateway {
  prices = new PriceBoard();
  /** @type {Map<string, object>} */
  rules = new Map();
  /** @type {Map<string, {code: string}>} */
  refusals = new Map();
  /** @type {import("../../clients/js/tapecast.js").ConnectionState | null} */
  state = null;
  /** Whether it answers over HTTP, asked where its socket did not open; null while that is not known. */
  isThere = null;
  #client = null;
  #boards = new Set();
  #followed = new Map();

  /** @param {{draw: () => void, instruments: string[]}} board */
  add(board) {
    const isFirst = this.#boards.size === 0;
    this.#boards.add(board);
    if (this.#client === null) {
      this.#connect();
    } else if (isFirst && this.state.phase === "ended") {
      this.#client.open();
    }
    this.follow();
  }

  remove(board) {
    this.#boards.delete(board);
    // An element that is moved is removed and added in one go.
    queueMicrotask(() => {
      this.follow();
      if (this.#boards.size === 0) {
        this.#client.close();
      }
    });
  }

  /** Follow what the boards show now, and nothing else. */
  follow() {
    const wanted = new Set([...this.#boards].flatMap(({ instruments }) => instruments));
    for (const [instrument, stop] of this.#followed) {
      if (!wanted.has(instrument)) {
        this.#followed.delete(instrument);
        stop();
      }
    }
    for (const instrument of wanted) {
      if (!this.#followed.has(instrument)) {
        this.#followed.set(instrument, this.#subscribe(instrument));
      }
    }
    this.#draw();
  }

  #connect() {
    this.#client = connect({ url: websocketUrl(import.meta.url), wamp: Wampy });
    this.#client.onConnectionChange((state) => this.#applyState(state));
  }

  #subscribe(instrument) {
    this.refusals.delete(instrument);
    const apply = (envelope) => {
      if (envelope.payload.instrument) {
        this.prices.apply(envelope, performance.now());
        this.#draw();
      }
    };
    const onError = (error) => {
      this.refusals.set(instrument, error);
      this.#draw();
    };
    return this.#client.subscribe(`tapecast.price.${instrument}`, { onSnapshot: apply, onEvent: apply, onError });
  }

  #applyState(state) {
    this.state = state;
    if (state.phase === "live") {
      this.isThere = null;
      this.#learnRules(state);
    } else if (hasNotOpened(state) && this.isThere !== true) {
      this.#probe();
    }
    this.#draw();
  }

  async #learnRules(state) {
    const isWanted = () => this.state === state;
    const listed = await askUntilAnswered(this.#client, "tapecast.market.list_instruments", {}, isWanted);
    if (listed) {
      this.rules = new Map(listed.map((rules) => [rules.instrument, rules]));
      this.#draw();
    }
  }

  /** A script of the gateway's is what every page may ask for. */
  async #probe() {
    try {
      await fetch(import.meta.url, { method: "HEAD", cache: "no-store", credentials: "omit" });
      this.isThere = true;
    } catch {
      this.isThere = false;
    }
    this.#draw();
  }

  #draw() {
    this.#boards.forEach((board) => board.draw());
  }
}
