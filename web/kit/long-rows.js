/** Which rows of a long table stand in its box, so that thousands cost no more than those that are seen. */

const SPARE_ROWS = 6;

/**
 * The rows from `first` up to and without `last`, and how much room those before and behind take.
 *
 * @param {{count: number, rowPx: number, topPx: number, boxPx: number}} table How many rows there are, their height, how
 *   far the box is scrolled, and the height of the box.
 */
export function rowsInBox({ count, rowPx, topPx, boxPx }) {
  const seen = Math.ceil(boxPx / rowPx) + 2 * SPARE_ROWS;
  const first = Math.max(0, Math.min(Math.floor(topPx / rowPx) - SPARE_ROWS, count - seen));
  const last = Math.min(count, first + seen);
  return { first, last, beforePx: first * rowPx, behindPx: (count - last) * rowPx };
}
