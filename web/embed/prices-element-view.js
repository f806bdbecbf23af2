/** The element `<tapecast-prices>`: a table of live prices in a shadow tree of its own. */

import { Rows, element, setText } from "../kit/dom.js";
import { boardSheet } from "./board-sheet-view.js";
import { instrumentsOf, rowsOf, statusOf } from "./board.js";
import { Gateway } from "./gateway-view.js";

const TICK_MS = 1_000;

const gateway = new Gateway();

/**
 * A board of prices of the gateway that this module comes from.
 *
 * Attributes: `instruments`, names with commas between; `theme`, `light`, `dark` or, with anything else, the reader's own.
 */
export class PricesElement extends HTMLElement {
  static observedAttributes = ["instruments"];
  #root = boardOf();
  #rows = new Rows(this.#root.querySelector("tbody"), rowTemplate(), ({ instrument }) => instrument, writeRow);
  #board = { instruments: [], draw: () => this.#draw() };
  #ticking = null;
  #isFrameAsked = false;

  constructor() {
    super();
    const shadow = this.attachShadow({ mode: "open" });
    shadow.adoptedStyleSheets = [boardSheet];
    shadow.append(this.#root);
  }

  connectedCallback() {
    this.#ticking = setInterval(() => this.#draw(), TICK_MS);
    gateway.add(this.#board);
  }

  disconnectedCallback() {
    clearInterval(this.#ticking);
    gateway.remove(this.#board);
  }

  attributeChangedCallback(_name, _before, text) {
    this.#board.instruments = instrumentsOf(text);
    if (this.isConnected && this.#ticking !== null) {
      gateway.follow();
    }
  }

  #draw() {
    if (!this.#isFrameAsked) {
      this.#isFrameAsked = true;
      requestAnimationFrame(() => this.#render(performance.now()));
    }
  }

  #render(nowMs) {
    this.#isFrameAsked = false;
    const { instruments } = this.#board;
    const page = { isThere: gateway.isThere, origin: location.origin };
    const { words, detail, phase } = statusOf(gateway.state, page, nowMs);
    this.#root.dataset.phase = phase;
    this.#root.querySelector(".nothing").hidden = instruments.length > 0;
    this.#root.querySelector("table").hidden = instruments.length === 0;
    setText(this.#root.querySelector("strong"), words);
    setText(this.#root.querySelector(".detail"), detail);
    this.#rows.render(rowsOf(instruments, gateway, nowMs));
  }
}

function boardOf() {
  const headers = ["Instrument", "Last", "24 h"].map((text) => element("th", { scope: "col" }, text));
  const table = element(
    "table",
    { hidden: true },
    element("caption", {}, "Live prices"),
    element("thead", {}, element("tr", {}, ...headers)),
    element("tbody"),
  );
  const nothing = element("p", { className: "nothing", hidden: true }, "Name instruments in the attribute “instruments”.");
  const light = element("span", { className: "light", ariaHidden: "true" });
  const told = element("span", { role: "status" }, element("strong"), " ", element("span", { className: "detail" }));
  return element("div", { className: "board" }, table, nothing, element("p", { className: "status" }, light, told));
}

function rowTemplate() {
  const name = element("th", { scope: "row" }, part("span", "base"), " ", part("span", "quote"), part("span", "note"));
  const arrow = Object.assign(part("span", "arrow"), { ariaHidden: "true" });
  const word = Object.assign(part("span", "word"), { className: "unseen" });
  const price = part("td", "price", arrow, part("span", "figure"), word);
  const template = element("template");
  template.content.append(element("tr", {}, name, price, part("td", "change")));
  return template;
}

function part(tag, name, ...children) {
  const made = element(tag, { className: name }, ...children);
  made.dataset.part = name;
  return made;
}

/** @param {import("../kit/dom.js").Parts} row */
function writeRow(row, { base, quote, price, arrow, word, direction, change, changeDirection, note }) {
  row.write("base", base);
  row.write("quote", quote && `/ ${quote}`);
  row.write("note", note);
  row.write("arrow", arrow);
  row.write("figure", price);
  row.write("word", ` ${word}`);
  row.mark("price", "direction", direction);
  row.write("change", change);
  row.mark("change", "direction", changeDirection);
}
