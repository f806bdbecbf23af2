/** The feeds in the document: how each is, and what an operator has it do. */

import { Rows, byId } from "../kit/dom.js";
import { clockText, momentText } from "../kit/moments.js";
import { OutcomeView } from "../kit/outcome-view.js";
import { countOf } from "../kit/outcomes.js";
import { ask } from "../kit/question-view.js";
import { Repeated } from "../kit/repeated-view.js";
import * as feeds from "./feeds.js";
import { TONES } from "./parts.js";

/** @typedef {import("./feeds.js").Feed} Feed */

const LIST = "tapecast.admin.feeds.list";
const PERIOD_MS = 2_000;
const CONNECTION_TONES = { live: "good", connecting: "warn", silent: "bad" };

/** The panel `#feeds`. */
export class FeedsPanel {
  #inner = new WeakMap();
  #feeds = [];

  /** @param {import("../kit/page-view.js").Page} page */
  constructor(page) {
    this.page = page;
    this.root = byId("feeds-list");
    this.outcome = new OutcomeView(byId("feeds-outcome"));
    this.rows = new Rows(this.root, byId("feed"), ({ venue }) => venue, (row, feed) => this.#write(row, feed));
    this.root.addEventListener("click", ({ target }) => this.#press(target.closest("[data-act]")));
    this.repeated = new Repeated(byId("feeds"), PERIOD_MS, () => this.#load(), byId("feeds-fault"));
  }

  applyState(state) {
    this.repeated.run(state.phase === "live");
  }

  async #load() {
    this.#feeds = await this.page.client.call(LIST);
    this.rows.render(this.#feeds);
    byId("feeds-nothing").hidden = this.#feeds.length > 0;
  }

  #press(button) {
    const venue = button?.closest("[data-key]").dataset.key;
    const feed = this.#feeds.find((one) => one.venue === venue);
    if (feed) {
      this.#acts[button.dataset.act](feed);
    }
  }

  #acts = {
    prefer: (feed) => this.#act(feeds.preferQuestion(feed), `Preferring ${feed.venue}`, "prefer", feed, feeds.preferredText),
    unprefer: (feed) => {
      const question = feeds.endPreferenceQuestion(feed);
      const ending = { ...feed, more: { duration_s: 0 } };
      return this.#act(question, `Ending the preference of ${feed.venue}`, "prefer", ending, feeds.preferredText);
    },
    add: (feed) => this.#act(feeds.addQuestion(feed), `Adding to ${feed.venue}`, "add", feed, feeds.addedText),
    remove: async (feed) => {
      const question = feeds.removeQuestion(feed, await this.#followedBy(feed.venue));
      return this.#act(question, `Removing from ${feed.venue}`, "remove", feed, feeds.removedText);
    },
  };

  async #act(question, doing, procedure, { venue, more }, done) {
    const answer = await ask(question);
    if (answer) {
      const call = () => this.page.client.call(`tapecast.admin.feeds.${procedure}`, { venue, ...answer, ...more });
      await this.outcome.follow(doing, call, done);
      this.repeated.now();
    }
  }

  /** What can be named; that the market does not tell now is no reason not to ask. */
  async #followedBy(venue) {
    const listed = await this.page.client.call("tapecast.market.list_instruments").catch(() => []);
    return listed.filter(({ venues }) => venues?.includes(venue)).map(({ instrument }) => instrument);
  }

  /** @param {import("../kit/dom.js").Parts} row @param {Feed} feed */
  #write(row, feed) {
    const { venue, state, preferred_until: until, connections, last_errors: errors } = feed;
    row.write("venue", venue);
    row.write("state", state);
    row.mark("state", "tone", TONES[state]);
    row.write("preferred", until === null ? "" : `preferred until ${clockText(until)} UTC`);
    row.write("reason", feed.reason);
    row.write("age", feeds.lastMessageText(feed.age_ms));
    row.write("instruments", feeds.followedText(feed.instruments));
    row.write("offset", feeds.offsetText(feed.clock_offset_ms));
    row.write("caption", `Connections of ${venue}`);
    row.write("faults-count", `Last ${countOf(errors.length, "error")}`);
    this.#writeInner(row, connections, errors);
    for (const button of row.element.querySelectorAll("[data-act]")) {
      const isChange = button.dataset.act === "add" || button.dataset.act === "remove";
      button.hidden = (isChange && !feed.is_adjustable) || (button.dataset.act === "unprefer" && until === null);
    }
  }

  #writeInner(row, connections, errors) {
    row.get("region").hidden = connections.length === 0;
    row.get("region").ariaLabel = row.get("caption").textContent;
    row.get("faults").hidden = errors.length === 0;
    if (!this.#inner.has(row)) {
      const byNumber = ({ connection }) => connection;
      const byTime = ({ ts, error }) => `${ts} ${error}`;
      this.#inner.set(row, {
        connections: new Rows(row.get("connections"), byId("feed-connection"), byNumber, writeConnection),
        errors: new Rows(row.get("errors"), byId("feed-error"), byTime, writeError),
      });
    }
    this.#inner.get(row).connections.render(connections);
    this.#inner.get(row).errors.render(errors.toReversed());
  }
}

function writeConnection(row, { connection, state, reason, instruments, streams, age_ms: ageMs }) {
  row.write("connection", String(connection));
  row.write("state", reason ? `${state}: ${reason}` : state);
  row.mark("state", "tone", CONNECTION_TONES[state]);
  row.write("instruments", feeds.followedText(instruments));
  row.write("streams", String(streams));
  row.write("age", feeds.lastMessageText(ageMs));
}

function writeError(row, { ts, error }) {
  row.write("error", error);
  row.write("when", momentText(ts, Date.now()));
}
