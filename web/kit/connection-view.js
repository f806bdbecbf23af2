/** The connection's light opens how the session gets along, and how often it wants events. */

import { ConnectionFigures, roundTripOf } from "./connection-figures.js";
import { byId, setText } from "./dom.js";
import { PaceChoice, paceText } from "./pace.js";
import { Repeated } from "./repeated-view.js";

const REFRESH_MS = 1_000;

/** One in so many refreshes measures the way; together they stay below what a session may ask for in a minute. */
const REFRESHES_A_ROUND_TRIP = 5;

/** A slider that is drawn asks once it rests. */
const REST_MS = 250;

/** A panel of every page: closed, it asks nothing. */
export class ConnectionPanel {
  #figures = new ConnectionFigures();
  #pace = new PaceChoice();
  #values = new Map();
  #refreshes = 0;
  #isLive = false;
  #resting = null;

  /** @param {import("./page-view.js").Page} page */
  constructor(page) {
    this.page = page;
    this.button = byId("connection");
    this.root = byId("connection-figures");
    this.list = this.root.querySelector("dl");
    this.slider = byId("pace");
    this.background = byId("background");
    this.button.addEventListener("click", () => this.#show(this.root.hidden));
    this.root.querySelector(".close").addEventListener("click", () => this.#show(false));
    document.addEventListener("keydown", (event) => this.#press(event));
    this.refreshing = new Repeated(this.root, REFRESH_MS, () => this.#refresh());
    this.#bindPace();
  }

  applyState(state) {
    const wasLive = this.#isLive;
    this.#isLive = state.phase === "live";
    if (this.#isLive && !wasLive && !this.#pace.isDefault) {
      this.#sendPace();
    }
    if (!this.#isLive) {
      this.#figures.clear();
    }
    this.#render();
    this.refreshing.run(this.#isLive);
  }

  #bindPace() {
    this.slider?.addEventListener("input", () => {
      this.#pace.chooseStep(Number(this.slider.value));
      this.#choosePace();
    });
    this.background?.addEventListener("change", () => {
      this.#pace.background = this.background.checked;
      this.#choosePace();
    });
    // The client has its own pace for a page that is not seen, and sets back what a session begins with: after that, ours.
    document.addEventListener("visibilitychange", () => setTimeout(() => this.#restorePace()));
  }

  /** What is pressed in a question is for the question. */
  #press({ key, target }) {
    if (key === "Escape" && !this.root.hidden && !target.closest("dialog")) {
      this.#show(false);
    }
  }

  #show(isShown) {
    this.root.hidden = !isShown;
    this.button.ariaExpanded = String(isShown);
    if (isShown) {
      this.#render();
      this.root.focus();
    } else {
      this.button.focus();
    }
  }

  #choosePace() {
    this.#render();
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => this.#sendPace(), REST_MS);
  }

  #restorePace() {
    if (!document.hidden && this.#isLive && !this.#pace.isDefault) {
      this.#sendPace();
    }
  }

  async #sendPace() {
    try {
      await this.page.client.call("tapecast.session.pace", this.#pace.fields);
      this.refreshing.now();
    } catch (error) {
      // Without a connection it is sent with the next session.
      console.info("no pace set", error);
    }
  }

  async #refresh() {
    const { client } = this.page;
    if (this.#refreshes % REFRESHES_A_ROUND_TRIP === 0 || !this.#figures.roundTrip) {
      const sentMs = Date.now();
      const { ts } = await client.call("tapecast.session.ping");
      if (client !== this.page.client) {
        return;
      }
      this.#figures.roundTrip = roundTripOf({ sentMs, answeredMs: Date.now(), ts });
    }
    this.#refreshes += 1;
    const info = await client.call("tapecast.session.info");
    if (client === this.page.client) {
      this.#figures.apply({ info, takenMs: performance.now(), received: client.received });
      this.#render();
    }
  }

  #render() {
    if (this.root.hidden) {
      return;
    }
    const rows = this.#figures.rows(this.#pace.maxHz, Date.now());
    this.root.querySelector(".nothing").hidden = rows.length > 0;
    this.list.hidden = rows.length === 0;
    rows.forEach(({ key, name, value }) => setText(this.#valueOf(key, name), value));
    this.#renderPace();
  }

  #valueOf(key, name) {
    if (!this.#values.has(key)) {
      const [term, value] = [document.createElement("dt"), document.createElement("dd")];
      term.textContent = name;
      value.dataset.figure = key;
      this.list.append(term, value);
      this.#values.set(key, value);
    }
    return this.#values.get(key);
  }

  #renderPace() {
    if (this.slider) {
      const words = paceText(this.#pace.maxHz);
      this.slider.ariaValueText = words;
      setText(byId("pace-words"), words);
      setText(byId("pace-effect"), this.#figures.thinning);
    }
  }
}
