/** Touching the document only where something changes. */

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
