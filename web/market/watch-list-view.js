/** The watch list: the prices of all instruments, found, sorted, and chosen from. */

import { askUntilAnswered } from "../kit/asking.js";
import { byId, setText } from "../kit/dom.js";
import { needsToken } from "../kit/endings.js";
import { showSorting } from "../kit/sorting-view.js";
import { countText, titleText } from "../kit/words.js";
import { Listing } from "./listing.js";
import { PriceBoard } from "./prices.js";
import { WatchListRows } from "./watch-list-rows-view.js";

/** @typedef {import("../kit/page-view.js").Panel} Panel */
/** @typedef {import("./choice.js").Choice} Choice */

const TITLE_MS = 250;
const STEPS = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity };

/** @implements {Panel} */
export class WatchList {
  #board = new PriceBoard();
  #listing = new Listing();
  #rows;
  #shown = [];

  /**
   * @param {import("../kit/page-view.js").Page} page
   * @param {Choice} choice
   */
  constructor(page, choice) {
    this.page = page;
    this.choice = choice;
    this.#rows = new WatchListRows(byId("rows"), byId("row"), () => page.askForFrame());
    byId("search").addEventListener("input", ({ target }) => this.#find(target.value));
    byId("columns").addEventListener("click", ({ target }) => this.#sort(target.closest("button")?.dataset.sort));
    byId("rows").addEventListener("click", ({ target }) => this.#choose(target.closest("tr")?.dataset.key));
    byId("watch-list").addEventListener("keydown", (event) => this.#press(event));
    document.addEventListener("keydown", (event) => this.#pressAnywhere(event));
    choice.listen(() => page.askForFrame());
    // Not part of a frame: frames stop in a tab that is not seen, and its title is all that is seen of it.
    setInterval(() => this.#renderTitle(), TITLE_MS);
  }

  /** What is known of an instrument's price, or undefined. */
  priceOf(instrument) {
    return this.#board.get(instrument);
  }

  attach(client) {
    const apply = (envelope) => this.#apply(envelope);
    const onError = (error) => this.page.refuse(error);
    client.subscribe("tapecast.price", { onSnapshot: apply, onEvent: apply, onError }, { match: "prefix" });
  }

  applyState(state) {
    this.#renderTitle();
    if (state.phase === "live") {
      this.#loadInstruments(state);
    }
  }

  render(nowMs, state) {
    this.#shown = this.#listing.list(this.#board.rows, nowMs, () => this.#rows.isPointedAt);
    this.#rows.render(this.#shown, {
      nowMs,
      isLive: state.phase === "live",
      chosen: this.choice.instrument,
      instruments: this.#listing.instruments,
    });
    this.#renderEmptiness(state);
  }

  #apply(envelope) {
    if (envelope.payload.instrument) {
      this.#board.apply(envelope, performance.now());
      this.page.askForFrameInTime();
    }
  }

  async #loadInstruments(current) {
    const isWanted = () => this.page.state === current;
    const listed = await askUntilAnswered(this.page.client, "tapecast.market.list_instruments", {}, isWanted);
    if (listed) {
      this.#listing.applyInstruments(listed);
      this.choice.applyInstruments(listed);
      this.page.askForFrame();
    }
  }

  #find(text) {
    this.#listing.find(text);
    this.page.askForFrame();
  }

  #sort(key) {
    if (key) {
      this.#listing.sort(key);
      showSorting(byId("columns"), this.#listing.sorting);
      this.page.askForFrame();
    }
  }

  #choose(instrument) {
    if (instrument) {
      this.choice.choose(instrument);
    }
  }

  /** Arrows go from row to row; out of the search field, Enter chooses the first that was found. */
  #press(event) {
    const isInSearch = event.target === byId("search");
    if (event.key === "Enter" && isInSearch) {
      this.#choose(this.#shown[0]?.instrument);
    } else if (event.key === "Escape" && isInSearch) {
      event.target.value = "";
      this.#find("");
    } else if (event.key in STEPS && !(isInSearch && event.key !== "ArrowDown") && this.#rows.step(STEPS[event.key])) {
      event.preventDefault();
    }
  }

  #pressAnywhere(event) {
    const isTyping = event.target.closest("input, textarea, select, dialog, [contenteditable]");
    if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      byId("search").focus();
      byId("search").select();
    }
  }

  #renderEmptiness(state) {
    const known = this.#board.rows.length;
    const shown = this.#shown.length;
    byId("sign-in").hidden = !needsToken(state);
    byId("empty").hidden = known > 0 || needsToken(state);
    byId("nothing-found").hidden = known === 0 || shown > 0;
    setText(byId("searched"), this.#listing.search);
    setText(byId("count"), countText(shown, known));
  }

  #renderTitle() {
    const { instrument } = this.choice;
    const leader = this.#board.get(instrument);
    const title = titleText(this.page.state, leader, this.#listing.instruments.get(instrument));
    if (document.title !== title) {
      document.title = title;
    }
  }
}
