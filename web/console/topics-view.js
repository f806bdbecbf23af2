/** The topics in the document: a long table, asked for again and again while it is seen. */

import { byId, element, setText } from "../kit/dom.js";
import { LongRows } from "../kit/long-rows-view.js";
import { Repeated } from "../kit/repeated-view.js";
import { nextSorting } from "../kit/sorting.js";
import { showSorting } from "../kit/sorting-view.js";
import { UNKNOWN } from "../kit/words.js";
import { rateText, wholeText } from "./figure-words.js";
import { COLUMNS, TopicBoard, countText, familiesOf, listTopics } from "./topics.js";

const LIST = "tapecast.stream.list";
const PERIOD_MS = 3_000;

/** The panel `#topics`. */
export class TopicsPanel {
  #board = new TopicBoard();
  #sorting = { key: "topic", isDescending: false };
  #families = new Set();
  #hasAnswer = false;

  /** @param {import("../kit/page-view.js").Page} page */
  constructor(page) {
    this.page = page;
    this.columns = byId("topics-columns");
    this.below = byId("topics-below");
    this.search = byId("topics-search");
    this.rows = new LongRows(byId("topics-scroll"), byId("topics-rows"), byId("topic"), ({ topic }) => topic, writeTopic);
    this.repeated = new Repeated(byId("topics"), PERIOD_MS, () => this.#load(), byId("topics-fault"));
    this.columns.addEventListener("click", ({ target }) => this.#sort(target.closest("button")?.dataset.sort));
    this.search.addEventListener("input", () => this.#show());
    this.below.addEventListener("change", () => this.repeated.now());
    showSorting(this.columns, this.#sorting);
  }

  applyState(state) {
    if (state.phase !== "live") {
      this.#board.interrupt();
    }
    this.repeated.run(state.phase === "live");
  }

  async #load() {
    const listed = await this.page.client.call(LIST, { prefix: this.below.value });
    this.#board.apply(listed, performance.now());
    this.#hasAnswer = true;
    this.#offerFamilies(listed);
    this.#show();
  }

  #offerFamilies(listed) {
    for (const family of familiesOf(listed)) {
      if (!this.#families.has(family)) {
        this.#families.add(family);
        this.below.append(element("option", { value: family }, family));
      }
    }
  }

  #sort(key) {
    if (key) {
      this.#sorting = nextSorting(COLUMNS, this.#sorting, key);
      showSorting(this.columns, this.#sorting);
      this.#show();
    }
  }

  #show() {
    const shown = listTopics(this.#board.rows, { search: this.search.value, sorting: this.#sorting });
    this.rows.render(shown);
    setText(byId("topics-count"), countText(shown, this.#board.rows.length, rateText));
    byId("topics-nothing").hidden = shown.length > 0;
    setText(byId("topics-nothing"), this.#hasAnswer ? "No topic matches." : "Nothing is known yet.");
  }
}

function writeTopic(row, { topic, delivery, subscribers, rate, seq, epoch }) {
  row.write("topic", topic);
  row.write("delivery", delivery);
  row.write("subscribers", wholeText(subscribers));
  row.write("rate", rate === null ? UNKNOWN : rateText(rate));
  row.write("seq", wholeText(seq));
  row.write("epoch", epoch);
}
