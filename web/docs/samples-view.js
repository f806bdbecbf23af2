/** Code with a choice of language, that of all samples of the page, and a button that copies it. */

import { Parts, byId, element } from "../kit/dom.js";

const LANGUAGES = { javascript: "JavaScript", python: "Python", shell: "Shell", html: "HTML" };

/** @type {Set<Samples>} Those on the page. */
const all = new Set();
let preferred = "javascript";

/** One sample in the document. */
export class Samples {
  #parts = new Parts(byId("samples"));
  #texts = {};

  /**
   * @param {HTMLElement} place Where it goes.
   * @param {string} about What it is of, for whoever cannot see it.
   */
  constructor(place, about) {
    this.#parts.get("box").ariaLabel = `Code for ${about}`;
    this.#parts.get("languages").addEventListener("click", ({ target }) => choose(target.dataset.language));
    this.#parts.get("copy").addEventListener("click", () => this.#copy());
    place.append(this.#parts.element);
    all.add(this);
  }

  /** @param {Record<string, string>} texts By language. */
  show(texts) {
    const isNew = Object.keys(texts).join() !== Object.keys(this.#texts).join();
    this.#texts = texts;
    if (isNew) {
      this.#parts.get("languages").replaceChildren(...Object.keys(texts).map(buttonOf));
    }
    this.render();
  }

  render() {
    const language = this.#language;
    this.#parts.write("code", this.#texts[language]);
    for (const button of this.#parts.get("languages").children) {
      button.ariaPressed = String(button.dataset.language === language);
    }
  }

  get #language() {
    return preferred in this.#texts ? preferred : Object.keys(this.#texts)[0];
  }

  async #copy() {
    const isCopied = await copyText(this.#texts[this.#language], this.#parts.get("code"));
    this.#parts.get("copied").textContent = isCopied ? "Copied" : "Press Ctrl+C";
    setTimeout(() => (this.#parts.get("copied").textContent = ""), 3_000);
  }
}

function choose(language) {
  if (language) {
    preferred = language;
    all.forEach((one) => one.render());
  }
}

function buttonOf(language) {
  const button = element("button", { type: "button" }, LANGUAGES[language]);
  button.dataset.language = language;
  return button;
}

/** Over plain HTTP a page has no clipboard; there the text is selected, and the reader has a key to press. */
async function copyText(text, element) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    getSelection().selectAllChildren(element);
    return document.execCommand("copy");
  }
}
