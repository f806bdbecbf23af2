/** The fields of a call: one for each argument, with what it is, and whether it may be left out. */

import { element } from "../kit/dom.js";
import { inputOf } from "./arguments.js";
import { proseOf } from "./prose-view.js";

/** @typedef {import("./arguments.js").Argument} Argument */

const SUGGESTIONS = { instrument: "known-instruments", venue: "known-venues", interval: "known-intervals" };

/**
 * @param {string} id Of the entry, which makes the fields' own.
 * @param {Argument} argument
 * @returns {HTMLElement}
 */
export function argumentField(id, { name, kind, required, content }) {
  const control = Object.assign(controlOf(kind), { id: `${id}-${name}`, name });
  const label = element("label", { htmlFor: control.id }, required ? name : `${name} (may be left out)`);
  const hint = element("p", { id: `${control.id}-hint`, className: "hint" }, ...proseOf(content));
  control.setAttribute("aria-describedby", hint.id);
  if (name in SUGGESTIONS) {
    control.setAttribute("list", SUGGESTIONS[name]);
  }
  return element("div", { className: "field" }, label, control, hint);
}

function controlOf(kind) {
  const input = inputOf(kind);
  if (input === "choice") {
    return element("select", {}, new Option("", ""), new Option("true", "true"), new Option("false", "false"));
  }
  if (input === "json") {
    return element("textarea", { rows: 3, spellcheck: false });
  }
  return element("input", {
    type: input === "secret" ? "password" : "text",
    inputMode: input === "digits" ? "decimal" : "text",
    spellcheck: false,
    autocomplete: "off",
  });
}
