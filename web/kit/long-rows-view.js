/** A table of thousands of rows in a box that scrolls: only those that are seen are in the document. */

import { Rows, element } from "./dom.js";
import { rowsInBox } from "./long-rows.js";

const FIRST_ROW_PX = 34;

/**
 * Rows of one height each.
 *
 * @template Item
 */
export class LongRows {
  #items = [];
  #rowPx = FIRST_ROW_PX;
  #first = 0;

  /**
   * @param {HTMLElement} box What scrolls.
   * @param {HTMLTableSectionElement} body
   * @param {HTMLTemplateElement} template
   * @param {(item: Item) => string | number} keyOf
   * @param {(row: import("./dom.js").Parts, item: Item) => void} write
   */
  constructor(box, body, template, keyOf, write) {
    Object.assign(this, { box, body });
    this.table = body.closest("table");
    this.before = this.#addSpace("before");
    this.behind = this.#addSpace("after");
    this.rows = new Rows(body, template, keyOf, write);
    box.addEventListener("scroll", () => this.#draw(), { passive: true });
  }

  /**
   * Show these items in this order.
   *
   * @param {Item[]} items
   */
  render(items) {
    this.#items = items;
    this.#draw();
    const { offsetHeight = 0 } = this.body.rows[0] ?? {};
    if (offsetHeight > 0 && offsetHeight !== this.#rowPx) {
      this.#rowPx = offsetHeight;
      this.#draw();
    }
  }

  /** Put the focus on a row, or on the box where the row is not seen. */
  focus(key) {
    const row = [...this.body.rows].find((one) => one.dataset.key === String(key));
    (row?.querySelector("button") ?? this.box).focus({ preventScroll: true });
  }

  /** Whoever is at a row stays at it while it is seen, wherever it goes; then the box has the keyboard. */
  #draw() {
    const focused = this.body.contains(document.activeElement) ? document.activeElement : null;
    const key = focused?.closest("tr").dataset.key;
    this.#drawRows();
    if (focused && document.activeElement !== focused) {
      this.focus(key);
    }
  }

  #drawRows() {
    const { scrollTop: topPx, clientHeight: boxPx } = this.box;
    const place = rowsInBox({ count: this.#items.length, rowPx: this.#rowPx, topPx, boxPx });
    this.#first = place.first;
    this.before.style.height = `${place.beforePx}px`;
    this.behind.style.height = `${place.behindPx}px`;
    this.rows.render(this.#items.slice(place.first, place.last));
    this.#number();
  }

  /** Whoever hears the table hears which row this is, of how many. */
  #number() {
    this.table.ariaRowCount = String(this.#items.length + 1);
    [...this.body.rows].forEach((row, place) => (row.ariaRowIndex = String(this.#first + place + 2)));
  }

  #addSpace(where) {
    const row = element("tr");
    const space = element("tbody", { className: "space" }, row);
    space.setAttribute("aria-hidden", "true");
    this.body[where](space);
    return row;
  }
}
