/** Every trial that is open, told of the connection like any part of the page; and what they try with. */

import { askUntilAnswered } from "../kit/asking.js";
import { byId } from "../kit/dom.js";
import { CallTrial } from "./call-trial-view.js";
import { PathTrial } from "./path-trial-view.js";
import { Samples } from "./samples-view.js";
import { TopicTrial } from "./topic-trial-view.js";

/**
 * What a trial may use.
 *
 * @typedef {object} Surroundings
 * @property {import("../kit/page-view.js").Page} page
 * @property {import("./samples.js").Gateway} gateway
 * @property {KnownMarket} market
 * @property {import("./token-view.js").TokenForm} signIn
 * @property {Samples} samples
 */

const KINDS = { topic: TopicTrial, procedure: CallTrial, path: PathTrial };
const RESUMED = "tapecast.trades";

/** The instruments of the gateway, asked for once a client. */
export class KnownMarket {
  #instruments = null;

  /** @param {import("../kit/page-view.js").Page} page */
  constructor(page) {
    this.page = page;
  }

  attach() {
    this.#instruments = null;
  }

  /**
   * What there is to call a procedure with.
   *
   * @param {string} uri
   * @returns {Promise<import("./arguments.js").Market>}
   */
  async learn(uri) {
    const { client } = this.page;
    this.#instruments ??= this.#list(client);
    const instruments = await this.#instruments;
    const places = uri === "tapecast.stream.resume" ? await placesOf(client) : [];
    return { instruments, place: places.find(({ topic }) => topic.endsWith(".BTCUSDT")) ?? places[0] ?? null };
  }

  async #list(client) {
    const isWanted = () => client === this.page.client;
    const listed = await askUntilAnswered(client, "tapecast.market.list_instruments", {}, isWanted);
    if (listed === null) {
      return [];
    }
    const instruments = listed.filter(({ venues }) => venues?.length);
    const venues = [...new Set(instruments.flatMap((one) => one.venues))];
    byId("known-instruments").replaceChildren(...instruments.map(({ instrument }) => new Option("", instrument)));
    byId("known-venues").replaceChildren(...venues.map((venue) => new Option("", venue)));
    return instruments;
  }
}

async function placesOf(client) {
  try {
    return await client.call("tapecast.stream.list", { prefix: RESUMED });
  } catch {
    return []; // its owner is away: the reader fills in what is known
  }
}

/** The open trials. */
export class Trials {
  #open = new Set();
  #made = new Map();

  /** @param {Omit<Surroundings, "samples">} surroundings */
  constructor(surroundings) {
    this.surroundings = surroundings;
  }

  /**
   * Have the trial of an entry, made when it is opened first.
   *
   * @param {import("./contract.js").Entry} entry
   * @param {HTMLElement} place
   */
  open(entry, place) {
    const trial = this.#made.get(entry) ?? this.#make(entry, place);
    const { page } = this.surroundings;
    this.#open.add(trial);
    if (page.state) {
      trial.applyState?.(page.state);
    }
    page.askForFrame();
  }

  /** @param {import("./contract.js").Entry} entry */
  close(entry) {
    const trial = this.#made.get(entry);
    trial?.end();
    this.#open.delete(trial);
  }

  attach() {
    this.#made.forEach((trial) => trial.attach());
  }

  applyState(state) {
    this.#open.forEach((trial) => trial.applyState?.(state));
  }

  render(nowMs, state) {
    this.#open.forEach((trial) => trial.render(nowMs, state));
  }

  #make(entry, place) {
    const samplesPlace = document.createElement("div");
    const samples = new Samples(samplesPlace, entry.title);
    const trial = new KINDS[entry.kind](entry, { ...this.surroundings, samples });
    place.append(trial.element, samplesPlace);
    this.#made.set(entry, trial);
    return trial;
  }
}
