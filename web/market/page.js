/** The market page: joins its parts. */

import { byId, setText } from "../kit/dom.js";
import { needsToken } from "../kit/endings.js";
import { listInstruments } from "../kit/instruments.js";
import { Page } from "../kit/page-view.js";
import { countText, titleText } from "../kit/words.js";
import { bindAddress } from "./address-view.js";
import { Choice } from "./choice.js";
import { listRows, nextSorting } from "./listing.js";
import { PriceBoard } from "./prices.js";
import { PriceTable } from "./watch-list-view.js";

const TITLE_MS = 250;
const LEADING_BASE = "BTC";

/** The prices of all instruments: found, sorted, shown. */
class WatchList {
  #board = new PriceBoard();
  #table = new PriceTable(byId("rows"), byId("row"));
  #view = { search: "", sorting: null, instruments: new Map() };

  constructor(page, choice) {
    this.page = page;
    this.choice = choice;
    byId("search").addEventListener("input", ({ target }) => this.#search(target.value));
    byId("columns").addEventListener("click", ({ target }) => this.#sort(target.closest("button")?.dataset.sort));
    // Not part of a frame: frames stop in a tab that is not seen, and its title is all that is seen of it.
    setInterval(() => this.#renderTitle(), TITLE_MS);
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
    const rows = listRows(this.#board.rows, this.#view);
    this.#table.render(rows, this.#view.instruments, { nowMs, isLive: state.phase === "live" });
    this.#renderEmptiness(rows.length, state);
  }

  #apply(envelope) {
    if (envelope.payload.instrument) {
      this.#board.apply(envelope, performance.now());
      this.page.askForFrame();
    }
  }

  async #loadInstruments(current) {
    const listed = await listInstruments(this.page.client, () => this.page.state === current);
    if (listed) {
      this.#view.instruments = new Map(listed.map((rules) => [rules.instrument, rules]));
      this.choice.applyInstruments(listed);
      this.page.askForFrame();
    }
  }

  #search(text) {
    this.#view.search = text.trim();
    this.page.askForFrame();
  }

  #sort(key) {
    if (key) {
      this.#view.sorting = nextSorting(this.#view.sorting, key);
      this.#renderSorting();
      this.page.askForFrame();
    }
  }

  #renderSorting() {
    for (const button of byId("columns").querySelectorAll("button")) {
      const { key, isDescending } = this.#view.sorting ?? {};
      const direction = isDescending ? "descending" : "ascending";
      button.closest("th").ariaSort = button.dataset.sort === key ? direction : "none";
    }
  }

  #renderEmptiness(shown, state) {
    const known = this.#board.rows.length;
    byId("sign-in").hidden = !needsToken(state);
    byId("empty").hidden = known > 0 || needsToken(state);
    byId("nothing-found").hidden = known === 0 || shown > 0;
    setText(byId("searched"), this.#view.search);
    setText(byId("count"), countText(shown, known));
  }

  #renderTitle() {
    const { rows } = this.#board;
    const leader = rows.find(({ instrument }) => instrument.startsWith(LEADING_BASE)) ?? rows[0];
    const title = titleText(this.page.state, leader, leader && this.#view.instruments.get(leader.instrument));
    if (document.title !== title) {
      document.title = title;
    }
  }
}

const page = new Page();
const choice = new Choice(location.hash);
bindAddress(choice);
page.add(new WatchList(page, choice));

byId("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  const { value } = byId("token");
  byId("token").value = "";
  page.join(value.trim());
});

page.join(null);
