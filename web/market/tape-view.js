/** The chosen instrument's last trades. */

import { Rows, byId, setText } from "../kit/dom.js";
import { groupedDecimal, placesOf } from "../kit/decimals.js";
import { clockText } from "../kit/moments.js";
import { Sight } from "../kit/sight-view.js";
import { UNKNOWN, pairOf, priceText } from "../kit/words.js";
import { Following, venueKey } from "./following.js";
import { nothingText } from "./instrument-words.js";
import { Tape } from "./trades.js";

/** @typedef {import("../kit/page-view.js").Panel} Panel */
/** @typedef {import("./choice.js").Choice} Choice */

const SIDES = { buy: { word: "Buy", arrow: "▲", direction: "up" }, sell: { word: "Sell", arrow: "▼", direction: "down" } };

/** @implements {Panel} */
export class TapePanel {
  #tape = new Tape();
  #isNew = true;

  /**
   * @param {import("../kit/page-view.js").Page} page
   * @param {Choice} choice
   */
  constructor(page, choice) {
    Object.assign(this, { page, choice });
    this.rows = new Rows(byId("trades"), byId("trade"), ({ trade }) => trade.id, writeTrade);
    this.sight = new Sight(byId("tape"), () => this.#renew());
    this.following = new Following(choice, venueKey, (...to) => this.#follow(...to), () => this.#forget());
  }

  attach(client) {
    this.following.attach(client);
  }

  render() {
    if (this.#isNew && this.sight.isSeen) {
      this.#isNew = false;
      this.#draw();
    }
  }

  #follow(client, { venue, instrument }) {
    const tape = this.#tape;
    const topic = `tapecast.trades.${venue}.${instrument}`;
    const tell = (apply) => (envelope) => {
      apply(envelope);
      this.#isNew = true;
      this.page.askForFrameInTime();
    };
    const onSnapshot = tell((envelope) => {
      tape.applySnapshot(envelope);
      this.#learnTimes(client, topic, tape, envelope);
    });
    return [client.subscribe(topic, { onSnapshot, onEvent: tell((envelope) => tape.applyEvent(envelope)) })];
  }

  #forget() {
    this.#tape = new Tape();
    this.#renew();
  }

  /** A snapshot tells trades without their times, the journal has both. */
  async #learnTimes(client, topic, tape, snapshot) {
    const request = tape.timesRequest(snapshot);
    if (request) {
      try {
        const { events = [] } = await client.call("tapecast.stream.resume", { topic, ...request });
        tape.applyTimes(events);
        this.#renew();
      } catch (error) {
        console.info(`no times of ${topic}`, error);
      }
    }
  }

  #renew() {
    this.#isNew = true;
    this.page.askForFrame();
  }

  #draw() {
    const { rules, instrument } = this.choice;
    const { trades, isLoading } = this.#tape;
    const isEmpty = trades.length === 0;
    setText(byId("tape-nothing"), nothingText("trades", this.choice, { isLoading, isEmpty }));
    byId("tape-nothing").hidden = !isEmpty;
    byId("tape-box").hidden = isEmpty;
    const [base, quote] = pairOf(instrument, rules);
    setText(byId("tape-quote"), quote);
    setText(byId("tape-base"), quote && base);
    this.rows.render(trades.map((trade) => ({ trade, rules })));
  }
}

function writeTrade(parts, { trade, rules }) {
  const { word, arrow, direction } = SIDES[trade.side] ?? { word: UNKNOWN, arrow: "", direction: "flat" };
  parts.write("time", trade.ts === null ? UNKNOWN : clockText(trade.ts));
  parts.write("arrow", arrow);
  parts.write("side", word);
  parts.write("price", priceText(trade.price, rules));
  parts.write("size", groupedDecimal(trade.quantity, placesOf(rules?.lot_size ?? "1")));
  parts.mark("taker", "direction", direction);
}
