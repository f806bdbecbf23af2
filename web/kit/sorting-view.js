/** Which column a table is sorted by, told by its headers. */

/**
 * @param {HTMLElement} columns The row of headers; those that sort have a button with `data-sort`.
 * @param {import("./sorting.js").Sorting | null} sorting Null for the order in which rows come.
 */
export function showSorting(columns, sorting) {
  const direction = sorting?.isDescending ? "descending" : "ascending";
  for (const button of columns.querySelectorAll("button")) {
    button.closest("th").ariaSort = button.dataset.sort === sorting?.key ? direction : "none";
  }
}
