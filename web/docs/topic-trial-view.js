/** A topic to be followed from the page: which one, what came, the newest in full. */

import { Parts, Rows, byId, element, setText } from "../kit/dom.js";
import { Following, briefText, timeOfDay } from "./following.js";
import { prettyText } from "./results.js";
import { topicSamples } from "./samples.js";
import { choose, prefixOf, variablesOf } from "./topics.js";
import { hindranceOf, topicHindranceOf } from "./trials.js";

/** @typedef {import("./contract.js").Entry} Entry */

const RETRY_MS = 2_000;

/** Follows one topic of a family while its entry is open. */
export class TopicTrial {
  #parts = new Parts(byId("trial"));
  #arrivals;
  #following = null;
  #stop = null;
  #chosen = {};
  #topics = null;
  #told = "";
  #asked = null;

  /**
   * @param {Entry} entry
   * @param {import("./trials-view.js").Surroundings} surroundings
   */
  constructor(entry, surroundings) {
    Object.assign(this, { entry, ...surroundings });
    this.element = this.#parts.element;
    this.#arrivals = new Rows(this.#parts.get("arrivals"), byId("arrival"), ({ number }) => number, writeArrival);
    this.#parts.get("box").ariaLabel = "The newest event";
    this.#parts.get("form").addEventListener("submit", (event) => this.#submit(event));
    this.#parts.get("fields").addEventListener("change", ({ target }) => this.#choose(target));
    this.#offer();
  }

  /** Another may be signed in: what was followed is not his. */
  attach() {
    this.end();
    this.#topics = this.#asked = this.#following = null;
    this.#told = "";
    ["figures", "came", "log"].forEach((part) => (this.#parts.get(part).hidden = true));
    this.#parts.write("result", "");
    this.#arrivals.render([]);
  }

  applyState(state) {
    if (state.phase === "live" && this.#asked !== state) {
      this.#asked = state;
      this.#list(state);
    }
  }

  render(nowMs, state) {
    const hindrance = hindranceOf(this.entry.access, state) || topicHindranceOf(this.#topic, this.#topics !== null);
    this.#parts.get("go").disabled = this.#stop === null && hindrance !== "";
    setText(this.#parts.get("go"), this.#stop ? "Stop" : "Follow");
    setText(this.#parts.get("outcome"), this.#told || hindrance);
    if (this.#following) {
      this.#renderFollowing(this.#following, nowMs);
    }
  }

  /** Follow nothing any more. */
  end() {
    this.#stop?.();
    this.#stop = null;
    this.#told = this.#following ? `Stopped after ${this.#following.count} events.` : "";
  }

  get #topic() {
    return this.#choice.topic;
  }

  get #choice() {
    return choose(this.entry.title, this.#topics ?? [], this.#chosen);
  }

  /** Asked until there is a topic: their owner can be away, or have only just begun. */
  async #list(state) {
    while (state === this.page.state && !(await this.#learnTopics(state))) {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  async #learnTopics(state) {
    const isFixed = variablesOf(this.entry.title).length === 0;
    try {
      const asked = { prefix: prefixOf(this.entry.title) };
      const rows = isFixed ? [] : await this.page.client.call("tapecast.stream.list", asked);
      if (state === this.page.state) {
        this.#topics = rows.map(({ topic }) => topic);
        this.#offer();
      }
    } catch (error) {
      console.info("no topics yet", error);
    }
    this.page.askForFrame();
    return this.#topic !== null;
  }

  #offer() {
    const { choices, topic } = this.#choice;
    this.#parts.get("fields").replaceChildren(...choices.map((choice) => fieldOf(this.entry.id, choice)));
    const told = topic ?? this.entry.title;
    this.samples.show(topicSamples(this.gateway, told, !this.entry.access.any_of.includes("public")));
  }

  #choose({ name, value }) {
    this.#chosen = { ...this.#chosen, [name]: value };
    this.end();
    this.#told = "";
    this.#offer();
    this.#parts.get("fields").querySelector(`[name=${name}]`).focus();
    this.page.askForFrame();
  }

  #submit(event) {
    event.preventDefault();
    if (this.#stop) {
      this.end();
    } else if (this.#topic) {
      this.#follow(this.#topic);
    }
    this.page.askForFrame();
  }

  #follow(topic) {
    const following = new Following();
    const take = (isState) => (envelope) => {
      following.take(envelope, isState, performance.now());
      this.page.askForFrame();
    };
    const onError = ({ code, message }) => {
      this.end();
      this.#told = `${code}: ${message}`;
      this.page.askForFrame();
    };
    this.#following = following;
    this.#told = `Following ${topic}`;
    this.#stop = this.page.client.subscribe(topic, { onSnapshot: take(true), onEvent: take(false), onError });
  }

  #renderFollowing(following, nowMs) {
    const [newest] = following.arrivals;
    this.#parts.get("figures").hidden = this.#parts.get("came").hidden = this.#parts.get("log").hidden = !newest;
    if (newest) {
      this.#parts.write("count", String(following.count));
      this.#parts.write("rate", this.#stop ? following.perSecond(nowMs) : "–");
      this.#parts.write("seq", String(newest.seq));
      this.#parts.write("epoch", following.epoch);
      this.#parts.write("lag", newest.lag);
      if (this.#parts.isNew("newest", newest)) {
        this.#parts.write("result", prettyText(newest.payload));
        this.#arrivals.render(following.arrivals);
      }
    }
  }
}

function writeArrival(row, { seq, type, isState, ts, lag, payload }) {
  row.write("seq", String(seq));
  row.write("type", isState ? "state" : type);
  row.write("time", timeOfDay(ts));
  row.write("lag", lag);
  row.write("payload", briefText(payload));
}

function fieldOf(id, { name, options, value }) {
  const select = element("select", { id: `${id}-${name}`, name, disabled: options.length === 0 });
  select.append(...options.map((option) => new Option(option, option, false, option === value)));
  return element("div", { className: "field" }, element("label", { htmlFor: select.id }, name), select);
}
