/** The page's colours for what is drawn by a script: those of the style sheet, light or dark. */

const scheme = matchMedia("(prefers-color-scheme: dark)");

/**
 * A colour of the style sheet as it is now.
 *
 * @param {string} variable Such as `--accent`.
 */
export const colour = (variable) => getComputedStyle(document.documentElement).getPropertyValue(variable).trim();

/**
 * Be told when the colours have changed, because the reader prefers the others.
 *
 * @param {() => void} listener
 */
export const onSchemeChange = (listener) => scheme.addEventListener("change", listener);
