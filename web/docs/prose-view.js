/** Words of the contract in the document: code where it is code, rows of tables, names with values. */

import { Parts, byId, element } from "../kit/dom.js";
import { piecesOf } from "./contract.js";

/** @param {string} text With code between backticks. @returns {Node[]} */
export function proseOf(text) {
  return piecesOf(text).map(({ text: piece, isCode }) => (isCode ? codeOf(piece) : document.createTextNode(piece)));
}

/** A small word with a wash behind it. */
export function chip(text, tone) {
  const made = element("span", { className: "chip" }, text);
  Object.assign(made.dataset, tone && { tone });
  return made;
}

/** @param {string[]} words Each as code, with a space between. */
export function codesOf(words) {
  return words.flatMap((word) => [codeOf(word), document.createTextNode(" ")]);
}

const codeOf = (text) => element("code", {}, text);

/**
 * A row of a table: a header in code, and cells of prose.
 *
 * @param {string} name
 * @param {string[]} cells
 * @param {string} [id] By which an address leads to it, and a search finds it.
 */
export function rowOf(name, cells, id) {
  const header = element("th", { scope: "row" }, codeOf(name));
  const row = element("tr", {}, header, ...cells.map((cell) => element("td", {}, ...proseOf(cell))));
  if (id) {
    row.id = id;
    row.dataset.found = "row";
  }
  return row;
}

/** @param {[string, Node[]][]} facts Names, and what is to be said of them. */
export function factsOf(facts) {
  const list = new Parts(byId("facts")).element;
  for (const [name, nodes] of facts) {
    const fact = new Parts(byId("fact"));
    fact.write("name", name);
    fact.get("value").append(...nodes);
    list.append(fact.element);
  }
  return list;
}

/**
 * A table of names with types.
 *
 * @param {string} caption
 * @param {{name: string, type: string, content: string}[]} rows
 */
export function fieldsOf(caption, rows) {
  const parts = new Parts(byId("fields"));
  parts.element.ariaLabel = caption;
  parts.write("caption", caption);
  for (const { name, type, content } of rows) {
    parts.get("rows").append(rowOf(name, [type, content]));
  }
  return parts.element;
}
