/** Tables that are sorted by one of their columns. */

/** @typedef {{key: string, isDescending: boolean}} Sorting */
/**
 * What a column sorts by: a field of its rows, how two values are compared, and which way a first press turns it.
 *
 * @typedef {{field: string, compare: (left: any, right: any) => number, isDescendingFirst: boolean}} Column
 */

/**
 * The sorting after a press on a column's header: its natural way, then the other.
 *
 * @param {Record<string, Pick<Column, "isDescendingFirst">>} columns
 * @param {Sorting} sorting
 * @param {string} key
 * @returns {Sorting}
 */
export function nextSorting(columns, sorting, key) {
  return { key, isDescending: sorting.key === key ? !sorting.isDescending : columns[key].isDescendingFirst };
}

/**
 * How two rows are compared. One that does not know the value comes last, whichever way the column is sorted.
 *
 * @param {Record<string, Column>} columns
 * @param {Sorting} sorting
 */
export function bySorting(columns, { key, isDescending }) {
  const { field, compare } = columns[key];
  return (left, right) => {
    if (left[field] === null || right[field] === null) {
      return (left[field] === null) - (right[field] === null);
    }
    return isDescending ? compare(right, left) : compare(left, right);
  };
}
