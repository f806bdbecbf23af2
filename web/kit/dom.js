/** Touching the document only where something changes. */

/** @param {string} id */
export const byId = (id) => document.getElementById(id);

/**
 * Write text; the same text again is not written, lest a screen reader says it again.
 *
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

/**
 * A new element with these properties and children; a string is text.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {object} [properties]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** In the text that is there, where there is no more: another one would have to be laid out from nothing. */
function replaceText(element, text) {
  const { firstChild } = element;
  if (firstChild instanceof Text && firstChild === element.lastChild) {
    firstChild.data = text;
  } else {
    element.textContent = text;
  }
}

/** The copy of a `template` with one element, whose parts carry `data-part`; it touches only what changed. */
export class Parts {
  #parts = {};
  #written = new Map();

  /** @param {HTMLTemplateElement} template */
  constructor(template) {
    this.element = template.content.firstElementChild.cloneNode(true);
    for (const part of this.element.querySelectorAll("[data-part]")) {
      this.#parts[part.dataset.part] = part;
    }
  }

  /** @param {string} part */
  get(part) {
    return this.#parts[part];
  }

  /** Write a part's text. */
  write(part, text) {
    if (this.isNew(part, text)) {
      replaceText(this.#parts[part], text);
    }
  }

  /** Set the attribute `data-{name}` of a part, by which a style sheet knows it. */
  mark(part, name, value) {
    if (this.isNew(`${part}@${name}`, value)) {
      this.#parts[part].dataset[name] = value;
    }
  }

  /** Set or remove an attribute of the whole element. */
  toggle(name, isSet) {
    if (this.isNew(`@${name}`, isSet)) {
      this.element.toggleAttribute(name, isSet);
    }
  }

  /** Whether a value differs from the last one of this name. */
  isNew(name, value) {
    const changed = this.#written.get(name) !== value;
    this.#written.set(name, value);
    return changed;
  }
}

/**
 * The rows of a `tbody`: one for each item, kept by its key and changed in place.
 *
 * @template Item
 */
export class Rows {
  #rows = new Map();

  /**
   * @param {HTMLTableSectionElement} body
   * @param {HTMLTemplateElement} template
   * @param {(item: Item) => string | number} keyOf
   * @param {(row: Parts, item: Item) => void} write
   */
  constructor(body, template, keyOf, write) {
    Object.assign(this, { body, template, keyOf, write });
  }

  /**
   * Show these items in this order, and no others.
   *
   * @param {Item[]} items
   */
  render(items) {
    const shown = new Map(items.map((item) => [this.keyOf(item), item]));
    for (const [key, row] of this.#rows) {
      if (!shown.has(key)) {
        row.element.remove();
        this.#rows.delete(key);
      }
    }
    let place = this.body.firstElementChild;
    for (const [key, item] of shown) {
      const row = this.#rowOf(key);
      this.write(row, item);
      if (row.element === place) {
        place = place.nextElementSibling;
      } else {
        this.body.insertBefore(row.element, place);
      }
    }
  }

  #rowOf(key) {
    if (!this.#rows.has(key)) {
      const row = new Parts(this.template);
      row.element.dataset.key = key;
      this.#rows.set(key, row);
    }
    return this.#rows.get(key);
  }
}
