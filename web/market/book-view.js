/** The chosen instrument's order book: both sides, what is between them, and how far it is known. */

import { Rows, byId, setText } from "../kit/dom.js";
import { groupedDecimal, placesOf } from "../kit/decimals.js";
import { Sight } from "../kit/sight-view.js";
import { pairOf, priceText } from "../kit/words.js";
import { Following, venueKey } from "./following.js";
import { nothingText } from "./instrument-words.js";
import { ladderOf, middleOf, stepsOf, trustText } from "./ladder.js";

/** @typedef {import("../kit/page-view.js").Panel} Panel */
/** @typedef {import("./choice.js").Choice} Choice */

const ROW_PX = 22;
const LEAST_ROWS = 5;
const LINES_BESIDES = 4; // the heads of columns and sides, and the middle

/** @implements {Panel} */
export class BookPanel {
  #book = null;
  #isNew = true;
  #multiple = 0;
  #steps = "";

  /**
   * @param {import("../kit/page-view.js").Page} page
   * @param {Choice} choice
   */
  constructor(page, choice) {
    Object.assign(this, { page, choice, box: byId("ladder"), step: byId("book-step") });
    const rowsOf = (id) => new Rows(byId(id), byId("rung"), ({ place }) => place, writeRung);
    this.sides = { asks: rowsOf("asks"), bids: rowsOf("bids") };
    this.sight = new Sight(byId("book"), () => this.#renew());
    new ResizeObserver(() => this.#renew()).observe(this.box);
    this.step.addEventListener("change", () => this.#chooseStep());
    this.following = new Following(choice, venueKey, (...to) => this.#follow(...to), () => this.#forget());
  }

  attach(client) {
    this.following.attach(client);
  }

  render(_nowMs, { phase }) {
    if (this.#isNew && this.sight.isSeen) {
      this.#isNew = false;
      this.#draw();
    }
    setText(byId("book-old"), this.#book && phase !== "live" ? "Not live: as it was when the connection was lost." : "");
  }

  #follow(client, { venue, instrument }) {
    const tell = (book) => {
      this.#book = book;
      this.#isNew = true;
      this.page.askForFrameInTime();
    };
    return [client.subscribeBook(venue, instrument, tell)];
  }

  #forget() {
    this.#book = null;
    this.#renew();
  }

  #renew() {
    this.#isNew = true;
    this.page.askForFrame();
  }

  /** How many rows of a side fit. */
  #rows() {
    const lines = Math.floor(this.box.clientHeight / ROW_PX);
    return Math.max(LEAST_ROWS, Math.floor((lines - LINES_BESIDES) / 2));
  }

  #chooseStep() {
    this.#multiple = this.step.selectedIndex;
    this.#renew();
  }

  #draw() {
    const { rules, instrument } = this.choice;
    const book = this.#book ?? { bids: [], asks: [], depth: null, best: { bid: null, ask: null } };
    const isEmpty = book.bids.length + book.asks.length === 0;
    const text = nothingText("order book", this.choice, { isLoading: this.#book === null, isEmpty });
    setText(byId("book-nothing"), text);
    byId("book-nothing").hidden = !isEmpty;
    this.box.hidden = isEmpty;
    const [base, quote] = pairOf(instrument, rules);
    setText(byId("book-quote"), quote);
    document.querySelectorAll(".book-base").forEach((unit) => setText(unit, quote && base));
    this.#drawSides(book, rules);
    this.#drawMiddle(book, rules);
    setText(byId("book-trust"), isEmpty ? "" : trustText(book, rules));
  }

  #drawSides(book, rules) {
    const steps = stepsOf(rules, (book.best.bid ?? book.best.ask)?.[0]);
    this.#offerSteps(steps);
    const step = steps[Math.min(this.#multiple, steps.length - 1)] ?? null;
    const { bids, asks } = ladderOf(book, { step, rows: this.#rows() });
    const pricePlaces = placesOf(step ?? rules?.tick_size ?? "1");
    const sizePlaces = placesOf(rules?.lot_size ?? "1");
    const items = (rungs, side) => rungs.map((rung, place) => ({ rung, place, side, pricePlaces, sizePlaces }));
    this.sides.asks.render(items(asks, "Ask").reverse());
    this.sides.bids.render(items(bids, "Bid"));
  }

  #drawMiddle(book, rules) {
    const middle = middleOf(book);
    setText(byId("book-mid"), middle ? priceText(middle.mid, rules) : "one side is empty");
    setText(byId("book-spread"), middle ? `${priceText(middle.spread, rules)} (${middle.percent} %)` : "–");
  }

  #offerSteps(steps) {
    const offered = steps.join();
    if (offered !== this.#steps) {
      this.#steps = offered;
      this.step.replaceChildren(...steps.map((step) => new Option(step)));
      this.step.selectedIndex = Math.min(this.#multiple, steps.length - 1);
      this.step.disabled = steps.length < 2;
    }
  }
}

function writeRung(parts, { rung, side, pricePlaces, sizePlaces }) {
  const least = rung.isPartial ? "≥ " : "";
  parts.write("price", groupedDecimal(rung.price, pricePlaces));
  parts.write("size", least + groupedDecimal(rung.size, sizePlaces));
  parts.write("total", least + groupedDecimal(rung.total, sizePlaces));
  parts.write("side", side);
  parts.mark("rung", "side", side);
  const share = `${(rung.share * 100).toFixed(1)}%`;
  if (parts.isNew("share", share)) {
    parts.element.style.setProperty("--share", share);
  }
}
