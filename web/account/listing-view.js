/** Rows of a panel where there are any, and that there are none where it is known. */

import { Rows, byId } from "../kit/dom.js";

/**
 * The table of a panel: `#{panel}-rows` in its `.scroll`, `#{panel}-nothing`, and the template `#{row}-row`.
 *
 * @template Item
 */
export class Listing {
  #rows;

  /**
   * @param {string} panel
   * @param {string} row
   * @param {(item: Item) => string} keyOf
   * @param {(parts: import("../kit/dom.js").Parts, item: Item) => void} write
   */
  constructor(panel, row, keyOf, write) {
    this.#rows = new Rows(byId(`${panel}-rows`), byId(`${row}-row`), keyOf, write);
    this.box = byId(panel).querySelector(".scroll") ?? byId(`${panel}-rows`);
    this.nothing = byId(`${panel}-nothing`);
  }

  /**
   * @param {Item[]} items
   * @param {boolean} isKnown Whether the gateway has told: before, nothing is said.
   */
  render(items, isKnown) {
    this.#rows.render(items);
    this.box.hidden = items.length === 0;
    this.nothing.hidden = items.length > 0 || !isKnown;
  }
}
